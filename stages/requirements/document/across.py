"""What of a document is agreed already elsewhere, in the same words or with another figure?"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from runner.specification import Specification
from stages.requirements.document.alike import pairs_of
from stages.requirements.document.judged import Document
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.sentence import Defect, Found, Kind, Sentence
from stages.requirements.document.topics import of_other_products, word_for_word
from stages.requirements.document.units import units


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A duty of another document, or of a specification."""

    source: str  # "spec.yaml", "docs/fees.md"
    place: str  # "R-12", "line 40"
    sentence: Sentence

    @property
    def where(self) -> str:
        return f"{self.source} {self.place}"


def in_document(document: Document, path: str) -> Iterator[Elsewhere]:
    for one in document.sentences:
        if one.obliges:
            yield Elsewhere(source=path, place=f"line {one.unit.line}", sentence=one)


def in_specification(specification: Specification, path: str) -> Iterator[Elsewhere]:
    told = [(one.id, one.text, Kind.FUNCTIONAL) for one in specification.requirements]
    told += [(one.id, one.text, Kind.CONSTRAINT) for one in specification.constraints]
    told += [(one.id, one.text, Kind.QUALITY) for one in specification.quality]
    for id, text, kind in told:
        for unit in units(" ".join(text.split())):
            yield Elsewhere(source=path, place=id, sentence=Sentence(unit=unit, kind=kind))


def compared(document: Document, others: Sequence[Elsewhere]) -> Document:
    """The document, each of its duties with what it repeats or contradicts elsewhere."""
    before = len(others)
    apart = speak_of_others(document, others)
    whole = [*(one.sentence for one in others), *document.sentences]
    plain = [replace(one, unit=replace(one.unit, said=as_a_limit(one.unit.said))) for one in whole]
    extra: dict[int, list[Found]] = {}
    pairs = list(document.contradictions)
    for first, second, defect in pairs_of(plain, document.terms.roles):
        if first >= before or second < before:  # both here, or both there
            continue
        one, other = whole[second], others[first]
        if other.source in apart and not word_for_word(one, other.sentence):
            continue
        extra.setdefault(second - before, []).append(
            Found(defect=defect, span=one.unit.said, other=f"{other.sentence.unit.said} ({other.where})")
        )
        if defect is Defect.CONTRADICTION:
            pairs.append((one.unit.text, other.sentence.unit.text))
    sentences = [replace(s, found=(*s.found, *extra.get(n, ()))) for n, s in enumerate(document.sentences)]
    return replace(document, sentences=tuple(sentences), contradictions=tuple(pairs))


def speak_of_others(document: Document, others: Sequence[Elsewhere]) -> frozenset[str]:
    """The sources about another product: only what stands there in nearly the same words is told of them."""
    by_source: dict[str, list[Sentence]] = {}
    for one in others:
        by_source.setdefault(one.source, []).append(one.sentence)
    return frozenset(source for source, said in by_source.items() if of_other_products(document.sentences, said))


REFUSAL = Pattern(
    r"^if (?P<who>.+?) (?:has|have|holds?|contains?|asks? for|orders?|books?|borrows?|lasts?|is|are|exceeds?) "
    r"(?P<than>more|longer|larger|higher|later|older|heavier|bigger) than (?P<most>[^,]+), (?:then )?"
    r"the (?:service|system|app|application|api) shall (?:refuse|reject|deny|answer (?:with )?4\d\d)\b.*$",
    re.IGNORECASE,
)
LIMITED = Pattern(
    r"^when (?P<who>[^,]+), the (?:service|system|app|application|api) shall (?P<what>(?:keep|allow|accept|store|"
    r"hold)\b.*)$",
    re.IGNORECASE,
)
HAN_REFUSAL = Pattern(
    r"^(?:如果?|若|当)(?P<who>[^，。]{2,20}?)(?:超过|大于|多于)\s*(?P<most>[^，。]{1,10})(?:时|的)?[，,](?:则)?"
    r"(?:系统|平台)应(?:当)?(?:拒绝|返回\s*4\d\d|不予)[^，。]*。?$"
)


def as_a_limit(said: str) -> str:
    """ "If an order has more than 6 bags, then the service shall refuse it" says that it has 6 at most."""
    if found := REFUSAL.match(said):
        return f"{found['who']} has no {found['than']} than {found['most']}."
    if found := LIMITED.match(said):
        return f"{found['who']}, {found['what']}"
    if found := HAN_REFUSAL.match(said):
        return f"{found['who']}不得超过{found['most']}。"
    return said
