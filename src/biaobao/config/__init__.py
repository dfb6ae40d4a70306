"""The composition root: settings, environment, addresses, commands."""
