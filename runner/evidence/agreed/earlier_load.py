"""What was measured when the load was last accepted? Laid on the shelf by whoever keeps earlier runs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from runner.errors import NotThere, ProbeError
from runner.model import Evidence
from runner.probe import Probe
from runner.said import say

NOTHING = say(
    "no earlier run on this machine was accepted while the machine was free, so there is nothing to compare with"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """An endpoint as it was: answers, and milliseconds."""

    requests: int
    p50: float
    p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierShape:
    """So many users, as they were served."""

    users: int
    pace: float  # ms that the machine took for a fixed piece of work; 0 when it was not timed
    disturbed: str = ""  # what others did to the machine meanwhile
    endpoints: Mapping[str, Point]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierLoad(Evidence):
    """The last accepted load on this machine."""

    holds: ClassVar[timedelta] = timedelta(0)  # every run has another one behind it

    run: int
    commit: str  # "" outside git
    shapes: Mapping[int, EarlierShape]  # by the number of users
    basis: str = ""  # as `Load.basis`; empty in records that did not have it
    clean: bool = False  # nothing differed from the commit: its code can be measured again

    @property
    def disturbed(self) -> str:
        """What others did to the machine while it was measured; empty when its times can be trusted."""
        return next((one.disturbed for one in self.shapes.values() if one.disturbed), "")

    @classmethod
    def collect(cls, probe: Probe) -> Self:  # noqa: ARG003 - nothing of the service itself tells it
        raise NotThere(NOTHING, looked="the records of earlier runs")

    @classmethod
    def read(cls, text: str, *, run: int, commit: str | None, clean: bool = False) -> Self:
        """From a run's `load.json`. Raises `ProbeError` when it has another form."""
        try:
            told = json.loads(text)
            shapes = [_shape(one) for one in told["shapes"]]
            basis = str(told.get("basis", ""))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ProbeError(
                say("the load record of run {run} can't be read: {error}", run=run, error=error)
            ) from error
        return cls(run=run, commit=commit or "", shapes={one.users: one for one in shapes}, basis=basis, clean=clean)


def _shape(told: Mapping[str, object]) -> EarlierShape:
    endpoints = told["endpoints"]
    if not isinstance(endpoints, list):
        raise TypeError("`endpoints` is no list")
    return EarlierShape(
        users=int(str(told["users"])),
        pace=float(str(told.get("pace", 0.0))),
        disturbed=str(told.get("disturbed", "")),
        endpoints={
            str(one["name"]): Point(requests=int(one["requests"]), p50=float(one["p50"]), p95=float(one["p95"]))
            for one in endpoints
        },
    )
