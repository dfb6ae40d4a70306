"""The whole product on one machine: the database, the partners, web, inbound and worker."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg

from biaobao.config import embedded, environment

HOST = "127.0.0.1"
DEMO_BANK = "SANDBOX"
WEB = f"http://{HOST}:{environment.PORT}"
INBOUND = f"http://{HOST}:{environment.INBOUND_PORT}"
BANK, CA = environment.SANDBOX_BANK_URL, environment.SANDBOX_CA_URL
TSA, INVOICING = environment.SANDBOX_TSA_URL, environment.SANDBOX_INVOICING_URL
READY_SECONDS_MAX = 60
STOP_SECONDS_MAX = 10
OLDEST_SERVER = 15_00_00


class CannotRun(Exception):
    """The product cannot start; the message says what to do."""


@dataclass(frozen=True)
class Part:
    """A process of the product, and the address that answers when it is ready."""

    name: str
    command: Sequence[str]
    ready: str = ""


def web_command() -> list[str]:
    """Return what starts the web process: granian, one blocking thread in each worker."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST),
        *("--port", str(environment.PORT), "--workers", str(min(4, os.cpu_count() or 1))),
        *("--blocking-threads", "1", "--log-level", "warning"),
        "biaobao.config.wsgi:application",
    ]


def sandbox_command(partner: str) -> list[str]:
    """Return what starts a sandbox partner."""
    data = environment.DATA / f"sandbox-{partner}"
    folder = str(environment.DATA / "sandbox-bank-folder")
    module, port, *rest = {
        "bank": (
            *("banks.sandbox", environment.SANDBOX_BANK_PORT),
            *("--house", INBOUND, "--code", DEMO_BANK, "--folder", folder),
        ),
        "ca": ("signing.sandbox_ca", environment.SANDBOX_CA_PORT),
        "tsa": ("signing.sandbox_tsa", environment.SANDBOX_TSA_PORT, "--ca", CA),
        "invoicing": ("invoicing.sandbox", environment.SANDBOX_INVOICING_PORT),
    }[partner]
    started = [sys.executable, "-m", f"biaobao.adapters.{module}"]
    return [*started, "--port", str(port), "--data", str(data), *map(str, rest)]


def join_database() -> None:
    """Use the database that DATABASE_URL names, else our own, started if it does not run."""
    if "DATABASE_URL" not in os.environ:
        embedded.start(environment.DATA / "postgres")


def run() -> int:
    """Start everything, say where it is, and stop it all when told to."""
    # A shell that starts us in the background has us ignore Ctrl-C; we listen all the same.
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, signal.default_int_handler)
    try:
        with ExitStack() as stack:
            _prepare()
            _migrate()
            running = [
                stack.enter_context(_started(part))
                for part in (
                    Part("sandbox bank", sandbox_command("bank"), f"{BANK}/healthz"),
                    Part("sandbox ca", sandbox_command("ca"), f"{CA}/healthz"),
                    Part("sandbox tsa", sandbox_command("tsa"), f"{TSA}/healthz"),
                    Part(
                        "sandbox invoicing",
                        sandbox_command("invoicing"),
                        f"{INVOICING}/healthz",
                    ),
                )
            ]
            _seed()
            running += [
                stack.enter_context(_started(part))
                for part in (
                    Part("web", web_command(), f"{WEB}/healthz"),
                    Part("inbound", _command("inbound"), f"{INBOUND}/healthz"),
                    Part("worker", _command("worker")),
                )
            ]
            print(_welcome(), flush=True)
            return _wait(running)
    except CannotRun as problem:
        print(f"标保没有启动：{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n标保已停止，数据留在原处。")
        return 0


def forget() -> int:
    """Forget the demo: the data folder, and the tables of a database that holds only demo data."""
    if _runs():
        print("标保正在运行：请先按 Ctrl-C 停止，再清除数据。", file=sys.stderr)
        return 1
    if "DATABASE_URL" in os.environ:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            if _holds_more_than_a_demo(connection):
                print("这个数据库里有非示例单位，没有清除。", file=sys.stderr)
                return 1
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
    shutil.rmtree(environment.DATA, ignore_errors=True)
    return 0


