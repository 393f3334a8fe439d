"""The day on which the run judges."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar, Self

from runner.model import Evidence
from runner.probe import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Today(Evidence):
    """The calendar."""

    holds: ClassVar[timedelta] = timedelta(0)

    date: date

    @classmethod
    def collect(cls, probe: Probe) -> Self:  # noqa: ARG003 - the same for every target
        return cls(date=datetime.now(UTC).date())
