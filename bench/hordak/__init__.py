"""django-hordak, a double-entry ledger for Django, in a virtual environment of its own."""
