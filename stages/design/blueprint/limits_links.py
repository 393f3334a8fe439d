"""Which links, and which references of a resource to itself, can't be made, and what is to be written instead?"""

import keyword
from collections.abc import Iterator, Mapping

from stages.design.blueprint.links import Linked
from stages.design.blueprint.resources import Made, Operation

Clash = tuple[tuple[str | int, ...], str]
LONGEST = 63  # characters of a name that PostgreSQL keeps


def selfs(made: Made, number: int) -> Iterator[Clash]:
    """Of one resource: what a reference to itself can't be."""
    for one in made.selfs:
        crossed = [group for group in made.crossed if one.column in group]
        if crossed:
            said = "unique by what it names alone it could be seeded once; name another field as well, or no `unique`"
            yield ("resources", number, "fields", one.name), said
        if one.kind.when:
            said = "a state binds what names another resource; leave `when` out"
            yield ("resources", number, "fields", one.name), said


def links(made: tuple[Made, ...], places: Mapping[str, int]) -> Iterator[Clash]:
    """Of all: names that are taken, and roles that would see what they may not."""
    tables = {"users", "sessions", *(one.plural for one in made if not one.is_link)}
    ids = {one.id for one in made if not one.is_link}
    for one in made:
        if not isinstance(one, Linked):
            continue
        where = ("resources", places[one.source.id], "links", one.name)
        if not one.ops:
            yield where, f"no permission names one of its operations, as GET {one.source.path}/…; write one, or drop it"
            continue
        if one.plural in tables or one.id in ids:
            yield where, f"there is a table {one.plural} already; call the link something else"
        tables.add(one.plural)
        ids.add(one.id)
        if keyword.iskeyword(one.name) or one.below in {"state", "states"} or one.name in {"user", "page", "database"}:
            yield where, f"`{one.name}` means something else in the code; call the link something else"
        if len(f"fk_{one.plural}_{one.column}_{one.target.plural}") > LONGEST:
            yield where, f"with both resources' names it is too long for PostgreSQL ({LONGEST} characters); shorten one"
        for op in one.ops:
            yield from _of_operation(where, one, op)


def _of_operation(where: tuple[str | int, ...], link: Linked, op: Operation) -> Iterator[Clash]:
    listing = link.target.operations.get("list")
    seen = set(listing.allowed) | ({"anonymous"} if listing.is_open else set()) if listing else set()
    blind = sorted(({"anonymous"} if op.is_open else set(op.allowed)) - seen)
    if op.kind == "listed" and blind:
        said = f"`{blind[0]}` may list the {link.others} of {link.source.a} and not {link.target.many} themselves"
        yield where, f"{said}; allow her GET {link.target.path}, or not this"
    if op.is_open and (link.hidden or link.theirs):
        role = (*link.hidden, *link.theirs)[0]
        yield where, f"by {op.endpoint} everybody could see what `{role}` sees only her own of; take `anonymous` off"
    if both := set(link.hidden) & set(op.any_roles):
        said = f"`{min(both)}` may work on any by {op.endpoint} and read only her own {link.source.many}"
        yield where, f"{said}; say one of the two"
