"""The backend that Django loads by the name of its module."""

from __future__ import annotations

from typing import Any

from psycopg._preparing import PrepareManager

from biaobao.platform.postgres import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Statements that were prepared stay so from one test to the next.

    Each test ends with a rollback. There the driver forgets them, for what they are about might have been
    made in that transaction; no test makes tables.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection._prepared = Kept()
        connection.prepare_threshold = conn_params["prepare_threshold"]
        connection.prepared_max = 2000
        return connection


class Kept(PrepareManager):
    def clear(self) -> bool:
        return False
