"""Which specification does a business document propose, and what does it leave open? Nothing is invented."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import yaml

from runner.said import say, together, told
from runner.specification import Quality, Question, Requirement, Resource, Role, Scope, ServiceHead, Specification
from runner.words import plural
from stages.requirements.document.actors import actors
from stages.requirements.document.judged import Document
from stages.requirements.document.lists import chinese, english
from stages.requirements.document.numbers import milliseconds, percentile
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.rewording import question
from stages.requirements.document.sentence import Kind, Sentence
from stages.requirements.document.terms import stem
from stages.requirements.document.things import FILLED, things
from stages.requirements.document.units import Block, plain

HEAD = say("""\
# A proposal, drafted by `invoke requirements.draft` from {document}. Nobody has agreed to it yet.
#
# Every requirement is a sentence of the document, as it stands; `rationale` says where.
#   1. Answer the questions at the end: write `answer:`, `owner:` and `status: answered`, and mend the requirement.
#   2. Reword each requirement as "When <event>, the service shall <answer>"; name its endpoints, write its criteria.
#   3. Say who may do what under `permissions`, and the rows under `data`.
#   4. Run `invoke stage.requirements`: it names what still blocks. Then delete this head.
""")
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
WISH = Pattern(r"\b(?:should|would be (?:nice|lovely|good|great)|would like|ideally)\b|最好|希望|想让", re.IGNORECASE)
OUT = Pattern(
    r"\b(?:not|out|outside|later|second|next|won't|exclud\w+|"
    r"leave|other|separate|stays?)\b|不|另|以后|后续|明年|二期|再",
    re.IGNORECASE,
)
PRIORITY: dict[str, Literal["must", "should", "could"]] = {
    "high": "must",
    "must": "must",
    "高": "must",
    "必": "must",
    "medium": "should",
    "should": "should",
    "中": "should",
    "low": "could",
    "could": "could",
    "低": "could",
}
TITLE = 60  # characters
MOST_LINES = 6  # that say where a thing is spoken of
FREQUENT = 3  # sentences that speak of a thing which the document does not define


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A specification, and the sentences that its requirements were made from, by id."""

    specification: Specification
    sentences: dict[str, Sentence]
    proposed: frozenset[str] = frozenset()  # ids of roles and resources that the document speaks of and never defines


def draft(document: Document, *, name: str, path: str, title: str) -> Draft:
    """`path`: of the document, as the specification shall name it."""
    obliging = [s for s in document.sentences if s.obliges]
    defined, kept = list(_roles(document)), list(_resources(document))
    people = _actors(document, defined)
    found, filled = _things(document, [*defined, *people], kept)
    roles, resources = (*defined, *people), tuple(found.values())
    proposed = frozenset({*(one.id for one in people), *(found.keys() - {one.id for one in kept})})
    by_id: dict[str, Sentence] = {}
    by_role, by_resource = ({one.id: _words(one.id) for one in some} for some in (roles, resources))
    requirements: list[Requirement] = []
    quality: list[Quality] = []
    for sentence in obliging:
        if need := _quality(sentence, len(quality) + 1):
            quality.append(need)
            by_id[need.id] = sentence
            continue
        spoken = [named(ids, sentence.unit.said) for ids in (by_role, by_resource)]
        one = _requirement(sentence, len(requirements) + 1, path, *spoken)
        requirements.append(one)
        by_id[one.id] = sentence
    scope = [s.unit.said for s in document.sentences if s.kind is Kind.SCOPE]
    specification = Specification(
        gonogo=1,
        service=ServiceHead(name=name, summary=title, owner="nobody yet (Q-001)", document=path),
        scope=Scope(
            included=tuple(said for said in scope if not OUT.search(said)),
            excluded=tuple(said for said in scope if OUT.search(said)),
        ),
        roles=roles,
        resources=resources,
        requirements=tuple(requirements),
        quality=tuple(quality),
        questions=tuple(_questions(by_id, requirements, quality, roles, proposed, filled)),
    )
    return Draft(specification=specification, sentences=by_id, proposed=proposed)


