"""Letters: a house of its own that has applications to issue, and what issuing and verifying them costs."""
