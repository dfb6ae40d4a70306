"""ISO 20022 cash management messages: camt.053.001.08 statements and camt.054.001.08 notices."""
