"""``python -m biaobao.adapters.invoicing.sandbox --port 8005 --data FOLDER``"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from biaobao.adapters.invoicing.sandbox.issuer import Issuer
from biaobao.adapters.invoicing.sandbox.server import serve

SECRET = "DEMO_INVOICING_SECRET"  # noqa: S105 - a name, no secret


def main() -> None:
    parser = argparse.ArgumentParser(prog="sandbox invoicing", description="A demo of invoicing.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    secret = os.environ.get(SECRET, "")
    if not secret:
        parser.error(f"there is no secret to check requests with: set {SECRET}")
    serve(Issuer(options.data), options.port, secret).serve_forever()


main()
