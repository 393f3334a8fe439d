"""Which sentences does a document have, of which kind, and what is unclear in each?"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stages.requirements.document import chinese, chinese_kinds, english, english_kinds
from stages.requirements.document.alike import with_pairs
from stages.requirements.document.dependencies import uncovered
from stages.requirements.document.sentence import OBLIGING, Defect, Found, Kind, Sentence
from stages.requirements.document.terms import Terms, terms_of
from stages.requirements.document.units import Unit, units

PLACEHOLDER = re.compile(
    r"\b(?:TBD|TBC|TBA|TODO|FIXME|XX+|N\.N\.)(?!\w)|"
    r"(?i:(?<!need )(?<!needs )(?<!have )(?<!has )\bto be (?:defined|decided|determined|confirmed|specified|agreed|"
    r"clarified|filled in|discussed|announced later)\b)|"
    r"(?i:\b(?:not (?:yet )?(?:decided|known|clear|agreed|defined|fixed)(?: yet)?|still (?:open|undecided|unclear)|"
    r"remains? (?:open|undecided)|to follow|lorem ipsum|(?:is|are|will be|gets?) (?:determined|decided|fixed|set|"
    r"agreed|defined|settled) (?:later|separately))\b)|"
    r"\?\?+|？？+|_{3,}|(?<![\w_])_{2,}(?=\s*[%％元天个小年月日周])|＿{2,}|"
    r"\[(?:\.\.\.|…|\s*|[^\]]*\b(?:fill|insert|your|tbd|number|"
    r"name|to be|xx)\b[^\]]*)\](?!\()|"
    r"<[a-z][\w -]*>|(?<!\.)\.{4,}|"
    r"(?:[另面][定议]|待(?:定|补充|确认|完善|明确|讨论|商榷|细化|填写|议|商|续))|"
    r"(?:还没|尚未|没有?)(?:想好|定(?!义)|确定|决定|明确|商定|谈妥)(?:[，,](?:后续|稍后|以后|日后)再?\w{2})?|"
    r"另行(?:制定|公布|通知)|(?:后续|稍后|以后|日后|之后|另行)再?(?:补充|完善|确定|讨论|商定|规定|"
    r"通知为准)|暂定|暂缺|"
    r"占位(?![费符])|[×xX]{2,}|某某|（\s*）|【\s*】"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A business document, read."""

    sentences: tuple[Sentence, ...]
    contradictions: tuple[tuple[str, str], ...]
    terms: Terms


def read(text: str) -> Document:
    """Everything that the rules can tell about a document. The same text gives the same answer."""
    parts = units(text)
    terms = terms_of(parts)
    kinds = [_kind(unit, number, terms) for number, unit in enumerate(parts)]
    found = [tuple(_found(parts, number, kind, terms)) for number, kind in enumerate(kinds)]
    sentences = [Sentence(unit=u, kind=k, found=f) for u, k, f in zip(parts, kinds, found, strict=True)]
    for number, one in uncovered(sentences).items():
        before = sentences[number]
        sentences[number] = Sentence(unit=before.unit, kind=before.kind, found=(*before.found, one))
    whole, contradictions = with_pairs(sentences)
    return Document(sentences=whole, contradictions=contradictions, terms=terms)


def _kind(unit: Unit, number: int, terms: Terms) -> Kind:
    kind = (chinese_kinds if unit.chinese else english_kinds).kind_of(unit, number, terms)
    placeholder = PLACEHOLDER.search(unit.text)
    return Kind.CONSTRAINT if kind not in OBLIGING and placeholder and number not in terms.glosses else kind


def _found(parts: Sequence[Unit], number: int, kind: Kind, terms: Terms) -> Iterator[Found]:
    if kind not in OBLIGING:
        return
    if placeholder := PLACEHOLDER.search(parts[number].text):
        yield Found(defect=Defect.PLACEHOLDER, span=placeholder[0])
    yield from (chinese if parts[number].chinese else english).defects(parts, number, kind, terms)
