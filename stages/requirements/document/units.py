"""Which sentences does a document have, and where does each stand? Markdown and plain text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from stages.requirements.document.patterns import Pattern
from stages.requirements.languages import HAN, Language, language, words_in

ENDS = Pattern(
    r"(?:[。！？](?![。！？])[”’』」）)\]\"'*_]*|[.!?](?![.!?\w])[”’』」）)\]\"'*_]*(?=\s|$|[^\W\d_]|[“「『（*]))"
)
ABBREVIATIONS = Pattern(
    r"(?:\b(?:Dr|Mr|Mrs|Ms|Prof|St|No|Nos|vs|cf|approx|ca|incl|excl|Inc|Ltd|Co|Fig|Sec|Art|Tel|Jr|Sr|e\.g|i\.e|resp|"
    r"a\.m|p\.m|max|min)|\b[A-Z])\.$"
)
# "Annex D", "class B": a letter that names a thing is no abbreviation.
LETTERED = Pattern(
    r"\b(?:annex|appendix|section|part|schedule|exhibit|class|category|group|type|zone|option|phase|level|hall|"
    r"building|"
    r"gate|terminal|tier|grade|version|plan|team) [A-Z]\.$",
    re.IGNORECASE,
)
# Abbreviations that a title or a name follows; behind the others a sentence may begin.
BEFORE_A_NAME = Pattern(r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|No|Nos|vs|cf|approx|ca|e\.g|i\.e|Fig|Sec|Art)\.$")
OPENS = Pattern(
    r"(?:The|An?|If|When|Once|After|Before|Until|Unless|While|For|In|On|At|From|By|With|Each|Every|All|Any|No|"
    r"Only|Both|"
    r"This|That|These|Those|There|Then|It|Its|They|We|I|You|He|She|His|Her|Our|My|Their|Please|Nobody|Everyone)\b"
)
# "3.4 The …", "REQ-12: …", "（二）…", "一、…": the name of a sentence, not part of what it says.
LABEL = Pattern(
    r"^\s*(?:[*_`]{0,2}(?:[A-Z]{1,6}[-_ ]?\d+(?:[-.]\d+)*(?:[a-z]\b)?|\d+(?:\.\d+)+(?:[a-z]\b)?|\d+[.)、]|"
    r"[（(][\w一-十]{1,3}[）)]|[a-z]\)|"
    r"第[一二三四五六七八九十百\d]+条[\s　]+|§ ?\d+(?:\.\d+)*[.:]?(?= )|"
    r"[一二三四五六七八九十]+、|[①-⑳]|[•·●▪–-])[:.：]?[*_`]{0,2}[:：]?)\s*"
)
NUMBERED = Pattern(lambda: LABEL.pattern.replace(r"|[•·●▪–-]", ""))
# "保管员：负责…", "Custodian: runs …": a line of a list without marks.
NAMED = Pattern(r"^[*_]{0,2}(?:[\u4e00-\u9fff]{2,8}|[A-Z][a-z]+(?: [a-z]+)?)[*_]{0,2}[:：]\s*\S{2}(?=.{4})")
CELL_OF_NO_PROSE = Pattern(
    r"(?:[A-Z]{0,6}[-_ ]?\d+(?:[-.]\d+)*[a-z]?|high|medium|low|must|should|could|won't|[高中低必选]|P\d|M|S|C|W|)",
    re.IGNORECASE,
)
MODAL = Pattern(
    r"\b(?:shall|must|should|may|can(?:not)?|will|needs?|has to|have to)\b|应|必须|须|可以|不得|不能|需要|允许"
)
# The head of a memo or of minutes: "From: Isla. To: the board".
MEMO = Pattern(
    r"[*_]{0,2}(?:from|to|date|subject|re|cc|place|发件人|收件人|主送|抄送|日期|主题)[*_]{0,2}[:：]", re.IGNORECASE
)
BEHIND_A_GAP = Pattern(r"(?:[元天日周月年%％]|个月|小时|分钟|EUR|USD|€|days?\b|hours?\b|minutes?\b|weeks?\b|months?\b)")
WIDEST = 40  # characters of a heading in plain text that no empty line sets apart
WORDS_OF_A_SENTENCE = 7  # a line without a full stop that has more is one, unless it stands under the title


class Block(StrEnum):
    PARAGRAPH = "paragraph"
    BULLET = "bullet"
    ROW = "row"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One sentence, bullet or table row."""

    text: str  # exactly as in the document
    said: str  # on one line, without its number, markup and cells that are no prose
    block: Block
    headings: tuple[str, ...] = ()  # from the title down to the nearest
    lead: str = ""  # "The service shall:" above a list
    cells: tuple[str, ...] = ()  # of a row
    header: tuple[str, ...] = ()  # of its table
    group: int = 0  # units of one paragraph, list or table share it
    line: int = 0  # 1-based

    @property
    def chinese(self) -> bool:
        return language(self.text) is Language.CHINESE


