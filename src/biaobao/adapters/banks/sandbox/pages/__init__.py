"""Who comes in: customers, staff, the house's machines, and whoever runs the demo."""
