"""What follows from a resource and its permissions? Requirements, each with a criterion that a made test proves."""

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass

from runner.specification import ANONYMOUS, Acceptance, Requirement
from stages.design.blueprint.links import Linked
from stages.design.blueprint.promises_chinese import in_chinese
from stages.design.blueprint.promises_links import of_link
from stages.design.blueprint.resources import BODIES, CHANGES, Made, Operation


def promises(resource: Made, *, chinese: bool = False) -> Iterator[Requirement]:
    """Of every operation, and of every way of refusing it."""
    if isinstance(resource, Linked):
        yield from (_of_link(resource, what, chinese=chinese) for what in of_link(resource))
        kept = _refusals(resource, {"LIMIT", "CACHE"})
        yield from (_in_chinese(resource, one) for one in kept) if chinese else kept
        return
    found = (*(_does(resource, op) for op in resource.ops), *_asking(resource), *_refusals(resource))
    yield from (_in_chinese(resource, one) for one in found) if chinese else found


def _of_link(link: Linked, what: str, *, chinese: bool) -> Requirement:
    said = of_link(link)[what]
    title, text, criterion = said.chinese if chinese else said.english
    return _one(link, what, title, text, criterion, said.ops, said.roles or _any(said.ops))


def _in_chinese(resource: Made, one: Requirement) -> Requirement:
    title, text, criterion = in_chinese(resource)[one.id.removeprefix(f"REQ-{_key(resource, '')}")]
    acceptance = tuple(each.model_copy(update={"text": criterion}) for each in one.acceptance)
    return one.model_copy(update={"title": title, "text": text, "acceptance": acceptance})


def _key(resource: Made, what: str) -> str:
    return f"{resource.id.upper().replace('_', '-')}-{what}"


def _one(
    resource: Made, what: str, title: str, text: str, criterion: str, ops: tuple[Operation, ...], roles: tuple[str, ...]
) -> Requirement:
    key = _key(resource, what)
    return Requirement(
        id=f"REQ-{key}",
        title=title,
        text=text,
        priority="must",
        resource=resource.source.id if isinstance(resource, Linked) else resource.id,
        roles=roles,
        endpoints=tuple(op.endpoint for op in ops),
        acceptance=(Acceptance(id=f"AC-{key}-1", text=criterion),),
    )


def _callers(op: Operation) -> tuple[str, ...]:
    return (ANONYMOUS, *op.everyone) if op.is_open else op.allowed


def _does(resource: Made, op: Operation) -> Requirement:
    a, many, words = resource.a, resource.many, resource.words
    title, asked, done, criterion = {
        "list": (
            f"List {many}",
            f"somebody who may list {many} asks for them",
            f"answer 200 with at most 100 {many}, newest first",
            f"Given three {many}, when they are paged through one by one, then each appears once, newest first.",
        ),
        "add": (
            f"Add {a}",
            f"somebody who may add {a} submits it",
            f"store the {words} and answer 201",
            f"Given a new {words}, when it is submitted, then the answer is 201 and shows every field as it was sent.",
        ),
        "read": (
            f"Read {a}",
            f"somebody who may read {a} asks for it",
            "answer 200 with its fields and its version",
            f"Given a stored {words}, when it is asked for, then the answer is 200 and shows its id and version.",
        ),
        "change": (
            f"Change {a}",
            f"somebody who may change {a} names the version that was read",
            "store the change and answer 200 with the next version",
            f"Given a stored {words}, when it is changed, then the answer is 200 with the new values and version 2.",
        ),
        "delete": (
            f"Delete {a}",
            f"somebody who may delete {a} asks for it",
            f"delete the {words} and answer 204",
            f"Given a stored {words}, when it is deleted, then the answer is 204 and it is gone.",
        ),
        "move": (
            f"Bring {a} into another state",
            f"somebody who may move {a} names the version and a state that may follow",
            "store the state and answer 200 with the next version",
            f"Given a stored {words}, when it moves to a state that may follow, then the answer is 200 and shows that.",
        ),
    }[op.kind]
    text = f"When {asked}, the service shall {done}."
    return _one(resource, op.kind.upper(), title, text, criterion, (op,), _callers(op))


def _asking(resource: Made) -> Iterator[Requirement]:
    listing = resource.operations.get("list")
    if listing is None:
        return
    many, roles = resource.many, _callers(listing)
    if resource.filters or resource.by_state:
        names = _listed([*(one.words for one in resource.filters), *(["state"] if resource.by_state else [])])
        text = f"When a list of {many} is asked for by {names}, the service shall answer only {many} that match."
        criterion = f"Given two {many}, when the list is narrowed by the {names} of one, then nothing else appears."
        yield _one(resource, "FILTER", f"Narrow the list of {many}", text, criterion, (listing,), roles)
    if resource.sorts:
        names = _listed([one.words for one in resource.sorts])
        text = (
            f"When a list of {many} is asked for in the order of {names}, the service shall answer in that order only."
        )
        criterion = f"Given three {many}, when the list is ordered by {names} both ways, then each order is right."
        yield _one(resource, "SORT", f"Order the list of {many}", text, criterion, (listing,), roles)
    if resource.searched:
        names = _listed([one.words for one in resource.searched])
        text = (
            f"When a list of {many} is searched for a text, the service shall answer only {many} whose {names}"
            " begins with it."
        )
        criterion = f"Given two {many}, when the list is searched for what one begins with, then only that one appears."
        yield _one(resource, "SEARCH", f"Search {many}", text, criterion, (listing,), roles)


