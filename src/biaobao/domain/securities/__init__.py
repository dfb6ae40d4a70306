"""The obligation that a bidder secures a lot, and whether it is met."""
