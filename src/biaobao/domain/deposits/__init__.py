"""The first way: money that bidders pay in."""
