"""Is a whole run told again only where nothing that it stood on, and nothing that makes it, is another?"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from runner.discovery.target import Target
from runner.engine import Event, Shelf, Whole, examine
from runner.live.workshop import Workshop
from runner.model import Check, Document, Finding, Stage
from runner.reuse.memory import Memory, name_of
from runner.reuse.pieces import seal
from runner.reuse.state import State
from tests.reuse.test_honest import InMemory
from tests.reuse.test_memory import Length, Moment, Text, store, tampered, target
from tests.reuse.test_verdicts import (
    STAGE,
    as_document,
    can_be_asked,
    essence,
    is_long,
    is_of_today,
    is_our_bug,
    judges,
    says_something,
)

__all__ = ["judges", "store", "target"]
WHOLE = "whole run"
HERE = replace(STAGE, checks=(says_something, is_long, is_of_today), artifacts=(as_document,))


class Run:
    """What was told of it, and whether an earlier run had told it."""

    def __init__(
        self, target: Target, store: InMemory, number: int, judges: Path, *, stage: Stage = HERE, beside: str = "spec"
    ) -> None:
        with Workshop() as workshop:
            self.memory = Memory(State(target, workshop), store, number, clear=str, judges=judges)
            shelf = Shelf(target, workshop, self.memory)
            whole = Whole(self.memory, [stage], shelf, beside)
            told = whole.told()
            self.again = told is not None
            self.events: list[Event] = (
                told if told is not None else list(examine([stage], target, workshop, shelf=shelf))
            )
            self.memory.settle()
            for one in self.events:
                if isinstance(one, Document):
                    for text in (one.content, *(text for _, text in one.told)):
                        store.keep_text(text.decode())
            if not self.again:
                whole.keep(self.events)

    @property
    def found(self) -> list[Finding | Document]:
        return [one for one in self.events if isinstance(one, Finding | Document)]

    def reused(self) -> dict[str, int | None]:
        return {one.check: one.reused for one in self.events if isinstance(one, Finding)}


def test_it_is_told_again_as_a_run_that_looks_at_each_piece_tells_it(
    target: Target, store: InMemory, judges: Path
) -> None:
    first = Run(target, store, 1, judges)
    again = Run(target, store, 2, judges)
    assert (first.again, again.again) == (False, True)
    store.kept[WHOLE].clear()
    slow = Run(target, store, 3, judges)
    assert not slow.again
    assert essence(again.found) == essence(slow.found) == essence(first.found)
    assert again.reused() == slow.reused() == {"XX001": 1, "XX002": 1, "XX003": 1}
    (message,) = [one.message for one in again.found if isinstance(one, Finding) and one.check == "XX001"]
    assert getattr(message, "template", "") == "{text} was found{left}"
    assert Run(target, store, 4, judges).again, "a run that reuses all of it keeps it too"


@pytest.mark.parametrize("name", ["notes.txt", "new.txt"])
def test_an_edit_is_looked_at(name: str, target: Target, store: InMemory, judges: Path) -> None:
    Run(target, store, 1, judges)
    (target.root / name).write_text("seventeen", encoding="utf-8")
    assert not Run(target, store, 2, judges).again


def test_what_was_asked_and_what_judges_it_count(target: Target, store: InMemory, judges: Path) -> None:
    Run(target, store, 1, judges)
    assert not Run(target, store, 2, judges, beside="another spec").again
    assert not Run(target, store, 3, judges, stage=replace(HERE, checks=HERE.checks[:2])).again
    scoped = replace(target, config=target.config.model_copy(update={"scope": {"1.1a": "not ours"}}))
    assert not Run(scoped, store, 4, judges).again
    (judges / "checks.py").rename(judges / "others.py")
    assert Run(target, store, 5, judges).again, "this process has the code that it began with"
    other = judges.with_name("other")
    other.mkdir()
    (other / "checks.py").write_text("2", encoding="utf-8")
    assert not Run(target, store, 6, other).again


@pytest.mark.parametrize("kind", [Text, Length])
@pytest.mark.parametrize("number", range(6))
def test_a_piece_that_was_altered_is_noticed_and_never_believed(
    kind: type[Text] | type[Length], number: int, target: Target, store: InMemory, judges: Path
) -> None:
    Run(target, store, 1, judges)
    piece = store.kept[name_of(kind)][0]
    wrong = list(tampered(piece))[number]
    if wrong == piece:
        wrong = replace(piece, content=piece.content + b" ")
    store.kept[name_of(kind)] = [wrong]
    second = Run(target, store, 2, judges)
    assert not second.again
    assert second.memory.damaged


@pytest.mark.parametrize("kind", [Text, Length])
def test_a_piece_that_is_gone_is_looked_at_again(
    kind: type[Text] | type[Length], target: Target, store: InMemory, judges: Path
) -> None:
    Run(target, store, 1, judges)
    store.kept[name_of(kind)].clear()
    assert not Run(target, store, 2, judges).again


def test_a_record_that_was_altered_is_not_told(target: Target, store: InMemory, judges: Path) -> None:
    Run(target, store, 1, judges)
    piece = store.kept[WHOLE][0]
    wrong = piece.content.replace(b"three", b"seven")
    store.kept[WHOLE] = [replace(piece, content=wrong)]
    assert not Run(target, store, 2, judges).again
    store.kept[WHOLE] = [replace(piece, trace="{}", seal=seal("{}", piece.content))]
    assert not Run(target, store, 3, judges).again


def test_a_document_whose_text_is_gone_is_written_again(target: Target, store: InMemory, judges: Path) -> None:
    Run(target, store, 1, judges)
    store.texts = {digest: text for digest, text in store.texts.items() if not text.startswith("# ")}
    second = Run(target, store, 2, judges)
    assert not second.again
    assert [one.content for one in second.found if isinstance(one, Document)] == [b"# three\n"]


@pytest.mark.parametrize("check", [can_be_asked, is_our_bug, replace(says_something, where="ops/checks.py:12")])
def test_what_could_not_be_looked_at_crashed_or_is_the_teams_own_is_asked_each_time(
    check: Check[...], target: Target, store: InMemory, judges: Path
) -> None:
    stage = replace(HERE, checks=(check,), artifacts=())
    assert [Run(target, store, number, judges, stage=stage).again for number in (1, 2)] == [False, False]


def test_what_holds_for_a_while_and_what_is_of_the_moment_are_asked(
    target: Target, store: InMemory, judges: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Run(target, store, 1, judges)
    with monkeypatch.context() as patch:
        patch.setattr(Memory, "as_kept", lambda *_: None)  # the moment says something else, or nothing
        with Workshop() as workshop:
            memory = Memory(State(target, workshop), store, 2, clear=str, judges=judges)
            assert Whole(memory, [HERE], Shelf(target, workshop, memory), "spec").told() is None
    assert Run(target, store, 3, judges).again
    store.kept.clear()
    monkeypatch.setattr(Text, "holds", timedelta(seconds=-1))
    assert [Run(target, store, number, judges).again for number in (4, 5)] == [False, False]


def test_what_is_of_the_moment_and_builds_on_other_evidence_lets_nothing_be_told_again(
    target: Target, store: InMemory, judges: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Moment, "collect", classmethod(Length.collect.__func__))  # type: ignore[attr-defined]
    assert [Run(target, store, number, judges).again for number in (1, 2)] == [False, False]
