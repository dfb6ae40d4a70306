"""Interest (利息) on money that lay here: reckoned by dated rates, paid out of what banks paid for it."""
