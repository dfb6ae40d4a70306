"""``biaobao verify-letter``: off line, with trust anchors and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from biaobao.adapters.typesetting.typesetter import Typesetter
from biaobao.config import command
from biaobao.domain.documents.types import Finding
from tests.given import documents as given
from tests.given import signing as given_signing
from tests.given.forgeries import HANDED_IN
from tests.given.signing import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with given_signing.desk(tmp_path) as made:
        (tmp_path / "root.pem").write_bytes(made.ca.root.public_bytes(Encoding.PEM))
        yield made


@pytest.fixture
def letter(desk: Desk, tmp_path: Path) -> Path:
    pdf = Typesetter().letter(given.letter(), given.IMPRINT, seal_image=given.SEAL_IMAGE)
    file = tmp_path / "letter.pdf"
    file.write_bytes(desk.sealed(pdf).content)
    return file


def verify(file: Path, folder: Path) -> int:
    return command.main(["verify-letter", str(file), "--trust", str(folder / "root.pem")])


def test_a_genuine_letter_says_who_signed_it_and_what(
    letter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert verify(letter, tmp_path) == 0

    finding, signed_by, *data = capsys.readouterr().out.splitlines()
    assert finding == "GENUINE"
    assert signed_by.startswith(f"signed by {given.GUARANTOR.name} {given.GUARANTOR.uscc}, ")
    assert signed_by.endswith(" at 2026-03-02 09:00:00")
    assert json.loads("\n".join(data))["facts"]["amount"] == {"fen": 8_000_000}


def test_a_changed_letter_says_no_more_than_that(
    letter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    letter.write_bytes(letter.read_bytes().replace(b"/Lang", b"/Lamg", 1))

    assert verify(letter, tmp_path) == 1
    assert capsys.readouterr().out == "ALTERED\n"


@pytest.mark.parametrize("what", HANDED_IN)
def test_scenario_26_each_gets_its_answer_off_line(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
):
    make, finding = HANDED_IN[what]
    file = tmp_path / "handed-in.pdf"
    file.write_bytes(make(desk))

    code = verify(file, tmp_path)

    said, *more = capsys.readouterr().out.splitlines()
    assert (said, code) == (finding, 0 if finding is Finding.GENUINE else 1)
    signer = given.APPLICANT if finding is Finding.OTHER_SIGNER else given.GUARANTOR
    is_signed = finding in (Finding.OTHER_SIGNER, Finding.GENUINE)
    assert [line for line in more if line.startswith(f"signed by {signer.name} ")] == (
        more[:1] if is_signed else []
    )
    assert ('"fen": 8000000' in "".join(more)) is (finding is Finding.GENUINE)


def test_what_cannot_be_opened_is_not_checked(
    letter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "none.pem").write_text("no certificate")

    assert verify(tmp_path / "absent.pdf", tmp_path) == 1
    trust = str(tmp_path / "none.pem")
    assert command.main(["verify-letter", str(letter), "--trust", trust]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("not checked: ")) == ("", 2)


def test_it_needs_neither_database_nor_settings(letter: Path, tmp_path: Path):
    # No data folder can be made here, and nothing listens where the database would be.
    environment = {
        "PATH": os.environ["PATH"],
        "BIAOBAO_DATA": "/dev/null/nothing",
        "DATABASE_URL": "postgresql://127.0.0.1:9/nothing",
    }
    arguments = ["verify-letter", letter, "--trust", tmp_path / "root.pem"]

    done = subprocess.run(
        [sys.executable, "-m", "biaobao", *arguments],
        env=environment,
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"GENUINE\n")
