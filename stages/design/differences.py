"""In what do two contracts differ, and which differences break clients? Operations and fields, not lines of text."""

from collections.abc import Iterator, Mapping
from typing import Any

from runner.evidence.contract.contract import Contract, Operation
from runner.said import say, together
from stages.design.schema_differences import Difference, Pair, listed, schema_differences


def differences(old: Contract, new: Contract) -> list[Difference]:
    """From the accepted contract to the served one."""
    before = {o.endpoint: o for o in old.operations}
    after = {o.endpoint: o for o in new.operations}
    same = old.document.get("components") == new.document.get("components")
    found = []
    for endpoint in dict.fromkeys([*before, *after]):
        if endpoint not in after:
            found.append(
                Difference(endpoint=endpoint, field="", was=say("no longer served"), breaks=say("its callers"))
            )
        elif endpoint not in before:
            found.append(Difference(endpoint=endpoint, field="", was=say("served, but not in the accepted contract")))
        else:
            found += _operation(Pair(old, new, endpoint, same), before[endpoint], after[endpoint])
    return found or list(_elsewhere(old.document, new.document))


def _operation(pair: Pair, old: Operation, new: Operation) -> Iterator[Difference]:
    for word, before, after in (
        ("operationId", old.id, new.id),
        ("summary", old.summary, new.summary),
        ("tags", ", ".join(old.tags), ", ".join(new.tags)),
    ):
        if before != after:
            yield pair.differs(word, f"“{before}” → “{after}”")
    if (old.security, old.optional_security) != (new.security, new.optional_security):
        closed = new.is_protected and not old.is_protected
        said = say("{who} → {who2}", who=_who(old), who2=_who(new))
        yield pair.differs("security", said, say("callers that were let in without signing in") if closed else "")
    yield from _parameters(pair, old, new)
    yield from _body(pair, old, new)
    yield from _responses(pair, old, new)


def _who(operation: Operation) -> str:
    schemes = together(operation.security, " or ")
    if not schemes:
        return say("open")
    return say("{schemes} or nothing", schemes=schemes) if operation.optional_security else schemes


def _parameters(pair: Pair, old: Operation, new: Operation) -> Iterator[Difference]:
    before = {p.key: p for p in old.parameters}
    after = {p.key: p for p in new.parameters}
    for key in dict.fromkeys([*before, *after]):
        field = " ".join(key)
        if key not in after:
            yield pair.differs(field, "removed", say("callers that send it"))
        elif key not in before:
            needed = after[key].required
            yield pair.differs(
                field, "new" + (", required" * needed), say("callers that do not send it") if needed else ""
            )
        else:
            yield from _required(pair, field, was=before[key].required, now=after[key].required)
            yield from schema_differences(pair, field, before[key].schema, after[key].schema, request=True)


def _required(pair: Pair, field: str, *, was: bool, now: bool) -> Iterator[Difference]:
    if was != now:
        breaks = say("callers that do not send it") if now else ""
        yield pair.differs(field, say("optional → required") if now else say("required → optional"), breaks)


def _body(pair: Pair, old: Operation, new: Operation) -> Iterator[Difference]:
    if old.body is None and new.body is None:
        return
    if old.body is None or new.body is None:
        needed = new.body is not None and new.body_required
        said = (
            "none → " + (new.body_media or "?")
            if old.body is None
            else say("{body_media} → none", body_media=old.body_media)
        )
        yield pair.differs("body", said, "" if old.body is None and not needed else say("callers that send the other"))
        return
    if old.body_media != new.body_media:
        yield pair.differs("body", f"{old.body_media} → {new.body_media}", say("callers that send the former"))
    yield from _required(pair, "body", was=old.body_required, now=new.body_required)
    yield from schema_differences(pair, "body", old.body, new.body, request=True)


def _responses(pair: Pair, old: Operation, new: Operation) -> Iterator[Difference]:
    before = {r.status: r for r in old.responses}
    after = {r.status: r for r in new.responses}
    for status in dict.fromkeys([*before, *after]):
        field = f"answer {status}"
        if status not in after:
            success = before[status].is_success
            yield pair.differs(field, "removed", say("callers that wait for it") if success else "")
        elif status not in before:
            yield pair.differs(field, "new")
        else:
            was, now = before[status], after[status]
            if was.media != now.media:
                lost = set(was.media) - set(now.media)
                said = say(
                    "{media} → {media2}",
                    media=together(was.media) or say("no body"),
                    media2=together(now.media) or say("no body"),
                )
                yield pair.differs(field, said, say("callers that read the former") if lost else "")
            if was.description != now.description:
                yield pair.differs(f"{field} description", f"“{was.description}” → “{now.description}”")
            if {name.lower() for name in was.headers} != {name.lower() for name in now.headers}:
                yield pair.differs(
                    say("{field} headers", field=field),
                    say("{headers} → {headers2}", headers=listed(was.headers), headers2=listed(now.headers)),
                )
            yield from schema_differences(pair, field, was.schema or {}, now.schema or {}, request=False)


def _elsewhere(old: Any, new: Any, path: str = "") -> Iterator[Difference]:
    """The first places where two documents differ whose operations are alike: info, servers, unused schemas."""
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            yield from _elsewhere(old.get(key), new.get(key), f"{path}.{key}" if path else str(key))
        return
    yield Difference(endpoint="", field=path, was=say("{old} → {new}", old=_short(old), new=_short(new)))


def _short(value: object, most: int = 60) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"
