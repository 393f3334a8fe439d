"""Which sentences does a document have, of which kind, and what is unclear in each?"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from stages.requirements.document import chinese, chinese_kinds, english, english_kinds
from stages.requirements.document.alike import with_pairs
from stages.requirements.document.dependencies import uncovered
from stages.requirements.document.gaps import gap_in
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.sentence import OBLIGING, Defect, Found, Kind, Sentence
from stages.requirements.document.stories import as_a_rule
from stages.requirements.document.terms import Terms, terms_of
from stages.requirements.document.units import Block, Unit, units

LONGEST = 100  # characters of a word that are read: no rule needs more, and a pattern's time grows with them
ENDLESS = Pattern(rf"[\w-]{{{LONGEST + 1},}}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A business document, read."""

    sentences: tuple[Sentence, ...]
    contradictions: tuple[tuple[str, str], ...]
    terms: Terms


def read(text: str) -> Document:
    """Everything that the rules can tell about a document. The same text gives the same answer."""
    parts = tuple(replace(unit, said=ENDLESS.sub(lambda word: word[0][:LONGEST], unit.said)) for unit in units(text))
    terms = terms_of(parts)
    told = [replace(unit, said=as_a_rule(unit.said)) for unit in _introduced(parts)]
    kinds = [_kind(unit, number, terms) for number, unit in enumerate(told)]
    found = [tuple(found_in(told, number, kind, terms)) for number, kind in enumerate(kinds)]
    sentences = [Sentence(unit=u, kind=k, found=f) for u, k, f in zip(parts, kinds, found, strict=True)]
    for number, one in uncovered(sentences, terms).items():
        before = sentences[number]
        sentences[number] = Sentence(unit=before.unit, kind=before.kind, found=(*before.found, one))
    whole, contradictions = with_pairs(sentences, terms.roles)
    return Document(sentences=whole, contradictions=contradictions, terms=terms)


def _introduced(parts: Sequence[Unit]) -> Iterator[Unit]:
    """The units; what stands between the title and the first section stands under a heading that says so."""
    in_sections = next((n for n, unit in enumerate(parts) if len(unit.headings) > 1), 0)
    for number, unit in enumerate(parts):
        opens = number < in_sections and len(unit.headings) == 1 and unit.block is Block.PARAGRAPH
        yield replace(unit, headings=(*unit.headings, INTRODUCTION[unit.chinese])) if opens else unit


INTRODUCTION = {False: "Background", True: "背景"}  # as the lists of headings know it


def _kind(unit: Unit, number: int, terms: Terms) -> Kind:
    kind = (chinese_kinds if unit.chinese else english_kinds).kind_of(unit, number, terms)
    return Kind.CONSTRAINT if kind not in OBLIGING and gap_in(unit.text) and number not in terms.glosses else kind


def found_in(parts: Sequence[Unit], number: int, kind: Kind, terms: Terms) -> Iterator[Found]:
    if kind not in OBLIGING:
        return
    gap = gap_in(parts[number].text)
    found = [Found(defect=Defect.PLACEHOLDER, span=gap)] if gap else []
    found += (chinese if parts[number].chinese else english).defects(parts, number, kind, terms)
    yield from _told_first(found)


# What a sentence is asked for first: how much or how well is asked for once it is settled whether, and of what.
FIRST = frozenset({Defect.PLACEHOLDER, Defect.ESCAPE, Defect.UNBOUNDED})


def _told_first(found: Sequence[Found]) -> Iterator[Found]:
    """What people call unclear in it; of 183 labelled sentences with one of these none is called vague besides."""
    open_first = any(one.defect in FIRST for one in found)
    yield from (one for one in found if not (open_first and one.defect is Defect.VAGUE))
