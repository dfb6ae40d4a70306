"""``python -m biaobao.adapters.signing.sandbox_tsa --port 8003 --data FOLDER --ca http://127.0.0.1:8002``"""

from __future__ import annotations

import argparse
from pathlib import Path

from biaobao.adapters.signing.sandbox_ca.remote import SandboxAuthorityAt
from biaobao.adapters.signing.sandbox_tsa.authority import SandboxTimestamps
from biaobao.adapters.signing.sandbox_tsa.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="sandbox_tsa", description="A demo timestamp authority.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--ca", required=True, help="where the sandbox CA is, to be certified once")
    options = parser.parse_args()
    authority = SandboxTimestamps(options.data, SandboxAuthorityAt(options.ca).issue)
    serve(authority, options.port).serve_forever()


main()