def _prepare() -> None:
    for port in range(environment.PORT, environment.LAST_PORT + 1):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                raise CannotRun(
                    f"端口 {port} 已被占用。请先停止占用它的程序，或用 PORT=8100 make run 换一组端口。"
                ) from None
    environment.DATA.mkdir(parents=True, exist_ok=True)
    bank, invoicing = _kept_secret("bank-secret"), _kept_secret("invoicing-secret")
    os.environ.update(
        {
            "BIAOBAO_DEMO": "1",
            "BIAOBAO_DATA": str(environment.DATA),
            f"{environment.BANK_SECRET_PREFIX}{DEMO_BANK}": bank,
            "DEMO_BANK_SECRET": bank,
            "BIAOBAO_INVOICING_SECRET": invoicing,
            "DEMO_INVOICING_SECRET": invoicing,
        }
    )
    join_database()
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        if connection.info.server_version < OLDEST_SERVER:
            raise CannotRun("需要 PostgreSQL 15 或更新的版本。")
        bypasses = connection.execute(
            "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        if bypasses and bypasses[0]:
            raise CannotRun(
                "DATABASE_URL 中的角色会绕过行级安全，开标前保密就没有保障。"
                "请换一个普通角色（NOSUPERUSER NOBYPASSRLS）。"
            )


def _kept_secret(name: str) -> str:
    kept = environment.DATA / name
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    return kept.read_text()


def _migrate() -> None:
    _biaobao("manage", "migrate", "--verbosity", "0")


def _seed() -> None:
    print("正在准备示例数据……", flush=True)
    _biaobao("seed-demo")


def _biaobao(*arguments: str) -> None:
    done = subprocess.run(_command(*arguments), check=False)
    if done.returncode:
        raise CannotRun(
            f"biaobao {' '.join(arguments)} 失败。若示例数据不完整，请先 make clean-demo。"
        )


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "biaobao", *arguments]


@contextmanager
def _started(part: Part) -> Iterator[subprocess.Popen[bytes]]:
    # A session of its own: Ctrl-C reaches us alone, and we stop the parts in our order.
    process = subprocess.Popen(part.command, start_new_session=True)
    try:
        if part.ready:
            _wait_until_ready(part, process)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(part: Part, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CannotRun(f"{part.name} 启动后退出（{process.returncode}）。")
        try:
            with urllib.request.urlopen(part.ready, timeout=2):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise CannotRun(f"{part.name} 在 {READY_SECONDS_MAX} 秒内没有就绪。")


def _wait(running: Sequence[subprocess.Popen[bytes]]) -> int:
    while True:
        for process in running:
            if process.poll() is not None:
                raise CannotRun(f"一个进程退出了：{process.args!r}")
        time.sleep(0.5)


def _runs() -> bool:
    """Tell whether something answers where the web process would."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, environment.PORT)) == 0


def _holds_more_than_a_demo(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    exists = connection.execute("SELECT to_regclass('parties_organisation')").fetchone()
    if not exists or exists[0] is None:
        return False
    real = connection.execute("SELECT 1 FROM parties_organisation WHERE NOT is_demo").fetchone()
    return real is not None


def _welcome() -> str:
    people = json.loads((environment.DATA / "demo" / "people.json").read_text())
    rows = "\n".join(
        f"  {p['role']:<10} {p['username']:<12} {p['password']}  "
        f"{p['organisation']} {p['person']}  {p['note']}"
        for p in people
    )
    return f"""
标保已启动（示例数据，仅供演示）

  交易平台          {WEB}/
  示范银行 企业网银  {BANK}/
  示范银行 柜台开关  {BANK}/staff/
  组件一览          {WEB}/ui/

示例账号（也列在登录页上；投标人的证书文件在登录页下载）
{rows}

按 Ctrl-C 停止；再次启动保留数据；make clean-demo 清除数据。"""