def _refusals(resource: Made, kinds: Set[str] = frozenset()) -> Iterator[Requirement]:
    """Of these kinds; of all where none is named."""
    for what, refuse in REFUSALS.items():
        found = refuse(resource) if not kinds or what in kinds else None
        if found and found.ops:
            yield _one(
                resource, what, found.title, found.text, found.criterion, found.ops, found.roles or _any(found.ops)
            )


@dataclass(frozen=True)
class Refusal:
    """What is refused, of which operations."""

    ops: tuple[Operation, ...]
    title: str
    text: str
    criterion: str
    roles: tuple[str, ...] = ()  # of those operations, where nothing else is said


def _invalid(r: Made) -> Refusal | None:
    return Refusal(
        _some(r, BODIES),
        f"Refuse an invalid {r.words}",
        f"If {r.a} has a missing, unknown or invalid field, then the service shall answer 422 and store nothing.",
        f"Given a new {r.words}, when it is sent with one wrong value at a time, then each answer is 422.",
    )


def _missing(r: Made) -> Refusal | None:
    return Refusal(
        r.item_ops,
        f"Miss {r.a}",
        f"If there is no {r.words} of this id, then the service shall answer 404 and change nothing.",
        f"Given no {r.words} of an id, when each operation is tried on it, then each answer is 404.",
    )


def _version(r: Made) -> Refusal | None:
    return Refusal(
        _some(r, ("change",)),
        f"Lose no change of {r.a}",
        f"If the version that is named is not that of the {r.words}, then the service shall answer 409 and"
        " store nothing.",
        f"Given 8 changes of one version of {r.a} at the same time, when all are answered, then one is 200 and"
        " seven are 409.",
    )


def _roles(r: Made) -> Refusal | None:
    return Refusal(
        r.closed,
        f"Keep other roles away from {r.many}",
        f"If somebody whose role may not work on {r.many} in this way asks, then the service shall answer 403 and"
        " change nothing.",
        f"Given each role that is refused an operation on {r.many}, when it is tried, then the answer is 403.",
        tuple(dict.fromkeys(role for op in r.closed for role in op.refused)),
    )


def _own(r: Made) -> Refusal | None:
    return Refusal(
        r.own_ops,
        f"Protect the {r.many} of others",
        f"If somebody who may only work on her own {r.many} asks for that of another, then the service shall refuse it"
        " or leave it out and change nothing.",
        f"Given {r.a} of somebody else, when somebody with a right to her own tries each operation, then it is refused"
        " or not listed.",
        r.own_roles,
    )


def _twin(r: Made) -> Refusal | None:
    names = _listed([*(one.words for one in r.single), *(" with ".join(group) for group in r.said.unique)])
    if not names:
        return None
    return Refusal(
        _some(r, ("add", "change")),
        f"Keep {r.many} apart by {names}",
        f"If another {r.words} has the same {names}, then the service shall answer 409 and store nothing.",
        f"Given a stored {r.words}, when one with the same {names} is submitted, then the answer is 409.",
    )


def _named(r: Made) -> Refusal | None:
    names = _listed([one.words for one in r.references])
    if not names:
        return None
    return Refusal(
        _some(r, ("add", "change")),
        f"Refuse {r.a} that names nothing",
        f"If the {names} that {r.a} names is not there, then the service shall answer 422 and store nothing.",
        f"Given a new {r.words}, when it names {names} that is not there, then the answer is 422.",
    )


def _theirs(r: Made) -> Refusal | None:
    bound = {op: r.bound(op) for op in _some(r, ("add", "change"))}
    columns = dict.fromkeys(column for found in bound.values() for column in found)
    names = _listed([r.by_column(column).words for column in columns])
    return Refusal(
        tuple(op for op, found in bound.items() if found),
        f"Let nobody name the {names} of another in {r.a}",
        f"If somebody who sees only her own {names} names that of another in {r.a}, then the service shall answer 422"
        " as if it were not there and store nothing.",
        f"Given the {names} of somebody else, when {r.a} that names it is sent, then the answer is 422.",
        tuple(r.own_named),
    )


