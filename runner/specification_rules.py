"""Which parts of a specification can't go together? Each with its place and what to write instead."""

from collections import Counter
from collections.abc import Iterator

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from runner.said import say, together
from runner.specification import ANONYMOUS, Constraint, FieldKind, Resource, Specification

Clash = tuple[tuple[str | int, ...], str]
BOUNDED = {"text", "integer", "money"}
ORDERED = {"integer", "money", "date", "datetime", "text", "email"}
SEARCHED = {"text", "email"}
TIMES = {"date", "datetime"}
NAMING = {"team", "platform", "compliance"}
UNITS = {
    "load": ("req/s", "users"),
    "data": ("rows", "GB"),
    "budget": ("EUR/month", "USD/month"),
    "lifetime": ("months", "years"),
}
WRITTEN = {"created_at", "updated_at"}  # by the service itself


def clashing(content: Specification) -> Iterator[Clash]:
    """Of constraints, decisions, and the resources that have fields: each key or entry that contradicts another one."""
    yield from _of_constraints(content)
    made = {one.id for one in content.resources if one.fields}
    for number, resource in enumerate(content.resources):
        where = ("resources", number)
        for name, kind in resource.fields.items():
            yield from _of_field((*where, "fields", name), kind, made)
        if resource.fields:
            yield from _of_resource(where, resource)
        yield from _of_gates(where, resource, content)
        yield from _of_links(where, resource, made)
        yield from _of_keep(where, resource)
    yield from _of_examples(content)
    yield from _of_limits(content)
    yield from _of_caches(content)


def _of_constraints(content: Specification) -> Iterator[Clash]:
    for number, one in enumerate(content.constraints):
        yield from ((("constraints", number, key), said) for key, said in _limits(one))
    first: dict[tuple[str, str], int] = {}
    for number, choice in enumerate(content.decisions):
        thing = (choice.about, choice.choose.lower() if choice.about in {"third-party", "queue"} else "")
        if first.setdefault(thing, number) != number:
            yield (
                ("decisions", number, "about"),
                say("{about} is decided twice; keep one of the two", about=choice.about),
            )
        if choice.gets and choice.about != "third-party":
            yield ("decisions", number, "gets"), say("only a third-party has `gets`; leave it out")
        try:
            SpecifierSet(choice.version or "")
        except InvalidSpecifier:
            yield (
                ("decisions", number, "version"),
                say('`{version}` is no range of versions; write ">=16,<17"', version=choice.version),
            )


def _limits(one: Constraint) -> Iterator[tuple[str, str]]:
    """(key, what is wrong) of what a kind must have, and may not."""
    if one.names and one.kind not in NAMING:
        yield (
            "names",
            say("only {naming} have `names`; leave it out, or write the `kind`", naming=together(sorted(NAMING))),
        )
    if one.kind in NAMING and not one.names:
        yield "kind", say("a {kind} constraint names what it is about: `names: [postgresql]`", kind=one.kind)
    units = UNITS.get(one.kind or "")
    if units and (one.limit is None or one.unit not in units):
        yield (
            "kind",
            say(
                "a {kind} constraint needs a number: `limit: 20` and `unit: {unit}` (or {unit2})",
                kind=one.kind,
                unit=units[0],
                unit2=units[1],
            ),
        )
    if not units and (one.limit is not None or one.unit):
        yield (
            "limit",
            say("only {units} have `limit` and `unit`; leave them out, or write the `kind`", units=together(UNITS)),
        )


