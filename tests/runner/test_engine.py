"""Is evidence collected once, side by side, and does problem stay where it belongs?"""

import threading
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Self

import pytest

from runner.discovery.config import Config
from runner.discovery.target import Target
from runner.engine import Collected, Collecting, StageDone, examine
from runner.errors import NotThere, ProbeError, Thing
from runner.live.workshop import Workshop
from runner.model import (
    LEFT_OUT,
    Check,
    Document,
    Evidence,
    Finding,
    Outcome,
    Stage,
    Step,
    Verdict,
    artifact,
    check,
    every,
    not_applicable,
    passed,
)
from runner.probe import Probe

LOG: list[str] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow(Evidence):
    """Slow facts."""

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        probe.note("looked slowly")
        LOG.append("slow began")
        time.sleep(0.3)
        LOG.append("slow ended")
        return cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class Built(Evidence):
    """Facts built on slow ones."""

    @classmethod
    def collect(cls, probe: Probe, slow: Slow) -> Self:  # noqa: ARG003
        return cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone(Evidence):
    """A measurement that nothing may disturb."""

    exclusive: ClassVar[bool] = True

    @classmethod
    def collect(cls, probe: Probe) -> Self:  # noqa: ARG003
        LOG.append("alone")
        return cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen(Evidence):
    """What could not be looked at."""

    @classmethod
    def collect(cls, probe: Probe) -> Self:  # noqa: ARG003
        raise ProbeError("no server")


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent(Evidence):
    """What is not there."""

    @classmethod
    def collect(cls, probe: Probe) -> Self:  # noqa: ARG003
        raise NotThere("this service has none", looked="its folder")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crashing(Evidence):
    """Our own bug."""

    @classmethod
    def collect(cls, probe: Probe) -> Self:  # noqa: ARG003
        raise ZeroDivisionError("oops")


@check("XX001", step="1")
def slow_one(slow: Slow) -> Verdict:
    """Slow is fine.

    Why not. Fix: nothing.
    """
    assert slow is not None
    return passed("fine", every(1, "thing"))


@check("XX002", step="1")
def built_one(built: Built, slow: Slow) -> Verdict:
    """Built is fine.

    Why not. Fix: nothing.
    """
    assert built is not None
    assert slow is not None
    return passed("fine", every(1, "thing"))


@check("XX003", step="1")
def alone_one(alone: Alone) -> Verdict:
    """Alone is fine.

    Why not. Fix: nothing.
    """
    assert alone is not None
    return passed("fine", every(1, "thing"))


@check("XX004", step="1")
def unseen_one(unseen: Unseen) -> Verdict:
    """Unseen is fine.

    Why not. Fix: nothing.
    """
    assert unseen is not None
    return passed("green although nobody looked", every(1, "thing"))


@check("XX005", step="1")
def absent_one(absent: Absent) -> Verdict:
    """Absent is fine.

    Why not. Fix: nothing.
    """
    assert absent is not None
    return passed("green although it is not there", every(1, "thing"))


@check("XX006", step="1")
def crashing_evidence(crashing: Crashing) -> Verdict:
    """Crashing is fine.

    Why not. Fix: nothing.
    """
    assert crashing is not None
    return passed("green although we crashed", every(1, "thing"))


@check("XX007", step="1")
def crashing_check(slow: Slow) -> Verdict:
    """Crashing checks hide nothing.

    Why not. Fix: nothing.
    """
    raise KeyError(str(slow))


@artifact("fine.md", step="1")
def fine(slow: Slow) -> str:
    """A document."""
    return f"# Fine\n{slow}"


@artifact("broken.md", step="1")
def broken(slow: Slow) -> str:
    """A broken document."""
    raise ValueError(str(slow))


def stage(*checks: Check[...], artifacts: tuple = ()) -> Stage:  # type: ignore[type-arg]
    return Stage(
        slug="x", task="x", title="X", question="?", steps=(Step("1", "one"),), checks=checks, artifacts=artifacts
    )


@pytest.fixture
def target(tmp_path: Path) -> Target:
    LOG.clear()
    return Target(root=tmp_path, python=Path("/usr/bin/python3"))


def findings(target: Target, workshop: Workshop, *checks: Check[...]) -> dict[str, Finding]:
    events = examine([stage(*checks)], target, workshop)
    return {event.check: event for event in events if isinstance(event, Finding)}


def test_evidence_is_collected_once_and_its_commands_are_stamped(target: Target, workshop: Workshop) -> None:
    found = findings(target, workshop, slow_one, built_one, crashing_check)
    assert LOG.count("slow began") == 1
    assert found["XX001"].commands == ("looked slowly",)
    assert [found[id].outcome for id in ("XX001", "XX002")] == [Outcome.PASSED, Outcome.PASSED]


