"""Invoices (数电票) of those who sell, for those who buy: applied for, issued by a partner, reversed."""
