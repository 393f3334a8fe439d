"""Is a kept verdict believed only where what it was made of, and what makes it, are the very same?"""

from dataclasses import replace
from pathlib import Path

import pytest

from runner.discovery.target import Target
from runner.engine import Shelf, examine
from runner.live.workshop import Workshop
from runner.model import Check, Document, Finding, Outcome, Stage, Verdict, artifact, at_endpoint, check, every, passed
from runner.reuse.memory import Memory
from runner.reuse.state import State
from runner.reuse.verdicts import KIND, Judged
from runner.said import say, told
from stages.catalogue import BUILT_IN
from tests.reuse.test_honest import InMemory
from tests.reuse.test_memory import Length, Moment, Problem, Text, store, target

__all__ = ["store", "target"]
CALLED: list[str] = []


@check("XX001", step="1.1a")
def says_something(text: Text) -> Verdict:
    """It says something.

    Else nobody would know.
    Fix: write it.
    """
    CALLED.append("XX001")
    return passed(say("{text} was found{left}", text=text.text, left=""), every(1, "operation"))


@check("XX002", step="1.1a")
def is_long(text: Text, length: Length) -> Verdict:
    """It is long.

    Else nobody would read it.
    Fix: write more.
    """
    CALLED.append("XX002")
    place = at_endpoint("GET /text", say("answers {status_code}", status_code=500))
    return Verdict(Outcome.FAILED, f"{length.length} of {text.text}", places=(place,), again=("curl /text",))


@check("XX003", step="1.1a")
def is_of_today(text: Text, moment: Moment) -> Verdict:  # noqa: ARG001
    """It is of today.

    Else it would be old.
    Fix: write it again.
    """
    CALLED.append("XX003")
    return passed("of today", every(1, "operation"))


@check("XX004", step="1.1a")
def can_be_asked(text: Text, problem: Problem) -> Verdict:  # noqa: ARG001
    """It can be asked.

    Else nobody could.
    Fix: plug it in.
    """
    raise AssertionError


@check("XX005", step="1.1a")
def is_our_bug(text: Text) -> Verdict:
    """It is our bug.

    Else it would be somebody's.
    Fix: tell us.
    """
    CALLED.append("XX005")
    raise LookupError(text.text)


@artifact("text.md", step="1.1a")
def as_document(text: Text) -> str:
    """The text."""
    CALLED.append("text.md")
    return f"# {text.text}\n"


CHECKS: tuple[Check[...], ...] = (says_something, is_long, is_of_today, can_be_asked, is_our_bug)
STAGE = replace(BUILT_IN.stages[0], checks=CHECKS, artifacts=(as_document,))


def run(
    target: Target, store: InMemory, number: int, judges: Path, stage: Stage = STAGE
) -> tuple[list[Finding | Document], list[str], list[str]]:
    """The findings and documents, which functions were called for them, and what was found damaged."""
    CALLED.clear()
    with Workshop() as workshop:
        memory = Memory(State(target, workshop), store, number, clear=str, judges=judges)
        events = list(examine([stage], target, workshop, shelf=Shelf(target, workshop, memory)))
        memory.settle()
    found: list[Finding | Document] = [one for one in events if isinstance(one, Finding | Document)]
    for one in found:
        if isinstance(one, Document):
            for text in (one.content, *(text for _, text in one.told)):
                store.keep_text(text.decode())
    return found, sorted(set(CALLED)), memory.damaged


@pytest.fixture
def judges(tmp_path: Path) -> Path:
    folder = tmp_path / "judges"
    folder.mkdir()
    (folder / "checks.py").write_text("1", encoding="utf-8")
    return folder


ALL = ["XX001", "XX002", "XX003", "XX005", "text.md"]
ALWAYS = ["XX003", "XX005"]  # of this moment, or a bug


def essence(found: list[Finding | Document]) -> dict[str, Finding | Document]:
    """By name: each is told as soon as it is known, so in what order is nobody's promise."""
    by_name = {one.name if isinstance(one, Document) else one.check: one for one in found}
    assert len(by_name) == len(found)
    return {
        name: one if isinstance(one, Document) else replace(one, seconds=0.0, reused=None)
        for name, one in by_name.items()
    }


