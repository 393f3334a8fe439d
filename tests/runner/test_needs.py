"""Is evidence collected after what its `collect` asks for, in the form asked for, and does a need's problem pass on?"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import pytest

from runner.discovery.target import Target
from runner.engine import Collected, Collecting, Kind, Shelf, StageDone, examine, startable
from runner.errors import NotThere, ProbeError
from runner.live.workshop import Workshop
from runner.model import Evidence, Finding, Looked, Need, Stage, Step, Verdict, check, every, needs_of, passed
from runner.probe import Probe

LOG: list[str] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Root(Evidence):
    """What needs nothing."""

    value: int = 1

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        probe.note("looked at the root")
        LOG.append("root")
        return cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing(Evidence):
    """What the service has not."""

    @classmethod
    def collect(cls, probe: Probe) -> Self:  # noqa: ARG003
        raise NotThere("there is none", looked="everywhere")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden(Evidence):
    """What can't be looked at."""

    @classmethod
    def collect(cls, probe: Probe) -> Self:  # noqa: ARG003
        raise ProbeError("nobody could look")


@dataclass(frozen=True, slots=True, kw_only=True)
class Buggy(Evidence):
    """Our own bug."""

    @classmethod
    def collect(cls, probe: Probe) -> Self:  # noqa: ARG003
        raise ZeroDivisionError("oops")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms(Evidence):
    """One need in each form."""

    told: tuple[object, ...]

    @classmethod
    def collect(
        cls,
        probe: Probe,  # noqa: ARG003
        root: Root,
        missing: Missing | None,
        hidden: Looked[Hidden],
    ) -> Self:
        LOG.append("forms")
        return cls(told=(root.value, missing, hidden))


@dataclass(frozen=True, slots=True, kw_only=True)
class OnHidden(Evidence):
    """What can't do without the hidden."""

    @classmethod
    def collect(cls, probe: Probe, missing: Missing | None, hidden: Hidden | None) -> Self:  # noqa: ARG003
        raise AssertionError("it is not called")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnBuggy(Evidence):
    """What has a bug below it."""

    @classmethod
    def collect(cls, probe: Probe, buggy: Looked[Buggy]) -> Self:  # noqa: ARG003
        raise AssertionError("it is not called")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone(Evidence):
    """A measurement."""

    exclusive: ClassVar[bool] = True

    @classmethod
    def collect(cls, probe: Probe, root: Root) -> Self:  # noqa: ARG003
        LOG.append("alone")
        return cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterAlone(Evidence):
    """What reads the measurement, and is none."""

    @classmethod
    def collect(cls, probe: Probe, alone: Alone) -> Self:  # noqa: ARG003
        LOG.append("after")
        return cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chicken(Evidence):
    """The first, or not."""

    @classmethod
    def collect(cls, probe: Probe, egg: "Egg") -> Self:  # noqa: ARG003
        raise AssertionError("it is not called")


@dataclass(frozen=True, slots=True, kw_only=True)
class Egg(Evidence):
    """The first, or not."""

    @classmethod
    def collect(cls, probe: Probe, chicken: Chicken) -> Self:  # noqa: ARG003
        raise AssertionError("it is not called")


@dataclass(frozen=True, slots=True, kw_only=True)
class Strange(Evidence):
    """It asks for what is no evidence."""

    @classmethod
    def collect(cls, probe: Probe, number: int) -> Self:  # noqa: ARG003
        raise AssertionError("it is not called")


@check("XX101", step="1")
def forms(forms: Forms) -> Verdict:
    """All forms are fine.

    Why not. Fix: nothing.
    """
    return passed("fine", every(len(forms.told), "form"))


@check("XX102", step="1")
def after(after: AfterAlone) -> Verdict:
    """What comes after a measurement is fine.

    Why not. Fix: nothing.
    """
    assert after is not None
    return passed("fine", every(1, "thing"))


@check("XX103", step="1")
def eggs(egg: Egg) -> Verdict:
    """Eggs are fine.

    Why not. Fix: nothing.
    """
    assert egg is not None
    return passed("fine", every(1, "thing"))


STAGE = Stage(slug="x", task="x", title="X", question="?", steps=(Step("1", "one"),), checks=(forms, after))


@pytest.fixture
def target(tmp_path: Path) -> Target:
    LOG.clear()
    return Target(root=tmp_path, python=Path("/usr/bin/python3"))


@pytest.fixture
def shelf(target: Target, workshop: Workshop) -> Shelf:
    return Shelf(target, workshop)


def test_needs_are_read_from_the_signature() -> None:
    assert needs_of(Root) == {}
    assert needs_of(Forms) == {
        "root": Need(Root),
        "missing": Need(Missing, or_none=True),
        "hidden": Need(Hidden, looked=True),
    }


