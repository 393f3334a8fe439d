"""A function's body breaks: does a run that reuses what it can say just what a cold run says?"""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from runner.discovery.target import Target, find_target
from runner.engine import Kept, Shelf
from runner.evidence.access.matrix import Matrix
from runner.evidence.access.tokens import Tokens
from runner.live.workshop import Workshop
from runner.model import Evidence, Outcome, Verdict
from runner.probe import Probe
from runner.reuse.memory import Memory
from runner.reuse.state import State
from stages.security.checks_access import own_objects_only
from tests.conftest import ROOT
from tests.reuse.test_honest import InMemory, packages_stay, said
from tests.reuse.test_memory import store, target

__all__ = ["packages_stay", "store", "target"]
SHOP = """\
import functools

def logged(function):
    @functools.wraps(function)
    def calling(*given):
        return function(*given)
    return calling

def listed():
    return [Post(number).title for number in numbers()]

@logged
def deleted(number):
    return each(number) and Post(number).gone()

def numbers():
    yield from (1, 2)

def each(number):
    return [found for found in numbers() if found == number]

class Post:
    def __init__(self, number):
        self.number = number

    @property
    def title(self):
        return f"post {self.number}"

    def gone(self):
        return lambda: self.number

    def __bool__(self):
        return True
"""
BODIES = {  # a line of each, and whether listing and deleting come by
    "        return True": (False, False),
    "        return function(*given)": (False, True),  # in a function that the import runs, and so looked at by both
    "    yield from (1, 2)": (True, True),
    "    return [found for found in numbers() if found == number]": (False, True),
    '        return f"post {self.number}"': (True, False),
}


def ran(probe: Probe, what: str) -> str:
    code = f"import sys; sys.path.insert(0, ''); import shop; print({what})"
    answer = probe.run([str(probe.target.python), "-c", code])
    return answer.out or answer.err.splitlines()[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Evidence):
    """What is listed."""

    said: str

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        return cls(said=ran(probe, "shop.listed()"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleting(Evidence):
    """What is deleted."""

    said: str

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        return cls(said=ran(probe, "shop.deleted(1)()"))


def test_whichever_body_breaks_the_same_is_said(target: Target, store: InMemory) -> None:
    kinds, file = (Listing, Deleting), target.root / "shop.py"
    with Workshop("none", trusted=True) as workshop:

        def looked(run: int) -> list[Kept]:
            memory = Memory(State(target, workshop), store, run, clear=str)
            shelf = Shelf(target, workshop, memory)
            return [shelf.get(kind) for kind in kinds]

        file.write_text(SHOP, encoding="utf-8")
        looked(1)
        for number, (line, came_by) in enumerate(BODIES.items(), 2):
            indent = line[: len(line) - len(line.lstrip())]
            assert SHOP.count(line) == 1
            file.write_text(SHOP.replace(line, f"{indent}raise KeyError('broken')\n{line}"), encoding="utf-8")
            warm, cold = looked(number), [Shelf(target, workshop).get(kind) for kind in kinds]
            assert list(map(said, warm)) == list(map(said, cold)), line
            assert ["KeyError" in str(said(one)) for one in warm] == list(came_by), line
            if hasattr(sys, "monitoring"):
                expected = (True, True) if "function(" in line else came_by
                assert [one.run is None for one in warm] == list(expected), line


BROKEN: Mapping[str, tuple[str, str]] = {
    "its handler": (
        "    database.delete(changeable(database, post_id, user))\n",
        "    database.delete(visible(queries.post_with_tags(database, post_id), user))\n",
    ),
    "what that calls": ("    if not may_change(user, post):\n", "    if not post:\n"),
}


@pytest.mark.slow
@pytest.mark.servers
@pytest.mark.parametrize("what", BROKEN)
def test_a_handler_that_lets_others_delete_is_named_where_the_rest_is_reused(what: str, tmp_path: Path) -> None:
    root = tmp_path / "service"
    left_out = shutil.ignore_patterns(".venv", ".gonogo", "__pycache__", ".*_cache", "*.db")
    shutil.copytree(ROOT / "sample_service", root, ignore=left_out)
    (root / ".venv").symlink_to(ROOT / "sample_service" / ".venv")
    target, store = find_target(root), InMemory()

    def run(kept: InMemory | None, number: int = 0) -> tuple[Verdict, int | None]:
        with Workshop() as workshop:
            memory = Memory(State(target, workshop), kept, number, clear=str) if kept else None
            shelf = Shelf(target, workshop, memory)
            return own_objects_only(shelf.need(Matrix)), shelf.get(Tokens).run

    assert run(store, 1)[0].outcome is Outcome.PASSED
    file = root / "app" / "routes" / "posts.py"
    text = file.read_text(encoding="utf-8")
    assert text.count(BROKEN[what][0]) == 1
    file.write_text(text.replace(*BROKEN[what]), encoding="utf-8")
    warm, tokens = run(store, 2)
    cold, _ = run(None)
    assert (warm.outcome, warm.message) == (cold.outcome, cold.message)
    assert (warm.outcome, "DELETE /posts/{post_id}" in str(warm)) == (Outcome.FAILED, True)
    too_old = (target.python.resolve().parent.parent / "lib" / "python3.11").is_dir()
    assert tokens == (None if too_old else 1)
