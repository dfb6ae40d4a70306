"""Plain Python words of the whole house."""
