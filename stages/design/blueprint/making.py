"""Which resources, and which pairs of them, does a specification become, in which order?"""

from collections.abc import Iterator, Mapping
from dataclasses import fields

from runner.specification import ANONYMOUS, Resource, Specification
from stages.design.blueprint.fields import Field, camel
from stages.design.blueprint.links import Linked, as_resource, link_endpoints
from stages.design.blueprint.resources import Made, Operation, Use, endpoints_of, plural_of


def made_of(content: Specification) -> tuple[Made, ...]:
    """Every resource with fields, in an order in which each stands after those that it names; then the links."""
    wanted = {one.id: one for one in content.resources if one.fields}
    made = {id: _made(content, wanted[id], wanted) for id in _ordered(wanted)}
    links = [(made[id], name, link) for id in made for name, link in wanted[id].links.items()]
    return (*made.values(), *(_linked(content, source, name, made[link.to]) for source, name, link in links))


def _linked(content: Specification, source: Made, name: str, target: Made) -> Linked:
    link = source.said.links[name]
    said = as_resource(source.said, name, link)
    plain = _made(content, said, {source.id: source.said, target.id: target.said, said.id: said})
    rows = {row.endpoint: row.allow for row in content.permissions}
    roles = tuple(role.id for role in content.roles)
    return Linked(
        **{one.name: getattr(plain, one.name) for one in fields(plain) if one.name != "operations"},
        operations=_operations(content, link_endpoints(source.said, name, link)),
        name=name,
        source=source,
        target=target,
        theirs=_seeing_own(target.said, roles, rows),
    )


def _ordered(wanted: dict[str, Resource]) -> Iterator[str]:
    done: set[str] = set()
    while len(done) < len(wanted):
        ready = [id for id, one in wanted.items() if id not in done and _named(one) <= done | {id}]
        for id in ready or [next(id for id in wanted if id not in done)]:
            done.add(id)
            yield id


def _named(resource: Resource) -> set[str]:
    return {kind.to for kind in resource.fields.values() if kind.to and kind.to != resource.id}


def circle_in(content: Specification) -> tuple[str, ...]:
    """Resources that name each other in a circle: none could be made first."""
    wanted = {one.id: _named(one) for one in content.resources if one.fields}
    while free := [id for id, named in wanted.items() if not named & set(wanted)]:
        for id in free:
            del wanted[id]
    return tuple(wanted)


def _made(content: Specification, resource: Resource, wanted: dict[str, Resource]) -> Made:
    roles = tuple(role.id for role in content.roles)
    rows = {row.endpoint: row.allow for row in content.permissions}
    made_fields = tuple(
        Field(
            name=name,
            kind=kind,
            owner=camel(resource.id),
            table=plural_of(wanted[kind.to]) if kind.to else "",
            target=camel(kind.to) if kind.to else "",
        )
        for name, kind in resource.fields.items()
    )
    return Made(
        said=resource,
        fields=made_fields,
        operations=_operations(content, endpoints_of(resource)),
        users=_users(resource.id, wanted),
        chains=tuple(_chains(resource.id, wanted)),
        kept={
            f"{name}_id": own
            for name, kind in resource.fields.items()
            if kind.to and (own := _seeing_own(wanted[kind.to], roles, rows))
        },
        link_ops=tuple(
            op
            for name, link in resource.links.items()
            for op in _operations(content, link_endpoints(resource, name, link)).values()
        ),
    )


def _operations(content: Specification, endpoints: Mapping[str, str]) -> dict[str, Operation]:
    rows = {row.endpoint: row.allow for row in content.permissions}
    return {
        kind: _operation(content, kind, endpoint, rows[endpoint])
        for kind, endpoint in endpoints.items()
        if endpoint in rows
    }


def _operation(content: Specification, kind: str, endpoint: str, allow: Mapping[str, str]) -> Operation:
    roles = tuple(role.id for role in content.roles)
    is_open = ANONYMOUS in allow
    callers = {ANONYMOUS} if is_open else {*allow}
    limits = [
        one for one in content.limits if one.endpoint in {None, endpoint} and (one.role is None or one.role in callers)
    ]
    return Operation(
        kind=kind,
        endpoint=endpoint,
        any_roles=tuple(role for role in roles if allow.get(role) == "any"),
        own_roles=tuple(role for role in roles if allow.get(role) == "own"),
        everyone=roles,
        is_open=is_open,
        limits=tuple(one.id for one in limits),
        paces=tuple((one.calls, one.seconds) for one in limits),
        cache=next((need.cache for need in content.quality if need.endpoint == endpoint and need.cache), None),
    )


def _seeing_own(resource: Resource, roles: tuple[str, ...], rows: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    """Roles to which one of another person is as if it were not there."""
    endpoints = endpoints_of(resource)
    shown = rows.get(endpoints["read"]) or rows.get(endpoints["list"]) or {}
    return tuple(role for role in roles if shown.get(role) == "own")


def _users(id: str, wanted: dict[str, Resource]) -> tuple[Use, ...]:
    named = (
        Use(by=other.id, model=camel(other.id), column=f"{name}_id", rule=kind.on_delete)
        for other in wanted.values()
        for name, kind in other.fields.items()
        if kind.to == id
    )
    return (*named, *_linking(id, wanted))


def _linking(id: str, wanted: dict[str, Resource]) -> Iterator[Use]:
    """Pairs in which it stands, at either end."""
    for other in wanted.values():
        for name, link in other.links.items():
            said = as_resource(other, name, link)
            key = (f"{other.id}_id", f"{name}_id")
            ends = [(key[0], "remove", other.id), (key[1], link.on_delete, link.to)]
            yield from (
                Use(by=said.id, model=camel(said.id), column=column, rule=rule, key=key)
                for column, rule, end in ends
                if end == id
            )


def _chains(id: str, wanted: dict[str, Resource]) -> Iterator[tuple[Use, ...]]:
    for use in _users(id, wanted):
        if use.rule == "refuse":
            yield (use,)
        elif use.rule == "remove" and use.by in wanted and use.by != id:  # no pair is named, and itself is told already
            yield from ((use, *chain) for chain in _chains(use.by, wanted))