def _of_field(where: tuple[str | int, ...], kind: FieldKind, made: set[str]) -> Iterator[Clash]:
    if kind.type not in BOUNDED and (kind.min is not None or kind.max is not None):
        yield where, say("a {type} has no min or max; leave them out", type=kind.type)
    if kind.min is not None and kind.max is not None and kind.min > kind.max:
        yield (
            where,
            say("min is {min} and max is {max}; nothing lies between, so change one", min=kind.min, max=kind.max),
        )
    if kind.type == "text" and kind.max is None:
        yield where, say("a text needs `max`, its most characters: `max: 200`")
    if kind.pattern is not None and kind.type != "text":
        yield where, say("a {type} has no pattern; leave it out, or make it a text", type=kind.type)
    if (kind.type == "choice") != bool(kind.of):
        yield where, say("a choice, and nothing else, has `of`: the list of its values")
    if len(set(kind.of)) < len(kind.of):
        yield where, say("a value stands twice under `of`; strike one out")
    if len(kind.of) == 1:
        yield where, say("a choice of one value is none; write another one, or leave the field out")
    if (kind.type == "reference") != (kind.to is not None):
        yield where, say("a reference, and nothing else, has `to`: the resource that it names")
    if kind.to is not None and kind.to not in made:
        yield where, say("`to: {to}` is no resource with fields{known}", to=kind.to, known=_known(made))
    if kind.on_delete != "refuse" and kind.type != "reference":
        yield where, say("only a reference has `on_delete`; leave it out")
    if kind.on_delete == "clear" and not kind.optional:
        yield where, say("`on_delete: clear` leaves the field empty: write `optional: true` as well")


def _of_gates(where: tuple[str | int, ...], resource: Resource, content: Specification) -> Iterator[Clash]:
    named = {one.id: one for one in content.resources}
    for name, kind in resource.fields.items():
        place = (*where, "fields", name, "when")
        states = set(named[kind.to].states) if kind.to in named else set()
        if kind.when and kind.type != "reference":
            yield place, say("only a reference has `when`: the states of what it names; leave it out")
        elif kind.when and kind.optional:
            yield place, say("what may be left out binds nothing to a state; strike out `optional: true`, or `when`")
        elif strangers := set(kind.when) - states:
            yield (
                place,
                say("`{least}` is no state of {to}{known}", least=min(strangers), to=kind.to, known=_known(states)),
            )
        elif kind.when and set(kind.when) == states:
            yield (
                place,
                say("these are all states of {to}, so they bind nothing; strike one out, or `when`", to=kind.to),
            )


def _of_links(where: tuple[str | int, ...], resource: Resource, made: set[str]) -> Iterator[Clash]:
    for name, link in resource.links.items():
        place = (*where, "links", name)
        if not resource.fields:
            yield place, say("only a resource with `fields` has links; give it some")
        if link.to not in made:
            yield place, say("`to: {to}` is no resource with fields{known}", to=link.to, known=_known(made))
        if name == resource.id:
            yield place, say("a link is called otherwise than its resource, as `related`; rename it")


def _of_keep(where: tuple[str | int, ...], resource: Resource) -> Iterator[Clash]:
    keep = resource.keep
    if keep is None:
        return
    moments = {name for name, kind in resource.fields.items() if kind.type in TIMES} | WRITTEN
    if not resource.fields:
        yield (*where, "keep"), say("only what has `fields` is kept by this service; leave it out")
    if keep.since not in moments:
        yield (*where, "keep", "since"), say("`{since}` is no moment{known}", since=keep.since, known=_known(moments))
    for state in keep.states:
        if state not in resource.states:
            yield (
                (*where, "keep", "states"),
                say("`{state}` is no state{known}", state=state, known=_known(set(resource.states))),
            )


def _of_limits(content: Specification) -> Iterator[Clash]:
    roles = {role.id for role in content.roles} | {ANONYMOUS}
    allowed = {row.endpoint: set(row.allow) for row in content.permissions}
    for number, limit in enumerate(content.limits):
        where = ("limits", number)
        if limit.role is not None and limit.role not in roles:
            yield (*where, "role"), say("`{role}` is no role{known}", role=limit.role, known=_known(roles))
        if limit.endpoint is not None and limit.endpoint not in allowed:
            yield (
                (*where, "endpoint"),
                say("{endpoint} has no row under `permissions`; write one, or name another", endpoint=limit.endpoint),
            )
        elif limit.endpoint and limit.role and limit.role not in allowed[limit.endpoint]:
            yield (
                (*where, "role"),
                say(
                    "`{role}` may not call {endpoint} at all; strike the limit out",
                    role=limit.role,
                    endpoint=limit.endpoint,
                ),
            )
        if limit.id in {one.id for one in content.limits[:number]}:
            yield (*where, "id"), say("{id} is the id of another limit; take another", id=limit.id)


