"""Who did what, when and why: written in the transaction that it tells of, never changed."""

from biaobao.platform.audit.log import Event, record, record_all

__all__ = ["Event", "record", "record_all"]
