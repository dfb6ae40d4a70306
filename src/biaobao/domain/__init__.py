"""The bounded contexts, each a Django app with the same inner names."""