def test_what_is_no_evidence_can_not_be_needed() -> None:
    with pytest.raises(TypeError, match=r"Strange\.collect: parameter `number` must be an Evidence subclass, got"):
        needs_of(Strange)


def test_needs_are_collected_first_and_given_in_the_form_that_was_asked_for(shelf: Shelf) -> None:
    value, missing, hidden = shelf.need(Forms).told
    assert LOG == ["root", "forms"]
    assert (value, missing) == (1, None)
    assert isinstance(hidden, Looked)
    assert hidden.evidence is None
    assert hidden.problem is shelf.get(Hidden).problem
    with pytest.raises(ProbeError, match="nobody could look"):
        hidden.must()


def test_looked_holds_evidence_that_is_there() -> None:
    root = Root()
    given = Need(Root, looked=True).given(root, None)
    assert given == Looked(root, None)
    assert isinstance(given, Looked)
    assert given.must() is root
    assert given.or_none() is root


def test_looked_tells_an_absence_from_problem() -> None:
    assert Looked[Missing](None, NotThere("there is none")).or_none() is None
    with pytest.raises(ProbeError, match="nobody could look"):
        Looked[Hidden](None, ProbeError("nobody could look")).or_none()


def test_the_problem_of_a_need_is_the_kinds_own(shelf: Shelf) -> None:
    """None stands for an absence alone: what could not be looked at is no absence."""
    kept = shelf.get(OnHidden)
    assert kept.problem is shelf.get(Hidden).problem
    assert kept.commands == ()
    with pytest.raises(ProbeError, match="nobody could look"):
        shelf.need(OnHidden)


def test_a_bug_below_is_a_bug_above_whatever_the_form(shelf: Shelf) -> None:
    assert shelf.get(OnBuggy).problem is shelf.get(Buggy).problem


def test_evidence_that_needs_itself_is_named(shelf: Shelf, target: Target, workshop: Workshop) -> None:
    said = r"evidence that needs itself can't be collected: (Egg|Chicken) needs (Egg|Chicken) needs (Egg|Chicken)$"
    with pytest.raises(TypeError, match=said):
        shelf.get(Egg)
    stage = Stage(slug="x", task="x", title="X", question="?", steps=(Step("1", "one"),), checks=(eggs,))
    with pytest.raises(TypeError, match=said):
        list(examine([stage], target, workshop))


def test_what_lies_here_needs_nothing_any_more(shelf: Shelf) -> None:
    shelf.lay(Alone())
    shelf.get(AfterAlone)
    assert LOG == ["after"]


def test_the_graph_has_each_kind_with_its_needs_behind_it(shelf: Shelf) -> None:
    graph = shelf.graph([AfterAlone, Forms])
    assert list(graph) == [AfterAlone, Alone, Root, Forms, Missing, Hidden]
    assert graph[AfterAlone] == (Alone,)
    assert graph[Root] == ()


def test_everything_is_collected_once_and_told_and_a_measurement_is_alone(target: Target, workshop: Workshop) -> None:
    events = list(examine([STAGE], target, workshop))
    assert LOG == ["root", "forms", "alone", "after"]
    started = [event.title for event in events if isinstance(event, Collecting)]
    assert sorted(started) == sorted(event.title for event in events if isinstance(event, Collected))
    assert len(started) == len(set(started)) == 6
    assert {event.check for event in events if isinstance(event, Finding)} == {"XX101", "XX102"}
    done = next(event for event in events if isinstance(event, StageDone))
    assert done.seconds == pytest.approx(sum(event.seconds for event in events if isinstance(event, Collected)))


def test_one_kind_for_each_worker_and_a_measurement_when_all_is_idle() -> None:
    shared: list[Kind] = [Root, Missing, Hidden, Buggy]
    assert list(startable([Alone, *shared], 0, idle=True)) == [Root, Missing, Hidden]
    assert list(startable([Alone, *shared], 2, idle=False)) == [Root]
    assert list(startable(shared, 3, idle=False)) == []
    assert list(startable([Alone], 1, idle=False)) == []
    assert list(startable([Alone, Alone], 0, idle=True)) == [Alone]


def test_a_kind_is_handed_to_a_worker_when_all_that_it_needs_lies_here(shelf: Shelf) -> None:
    early: list[Kind] = []

    class Watching(ThreadPoolExecutor):
        def submit(self, *args, **kwargs):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003, ANN202
            early.extend(need.kind for need in needs_of(args[1]).values() if need.kind not in shelf._futures)
            return super().submit(*args, **kwargs)

    with Watching(1) as pool:
        list(examine([STAGE], shelf.target, shelf.workshop, executor=pool, shelf=shelf))
    assert early == []
    assert LOG == ["root", "forms", "alone", "after"]
