"""Whoever issues invoices: a client over HTTP, and a sandbox of our own making."""
