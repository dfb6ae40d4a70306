"""Kills the product's processes and its PostgreSQL, hundreds of times, and then counts the money."""
