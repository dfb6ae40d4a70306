"""Whether this process can serve: the database answers, is migrated, and binds its own role."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus

from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - nobody in particular asks
    """Answer 200 when ready and 503 with the reason when not."""
    status, words = readiness()
    return JsonResponse(words, status=status)


def readiness() -> tuple[HTTPStatus, dict[str, object]]:
    """Return what is answered."""
    why = _problem()
    if why:
        return HTTPStatus.SERVICE_UNAVAILABLE, {"ready": False, "why": why}
    return HTTPStatus.OK, {"ready": True}


def _problem() -> str:
    try:
        applied = set(MigrationRecorder(connection).applied_migrations())
        if _migrations() - applied:
            return "MIGRATIONS_MISSING"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
            )
            # Row-level security does not bind such a role: secrecy would rest on queries alone.
            return "ROLE_BYPASSES_ROW_SECURITY" if cursor.fetchone()[0] else ""
    except Error:
        return "DATABASE_AWAY"


@cache
def _migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations or ())
