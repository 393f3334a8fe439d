"""Design: are the bounds that requirements state in numbers those of the contract?"""

import re
from dataclasses import dataclass

from runner.errors import Thing
from runner.evidence.agreed.specification import Spec
from runner.evidence.contract.contract import Contract, Operation, Schema
from runner.model import Verdict, check, failed, not_applicable, passed, share
from runner.said import say, together
from runner.specification import Requirement
from runner.vocabulary.names import joined, words_of
from runner.vocabulary.pages import is_page_size
from runner.words import ones, plural
from stages.design.stated_limits import Stated, stated
from stages.design.words import some

ANSWERS = re.compile(
    r"\b(?:answer|return|respond|show|list|give|deliver|page|with)\w*\b|返回|列出|每页|显示", re.IGNORECASE
)
NUMERIC = frozenset({"integer", "number"})
MOMENTS = frozenset({"date", "date-time", "time", "duration", "uuid", "binary"})  # whose length nobody chooses


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One bound of a requirement beside that of an operation."""

    requirement: str
    stated: Stated
    endpoint: str
    field: str
    least: int | None  # by the contract; None: it tells none
    most: int | None

    @property
    def is_told(self) -> bool:
        """Does the contract tell a number for each that the requirement states?"""
        sides = ((self.stated.least, self.least), (self.stated.most, self.most))
        return all(told is not None for asked, told in sides if asked is not None)

    @property
    def differs(self) -> str:
        """What the contract says instead; empty where it says the same."""
        wrong = [
            (word, told)
            for word, asked, told in (("least", self.stated.least, self.least), ("most", self.stated.most, self.most))
            if asked is not None and told is not None and asked != told
        ]
        if not wrong:
            return ""
        bounds = {"least": say("at least {n}", n=self.least), "most": say("at most {n}", n=self.most)}
        return say(
            "{endpoint} takes {bounds} for `{field}`",
            endpoint=self.endpoint,
            bounds=together([bounds[word] for word, _ in wrong], " and "),
            field=self.field,
        )


@check("DS025", step="2.2")
def stated_bounds_are_served(spec: Spec, contract: Contract) -> Verdict:
    """The lengths, values and page sizes that requirements state in numbers are those of the contract.

    One of the two is wrong. Whoever builds a client by the requirement is refused, or the form lets through what the
    requirement refuses; and the test of the boundary proves the wrong number.
    Fix: decide which number holds, and write it in both: in the sentence, and as `max_length`, `ge`, `le` of the
    model's field or of the parameter.
    """
    meant = [found for r in spec.content.requirements for one in stated(r.text) if (found := _meant(contract, r, one))]
    if not meant:
        looked = say("the text of {n}", n=plural(len(spec.content.requirements), "requirement"))
        absent = None if spec.content.requirements else Thing.SPECIFICATION
        none = say("no requirement states in numbers how long, how large or how many what an operation takes may be")
        return not_applicable(none, looked=looked, absent=absent)
    bad = [each for found in meant for each in found if each.differs]
    if not bad:
        judged = [found for found in meant if any(each.is_told for each in found)]
        return passed("each as the contract has it", share(len(judged), len(meant), "stated bound"))
    said = [
        say("{id} says “{said}”, {differs}", id=one.requirement, said=one.stated.said, differs=one.differs)
        for one in bad
    ]
    places = [spec.place(one.requirement, say("“{s}”: {d}", s=one.stated.said, d=one.differs)) for one in bad]
    return failed(some(said), at=places)


def _meant(contract: Contract, requirement: Requirement, one: Stated) -> list[Compared]:
    """What a requirement bounds, at each of its operations that takes such a thing."""
    word = "Length" if one.of_text else "imum"
    return [
        Compared(requirement=requirement.id, stated=one, endpoint=endpoint, field=name, least=least, most=most)
        for endpoint in requirement.endpoints
        if (operation := contract.operation(endpoint)) is not None
        for name, schema in _of(contract, operation, one)
        for least, most in [_bounds(contract, schema, word)]
    ]


def _of(contract: Contract, operation: Operation, one: Stated) -> list[tuple[str, Schema]]:
    """The field or parameter that a bound speaks of: by its name, as the only text, or as the size of a page."""
    taken = {p.name: p.schema for p in operation.parameters if p.place == "query"}
    sent = contract.properties(operation.body) if operation.body else {}
    if one.of_text:
        texts = {n: s for n, s in (taken | sent).items() if _kinds(contract, s) == {"string"}}
        return _named(texts, one.before) or (list(texts.items()) if _is_all(operation, texts, one) else [])
    numbers = {n: s for n, s in (taken | sent).items() if _kinds(contract, s) <= NUMERIC}
    named = [(n, s) for n, s in numbers.items() if joined(n) in ones(one.unit)]
    if named or operation.method != "GET" or one.least is not None or not ANSWERS.search(one.before):
        return named
    return [(n, s) for n, s in numbers.items() if n in taken and is_page_size(n)]


def _is_all(operation: Operation, texts: dict[str, Schema], one: Stated) -> bool:
    """Is its only text what is bounded: "a comment has more than 2000 characters", of POST /comments?"""
    things = {name for word in words_of(operation.last) for name in ones(word)}
    return len(texts) == 1 and operation.body is not None and bool(things & set(words_of(one.before)))


def _named(fields: dict[str, Schema], before: str) -> list[tuple[str, Schema]]:
    """The field whose words stand last before the number, the longest name of them: "a new password has"."""
    words = f" {' '.join(words_of(before))} "
    found = [(words.rfind(f" {' '.join(words_of(n))} "), len(words_of(n)), n) for n in fields if words_of(n)]
    ends = [(at + length, length, n) for at, length, n in found if at >= 0]
    return [(n, fields[n]) for _, _, n in [max(ends)]] if ends else []


def _kinds(contract: Contract, schema: Schema) -> set[str]:
    """The types of its values, null aside; none where it is one of a fixed set."""
    told = [one for one in contract.alternatives(schema) if one.get("type") != "null"]
    fixed = [bool({"enum", "const"} & set(one)) or one.get("format") in MOMENTS for one in told]
    return {"" if is_fixed else str(one.get("type", "")) for one, is_fixed in zip(told, fixed, strict=True)}


def _bounds(contract: Contract, schema: Schema, word: str) -> tuple[int | None, int | None]:
    """The least and the most that it takes; None where it tells none, or several."""
    told = [one for one in contract.alternatives(schema) if one.get("type") != "null"]
    least = {_bound(one, f"min{word}", 1) for one in told}
    most = {_bound(one, f"max{word}", -1) for one in told}
    return (least.pop() if len(least) == 1 else None), (most.pop() if len(most) == 1 else None)


def _bound(schema: Schema, name: str, step: int) -> int | None:
    beyond = schema.get(f"exclusive{name[0].upper()}{name[1:]}")
    if isinstance(beyond, int) and not isinstance(beyond, bool):
        return beyond + step
    told = schema.get(name)
    return int(told) if isinstance(told, int | float) and not isinstance(told, bool) else None
