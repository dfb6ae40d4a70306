"""What the product costs, in ratios: ``python -m bench --help``."""
