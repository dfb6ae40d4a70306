"""Who did what, when and why: written in the transaction that it tells of, never changed."""
