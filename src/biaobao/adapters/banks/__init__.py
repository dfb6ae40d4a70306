"""Banks, host to host."""
