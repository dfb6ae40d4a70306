"""Which PostgreSQL: the one that DATABASE_URL names."""

from __future__ import annotations

import os

from psycopg.conninfo import conninfo_to_dict

ROLE = "biaobao"


def settings() -> dict[str, object]:
    """Return Django's database settings for DATABASE_URL (a URL or a libpq connection string)."""
    parts = conninfo_to_dict(os.environ.get("DATABASE_URL", f"dbname={ROLE}"))
    return {
        "ENGINE": "biaobao.platform.postgres",
        "NAME": parts.pop("dbname", ROLE),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        # Statements are prepared once they have been seen a few times: planning a page's small reads costs
        # twenty times what running them does.
        "OPTIONS": {**parts, "server_side_binding": True, "prepare_threshold": 3},
        # What is prepared is prepared anew on the next connection.
        "CONN_MAX_AGE": 3600,
        "CONN_HEALTH_CHECKS": True,
    }
