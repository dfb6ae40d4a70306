"""What every context stands on: the database, the clock, audit, files."""
