"""Where time comes in: the worker, its sweeps, and commands."""
