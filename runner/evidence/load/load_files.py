"""Is there a load test, and which operations does it call? Seen in what it really sent."""

from dataclasses import dataclass
from typing import Self

from runner.errors import ProbeError
from runner.evidence.load.traffic import Traffic
from runner.model import Evidence, Looked
from runner.probe import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFile(Evidence):
    """The load test, and what it calls."""

    path: str | None
    called: tuple[str, ...] = ()  # endpoints as the contract names them
    answers: int = 0  # that it got while it was watched
    problem: str = ""  # why it could not be run

    @classmethod
    def collect(cls, probe: Probe, traffic: Looked[Traffic]) -> Self:
        path = probe.target.load
        if path is None or not probe.inside(path).is_file():
            return cls(path=None)
        try:
            seen = traffic.or_none()
        except ProbeError as error:
            return cls(path=path, problem=str(error))
        return cls(path=path, called=seen.called, answers=seen.answers) if seen else cls(path=None)
