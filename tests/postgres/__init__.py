"""The product's PostgreSQL for tests."""
