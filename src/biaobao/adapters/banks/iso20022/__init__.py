"""ISO 20022: camt.053 statements, camt.054 notices, pain.001 orders and pain.002 answers to these."""