@dataclass(slots=True)
class _Place:
    """Where the walk is."""

    headings: list[tuple[int, str]]
    lead: str = ""
    group: int = 0
    bullets: int = 0
    begun: bool = False  # a sentence, list, table or second heading was seen


def units(text: str) -> tuple[Unit, ...]:
    """Every unit in the order of the document. Headings, headers of tables and bylines are none."""
    return tuple(_walk(_parser().parse(text), text.splitlines()))


@cache
def _parser() -> MarkdownIt:
    """It holds no state between texts, and building it costs as much as reading ten sentences."""
    return MarkdownIt("commonmark").enable("table").disable(["code", "html_block"])


def _walk(tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[Unit]:
    place = _Place(headings=[])
    header: tuple[str, ...] = ()
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            level = int(token.tag[1])
            place.begun = place.begun or bool(place.headings)
            place.headings = [*((n, t) for n, t in place.headings if n < level), (level, tokens[number + 1].content)]
            place.group, place.lead = place.group + 1, ""
        elif token.type == "list_item_open":
            place.bullets += 1
        elif token.type == "list_item_close":
            place.bullets -= 1
        elif token.type in {"bullet_list_open", "ordered_list_open", "table_open"}:
            place.group += not place.bullets
            place.begun = True
        elif token.type == "tr_open" and tokens[number - 1].type != "thead_open":
            yield _row(token, tokens[number:], lines, place, header)
        elif token.type == "tr_open":
            header = tuple(_cells(tokens[number:]))
        elif token.type == "paragraph_open" and token.map:
            place.group += not place.bullets
            yield from _paragraph(tokens[number + 1].content, token.map[0] + 1, place)


def _cells(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "tr_close":
            return
        if token.type == "inline":
            yield token.content


def _row(token: Token, rest: Sequence[Token], lines: Sequence[str], place: _Place, header: tuple[str, ...]) -> Unit:
    first = token.map[0] if token.map else 0
    cells = tuple(_cells(rest))
    prose = [said for cell in cells if (said := plain(cell)) and not CELL_OF_NO_PROSE.fullmatch(said)]
    return Unit(
        text=lines[first].strip(),
        said=" | ".join(prose),
        block=Block.ROW,
        headings=tuple(text for _, text in place.headings),
        cells=cells,
        header=header,
        group=place.group,
        line=first + 1,
    )


def _paragraph(content: str, line: int, place: _Place) -> Iterator[Unit]:
    """Its units; a heading without a mark of its own, as "一、现状", becomes one of the headings."""
    block = Block.BULLET if place.bullets else Block.PARAGRAPH
    for at, part in _parts(content, line):
        sentences = [s for s in split(part) if re.search(r"\w", s[1])]
        if not place.begun and sentences and all(MEMO.match(said) for _, said in sentences):
            continue
        if not place.bullets and len(sentences) == 1 and not _ended(sentences[0][1]):
            if _is_lead(sentences[0][1]):
                place.lead = plain(sentences[0][1])
                continue
            if not _is_sentence(sentences[0][1], place):
                _title(sentences[0][1], place)
                continue
        place.begun = True
        for offset, sentence in sentences:
            here = at + part[:offset].count("\n")
            lead = place.lead if block is Block.BULLET else ""
            yield Unit(
                text=sentence,
                said=plain(sentence),
                block=block,
                headings=tuple(text for _, text in place.headings),
                lead=lead,
                group=place.group,
                line=here,
            )
        if block is Block.PARAGRAPH:
            place.lead = ""


def _title(text: str, place: _Place) -> None:
    level = 8 if NUMBERED.match(text) or place.headings else 1
    place.headings = [*((n, t) for n, t in place.headings if n < level), (level, plain(text))]
    place.lead = ""


def _parts(content: str, line: int) -> Iterator[tuple[int, str]]:
    """(line, text): a paragraph, broken where a line begins with a number or stands as a heading."""
    begun: list[str] = []
    first = line
    for number, one in enumerate(content.split("\n")):
        heading = len(begun) == 1 and _is_heading_line(begun[0]) and not one[:1].islower()
        fresh = NUMBERED.match(one) or NAMED.match(one) or heading
        if fresh and begun:
            yield first, "\n".join(begun)
            begun, first = [], line + number
        begun.append(one)
    if begun:
        yield first, "\n".join(begun)


def _is_heading_line(line: str) -> bool:
    if _ended(line):
        return False
    if re.match(r"^[一二三四五六七八九十]+、|^[（(][一二三四五六七八九十]+[）)]", line):
        return True
    return (
        len(line) <= WIDEST and bool(re.fullmatch(r"[A-Z][\w' -]*", line)) and len(line.split()) <= WORDS_OF_A_SENTENCE
    )


def _ended(text: str) -> bool:
    return bool(re.search(r"[.!?。！？][”’』」）)\]\"'*_]*\s*$", text))


def _is_lead(text: str) -> bool:
    return bool(re.search(r"[:：][*_]*\s*$", text))


def _is_sentence(text: str, place: _Place) -> bool:
    if not place.begun and not MODAL.search(text):
        return False
    if NAMED.match(text) and len(place.headings) > 1:
        return True
    return words_in(text) > WORDS_OF_A_SENTENCE and bool(MODAL.search(text) or re.search(r"[,，;；]", text))


def split(text: str) -> Iterator[tuple[int, str]]:
    """(offset, sentence), each as it stands."""
    begin = 0
    for end in ENDS.finditer(text):
        before = text[begin : end.end()]
        after = text[end.end() :].lstrip("*_ \n")
        asked = re.search(r"[?？]{2,}$", before.rstrip("*_"))  # a gap, not a question
        asked = asked or (before.endswith("...") and BEHIND_A_GAP.match(after)) or None
        asked = asked or (re.search(r"[\s\u4e00-\u9fff][?？]$", before) and BEHIND_A_GAP.match(after))
        if (asked and after) or (end[0][0] in ".!?" and _goes_on(before, after)):
            continue
        yield _trimmed(text, begin, end.end())
        begin = end.end()
    if text[begin:].strip():
        yield _trimmed(text, begin, len(text))


def _goes_on(before: str, after: str) -> bool:
    """A full stop that ends no sentence: an abbreviation, a number of a list, or a word in small letters behind it."""
    if not after:
        return False
    stop = before.rstrip("\"')]*_")
    if ABBREVIATIONS.search(stop) and not BEFORE_A_NAME.search(stop) and OPENS.match(after):
        return False
    if LETTERED.search(stop):
        return after[:1].islower()
    if ABBREVIATIONS.search(stop) or re.fullmatch(r"\s*\W*\d+\.", stop):
        return True
    return stop.endswith(".") and after[:1].islower()


def _trimmed(text: str, begin: int, end: int) -> tuple[int, str]:
    part = text[begin:end]
    return begin + len(part) - len(part.lstrip()), part.strip()


def plain(text: str) -> str:
    """On one line, without number and markup."""
    flat = re.sub(f"(?<=[{HAN}，。；：、])\\s*\n\\s*(?=[{HAN}])", "", text)
    flat = " ".join(flat.split())
    flat = re.sub(r"\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|`", "", flat)
    return LABEL.sub("", flat, count=1).strip()