def _of_caches(content: Specification) -> Iterator[Clash]:
    for number, need in enumerate(content.quality):
        if need.cache and not (need.endpoint or "").startswith("GET "):
            said = say("only the answers to one GET are kept; name it under `endpoint`, or strike `cache` out")
            yield ("quality", number, "cache"), said


def _of_resource(where: tuple[str | int, ...], resource: Resource) -> Iterator[Clash]:
    fields = resource.fields
    states = {"state"} if resource.states else set()
    named = {
        "filter": (resource.filter, {n for n, kind in fields.items() if kind.type not in TIMES} | states),
        "sort": (resource.sort, {name for name, kind in fields.items() if kind.type in ORDERED and not kind.optional}),
        "search": (resource.search, {name for name, kind in fields.items() if kind.type in SEARCHED}),
        "unique": ([name for group in resource.unique for name in group], set(fields)),
    }
    for key, (names, allowed) in named.items():
        for name in names:
            if name not in allowed:
                yield (
                    (*where, key),
                    say("`{name}` is no field that can stand here{known}", name=name, known=_known(allowed)),
                )
    if any(len(set(group)) < max(2, len(group)) for group in resource.unique):
        yield (
            (*where, "unique"),
            say("each entry names two or more different fields; one alone says `unique: true` itself"),
        )
    yield from _of_states(where, resource)
    yield from _of_apart(where, resource)


def _of_states(where: tuple[str | int, ...], resource: Resource) -> Iterator[Clash]:
    for state, after in resource.states.items():
        for one in after:
            if one not in resource.states:
                yield (
                    (*where, "states", state),
                    say("`{one}` is no state{known}", one=one, known=_known(set(resource.states))),
                )
        if state in after:
            yield (*where, "states", state), say("a state does not follow itself; strike it out")
    reached = {next(iter(resource.states), ""), *(one for after in resource.states.values() for one in after)}
    for state in resource.states:
        if state not in reached:
            yield (
                (*where, "states", state),
                say("nothing leads to this state; name it after another one, or strike it out"),
            )


def _of_apart(where: tuple[str | int, ...], resource: Resource) -> Iterator[Clash]:
    apart = resource.apart
    if apart is None:
        return
    wanted = {apart.begins: {"datetime"}, apart.ends: {"datetime"}, apart.per: {"reference"}}
    for name, types in wanted.items():
        kind = resource.fields.get(name)
        if kind is None or kind.type not in types or kind.optional:
            yield (
                (*where, "apart"),
                say(
                    "`{name}` must be a {types} that is not optional", name=name, types=together(sorted(types), " or ")
                ),
            )
    for state in apart.unless:
        if state not in resource.states:
            yield (
                (*where, "apart"),
                say("`{state}` is no state{known}", state=state, known=_known(set(resource.states))),
            )
    if apart.begins == apart.ends:
        yield (*where, "apart"), say("`begins` and `ends` must be two fields")


def _of_examples(content: Specification) -> Iterator[Clash]:
    roles = {role.id for role in content.roles} | {"anonymous"}
    endpoints = {row.endpoint for row in content.permissions}
    for number, requirement in enumerate(content.requirements):
        for place, criterion in enumerate(requirement.acceptance):
            example = criterion.example
            where = ("requirements", number, "acceptance", place, "example")
            if example and example.by not in roles:
                yield (*where, "by"), say("`{by}` is no role{known}", by=example.by, known=_known(roles))
            if example and example.call not in endpoints:
                yield (
                    (*where, "call"),
                    say("{call} has no row under `permissions`; write one, or call another", call=example.call),
                )
    for row, times in Counter(one.endpoint for one in content.permissions).items():
        if times > 1 and any(one.fields for one in content.resources):
            place = max(n for n, one in enumerate(content.permissions) if one.endpoint == row)
            yield ("permissions", place), say("{row} has a row already; make one of the two", row=row)


def _known(names: set[str]) -> str:
    return (
        say("; there {verb} {names}", verb="is" if len(names) == 1 else "are", names=together(sorted(names)))
        if names
        else say("; there is none")
    )
