"""示范开票平台: a partner of our own making that issues invoices, in a process of its own.

It shares nothing with the house but the requests that it answers. Its numbers are made up: no tax authority
knows them.
"""