def test_what_was_made_of_the_same_pieces_is_taken_over_as_it_was(
    target: Target, store: InMemory, judges: Path
) -> None:
    first, called, _ = run(target, store, 1, judges)
    assert called == ALL
    second, called, damaged = run(target, store, 2, judges)
    assert (called, damaged) == (ALWAYS, [])
    assert essence(second) == essence(first)
    (message,) = [one.message for one in second if isinstance(one, Finding) and one.check == "XX001"]
    assert (message, getattr(message, "template", "")) == ("three was found", "{text} was found{left}")
    (place,) = [one.places[0] for one in second if isinstance(one, Finding) and one.check == "XX002"]
    assert told(place.note, "zh_CN") != place.note


def test_other_evidence_is_judged(target: Target, store: InMemory, judges: Path) -> None:
    run(target, store, 1, judges)
    (target.root / "notes.txt").write_text("seventeen", encoding="utf-8")
    found, called, _ = run(target, store, 2, judges)
    assert called == ALL
    assert "9 of seventeen" in [one.message for one in found if isinstance(one, Finding)]
    (target.root / "notes.txt").write_text("three", encoding="utf-8")
    assert run(target, store, 3, judges)[1] == ALWAYS  # who goes back finds it again


def test_other_code_judges_again(
    target: Target, store: InMemory, judges: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(target, store, 1, judges)
    other = judges.with_name("others")
    other.mkdir()
    (other / "checks.py").write_text("2", encoding="utf-8")
    assert run(target, store, 2, other)[1] == ALL
    monkeypatch.setattr("runner.reuse.state._tree", lambda _: "another runner")
    assert run(target, store, 3, other)[1] == ALL


@pytest.mark.parametrize(
    "damage",
    [
        lambda piece: replace(piece, content=piece.content.replace(b"three", b"seven")),
        lambda piece: replace(piece, content=piece.content[:-9]),
        lambda piece: replace(piece, trace="{}"),
        lambda piece: replace(piece, trace="", content=b"", seal=""),
    ],
)
def test_what_was_altered_is_noticed_and_judged_again(
    target: Target, store: InMemory, judges: Path, damage: object
) -> None:
    first, *_ = run(target, store, 1, judges)
    assert callable(damage)
    store.kept[KIND][0] = damage(store.kept[KIND][0])
    second, called, damaged = run(target, store, 2, judges)
    assert (called, len(damaged), essence(second) == essence(first)) == (ALL, 1, True)


def test_a_text_that_is_gone_is_written_again(target: Target, store: InMemory, judges: Path) -> None:
    run(target, store, 1, judges)
    store.texts = {digest: text for digest, text in store.texts.items() if not text.startswith("# ")}
    found, called, _ = run(target, store, 2, judges)
    assert called == [*ALWAYS, "text.md"]
    assert [one.content for one in found if isinstance(one, Document)] == [b"# three\n"]


def test_the_code_of_a_teams_own_check_is_nobodys_digest(target: Target, store: InMemory, judges: Path) -> None:
    stage = replace(STAGE, checks=(replace(says_something, where="ops/gonogo_checks.py:12"),), artifacts=())
    assert [run(target, store, number, judges, stage)[1] for number in (1, 2)] == [["XX001"], ["XX001"]]


def test_only_the_newest_few_of_each_are_kept(store: InMemory) -> None:
    for number in range(9):
        judged = Judged(store, 1, "code", clear=str)
        judged.keep_verdict("XX001", [f"{number}"], passed("well", every(number + 1, "operation")))
        judged.settle()
    last = Judged(store, 1, "code", clear=str)
    found = [last.verdict("XX001", [f"{number}"]) for number in range(9)]
    assert [one.shares[0].there if one else 0 for one in found] == [0, 0, 0, 0, 0, 0, 7, 8, 9]


def test_secrets_are_blanked_in_it(store: InMemory) -> None:
    judged = Judged(store, 1, "code", clear=lambda text: text.replace("quill-harbour", "…"))
    judged.keep_verdict("XX001", ["1"], passed(say("it says {word}", word="quill-harbour"), every(1, "operation")))
    judged.settle()
    assert b"quill" not in store.kept[KIND][0].content
    verdict = Judged(store, 1, "code", clear=str).verdict("XX001", ["1"])
    assert verdict
    assert verdict.message == "it says …"