def _used(r: Made) -> Refusal | None:
    names = _listed(list(dict.fromkeys(use.by.replace("_", " ") for use in r.refusing)))
    if not names:
        return None
    return Refusal(
        _some(r, ("delete",)),
        f"Keep {r.a} that is in use",
        f"If {names} still names the {r.words}, then the service shall answer 409 to its deletion and keep it.",
        f"Given {r.a} that {names} names, when it is deleted, then the answer is 409 and it is still there.",
    )


def _step(r: Made) -> Refusal | None:
    return Refusal(
        _some(r, ("move",)),
        f"Refuse a wrong step of {r.a}",
        f"If the state that is named may not follow that of the {r.words}, then the service shall answer 409 and keep"
        " it.",
        f"Given {r.a}, when a state that may not follow is named, then the answer is 409 and the state is the old one.",
    )


def _apart(r: Made) -> Refusal | None:
    if r.per is None:
        return None
    return Refusal(
        _some(r, ("add", "change")),
        f"Keep {r.many} apart in time",
        f"If {r.a} would overlap another one of the same {r.per.words} in time, then the service shall answer 409 and"
        " store nothing.",
        f"Given {r.a}, when one that begins before it ends is submitted for the same {r.per.words}, then the answer is"
        " 409.",
    )


def _gate(r: Made) -> Refusal | None:
    if not r.gates:
        return None
    names = _listed([one.words for one in r.gates])
    states = _listed(list(dict.fromkeys(state for one in r.gates for state in one.kind.when)))
    return Refusal(
        _some(r, ("add", *CHANGES)),
        f"Write {r.a} only while its {names} is {states}",
        f"If the {names} of {r.a} is not {states}, then the service shall answer 409 to its adding, changing and"
        " deleting and store nothing.",
        f"Given {names} that is not {states}, when {r.a} of it is written, then the answer is 409 and nothing is"
        " different.",
    )


def _circle(r: Made) -> Refusal | None:
    if not r.selfs:
        return None
    names = _listed([one.words for one in r.selfs])
    return Refusal(
        _some(r, ("change",)),
        f"Put no {r.words} below itself",
        f"If the {names} that {r.a} would get is itself or lies below it, then the service shall answer 422 and store"
        " nothing.",
        f"Given {r.a} below another one, when the upper one would get the lower one as its {names}, then the answer is"
        " 422.",
    )


def _limit(r: Made) -> Refusal | None:
    said = _listed([f"{calls} times within {seconds} seconds" for calls, seconds in r.paces])
    return Refusal(
        tuple(op for op in r.ops if op.limits),
        f"Limit the calls about {r.many}",
        f"If one caller asks about {r.many} more than {said}, then the service shall answer 429 with"
        " the seconds to wait.",
        f"Given a caller with all calls about {r.many} that each limit allows, when she calls once more, then"
        " the answer is 429 with Retry-After.",
    )


def _keep(r: Made) -> Refusal | None:
    if r.keep is None:
        return None
    since = r.keep.since.replace("_", " ")
    states = f" and that is {_listed(list(r.keep.states))}" if r.keep.states else ""
    return Refusal(
        _some(r, ("read", "list")) or r.ops,
        f"Erase old {r.many}",
        f"When the retention command runs, the service shall erase each {r.words} of which `{since}` lies more than"
        f" {r.keep.days} days back{states} and that nothing else needs.",
        f"Given {r.a} that is older than {r.keep.days} days and one that is younger, when the retention command runs,"
        " then only the younger one is left.",
    )


def _cache(r: Made) -> Refusal | None:
    kept = tuple(op for op in r.ops if op.cache)
    seconds = max((op.cache or 0 for op in kept), default=0)
    return Refusal(
        kept,
        f"Keep answers about {r.many}, none that is old",
        f"When something is written, the service shall answer the next request for {r.many} from the database; it shall"
        f" keep no answer for more than {seconds} seconds.".replace("; it shall keep", " and keep"),
        f"Given a kept answer about {r.many}, when something is written, then the next answer holds it.",
    )


REFUSALS: dict[str, Callable[[Made], Refusal | None]] = {
    "INVALID": _invalid,
    "MISSING": _missing,
    "VERSION": _version,
    "ROLES": _roles,
    "OWN": _own,
    "TWIN": _twin,
    "NAMED": _named,
    "THEIRS": _theirs,
    "USED": _used,
    "STEP": _step,
    "APART": _apart,
    "WHILE": _gate,
    "CIRCLE": _circle,
    "LIMIT": _limit,
    "KEEP": _keep,
    "CACHE": _cache,
}


def _some(resource: Made, kinds: tuple[str, ...]) -> tuple[Operation, ...]:
    return tuple(op for kind, op in resource.operations.items() if kind in kinds)


def _any(ops: tuple[Operation, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(role for op in ops for role in _callers(op)))


def _listed(names: list[str]) -> str:
    return "".join(names) if len(names) <= 1 else f"{', '.join(names[:-1])} or {names[-1]}"
