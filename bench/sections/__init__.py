"""What is measured, a module for each heading of the report."""
