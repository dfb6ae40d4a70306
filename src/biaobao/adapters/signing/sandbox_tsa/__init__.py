"""A timestamp authority for the demo and for tests: its own process, RFC 3161 over HTTP."""
