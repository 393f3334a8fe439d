"""Which shapes do refusals have? Of all that bad requests were answered, and of what no operation answers by itself."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import httpx

from runner.evidence.accounts.visit import Visit
from runner.http.openapi import PLACEHOLDER

# Not those that servers, proxies and limits answer before any code of the service is asked.
REFUSED = frozenset(range(400, 500)) - {400, 413, 414, 421, 426, 431}
BAD_REQUEST = 400  # the server's own answer, in plain text, to what is no HTTP
METHODS = ("PATCH", "PUT", "DELETE", "POST")
MISSING = "/gonogo-no-such-page"
MOST = 5  # operations that are asked without a caller
SAME = 0.5  # of all names, those that two shapes of one kind have in common


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One shape of a refusal with this status, and where it was seen first."""

    status: int
    media: str  # of its body; empty: it has none
    fields: tuple[tuple[str, str], ...]  # (name, kind of value: object, list, plain)
    endpoint: str
    curl: str
    seen: int = 1

    def same(self, other: "Refusal") -> bool:
        """Would a client read both alike? More fields may stand in one of them, as `errors`."""
        mine, theirs = dict(self.fields), dict(other.fields)
        common = mine.keys() & theirs.keys()
        alike = len(common) >= SAME * len(mine.keys() | theirs.keys())
        nested = any({mine[name], theirs[name]} == {"object", "plain"} for name in common)
        return self.media == other.media and alike and not nested


class Refusals:
    """One of each status and shape."""

    def __init__(self) -> None:
        self.found: dict[tuple[int, str, tuple[tuple[str, str], ...]], Refusal] = {}
        self.asked: set[str] = set()  # operations of which a refusal with a body was seen

    def add(self, endpoint: str, answer: httpx.Response, curl: str) -> None:
        media = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        by_the_server = answer.status_code == BAD_REQUEST and media == "text/plain"
        if answer.status_code not in REFUSED | {BAD_REQUEST} or by_the_server:
            return
        if not answer.content or media == "text/html":  # nothing to read, or a page for people
            return
        self.asked.add(endpoint)
        fields = fields_of(answer.text)
        key = (answer.status_code, media, fields)
        new = Refusal(status=answer.status_code, media=media, fields=fields, endpoint=endpoint, curl=curl, seen=0)
        known = self.found.get(key, new)
        self.found[key] = replace(known, seen=known.seen + 1)


def fields_of(text: str) -> tuple[tuple[str, str], ...]:
    """The names at the top of a JSON object, each with the kind of its value; none where it is something else."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(body, dict):
        return ()
    return tuple(sorted((name, _kind(value)) for name, value in body.items()))


def _kind(value: object) -> str:
    return "object" if isinstance(value, dict) else "list" if isinstance(value, list) else "plain"


def ask_outside_operations(here: Visit, refusals: Refusals, hidden: frozenset[str]) -> None:
    """What no operation answers by itself: a path that is not there, a method that a path lacks, a caller unknown."""
    for method, path, endpoint in (("GET", MISSING, f"GET {MISSING}"), *_other_methods(here, hidden)):
        answer = here.client.request(method, path)
        refusals.add(endpoint, answer, f'curl -i -X {method} "$BASE{path}"')
    for operation in [op for op in here.requests.operations if op.is_protected][:MOST]:
        request = here.requests.example(operation)
        refusals.add(operation.endpoint, request.send(here.client), request.curl())


def _other_methods(here: Visit, hidden: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    """(method, path, the operation on this path that is counted) for each path."""
    served = {op.endpoint for op in here.requests.operations} | hidden
    for operation in here.requests.operations:
        method = next((one for one in METHODS if f"{one} {operation.path}" not in served), None)
        if method is not None:
            yield method, PLACEHOLDER.sub("1", operation.path), operation.endpoint
