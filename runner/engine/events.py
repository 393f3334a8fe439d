"""What a run tells, as soon as it is known."""

from dataclasses import dataclass

from runner.model import Document, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """Evidence is being collected."""

    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """Evidence is there, or we know why not."""

    title: str
    seconds: float
    problem: str = ""
    absent: bool = False  # the problem is only that the service has no such thing
    run: int | None = None  # the earlier run that it is reused of


@dataclass(frozen=True, slots=True, kw_only=True)
class StageDone:
    stage: str
    seconds: float  # spent on evidence that this stage was the first to need


Event = Collecting | Collected | StageDone | Finding | Document
