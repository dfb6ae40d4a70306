"""What banks report, booked: each notice to whom its money belongs."""
