"""Who is there, and what people read when something is refused."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Next = Callable[[HttpRequest], HttpResponse]


def who_is_there(get_response: Next) -> Next:
    return get_response


def refusals(get_response: Next) -> Next:
    return get_response
