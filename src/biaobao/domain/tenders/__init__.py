"""Projects and lots, the policies that bind them, registration, opening."""