def as_yaml(found: Draft) -> str:
    """The file, with a head that says what it is."""
    data = found.specification.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    text = yaml.dump(data, Dumper=DUMPER, sort_keys=False, allow_unicode=True, width=120)
    return told(HEAD).format(document=found.specification.service.document) + "\n" + text


def _id(words: str) -> str:
    return re.sub(r"[^\w]+", "-", words.strip().lower()).strip("-")


def _words(id: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z]){re.escape(id.replace('-', ' '))}", re.IGNORECASE)


def named(ids: dict[str, re.Pattern[str]], said: str) -> list[str]:
    """Ids of what a sentence names."""
    return [id for id, words in ids.items() if words.search(said)]


def _roles(document: Document) -> Iterator[Role]:
    """Roles that the document defines, each once, in its words."""
    seen: set[str] = set()
    for role in document.terms.roles:
        id = _id(stem(role))
        if id and id not in seen:
            seen.add(id)
            yield Role(id=id, description=_described(document, role))


def _described(document: Document, term: str) -> str:
    said = next(
        (
            u.unit.said
            for n, u in enumerate(document.sentences)
            if n in document.terms.glosses and stem(term) in u.unit.said.lower()
        ),
        "",
    )
    return said or told(say("“{term}”, as the document calls it; it does not say more.", term=term))


def _resources(document: Document) -> Iterator[Resource]:
    """Things that the document defines, then those that a heading names and several sentences speak of."""
    roles = {stem(role) for role in document.terms.roles}
    seen: set[str] = set()
    for term in [*document.terms.terms, *_headed(document)]:
        low = stem(term)
        person = english("persons").fullmatch(low) or chinese("persons").fullmatch(term)
        if low in roles or person or not _id(low) or _id(low) in seen:
            continue
        seen.add(_id(low))
        yield Resource(id=_id(low), description=_described(document, term))


def _actors(document: Document, defined: Sequence[Role]) -> list[Role]:
    """Who acts in its sentences and is not defined."""
    known = {role.id for role in defined}
    return [
        Role(id=_id(who), description=_spoken(document, who, numbers))
        for who, numbers in actors(document.sentences, document.terms).items()
        if _id(who) not in known
    ]


def _things(
    document: Document, roles: Sequence[Role], defined: Sequence[Resource]
) -> tuple[dict[str, Resource], dict[str, list[str]]]:
    """Id → resource: those defined, with what the document says that one holds, then what it speaks of keeping.

    And id → its texts for which the document says no most.
    """
    found = {one.id: one for one in defined}
    filled: dict[str, list[str]] = {}
    people = [*(role.id.replace("-", " ") for role in roles), *document.terms.roles]
    for name, thing in things(document.sentences, people, document.terms.products).items():
        one = found.get(_id(name)) or Resource(id=_id(name), description=_spoken(document, name, thing.numbers))
        if one.id in found or not any(name in id.split("-") for id in found):
            found[one.id] = one.model_copy(update={"fields": thing.fields})
            filled |= {one.id: thing.filled} if thing.filled else {}
    return found, filled


def _spoken(document: Document, name: str, numbers: Sequence[int]) -> str:
    lines = list(dict.fromkeys(document.sentences[number].unit.line for number in numbers))
    return told(
        say(
            "“{name}”, proposed: the document defines it nowhere, and speaks of it in {often} ({lines}).",
            name=name,
            often=plural(len(lines), "line"),
            lines=", ".join(map(str, lines[:MOST_LINES])) + (", …" if len(lines) > MOST_LINES else ""),
        )
    )


def _headed(document: Document) -> Iterator[str]:
    spoken = Counter(
        word
        for s in document.sentences
        if s.obliges
        for word in {stem(w) for w in re.findall(r"[A-Za-z][a-z-]+", s.unit.said)}
    )
    for heading in dict.fromkeys(s.unit.headings[-1] for s in document.sentences if s.unit.headings and s.obliges):
        text = re.sub(r"^[\W\d_一二三四五六七八九十、]+", "", plain(heading))
        for part in re.split(r"\s+and\s+|,|与|和|、", text):
            if re.fullmatch(r"[A-Za-z]+s", part.strip()) and spoken[stem(part)] >= FREQUENT:
                yield stem(part.strip())
            elif (
                re.fullmatch(r"[\u4e00-\u9fff]{2,4}", part)
                and sum(part in s.unit.said for s in document.sentences if s.obliges) >= FREQUENT
            ):
                yield part


