"""What is unclear in one sentence by itself, whose kind is known? The rules are those of a whole document."""

from collections.abc import Iterable, Set
from dataclasses import replace
from functools import lru_cache

from stages.requirements.document.judged import found_in
from stages.requirements.document.sentence import Defect, Found, Kind
from stages.requirements.document.stories import as_a_rule
from stages.requirements.document.terms import terms_of
from stages.requirements.document.units import units

# What no test can decide, wherever the sentence stands; the others need the rest of the document.
WORDING = frozenset({Defect.VAGUE, Defect.UNMEASURABLE, Defect.ESCAPE, Defect.UNBOUNDED})


@lru_cache(maxsize=4096)
def alone(text: str, kind: Kind = Kind.FUNCTIONAL) -> tuple[Found, ...]:
    """The defects of a text of a specification, in its order."""
    parts = units(text)
    terms = terms_of(parts)
    told = [replace(unit, said=as_a_rule(unit.said)) for unit in parts]
    return tuple(one for number in range(len(told)) for one in found_in(told, number, kind, terms))


def of_kind(found: Iterable[Found], defects: Set[Defect]) -> list[Found]:
    return [one for one in found if one.defect in defects]
