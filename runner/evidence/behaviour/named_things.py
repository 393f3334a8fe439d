"""What may stand in a list that takes only what is there already: the name, or the id, of a thing made for it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from runner.errors import ProbeError
from runner.evidence.accounts.visit import Visit
from runner.http.references import Schema

KINDS: Mapping[str, type[str] | type[int]] = {"string": str, "integer": int}


def named_by(here: Visit, field: str, item: Schema) -> Iterator[str | int]:
    """Of `tags`, what `POST /tags` was sent and answered: first what was sent, as its name."""
    kind = KINDS.get(str(item.get("type")))
    makers = (op for op in here.requests.operations if op.method == "POST" and op.last.lower() == field.lower())
    make = next((op for op in makers if op.takes_json and not op.placeholders), None)
    if kind is None or make is None:
        return
    try:
        caller = here.caller(here.allowed(make))
        request = here.request(make, caller)
    except ProbeError:
        return
    answer = request.send(here.client, caller.headers)
    if answer.is_success:
        values = [*request.fields.values(), *(object_in(answer.text) or {}).values()]
        yield from dict.fromkeys(one for one in values if isinstance(one, kind) and not isinstance(one, bool))


def object_in(text: str) -> dict[str, Any] | None:
    """A JSON object, out of its envelope."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    inner = found.get("data", found) if isinstance(found, dict) else None
    if isinstance(inner, dict) and len(inner) == 1 and isinstance(next(iter(inner.values())), dict):
        inner = next(iter(inner.values()))
    return inner if isinstance(inner, dict) else None
