"""The product's settings, on a PostgreSQL that the tests start themselves."""

import os
from pathlib import Path

from biaobao.config import embedded

DATA = Path(
    os.environ.setdefault("BIAOBAO_DATA", str(Path(__file__).parents[1] / ".data" / "test"))
)
if "DATABASE_URL" not in os.environ:
    # Joined by every test process, stopped by the last.
    SERVER = embedded.start(DATA / "postgres")

os.environ.setdefault("BIAOBAO_DEMO", "1")

from biaobao.config.settings import *  # noqa: E402, F403 - the environment comes first
from biaobao.config.settings import DATABASES  # noqa: E402

# Argon2id as in production, with the least work it allows.
PASSWORD_HASHERS = ["tests.hashers.QuickArgon2"]
DATABASES["default"] |= {"ENGINE": "tests.postgres", "CONN_MAX_AGE": 0}
# Static files are found when asked for, not gathered for each test client.
WHITENOISE_AUTOREFRESH = True
