"""Biaobao 标保: bid security for public tenders."""
