"""Pages of the domain, as ``{% pager %}`` takes them."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page as PaginatorPage
from django.core.paginator import Paginator

from biaobao.core.paging import Page


def for_pager(page: Page[Any], size: int) -> PaginatorPage[int]:
    """Return a page with the same number and neighbours; its rows stay in the first one."""
    return Paginator(range(page.total), size).page(page.number)


def asked_page(text: str) -> int:
    """Return the page number that an address asks for, 1 when it asks for none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1  # noqa: PLR2004 - below a million
