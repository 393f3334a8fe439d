"""Is a question answered with what was kept for another one? Each read with one parameter more, after the plain one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from runner.evidence.accounts.visit import Visit
from runner.evidence.behaviour.reads import Read
from runner.http.openapi import Parameter, choose
from runner.http.references import Document, Schema
from runner.http.requests import Request
from runner.vocabulary.pages import is_page_size

MOST = 24  # questions
FAR = 1_000_003  # a number that hardly any row has


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed:
    """A read that is answered as it was without the parameter, though it should be answered otherwise."""

    endpoint: str
    parameter: str
    path: str
    curl: str


def mixed(
    visit: Visit,
    reads: Sequence[Request],
    ask: Callable[[Request], Read],
    ask_fresh: Callable[[Request], Read],
    forget: Callable[[], None],
) -> tuple[list[Mixed], int]:
    """What was mixed up, and how many questions could be told apart. `ask_fresh`: of a process that kept nothing.

    The truth is asked with the caches empty, before the plain question and behind it, so that it is known to stay.
    """
    found, apart = list[Mixed](), 0
    questions = [one for read in reads for one in _questions(visit.requests.document, read)]
    for plain, name, other in questions[:MOST]:
        forget()
        truth = ask_fresh(other)
        forget()
        base, got = ask(plain), ask(other)
        if not truth.ok or not base.ok or truth.same(base):
            continue
        apart += 1
        forget()
        if got.same(base) and ask_fresh(other).same(truth):
            curl = f"curl -s $BASE{plain.path}; {other.curl(signed_in=bool(other.headers))}"
            found.append(Mixed(endpoint=other.endpoint, parameter=name, path=other.path, curl=curl))
    return found, apart


def _questions(document: Document, read: Request) -> Iterator[tuple[Request, str, Request]]:
    """(the read, the name of a parameter that it lacks, the read with it)."""
    for one in read.operation.parameters:
        if one.place == "query" and one.name not in read.query:
            value = other_value(one, choose(document, one.schema))
            if value is not None:
                yield read, one.name, read.with_query(one.name, value)


def other_value(parameter: Parameter, schema: Schema) -> Any:
    """A value that hardly anything fits, so that few rows are answered: None where there is none to be told."""
    fixed = [one for one in schema.get("enum", ()) if one != schema.get("default")]
    if "enum" in schema or "const" in schema or parameter.required:
        return fixed[-1] if fixed else None
    if schema.get("type") == "boolean":
        return not schema.get("default", False)
    if schema.get("type") in {"integer", "number"}:
        if is_page_size(parameter.name):
            return schema.get("minimum", 1) or 1
        return schema.get("maximum", FAR)
    if schema.get("type") == "string" and not {"format", "pattern"} & set(schema):
        return "gonogo-finds-nothing"[: schema.get("maxLength")]
    return "gonogo" if schema.get("type") == "string" and "pattern" in schema and "format" not in schema else None
