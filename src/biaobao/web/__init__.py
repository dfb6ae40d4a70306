"""Where people and machines come in, a folder for each console."""
