"""联保金: members of a pooled deposit, and what it covers."""
