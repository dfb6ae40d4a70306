"""The backend that Django loads by the name of its module."""

from __future__ import annotations

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.adapt import AdaptersMap
from psycopg.pq import Format

# The product has more statements than the hundred that the driver keeps prepared by itself: of those sent in
# turn none would be met again before it is forgotten.
PREPARED_MAX = 500
_READER: Any = psycopg.adapters.get_loader(psycopg.adapters.types["timestamptz"].oid, Format.TEXT)


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL whose instants the driver reads itself: compiled, in a twentieth of Django's time.

    They come in the session's zone, which Django keeps at UTC.
    """

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        adapters = AdaptersMap(params["context"])
        adapters.register_loader("timestamptz", _READER)
        return params | {"context": adapters}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.prepared_max = PREPARED_MAX
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        # Django's would put its own reader back.
        if name:
            return self.connection.cursor(
                name, scrollable=False, withhold=self.connection.autocommit
            )
        return self.connection.cursor()
