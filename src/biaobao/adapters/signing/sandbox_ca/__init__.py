"""A certificate authority for the demo and for tests: its own process, real certificates."""
