"""Does evidence say in its signature what it builds on, and do the arrows go down the floors, without a circle?"""

import ast
import inspect
import tomllib
from importlib import import_module
from pkgutil import walk_packages

import pytest

from runner import evidence
from runner.engine import Kind, sorted_by_needs
from runner.model import Evidence, needs_of
from tests.conftest import ROOT

FILES = sorted((ROOT / "runner/evidence").rglob("*.py"))
MODULES = [import_module(found.name) for found in walk_packages(evidence.__path__, f"{evidence.__name__}.")]
KINDS: list[Kind] = [
    one
    for module in MODULES
    for one in vars(module).values()
    if isinstance(one, type) and issubclass(one, Evidence) and one.__module__ == module.__name__
]


def floors() -> dict[str, int]:
    """Room → its floor, 1 at the top, as the import contract has them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    rooms = next(one for one in settings["contracts"] if one.get("containers") == [evidence.__name__])["layers"]
    return {room.strip(): floor for floor, line in enumerate(rooms, start=1) for room in line.split("|")}


def room_of(kind: Kind) -> str:
    return kind.__module__.removeprefix(f"{evidence.__name__}.").partition(".")[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT / "runner/evidence").as_posix())
def test_nothing_is_asked_for_but_in_the_signature(path: object) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in called}
    assert "need" not in names


def test_all_kinds_are_seen() -> None:
    assert len(KINDS) > 60
    assert {room_of(kind) for kind in KINDS} == set(floors()) - {"accounts"}  # who calls is no evidence itself


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_collect_takes_a_probe_and_evidence(kind: Kind) -> None:
    first, *others = inspect.signature(kind.collect).parameters
    assert first == "probe"
    assert list(needs_of(kind)) == others


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_it_needs_is_of_its_own_room_or_of_a_lower_floor(kind: Kind) -> None:
    floor = floors()
    for need in needs_of(kind).values():
        same = room_of(need.kind) == room_of(kind)
        assert same or floor[room_of(need.kind)] > floor[room_of(kind)], f"{kind.__name__} needs {need.kind.__name__}"


def test_nothing_needs_itself() -> None:
    sorted_by_needs({kind: [need.kind for need in needs_of(kind).values()] for kind in KINDS})
