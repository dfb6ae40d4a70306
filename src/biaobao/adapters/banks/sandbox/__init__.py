"""标保示范银行: a bank of our own making, another company's system in its own process.

It shares nothing with the house but the messages that they exchange: it has its own store, pages
and settings.
"""
