"""The source as these tests look at it."""

from __future__ import annotations

import ast
import importlib
import inspect
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
DOMAIN = SOURCE / "biaobao" / "domain"


def modules(kind: str) -> list[ModuleType]:
    """Return the contexts' modules of a kind: ``actions.py``, or each module in ``actions/``."""
    files = sorted((*DOMAIN.glob(f"*/{kind}.py"), *DOMAIN.glob(f"*/{kind}/*.py")))
    names = (".".join(file.relative_to(SOURCE).with_suffix("").parts) for file in files)
    return [importlib.import_module(name.removesuffix(".__init__")) for name in names]


def public_functions(kind: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the public functions that modules of a kind define, by their whole name."""
    for module in modules(kind):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                yield f"{module.__name__}.{name}", function


def parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function).parameters)


def contexts() -> list[set[str]]:
    """Return the contexts as pyproject.toml orders them, the uppermost first."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = project["tool"]["importlinter"]["contracts"]
    order = next(c for c in contracts if c.get("containers") == ["biaobao.domain"])["layers"]
    return [{name.strip() for name in layer.split("|")} for layer in order]


def names_used(file: Path) -> set[str]:
    """Return the whole names that a file reaches through its imports: ``a.b.c`` for ``c`` of ``a.b``."""
    tree = ast.parse(file.read_text())
    imported = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    attributes = {
        f"{imported[node.value.id]}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in imported
    }
    plain = {
        imported[node.id]
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id in imported
    }
    return attributes | plain
