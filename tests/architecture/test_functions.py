"""Actions, steps and queries are what CONTRIBUTING.md says they are."""

from __future__ import annotations

from inspect import Parameter

from tests.architecture.source import ROOT, SOURCE, names_used, parameters, public_functions


def test_actions_own_their_transaction():
    plain = [name for name, f in public_functions("actions") if not hasattr(f, "is_action")]

    assert plain == []


def test_actions_take_keywords_only_among_them_the_time_and_the_actor():  # INV-11
    wrong = []
    for name, function in public_functions("actions"):
        taken = parameters(function)
        kinds = {parameter.kind for parameter in taken.values()}
        if kinds != {Parameter.KEYWORD_ONLY} or not {"at", "actor"} <= taken.keys():
            wrong.append(name)

    assert wrong == []


def test_steps_take_part_in_a_transaction():
    plain = [name for name, f in public_functions("steps") if not hasattr(f, "is_step")]

    assert plain == []


def test_queries_read_as_their_actor():
    wrong = [
        name
        for name, function in public_functions("queries")
        if not hasattr(function, "is_query")
        or parameters(function).get("actor", Parameter("actor", Parameter.VAR_POSITIONAL)).kind
        is not Parameter.KEYWORD_ONLY
    ]

    assert wrong == []


def test_rules_are_plain_functions():
    marks = ("is_action", "is_step", "is_query")
    marked = [n for n, f in public_functions("rules") if any(hasattr(f, mark) for mark in marks)]

    assert marked == []


def test_every_action_is_named_by_a_test():
    named = set().union(*map(names_used, (ROOT / "tests").rglob("test_*.py")))

    assert [name for name, _ in public_functions("actions") if name not in named] == []


def test_rows_are_locked_by_steps_and_actions_only():
    locking = {
        file.relative_to(SOURCE).as_posix()
        for file in SOURCE.rglob("*.py")
        if "select_for_update" in file.read_text()
    }
    elsewhere = [
        file
        for file in sorted(locking)
        if not {"steps", "actions"} & {*file.removesuffix(".py").split("/")}
    ]

    assert elsewhere == []
