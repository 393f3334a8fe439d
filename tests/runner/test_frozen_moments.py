"""Is a day that was worked out at import found where a later day asks for it, and the start of a process left alone?"""

import ast

import pytest

from runner.evidence.code.code_names import Module
from runner.evidence.code.frozen_moments import moments_in

IMPORTS = "from datetime import date, datetime, timedelta, UTC\nfrom functools import cache\nfrom uuid import uuid4\n"


def module(code: str, name: str = "app.days") -> Module:
    return Module(name=name, path=f"{name.replace('.', '/')}.py", tree=ast.parse(IMPORTS + code))


def found(*modules: Module) -> list[tuple[str, str, int]]:
    return [(one.owner, one.name, one.line - IMPORTS.count("\n")) for one in moments_in(modules)]


@pytest.mark.parametrize(
    "use",
    [
        "def list(since):\n    return since or FIRST",
        "def list(since=FIRST): ...",
        "def list(since):\n    return FIRST if since is None else since",
        "def list(rows):\n    return [one for one in rows if one.day >= FIRST]",
        "def list(wanted):\n    return wanted.get('since', FIRST)",
        "class list(Model):\n    since: date = Field(ge=FIRST)",
    ],
)
@pytest.mark.parametrize("made", ["date.today()", "(datetime.now(UTC) - timedelta(days=30)).date()"])
def test_a_bound_that_stands_for_today_is_found(made: str, use: str) -> None:
    assert found(module(f"FIRST = {made}\n{use}\n")) == [("list", "FIRST", 1)]


def test_a_bound_of_another_module_is_found_where_it_is_made() -> None:
    days, posts = (
        module("FIRST: date = date.today()"),
        module("from .days import FIRST\ndef a(b):\n    return b or FIRST"),
    )
    assert found(days, Module(name="app.posts", path="app/posts.py", tree=posts.tree)) == [("a", "FIRST", 1)]


def test_a_bound_in_an_annotation_and_a_day_that_a_cache_keeps_are_found() -> None:
    code = "class A(Model):\n    day: Annotated[date, Field(le=date.today())]\n"
    code += "@cache\ndef today():\n    return date.today()\n"
    assert [(owner, name) for owner, name, _ in found(module(code))] == [("a bound", "day"), ("today", "cache")]


@pytest.mark.parametrize(
    "code",
    [
        "STARTED = datetime.now(UTC)\ndef up():\n    return datetime.now(UTC) - STARTED",
        "STARTED = datetime.now(UTC)\ndef fresh(token):\n    return token.made > STARTED",
        "OURS = uuid4()\ndef own(sender):\n    return sender == OURS",
        "VERSION = date.today().isoformat()\ndef banner():\n    return f'built {VERSION}'",
        "FIRST = date(2020, 1, 1)\ndef list(since):\n    return since or FIRST",
        "def first():\n    day = date.today()\n    return day or None",
        "@cache\ndef ours():\n    return uuid4()",
        "@cache\ndef at(day):\n    return datetime.now(day)",
        "class A(Model):\n    day: date = Field(default_factory=lambda: date.today())",
    ],
)
def test_what_is_meant_is_left_alone(code: str) -> None:
    assert found(module(code)) == []
