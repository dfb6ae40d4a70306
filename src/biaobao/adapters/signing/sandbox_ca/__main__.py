"""``python -m biaobao.adapters.signing.sandbox_ca --port 8002 --data FOLDER``"""

from __future__ import annotations

import argparse
from pathlib import Path

from biaobao.adapters.signing.sandbox_ca.authority import SandboxAuthority
from biaobao.adapters.signing.sandbox_ca.server import serve
from biaobao.platform import clock


def main() -> None:
    parser = argparse.ArgumentParser(prog="sandbox_ca", description="A demo certificate authority.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    serve(SandboxAuthority(options.data, at=clock.now()), options.port).serve_forever()


main()
