"""Words of the bank's pages."""
