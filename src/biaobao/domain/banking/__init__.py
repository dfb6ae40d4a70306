"""Banks, sub-accounts, and what banks tell us about them."""
