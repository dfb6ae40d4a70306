"""Guarantors, as the house asks them: each a channel of the same contract."""
