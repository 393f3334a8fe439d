"""Load as the specification states it: so many users, so long, on the declared rows, after a warm-up, twice."""

import ast
import hashlib
import json
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar, Self

from runner.errors import NotThere, ProbeError
from runner.evidence.agreed.specification import AgreedLoad
from runner.evidence.contract.contract import Contract, Operation
from runner.evidence.database.seeded import Seeded, seeded_database
from runner.evidence.load.load_shape import (
    MOST_REPETITIONS,
    REPETITIONS,
    Seen,
    Shape,
    Span,
    agree,
    repetition,
    shape_of,
)
from runner.evidence.load.need_values import spoilt
from runner.evidence.load.traffic import NO_FILE
from runner.live import machine, pace
from runner.live.locust import Locust, start_locust
from runner.live.problem import how_it_died
from runner.model import Evidence, Looked
from runner.probe import Probe
from runner.reading.syntax import tree_of
from runner.said import say
from runner.specification import Quality, Specification
from runner.words import plural

WARM_UP = 4.0  # seconds: sign-ins, pools, caches, compiled statements
SHORTEST = 3.0  # seconds of one repetition


@dataclass(frozen=True, slots=True, kw_only=True)
class Load(Evidence):
    """The load that the specification states, measured."""

    exclusive: ClassVar[bool] = True
    holds: ClassVar[timedelta] = timedelta(days=1)  # this machine may be another tomorrow

    shapes: tuple[Shape, ...]
    rows: Seeded
    needs: tuple[Quality, ...]
    locustfile: str
    basis: str = ""  # what was asked of whom: two runs with the same one can be compared
    wanted: tuple[str, ...] = ()  # endpoints that the load is about: those of the needs, else all of the specification
    named: bool = True  # the needs themselves name them

    @classmethod
    def collect(cls, probe: Probe, agreed: AgreedLoad, contract: Looked[Contract], seeded: Looked[Seeded]) -> Self:
        needs = tuple(one for one in agreed.quality if one.load)
        if not needs:
            raise NotThere(
                "the specification has no quality need with a load",
                looked=say(
                    "the {needs} of {spec}", needs=plural(len(agreed.quality), "quality need"), spec=probe.target.spec
                ),
            )
        if probe.target.load is None or not probe.inside(probe.target.load).is_file():
            raise ProbeError(NO_FILE)
        served, rows = contract.must(), seeded.must()
        shapes = tuple(measure(probe, served, users, seconds, needs) for users, seconds in shapes_of(needs).items())
        basis = basis_of(needs, rows.declared, probe.read(probe.target.load, what="locustfile"))
        named = endpoints_named(needs)
        return cls(
            shapes=shapes,
            rows=rows,
            needs=needs,
            locustfile=probe.target.load,
            basis=basis,
            wanted=named or agreed.endpoints or tuple(one.endpoint for one in served.operations),
            named=bool(named),
        )

    def is_partial(self) -> bool:
        """What others spoilt is measured anew by the next run."""
        return any(spoilt(shape, self.needs) for shape in self.shapes)

    @property
    def asked(self) -> tuple[str, ...]:
        """The wanted endpoints that were really asked while it was measured."""
        there = {sample.endpoint for shape in self.shapes for sample in shape.samples}
        return tuple(endpoint for endpoint in self.wanted if endpoint in there)

    def shape_of(self, need: Quality) -> Shape | None:
        return next((one for one in self.shapes if need.load and one.users == need.load.users), None)


def endpoints_named(needs: Iterable[Quality]) -> tuple[str, ...]:
    """The endpoints that quality needs speak of."""
    return tuple(dict.fromkeys(need.endpoint for need in needs if need.endpoint))


def endpoints_specified(spec: Specification, operations: Iterable[Operation]) -> tuple[str, ...]:
    """What the specification asks of the service, operation by operation; where it names none, the whole contract."""
    named = [endpoint for requirement in spec.requirements for endpoint in requirement.endpoints]
    return tuple(dict.fromkeys(named or (one.endpoint for one in operations)))


def basis_of(needs: Iterable[Quality], rows: Mapping[str, int], locustfile: str) -> str:
    """One word for the promises, the rows and the load test: whoever changes one of them means another measurement.

    Of the load test its code alone: a comment or a line break makes no new beginning.
    """
    promised = [one.model_dump(mode="json", exclude={"text"}) for one in needs]
    try:
        code = ast.dump(tree_of(locustfile))
    except SyntaxError:
        code = locustfile
    whole = json.dumps([promised, dict(rows), code], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def shapes_of(needs: Iterable[Quality]) -> dict[int, float]:
    """Users → the longest time that a need asks for at that number."""
    found: dict[int, float] = {}
    for need in needs:
        if need.load:
            found[need.load.users] = max(need.load.seconds, found.get(need.load.users, 0.0))
    return dict(sorted(found.items()))


def measure(probe: Probe, contract: Contract, users: int, seconds: float, needs: Collection[Quality] = ()) -> Shape:
    """One locust run; after a rest another one, where others disturbed it so much that it says nothing of the needs.

    A machine that is held back after minutes of work (as its hypervisor or control group does) recovers at rest.
    """
    shape = measure_once(probe, contract, users, seconds)
    for rest in probe.workshop.rests:
        if not spoilt(shape, needs):
            break
        _rest(probe, rest)
        again = measure_once(probe, contract, users, seconds)
        shape = replace(again, before=(*shape.before, shape.disturbed))
    return shape


def _rest(probe: Probe, seconds: float) -> None:
    """Nothing of ours runs; not beyond the run's end."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not probe.workshop.runner.closed:
        time.sleep(0.2)


def measure_once(probe: Probe, contract: Contract, users: int, seconds: float) -> Shape:
    """One locust run: warm-up, then repetitions until two neighbours agree. They share the stated seconds."""
    before = pace.times()
    database = seeded_database(probe)
    with probe.service(database) as server:
        record = probe.workshop.scratch("load") / "answers.jsonl"
        locust = start_locust(
            probe.workshop.runner,
            python=probe.own_python(),
            file=probe.inside(str(probe.target.load)),
            base=server.base,
            users=users,
            record=record,
            env=probe.environment.of(database),
        )
        probe.note(f"{locust.command} ({WARM_UP:g} s warm-up, then {seconds:g} s)")
        locust.wait_for_users(users)
        locust.watch(WARM_UP)
        spans = _repeat(locust, max(seconds / REPETITIONS, SHORTEST))
        locust.stop()
        ended = how_it_died(server.process)
    seen = Seen(answers=locust.answers(), ticks=locust.ticks(), counting=locust.counting())
    shape = shape_of(users, seconds, spans, seen, contract.operations)
    at_pace = round(min(before + pace.times()), 3)
    return replace(shape, problems=tuple(locust.problems()), pace=at_pace, ended=ended)


def _repeat(locust: Locust, seconds: float) -> list[Span]:
    """Until two neighbours agree that nobody disturbed."""
    spans = [_watched(locust, seconds) for _ in range(REPETITIONS)]
    while len(spans) < MOST_REPETITIONS:
        seen = Seen(answers=locust.answers(), ticks=locust.ticks())
        last = spans[-REPETITIONS:]
        if agree(*(repetition(span, seen, {}) for span in last)) and not any(one.use.disturbed for one in last):
            return spans
        spans.append(_watched(locust, seconds))
    return spans


def _watched(locust: Locust, seconds: float) -> Span:
    before = machine.now()
    began, ended = locust.watch(seconds)
    return Span(began=began, ended=ended, use=machine.since(before))
