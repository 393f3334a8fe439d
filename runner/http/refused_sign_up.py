"""What else may a sign-up take that was refused? Read from the refusal and from the contract's examples. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.http.openapi import Operation, opened, properties_of, resolve
from runner.http.references import Document, Schema
from runner.vocabulary.roles import least
from runner.vocabulary.secrets import is_password

# Domains of new addresses. Some services refuse those that are kept for examples; no mail leaves a run.
DOMAINS = ("example.com", "example.org", "gmail.com", "company.io")
NOBODYS = "nobody.of.gonogo."  # before the mark of an address in a domain that others have addresses in
MAIL = re.compile(r"e-?mail|domain|deliver|mx\b|address|邮箱", re.IGNORECASE)
QUOTED = re.compile(r"""['"`‘“]([^'"`‘’“”\n]{1,60})['"`’”]""")
LISTED = re.compile(
    r"(?:(?:must|should) be(?: one of)?|one of|allowed(?: values)?(?: are)?|expected|choose from|应为)"
    r"\s*:?\s*\[?([\w\-, |/]+)",
    re.IGNORECASE,
)
OWN_TO_EACH = re.compile(r"mail|user_?name|login|nick|handle|phone|mobile|slug|uuid|^id$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended:
    """What a sign-up is made with, beside what the contract demands: values of fields, and the domain of addresses."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    domain: str = DOMAINS[0]

    def with_domain(self, address: str) -> str:
        if self.domain == DOMAINS[0] or "@" not in address:
            return address
        return f"{NOBODYS}{address.partition('@')[0].rpartition('.')[2]}@{self.domain}"


def amendments(
    document: Document, operation: Operation, sent: Mapping[str, Any], said: str, so_far: Amended
) -> Iterator[Amended]:
    """Likeliest first: the allowed values that the refusal lists, the fields that it names, another domain, and last
    all that the contract's example of the body has."""
    declared = properties_of(document, operation.body)
    example = example_of(document, operation)
    named = [name for name in declared if _names(said, name)]
    if listed := _allowed(said, [*declared, *map(str, sent.values())]):
        for name in [n for n in named if not OWN_TO_EACH.search(n) and not is_password(n)]:
            yield Amended(fields={**so_far.fields, name: least(listed)}, domain=so_far.domain)
    given = {n: v for n in named if (v := _value(declared[n], n, example)) is not None and sent.get(n) != v}
    if given:
        yield Amended(fields={**so_far.fields, **given}, domain=so_far.domain)
    if MAIL.search(said) and any("@" in str(value) for value in sent.values()):
        for domain in DOMAINS[DOMAINS.index(so_far.domain) + 1 :]:
            yield Amended(fields=so_far.fields, domain=domain)
    all_of_it = {n: v for n, v in example.items() if n in declared and not _its_own(n, v) and sent.get(n) != v}
    if all_of_it:
        yield Amended(fields={**all_of_it, **so_far.fields}, domain=so_far.domain)


def example_of(document: Document, operation: Operation) -> Mapping[str, Any]:
    """A body as the contract shows it: beside its media type, on the model, else field by field."""
    schema = opened(document, operation.body)
    whole = next((one for one in _examples(schema) if isinstance(one, Mapping)), {})
    fields = schema.get("properties", {})
    single = {name: _examples(resolve(document, one)) for name, one in fields.items() if isinstance(one, Mapping)}
    inner = next(iter(whole.values()), None) if len(whole) == 1 else None
    whole = inner if isinstance(inner, Mapping) else whole
    return {**{name: found[0] for name, found in single.items() if found}, **whole}


def _examples(schema: Schema) -> Sequence[Any]:
    given = schema.get("examples", [])
    listed = list(given.values()) if isinstance(given, Mapping) else given if isinstance(given, list) else []
    return [*([schema["example"]] if "example" in schema else []), *listed]


def _value(schema: Schema, name: str, example: Mapping[str, Any]) -> Any:
    """For a field that a refusal names; None where each account has its own, or nothing shows one."""
    if name in example:
        return None if _its_own(name, example[name]) else example[name]
    if OWN_TO_EACH.search(name) or is_password(name):
        return None
    if isinstance(schema.get("enum"), list):
        return least([one for one in schema["enum"] if isinstance(one, str)]) or None
    return schema.get("default")


def _its_own(name: str, value: Any) -> bool:
    return bool(OWN_TO_EACH.search(name)) or is_password(name) or "@" in str(value)


def _names(said: str, name: str) -> bool:
    """Also in words: `first name` for `first_name`."""
    return any(re.search(rf"\b{re.escape(one)}\b", said, re.IGNORECASE) for one in (name, name.replace("_", " ")))


def _allowed(said: str, known: Sequence[str]) -> list[str]:
    """The values that a refusal lists: `should be 'a', 'b' or 'c'`, `one of: a, b`."""
    text = said.replace('\\"', '"')
    behind = re.search(r"should be|must be|one of|allowed|expected|valid (?:values|roles|options)|choose", text, re.I)
    quoted = QUOTED.findall(text[behind.end() :].partition("input")[0]) if behind else []
    plain = [part.strip() for found in LISTED.findall(text) for part in re.split(r"[,|/]|\bor\b", found)]
    keys = {"type", "loc", "msg", "ctx", "detail", "url", "expected", "error", "message", "body"}
    words = [one for one in (quoted if len(quoted) > 1 else plain) if re.fullmatch(r"[\w-]+", one)]
    return [one for one in dict.fromkeys(words) if one.lower() not in keys and one not in known]
