"""Starts the sandbox bank: its pages, its host, and its rounds of delivery."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import socketserver
import sys
import threading
from collections.abc import Sequence
from functools import partial
from types import FrameType
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import django
from django.core.wsgi import get_wsgi_application

from biaobao.adapters.banks.sandbox import options, rounds, store


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        # The standard one asks the name service who 127.0.0.1 is, which may take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]
        self.setup_environ()


class _Quiet(WSGIRequestHandler):
    # A browser opens connections that it may never use: none holds a thread for ever.
    timeout = 30

    def get_environ(self) -> dict[str, Any]:
        """Let a page hang up instead of answering."""
        hang_up = partial(self.connection.shutdown, socket.SHUT_RDWR)
        return {**super().get_environ(), options.HANG_UP: hang_up}

    def log_message(self, *_: object) -> None:
        """Say nothing: names and numbers of accounts are part of the addresses."""


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until told to stop."""
    _hand_over(_arguments(argv))
    os.environ["DJANGO_SETTINGS_MODULE"] = "biaobao.adapters.banks.sandbox.settings"
    store.prepare()
    django.setup()
    with _Server(("127.0.0.1", options.port()), _Quiet) as server, rounds.going():
        server.set_app(get_wsgi_application())

        def stop(_signal: int, _frame: FrameType | None) -> None:
            # From another thread: the loop that is to end runs in this one.
            threading.Thread(target=server.shutdown).start()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        server.serve_forever()
    return 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox bank", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", required=True, help="folder of the bank's own store")
    parser.add_argument("--house", default="", help="base URL of the house that takes messages")
    parser.add_argument("--code", default="SANDBOX", help="the bank's code at the house")
    parser.add_argument(
        "--secret",
        default=os.environ.get(options.PREFIX + "SECRET", ""),
        help="shared with the house, base64; better given in the environment as "
        + options.PREFIX
        + "SECRET",
    )
    parser.add_argument("--folder", default="", help="folder shared with the house")
    arguments = parser.parse_args(argv)
    if not arguments.secret:
        parser.error("there is no secret to sign with")
    return arguments


def _hand_over(arguments: argparse.Namespace) -> None:
    push_url = (
        f"{arguments.house.rstrip('/')}/inbound/banks/{arguments.code}/messages"
        if arguments.house
        else ""
    )
    given = {
        "PORT": str(arguments.port),
        "DATA": arguments.data,
        "SECRET": arguments.secret,
        "FOLDER": arguments.folder,
        "PUSH_URL": push_url,
    }
    os.environ.update({options.PREFIX + name: value for name, value in given.items()})


if __name__ == "__main__":
    sys.exit(main())
