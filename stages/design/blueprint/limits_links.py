"""Which links, and which references of a resource to itself, can't be made, and what is to be written instead?"""

import keyword
from collections.abc import Iterator, Mapping

from runner.said import say
from stages.design.blueprint.links import Linked
from stages.design.blueprint.resources import Made, Operation

Clash = tuple[tuple[str | int, ...], str]
LONGEST = 63  # characters of a name that PostgreSQL keeps


def selfs(made: Made, number: int) -> Iterator[Clash]:
    """Of one resource: what a reference to itself can't be."""
    for one in made.selfs:
        crossed = [group for group in made.crossed if one.column in group]
        if crossed:
            said = say(
                "unique by what it names alone it could be seeded once; name another field as well, or no `unique`"
            )
            yield ("resources", number, "fields", one.name), said
        if one.kind.when:
            said = say("a state binds what names another resource; leave `when` out")
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
            yield (
                where,
                say(
                    "no permission names one of its operations, as GET {path}/…; write one, or drop it",
                    path=one.source.path,
                ),
            )
            continue
        if one.plural in tables or one.id in ids:
            yield where, say("there is a table {plural} already; call the link something else", plural=one.plural)
        tables.add(one.plural)
        ids.add(one.id)
        if keyword.iskeyword(one.name) or one.below in {"state", "states"} or one.name in {"user", "page", "database"}:
            yield where, say("`{name}` means something else in the code; call the link something else", name=one.name)
        if len(f"fk_{one.plural}_{one.column}_{one.target.plural}") > LONGEST:
            yield (
                where,
                say(
                    "with both resources' names it is too long for PostgreSQL ({longest} characters); shorten one",
                    longest=LONGEST,
                ),
            )
        for op in one.ops:
            yield from _of_operation(where, one, op)


def _of_operation(where: tuple[str | int, ...], link: Linked, op: Operation) -> Iterator[Clash]:
    listing = link.target.operations.get("list")
    seen = set(listing.allowed) | ({"anonymous"} if listing.is_open else set()) if listing else set()
    blind = sorted(({"anonymous"} if op.is_open else set(op.allowed)) - seen)
    if op.kind == "listed" and blind:
        said = say(
            "`{blind}` may list the {others} of {a} and not {many} themselves",
            blind=blind[0],
            others=link.others,
            a=link.source.a,
            many=link.target.many,
        )
        yield where, say("{said}; allow her GET {path}, or not this", said=said, path=link.target.path)
    if op.is_open and (link.hidden or link.theirs):
        role = (*link.hidden, *link.theirs)[0]
        yield (
            where,
            say(
                "by {endpoint} everybody could see what `{role}` sees only her own of; take `anonymous` off",
                endpoint=op.endpoint,
                role=role,
            ),
        )
    if both := set(link.hidden) & set(op.any_roles):
        said = say(
            "`{least}` may work on any by {endpoint} and read only her own {many}",
            least=min(both),
            endpoint=op.endpoint,
            many=link.source.many,
        )
        yield where, say("{said}; say one of the two", said=said)
