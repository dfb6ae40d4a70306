"""``biaobao``: the one command. ``biaobao --help`` lists what it can do."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

from biaobao.config import environment

Handler = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "biaobao.config.settings")
    arguments = _parser().parse_args(argv)
    run: Handler = arguments.run
    return run(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="biaobao", description="Biaobao 标保: bid security.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Handler, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    add("run", _run, "start the whole product with demo data and the sandbox partners")
    add("serve", _serve, f"start the web process on 127.0.0.1:{environment.PORT}")
    inbound_port = environment.INBOUND_PORT
    add("inbound", _inbound, f"start the banks' door on 127.0.0.1:{inbound_port}")
    add("worker", _worker, "start a worker")
    sandbox = add("sandbox", _sandbox, "start a sandbox partner")
    sandbox.add_argument("partner", choices=["bank", "ca", "tsa", "invoicing"])
    guarantor = add("guarantor", _guarantor, "sit at the sandbox guarantor's desk: see what waits")
    guarantor.add_argument("key", nargs="?", help="an application that waits, to be decided on")
    guarantor.add_argument("answer", nargs="?", choices=["YES", "NO"])
    guarantor.add_argument("--words", default="", help="why not")
    add("seed-demo", _seed_demo, "fill an empty database with the demo's companies and lots")
    add("forget-demo", _forget_demo, "forget the demo's data")
    add("verify-ledger", _verify_ledger, "recompute the books; exit 1 if anything disagrees")
    verify = add("verify-letter", _verify_letter, "check a letter; needs no network, no database")
    verify.add_argument("file", help="a signed PDF")
    verify.add_argument("--trust", required=True, help="certificates of trusted authorities, PEM")
    import_camt = add("import-camt", _import_camt, "take a bank's file by hand")
    import_camt.add_argument("bank", help="the bank's code")
    import_camt.add_argument("file", help="a camt.054 or camt.053 file")
    draw = add("draw-states", _draw_states, "draw the state tables to docs/states")
    draw.add_argument("--check", action="store_true", help="only tell whether they are up to date")
    manage = add("manage", _manage, "run a Django management command")
    manage.add_argument("rest", nargs=argparse.REMAINDER)
    return parser


def _run(_: argparse.Namespace) -> int:
    from biaobao.config import product

    return product.run()


def _serve(_: argparse.Namespace) -> int:
    from biaobao.config import product

    product.join_database()
    return subprocess.run(product.web_command(), check=False).returncode


def _inbound(_: argparse.Namespace) -> int:
    _start()
    from biaobao.config import product
    from biaobao.web.inbound import door

    door.serve(product.HOST, environment.INBOUND_PORT)
    return 0


def _worker(_: argparse.Namespace) -> int:
    _start()
    from biaobao.jobs import worker

    stop = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: stop.set())
    worker.work(stop)
    return 0


def _sandbox(arguments: argparse.Namespace) -> int:
    from biaobao.config import product

    os.execv(sys.executable, product.sandbox_command(arguments.partner))


def _guarantor(arguments: argparse.Namespace) -> int:
    from biaobao.adapters.guarantors.sandbox import SandboxGuarantor
    from biaobao.domain.guarantees.types import Answer, AnswerKind

    desk = SandboxGuarantor(environment.SANDBOX_GUARANTOR)
    if arguments.answer:
        desk.say(arguments.key, Answer(AnswerKind(arguments.answer), arguments.words))
    for key, name in desk.waiting().items():
        print(key, name)
    return 0


def _seed_demo(_: argparse.Namespace) -> int:
    _start()
    from biaobao.jobs import demo

    print("示例数据已就绪" if demo.seed() else "示例数据早已就绪")
    return 0


def _forget_demo(_: argparse.Namespace) -> int:
    from biaobao.config import product

    return product.forget()


def _verify_ledger(_: argparse.Namespace) -> int:
    _start()
    from biaobao.jobs import verification

    return verification.verify_ledger()


def _verify_letter(arguments: argparse.Namespace) -> int:
    from biaobao.jobs import letters

    return letters.verify(arguments.file, trust=arguments.trust)


def _import_camt(arguments: argparse.Namespace) -> int:
    _start()
    from biaobao.jobs import verification

    return verification.import_camt(arguments.bank, arguments.file)


def _draw_states(arguments: argparse.Namespace) -> int:
    from biaobao.jobs import drawing

    return drawing.draw(check=arguments.check)


def _manage(arguments: argparse.Namespace) -> int:
    from biaobao.config import product

    product.join_database()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["biaobao manage", *arguments.rest])
    return 0


def _start() -> None:
    """Join the database that runs, or start our own, and set Django up."""
    from biaobao.config import product

    product.join_database()
    import django

    django.setup()
