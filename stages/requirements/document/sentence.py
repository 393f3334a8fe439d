"""What is known of a sentence: what kind it is, whether it obliges, and what is unclear in it."""

from dataclasses import dataclass
from enum import StrEnum

from stages.requirements.document.units import Unit


class Kind(StrEnum):
    FUNCTIONAL = "functional"
    CONSTRAINT = "constraint"
    QUALITY = "quality"
    SCOPE = "scope"
    BACKGROUND = "background"


class Defect(StrEnum):
    VAGUE = "vague"
    UNMEASURABLE = "unmeasurable"
    UNDEFINED = "undefined_term"
    ESCAPE = "escape_clause"
    UNBOUNDED = "unbounded"
    NO_ACTOR = "passive_no_actor"
    COMPOUND = "compound"
    NO_TRIGGER = "no_trigger"
    NO_FAILURE_CASE = "no_failure_case"
    PLACEHOLDER = "placeholder"
    DUPLICATE = "duplicate"
    CONTRADICTION = "contradiction"


OBLIGING = frozenset({Kind.FUNCTIONAL, Kind.CONSTRAINT, Kind.QUALITY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One defect, with the words that show it."""

    defect: Defect
    span: str
    other: str = ""  # the sentence that it repeats or contradicts


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A unit that was judged."""

    unit: Unit
    kind: Kind
    found: tuple[Found, ...] = ()

    @property
    def obliges(self) -> bool:
        return self.kind in OBLIGING
