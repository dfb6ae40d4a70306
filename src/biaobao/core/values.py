"""Values: immutable to the type checker, and quick to make where there are many of them.

``@dataclass(frozen=True)`` sets each field through ``object.__setattr__``, which costs five times as much.
For what is made by the thousand in one transaction; elsewhere the standard library's own says it better.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

Value = TypeVar("Value")


@dataclass_transform(frozen_default=True)
def value(cls: type[Value]) -> type[Value]:
    """Make a class a value: equal and hashed by its fields, replaced and never changed."""
    return dataclass(slots=True, unsafe_hash=True)(cls)