def _requirement(
    sentence: Sentence, number: int, path: str, roles: Sequence[str], resources: Sequence[str]
) -> Requirement:
    """`roles`, `resources`: the ids of those that the sentence names."""
    said = sentence.unit.said
    return Requirement(
        id=f"REQ-{number:03}",
        title=said if len(said) <= TITLE else f"{said[: TITLE - 1].rstrip()}…",
        text=said,
        priority=_priority(sentence),
        resource=next(iter(resources), None),
        roles=tuple(roles),
        rationale=f"{path} line {sentence.unit.line}: {' '.join(sentence.unit.text.split())}",
    )


def _priority(sentence: Sentence) -> Literal["must", "should", "could"]:
    """As a column of the table says, else a wish is `should` and the rest `must`."""
    if sentence.unit.block is Block.ROW:
        for cell in sentence.unit.cells:
            if (said := PRIORITY.get(plain(cell).lower())) is not None:
                return said
    return "should" if WISH.search(sentence.unit.said) else "must"


def _quality(sentence: Sentence, number: int) -> Quality | None:
    """A need with a time and a share of requests; without one of them it stays a requirement that can't pass."""
    if sentence.kind is not Kind.QUALITY:
        return None
    said = sentence.unit.said
    limit, share = milliseconds(said), percentile(said)
    if limit is None or share is None:
        return None
    return Quality(id=f"QN-{number:03}", text=said, metric="latency", percentile=share, limit=limit, unit="ms")


def _questions(
    by_id: dict[str, Sentence],
    requirements: Sequence[Requirement],
    quality: Sequence[Quality],
    roles: Sequence[Role],
    proposed: Collection[str],
    filled: Mapping[str, Sequence[str]],
) -> Iterator[Question]:
    """Open ones, owned by nobody: each keeps the stage shut until somebody answers it."""
    known = {r.id for r in requirements}
    owner = say("Who answers for this service? `service.owner` is filled in only because the format wants one.")
    texts: list[tuple[str, tuple[str, ...]]] = [(owner, ())]
    if not roles:
        texts.append((say("Which roles are there, and what may each of them do?"), ()))
    if proposed:
        text = say(
            "Proposed from who acts and what is kept, for the document does not define them: {names}. Is each of them "
            "one, is any missing, and what may each role do?",
            names=", ".join(sorted(proposed)),
        )
        texts.append((text, ()))
    texts += [(_how_long(id, fields), ()) for id, fields in filled.items()]
    texts += [
        (
            say(
                "{id} “{text}”: at which endpoint, for how many users at a time, and for how many seconds?",
                id=need.id,
                text=need.text,
            ),
            (),
        )
        for need in quality
    ]
    texts += [
        (say("{id} {question}", id=id, question=question(sentence, found)), (id,) if id in known else ())
        for id, sentence in by_id.items()
        for found in sentence.found
    ]
    return (
        Question(id=f"Q-{n:03}", text=told(text), status="open", about=about)
        for n, (text, about) in enumerate(texts, start=1)
    )


def _how_long(id: str, fields: Sequence[str]) -> str:
    return say(
        "{id}: how many characters may each of these have at most: {fields}? {filled} is filled in only because the "
        "format wants a number.",
        id=id,
        fields=", ".join(fields),
        filled=FILLED,
    )


def summary(document: Document) -> str:
    kinds = Counter(s.kind for s in document.sentences)
    counted = together(say("{number} {kind}", number=kinds[kind], kind=say(kind.value)) for kind in Kind if kinds[kind])
    flawed = sum(bool(s.found) for s in document.sentences)
    return say(
        "{sentences}: {kinds}; {flawed} with something unclear.",
        sentences=plural(len(document.sentences), "sentence"), kinds=counted, flawed=flawed,
    )  # fmt: skip
