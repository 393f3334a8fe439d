"""What does the program say that read a team's file? It ran a stranger's code, so each word is looked at."""

import re
from importlib import import_module
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from runner.errors import Thing
from runner.model import Evidence, Outcome, Place, Share, Verdict
from runner.said import together

OURS = re.compile(r"runner\.evidence(\.[a-z_]+)+")


def plain(text: str) -> str:
    """Without what a terminal would obey."""
    return together((sign for sign in text if sign.isprintable() or sign in "\n\t"), "")


Said = Annotated[str, AfterValidator(plain)]
Word = Annotated[str, StringConstraints(min_length=1, pattern=r"^\S.*$"), AfterValidator(plain)]


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Problem(Answer):
    """Why there is no other answer, and on which line of the file."""

    problem: Said
    line: int | None = None


class Described(Answer):
    """A check. `needs`: the names of its parameters, and `module:class` of each one's evidence."""

    id: Said
    step: Said
    claim: Said
    why: Said
    fix: Said
    line: int
    needs: dict[str, str]


class Descriptions(Answer):
    checks: tuple[Described, ...]


class ToldPlace(Answer):
    path: Said | None = None
    line: int | None = None
    endpoint: Said | None = None
    table: Said | None = None
    column: Said | None = None
    item: Said | None = None
    note: Said = ""


class ToldShare(Answer):
    judged: int
    there: int
    what: Word


class Told(Answer):
    """A verdict. BROKEN is none: it says that gonogo has a bug."""

    outcome: Literal["passed", "failed", "unknown", "not applicable"]
    message: Said
    places: tuple[ToldPlace, ...] = ()
    again: tuple[Said, ...] = ()
    shares: tuple[ToldShare, ...] = ()
    looked: Said = ""
    absent: str | None = None

    def verdict(self) -> Verdict:
        """Raises `ValueError` for a share of 3 of 2, or for an absent thing that nobody knows."""
        return Verdict(
            Outcome(self.outcome),
            self.message,
            tuple(Place(**place.model_dump()) for place in self.places),
            self.again,
            tuple(Share(**share.model_dump()) for share in self.shares),
            self.looked,
            Thing(self.absent) if self.absent else None,
        )


def evidence_named(name: str) -> type[Evidence] | None:
    """The kind of evidence that `module:class` names; None for what is none of gonogo's own."""
    module, _, word = name.partition(":")
    try:
        kind = getattr(import_module(module), word, None) if OURS.fullmatch(module) else None
    except ImportError:
        return None
    return kind if isinstance(kind, type) and issubclass(kind, Evidence) else None
