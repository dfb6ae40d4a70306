"""Certificates and whoever issues them."""