def test_problem_stays_where_it_belongs(target: Target, workshop: Workshop) -> None:
    found = findings(target, workshop, slow_one, unseen_one, absent_one, crashing_evidence, crashing_check)
    assert found["XX001"].outcome is Outcome.PASSED
    assert (found["XX004"].outcome, found["XX004"].message) == (Outcome.UNKNOWN, "no server")
    assert (found["XX005"].outcome, found["XX005"].message) == (Outcome.NOT_APPLICABLE, "this service has none")
    assert found["XX006"].outcome is Outcome.BROKEN
    assert "ZeroDivisionError: oops (test_engine.py:" in found["XX006"].message
    assert found["XX007"].outcome is Outcome.BROKEN


def test_exclusive_evidence_waits_until_nothing_else_runs(target: Target, workshop: Workshop) -> None:
    findings(target, workshop, alone_one, slow_one)
    assert LOG == ["slow began", "slow ended", "alone"]


def test_events_stream_and_a_stage_ends_once(target: Target, workshop: Workshop) -> None:
    events = list(examine([stage(slow_one, artifacts=(fine, broken))], target, workshop))
    assert isinstance(events[0], Collecting)
    assert events[0].title == "Slow facts"
    documents = [event for event in events if isinstance(event, Document)]
    assert [document.name for document in documents] == ["fine.md"]
    assert any(isinstance(e, Collected) and "ValueError" in e.problem for e in events)
    assert [type(event) for event in events].count(StageDone) == 1
    assert isinstance(events[-1], StageDone)
    assert events[-1].seconds >= 0.3


def test_what_a_service_has_not_is_told_from_problem(target: Target, workshop: Workshop) -> None:
    events = [e for e in examine([stage(unseen_one, absent_one)], target, workshop) if isinstance(e, Collected)]
    assert {(event.problem, event.absent) for event in events} == {
        ("no server", False),
        ("this service has none", True),
    }


def test_any_executor_will_do(target: Target, workshop: Workshop) -> None:
    class Counting(ThreadPoolExecutor):
        asked = 0

        def submit(self, *args, **kwargs):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003, ANN202
            Counting.asked += 1
            return super().submit(*args, **kwargs)

    pool: Executor = Counting(1)
    list(examine([stage(slow_one, built_one)], target, workshop, executor=pool))
    assert Counting.asked == 2
    pool.shutdown()
    assert not [t for t in threading.enumerate() if t.name.startswith("gonogo")]


def test_a_stage_without_checks_ends_at_once(target: Target, workshop: Workshop) -> None:
    assert [type(event) for event in examine([stage()], target, workshop)] == [StageDone]


@check("TT090", step="1")
def passes_and_says_nothing(slow: Slow) -> Verdict:  # noqa: ARG001
    """It passes and does not say what it judged.

    That would be green with nothing in front of it.
    Fix: none.
    """
    return passed("fine")


@check("TT091", step="1")
def absent_and_nowhere(slow: Slow) -> Verdict:  # noqa: ARG001
    """It does not apply, and nobody says where that was seen.

    An absence that nobody saw is none.
    Fix: none.
    """
    return not_applicable("there is none")


@check("TT092", step="1")
def absent_and_contradicted(slow: Slow) -> Verdict:  # noqa: ARG001
    """There is no cache, as somebody says who looked.

    The settings speak against it.
    Fix: none.
    """
    return not_applicable("there is no cache", looked="the code", absent=Thing.CACHE)


def test_passed_without_a_share_is_our_bug_and_an_unseen_absence_unknown(target: Target, workshop: Workshop) -> None:
    told = replace(target, config=Config(env={"CACHE_URL": "{redis_url}"}))
    found = findings(told, workshop, passes_and_says_nothing, absent_and_nowhere, absent_and_contradicted)
    assert found["TT090"].outcome is Outcome.BROKEN
    assert found["TT091"].outcome is Outcome.UNKNOWN
    assert found["TT092"].outcome is Outcome.UNKNOWN
    assert found["TT092"].message == "there is no cache, yet the setting CACHE_URL takes the address of one"


def test_a_step_that_is_left_out_is_not_looked_at(target: Target, workshop: Workshop) -> None:
    left_out = replace(target, config=Config(scope={"1": "nothing of this is built yet"}))
    finding = findings(left_out, workshop, passes_and_says_nothing)["TT090"]
    assert (finding.outcome, finding.looked) == (Outcome.NOT_APPLICABLE, LEFT_OUT)
    assert finding.message == "out of scope: nothing of this is built yet"
