"""Organisations, the people in them, how they sign in, and a bidder's basic account."""
