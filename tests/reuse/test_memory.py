"""Is kept evidence believed only where nothing speaks against it, and is what was tampered with noticed?"""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Self

import pytest

from runner.discovery.target import Target, find_target
from runner.engine import Kept, Shelf
from runner.errors import NotThere, ProbeError
from runner.evidence.code.lock_file import LockFile
from runner.evidence.release.lock_install import listed
from runner.live.workshop import Workshop
from runner.model import Evidence
from runner.probe import Probe
from runner.reuse.memory import Memory, name_of
from runner.reuse.pieces import Piece, seal
from runner.reuse.state import State
from runner.reuse.trace import FORMAT, Trace
from tests.reuse.test_honest import InMemory
from tests.workflow.tiny import tiny_service

SECRET = "quill-harbour-lantern-42"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Evidence):
    """What a file says."""

    text: str

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        return cls(text=(probe.root / "notes.txt").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Length(Evidence):
    """How long that is."""

    length: int

    @classmethod
    def collect(cls, probe: Probe, text: Text) -> Self:  # noqa: ARG003
        return cls(length=len(text.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Evidence):
    """What the service's own interpreter read."""

    said: str

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        code = "import pathlib; print(pathlib.Path('notes.txt').read_text())"
        return cls(said=probe.run([str(probe.target.python), "-c", code]).out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell(Evidence):
    """What a program said that does not tell what it reads."""

    said: str

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        return cls(said=probe.run(["/bin/cat", "notes.txt"]).out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored(Evidence):
    """What git leaves out, and what it tracks."""

    said: str

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        ignored = probe.run(["git", "check-ignore", "notes.txt"]).out
        return cls(said=ignored + probe.run(["git", "ls-files"]).out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing(Evidence):
    """What is not there."""

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        raise NotThere("no such thing", looked="notes.txt" if (probe.root / "notes.txt").is_file() else "nowhere")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Evidence):
    """What could not be looked at."""

    @classmethod
    def collect(cls, probe: Probe) -> Self:  # noqa: ARG003
        raise ProbeError("the network is gone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment(Evidence):
    """What every run looks at."""

    holds: ClassVar[timedelta] = timedelta(0)

    @classmethod
    def collect(cls, probe: Probe) -> Self:  # noqa: ARG003
        return cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class Half(Evidence):
    """What one of two callers saw; the other could not sign in."""

    missing: str = "author: 503"

    def is_partial(self) -> bool:
        return bool(self.missing)

    @classmethod
    def collect(cls, probe: Probe) -> Self:  # noqa: ARG003
        return cls()


KINDS: list[type[Evidence]] = [Text, Length, Asked, Shell, Nothing]


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    monkeypatch.setattr("runner.reuse.state._packages", lambda prefix: [str(prefix)])
    service = tiny_service(tmp_path / "tiny")
    (service / "notes.txt").write_text("three", encoding="utf-8")
    (service / "other.txt").write_text("else", encoding="utf-8")
    return find_target(service)


@pytest.fixture
def store() -> InMemory:
    return InMemory()


def looked(target: Target, store: InMemory, run: int, *, fresh: bool = False) -> tuple[dict[str, Kept], Memory]:
    with Workshop() as workshop:
        memory = Memory(State(target, workshop), store, run, clear=lambda text: text.replace(SECRET, "…"), fresh=fresh)
        shelf = Shelf(target, workshop, memory)
        return {kind.__name__: shelf.get(kind) for kind in [*KINDS, Problem, Moment, Half]}, memory


def fresh_ones(found: dict[str, Kept]) -> set[str]:
    return {name for name, kept in found.items() if kept.run is None}


ALWAYS = {"Problem", "Moment", "Half"}


def test_what_has_not_changed_is_reused_but_for_what_could_not_be_looked_at(target: Target, store: InMemory) -> None:
    first, _ = looked(target, store, 1)
    assert fresh_ones(first) == {kind.__name__ for kind in KINDS} | ALWAYS
    second, _ = looked(target, store, 2)
    assert fresh_ones(second) == ALWAYS
    assert [second[kind.__name__].evidence for kind in KINDS] == [first[kind.__name__].evidence for kind in KINDS]
    absent = second["Nothing"].problem
    assert isinstance(absent, NotThere)
    assert (str(absent), absent.looked, second["Text"].run) == ("no such thing", "notes.txt", 1)


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("edit", ["track", "ignore", "exclude", "settings"])
def test_what_git_said_is_asked_again_where_it_may_say_something_else(
    edit: str, target: Target, store: InMemory
) -> None:
    """No file that evidence opened, and no name, has changed: git alone knows."""
    root = target.root
    git(root, "init", "--quiet")
    (root / ".gitignore").write_text(".venv\n", encoding="utf-8")
    (root / "other.txt").write_text("notes.txt\n", encoding="utf-8")
    before = asked(target, store, 1, Ignored)
    assert (before.run, asked(target, store, 2, Ignored).run) == (None, 1)
    if edit == "track":
        git(root, "add", "notes.txt")
    elif edit == "ignore":
        (root / ".gitignore").write_text(".venv\nnotes.txt\n", encoding="utf-8")
    elif edit == "exclude":
        (root / ".git" / "info" / "exclude").write_text("notes.txt\n", encoding="utf-8")
    else:
        git(root, "config", "core.excludesFile", str(root / "other.txt"))
    after = asked(target, store, 3, Ignored)
    assert after.run is None
    assert after.evidence != before.evidence


def asked(target: Target, store: InMemory, run: int, kind: type[Evidence]) -> Kept:
    with Workshop() as workshop:
        return Shelf(target, workshop, Memory(State(target, workshop), store, run, clear=str)).get(kind)


@pytest.mark.parametrize("where", ["site-packages", "interpreter", "settings", "environment"])
def test_what_all_evidence_has_in_common_counts(
    where: str, target: Target, store: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # environments are listed for real
    packages = target.python.parent.parent / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "shop.py").write_text("one", encoding="utf-8")
    asked(target, store, 1, Text)
    assert asked(target, store, 2, Text).run == 1
    if where == "site-packages":
        (packages / "shop.py").write_text("other", encoding="utf-8")
    elif where == "interpreter":
        (target.python.parent.parent / "pyvenv.cfg").write_text("version = 3.99", encoding="utf-8")
    elif where == "settings":
        (target.root / "notes.txt").touch()
        target = replace(target, config=target.config.model_copy(update={"env": {"DEBUG": "1"}}))
    else:
        monkeypatch.setenv("LANG", "xx_YY")
    assert asked(target, store, 3, Text).run is None


def test_of_the_environment_the_variable_is_named_and_what_path_does_not_find_counts_for_nothing(
    target: Target, store: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(target, store, 1, Text)
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", f"{path}:{target.root / 'no-such-folder'}:{path.split(':')[0]}")
    assert asked(target, store, 2, Text).run == 1
    monkeypatch.setenv("PATH", f"{path}:{target.root}")
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    with Workshop() as workshop:
        memory = Memory(State(target, workshop), store, 3, clear=str)
        trace = memory.newest(Text)
        assert trace is not None
        assert list(memory.changes(trace)) == ["the variable PATH changed", "the variable TZ changed"]


def test_fresh_looks_again_at_everything_and_keeps_it(target: Target, store: InMemory) -> None:
    looked(target, store, 1)
    again, _ = looked(target, store, 2, fresh=True)
    assert fresh_ones(again) == {kind.__name__ for kind in KINDS} | ALWAYS
    assert looked(target, store, 3)[0]["Text"].run == 2


READS = {"Text", "Length", "Asked", "Shell"}
EDITS = {
    "notes.txt": (READS, "notes.txt changed, and cat may have read it"),
    "other.txt": ({"Shell"}, "other.txt changed, and cat may have read it"),
    "new.txt": ({kind.__name__ for kind in KINDS}, "new.txt is new"),
}


@pytest.mark.parametrize("name", EDITS)
def test_only_what_depends_on_an_edit_is_looked_at_again(name: str, target: Target, store: InMemory) -> None:
    looked(target, store, 1)
    (target.root / name).write_text("otherwise", encoding="utf-8")
    again, why = EDITS[name]
    with Workshop() as workshop:
        memory = Memory(State(target, workshop), store, 2, clear=str)
        trace = memory.newest(Shell)
        assert trace is not None
        assert why in list(memory.changes(trace))
    assert fresh_ones(looked(target, store, 2)[0]) == again | ALWAYS


def test_evidence_that_says_the_same_again_changes_nothing_above_it(target: Target, store: InMemory) -> None:
    looked(target, store, 1)
    (target.root / "notes.txt").write_text("other", encoding="utf-8")
    looked(target, store, 2)
    (target.root / "notes.txt").write_text("three", encoding="utf-8")
    back, _ = looked(target, store, 3)
    assert (back["Text"].run, back["Length"].run) == (1, 1), "who goes back finds what was seen then"


def tampered(piece: Piece) -> Iterator[Piece]:
    trace = Trace.read(piece.trace)
    assert trace is not None
    yield replace(piece, content=piece.content.replace(b"three", b"THREE"))
    yield replace(piece, content=piece.content[:-3])
    yield replace(piece, content=b"")
    yield replace(piece, trace=replace(trace, files={}).text())
    yield replace(piece, trace=piece.trace[:-5])
    yield replace(piece, seal="")


@pytest.mark.parametrize("number", range(6))
def test_what_was_tampered_with_is_noticed_and_never_believed(number: int, target: Target, store: InMemory) -> None:
    looked(target, store, 1)
    name = name_of(Text)
    store.kept[name] = [list(tampered(store.kept[name][0]))[number]]
    found, memory = looked(target, store, 2)
    assert found["Text"].run is None
    assert found["Text"].evidence == Text(text="three")
    assert memory.damaged == ["What a file says: what was kept of an earlier run is damaged; it is looked at again"]


def test_what_was_deleted_is_looked_at_again(target: Target, store: InMemory) -> None:
    looked(target, store, 1)
    store.kept.clear()
    assert looked(target, store, 2)[0]["Text"].run is None


def test_another_format_is_not_read(target: Target, store: InMemory) -> None:
    looked(target, store, 1)
    piece = store.kept[name_of(Text)][0]
    old = piece.trace.replace(f'"format": {FORMAT}', '"format": 0')
    store.kept[name_of(Text)] = [Piece(trace=old, content=piece.content, seal=seal(old, piece.content))]
    found, memory = looked(target, store, 2)
    assert (found["Text"].run, memory.damaged) == (None, [])


def test_what_holds_for_a_day_is_looked_at_again_after_it(
    target: Target, store: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Text, "holds", timedelta(seconds=-1))
    looked(target, store, 1)
    assert looked(target, store, 2)[0]["Text"].run is None


def test_secrets_are_blanked_in_what_is_kept(target: Target, store: InMemory) -> None:
    (target.root / "notes.txt").write_text(SECRET, encoding="utf-8")
    looked(target, store, 1)
    assert not any(SECRET.encode() in piece.content for pieces in store.kept.values() for piece in pieces)
    assert looked(target, store, 2)[0]["Text"].evidence == Text(text="…")


def test_a_file_that_changes_while_the_run_looks_is_not_kept(
    target: Target, store: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changing(self: Probe) -> Path:
        (target.root / "notes.txt").write_text("changed meanwhile", encoding="utf-8")
        return self.target.root

    monkeypatch.setattr(Probe, "root", property(changing))
    with Workshop() as workshop:
        shelf = Shelf(target, workshop, Memory(State(target, workshop), store, 1, clear=str))
        assert shelf.get(Text).problem is None
    assert store.kept[name_of(Text)] == []


def test_a_new_file_counts_wherever_it_lies_but_not_in_an_environment(target: Target, store: InMemory) -> None:
    for folder, again in (("build", True), ("env", True), ("other-venv", False)):
        (target.root / folder).mkdir()
        if not again:
            (target.root / folder / "pyvenv.cfg").touch()
        asked(target, store, 1, Text)
        (target.root / folder / "module.py").touch()
        assert (asked(target, store, 2, Text).run is None) == again, folder


def read(kind: str, text: str, folder: Path) -> tuple[str, ...] | None:
    (folder / "the.lock").write_text(text, encoding="utf-8")
    return listed(LockFile(path="the.lock", kind=kind, pins=()), folder)


def test_an_installer_reads_its_list_and_its_settings(tmp_path: Path) -> None:
    reads = read("requirements", "a==1 --hash=sha256:00\n", tmp_path)
    assert reads is not None
    assert {str(tmp_path / name) for name in ("the.lock", "uv.toml", "pyproject.toml")} <= set(reads)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("requirements", "-r more.txt\na==1\n"),
        ("requirements", "a @ file:///srv/a\n"),
        ("uv.lock", "version = 1\n"),
    ],
)
def test_an_installer_may_read_any_file_where_its_list_names_others(kind: str, text: str, tmp_path: Path) -> None:
    assert read(kind, text, tmp_path) is None
