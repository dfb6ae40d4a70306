"""The outside world, a folder for each partner: client, messages, simulator."""
