"""What the documents say is there, and what is there they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from biaobao.config import command
from biaobao.jobs import drawing
from tests.architecture.source import ROOT, SOURCE

DOCUMENTS = sorted((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))
LINK = re.compile(r"\]\(([^)\s]+)\)")
SETTING = re.compile(r'"(BIAOBAO_\w+?|DATABASE_URL|PORT)_?"')
INVARIANT = re.compile(r"\bINV-\d+\b")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path):
    links = [link for link in LINK.findall(document.read_text()) if "://" not in link]
    targets = [link.partition("#")[0] for link in links]

    assert [t for t in targets if t and not (document.parent / t).exists()] == []


def test_every_setting_is_documented():
    config = SOURCE / "biaobao" / "config"
    read = {name for file in config.glob("*.py") for name in SETTING.findall(file.read_text())}
    rows = (ROOT / "docs" / "configuration.md").read_text()
    documented = set(re.findall(r"^\| `(\w+?)(?:_<CODE>)?` \|", rows, re.MULTILINE))

    assert documented == read


def test_every_command_is_in_the_readme(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        command.main(["--help"])
    commands = re.findall(r"^    ([a-z-]+)", capsys.readouterr().out, re.MULTILINE)
    readme = (ROOT / "README.md").read_text()

    assert commands[0] == "run"
    assert [name for name in commands if f"`biaobao {name}" not in readme] == []


def test_state_tables_are_drawn_as_they_are(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)

    assert drawing.draw(check=True) == 0


def test_every_invariant_is_shown_by_a_test_and_every_one_cited_is_there():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    stated = set(re.findall(r"^- \*\*(INV-\d+)\*\*", text, re.MULTILINE))
    cited = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in INVARIANT.findall(file.read_text())
    }

    assert cited == stated


def test_every_decision_has_its_parts():
    parts = ("Date: ", "Status: ", "## Context", "## Decision", "## Consequences")
    lacking = [
        file.name
        for file in sorted((ROOT / "docs" / "adr").glob("*.md"))
        if not all(f"\n{part}" in file.read_text() for part in parts)
    ]

    assert lacking == []
