"""The books: accounts and transfers, double entry, append-only."""
