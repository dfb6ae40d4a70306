"""Django's PostgreSQL backend, with the driver's own reader of instants."""
