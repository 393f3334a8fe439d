"""What can't be made into a service, where does it stand, and what is to be written instead?"""

import keyword
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from runner.said import say, together
from runner.specification import ANONYMOUS, Resource, Specification
from stages.design.blueprint.limits_links import links, selfs
from stages.design.blueprint.links import endpoints_of_links
from stages.design.blueprint.making import circle_in, made_of
from stages.design.blueprint.patterns import Unfit
from stages.design.blueprint.promises import promises
from stages.design.blueprint.resources import Made, endpoints_of, plural_of

Clash = tuple[tuple[str | int, ...], str]
LONGEST = 63  # characters of a name that PostgreSQL keeps
WORDS = {
    kind: frozenset(names.split())
    for kind, names in tomllib.loads(Path(__file__).with_name("taken.toml").read_text(encoding="utf-8")).items()
}


def unmakeable(content: Specification, base: frozenset[str], ids: frozenset[str]) -> list[Clash]:
    """Every reason, each with its place. `base`, `ids`: endpoints and ids of every service."""
    found = [*_names(content), *_roles(content)]
    if found:
        return found
    found += _permissions(content, base)
    found += _circles(content)
    if found:
        return found
    made = made_of(content)
    places = {one.id: number for number, one in enumerate(content.resources)}
    for one in made:
        if not one.is_link:
            found += _values(content, one, places[one.id])
            found += selfs(one, places[one.id])
    found += links(made, places)
    found += _asked_for(content, made)
    return [*found, *_ids(content, made, ids)]


def _names(content: Specification) -> Iterator[Clash]:
    wanted = [(n, one) for n, one in enumerate(content.resources) if one.fields]
    if not wanted:
        yield ("resources",), say("none has `fields`, so there is nothing to make; say what one of them holds")
    plurals: dict[str, str] = {}
    for number, resource in wanted:
        for name in (resource.id, plural_of(resource)):
            if problem := _unfit(name, WORDS["things"]):
                yield (
                    ("resources", number),
                    say("`{name}` {problem}; call the resource something else", name=name, problem=problem),
                )
        if (twin := plurals.setdefault(plural_of(resource), resource.id)) != resource.id:
            yield ("resources", number), say("its plural is that of `{twin}`; give it another `plural:`", twin=twin)
        yield from _field_names(number, resource)


def _field_names(number: int, resource: Resource) -> Iterator[Clash]:
    for name, kind in resource.fields.items():
        where = ("resources", number, "fields", name)
        column = f"{name}_id" if kind.type == "reference" else name
        if problem := _unfit(column, WORDS["fields"] | WORDS["sql"]) or _unfit(name, WORDS["fields"]):
            yield where, say("`{name}` {problem}; call the field something else", name=name, problem=problem)
        elif hasattr(BaseModel, column) or column.startswith("model_"):
            yield (
                where,
                say("`{name}` means something to the models of the code; call the field something else", name=name),
            )
        longest = f"fk_{plural_of(resource)}_{column}_{kind.to}ies"
        if len(longest) > LONGEST:
            yield (
                where,
                say(
                    "with the resource's name it is too long for PostgreSQL ({longest} characters); shorten one",
                    longest=LONGEST,
                ),
            )
        for value in kind.of:
            if keyword.iskeyword(value):
                yield where, say("`{value}` is a word of Python; call the value something else", value=value)
    for group in resource.unique:
        if len(f"uq_{plural_of(resource)}_{'_'.join(group)}") > LONGEST - 6:
            yield ("resources", number, "unique"), say("these names are too long together; shorten one")


def _unfit(name: str, taken: frozenset[str]) -> str:
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return say("is a word of Python")
    if not name.isascii() or not name.isidentifier() or name != name.lower() or name.startswith("_"):
        return say("is no name in small letters, digits and _")
    return say("is taken by what every service has, or by SQL") if name in taken else ""


def _roles(content: Specification) -> Iterator[Clash]:
    if not content.roles:
        yield ("roles",), say("there is none; name the role of a new account first")
    for number, role in enumerate(content.roles):
        if _unfit(role.id, frozenset({ANONYMOUS})):
            yield ("roles", number), say("`{id}` can be no role in code; use small letters, digits and _", id=role.id)


def _permissions(content: Specification, base: frozenset[str]) -> Iterator[Clash]:
    wanted = {endpoint: one for one in content.resources if one.fields for endpoint in _all_endpoints(one)}
    roles = {role.id for role in content.roles}
    for number, row in enumerate(content.permissions):
        where = ("permissions", number)
        if row.endpoint in base:
            continue
        if row.endpoint not in wanted:
            yield (
                where,
                say(
                    "nothing makes {endpoint}; it is made of a resource with fields, as {first}, or by hand",
                    endpoint=row.endpoint,
                    first=_first(wanted),
                ),
            )
        elif strangers := set(row.allow) - roles - {ANONYMOUS}:
            yield where, say("`{least}` is no role", least=min(strangers))
        elif not row.allow:
            yield where, say("nobody may call it; name a role, or strike the row out")
        elif ANONYMOUS in row.allow and (row.allow[ANONYMOUS] == "own" or "own" in row.allow.values()):
            yield where, say("who is not signed in owns nothing; allow `anonymous` any, alone, or strike it out")
    asked = {row.endpoint for row in content.permissions}
    for number, resource in enumerate(content.resources):
        if resource.fields and not asked & set(_all_endpoints(resource)):
            yield (
                ("resources", number),
                say(
                    "no permission names one of its operations, as {endpoints_of}",
                    endpoints_of=endpoints_of(resource)["list"],
                ),
            )
    for number, requirement in enumerate(content.requirements):
        for endpoint in requirement.endpoints:
            if endpoint not in asked | base:
                yield (
                    ("requirements", number, "endpoints"),
                    say("{endpoint} has no row under `permissions`; write one", endpoint=endpoint),
                )


def _all_endpoints(resource: Resource) -> list[str]:
    return [*endpoints_of(resource).values(), *endpoints_of_links(resource).values()]


def _asked_for(content: Specification, made: tuple[Made, ...]) -> Iterator[Clash]:
    """What a limit or a need asks of an operation is made of those of resources only."""
    there = {op.endpoint for one in made for op in one.ops}
    for number, limit in enumerate(content.limits):
        if limit.endpoint and limit.endpoint not in there:
            yield (
                ("limits", number, "endpoint"),
                say("{endpoint} has its own limits already; name another", endpoint=limit.endpoint),
            )
        elif not any(limit.id in op.limits for one in made for op in one.ops):
            yield (
                ("limits", number),
                say("no operation that is made is called by `{role}`; strike it out", role=limit.role),
            )
    for number, need in enumerate(content.quality):
        if need.cache and need.endpoint not in there:
            yield (
                ("quality", number, "cache"),
                say("{endpoint} is not made of a resource; strike `cache` out", endpoint=need.endpoint),
            )


def _first(wanted: dict[str, Resource]) -> str:
    return next(iter(wanted), "GET /things")


def _circles(content: Specification) -> Iterator[Clash]:
    circle = circle_in(content)
    if circle:
        number = next(n for n, one in enumerate(content.resources) if one.id == circle[0])
        yield ("resources", number), say("{circle} name each other; take one reference out", circle=together(circle))
    for number, resource in enumerate(content.resources):
        for name, kind in resource.fields.items():
            if kind.to == resource.id and not kind.optional:
                said = say("the first one has no other to name; write `optional: true` as well")
                yield ("resources", number, "fields", name), said


def _values(content: Specification, made: Made, number: int) -> Iterator[Clash]:
    for one in made.fields:
        where = ("resources", number, "fields", one.name)
        try:
            few = one.capacity
        except Unfit as problem:
            yield where, say("no example can be made: {problem}", problem=problem)
            continue
        rows = content.data.get(made.plural, 0)
        if one.kind.unique and one.type != "reference" and few < max(rows, 1000):
            yield (
                where,
                say(
                    "it is unique, and only {few} examples of it can be counted; give the pattern more digits", few=few
                ),
            )
        elif one.type == "text" and not _fits(one.json_example, one.alias_pattern, *one.bounds):
            yield (
                where,
                say(
                    "the example `{json_example}` does not fit its own rules; make the pattern plainer",
                    json_example=one.json_example,
                ),
            )
    if made.owned and "add" in made.operations and made.operations["add"].is_open:
        yield (
            ("resources", number),
            say("somebody owns {a}, so adding one needs a sign-in; take `anonymous` off the row", a=made.a),
        )
    for op in made.ops:
        if made.kept and op.is_open and op.kind in {"add", "change"}:
            column, roles = min(made.kept.items())
            what = column.removesuffix("_id")
            said = say(
                "by {endpoint} everybody could name any {what}, and `{role}` sees only her own",
                endpoint=op.endpoint,
                what=what,
                role=roles[0],
            )
            yield ("resources", number), say("{said}; take `anonymous` off the row", said=said)
    kept = set(made.hidden)
    for op in made.item_ops:
        if kept & set(op.any_roles):
            role = min(kept & set(op.any_roles))
            yield (
                ("resources", number),
                say(
                    "`{role}` may work on any by {endpoint} and read only her own; say one of the two",
                    role=role,
                    endpoint=op.endpoint,
                ),
            )
    for group in made.together:
        if all(made.by_column(column).type in {"boolean", "choice"} for column in group):
            yield (
                ("resources", number, "unique"),
                say("so few could be told apart; name a field with more values as well"),
            )


def _fits(text: str, pattern: str, low: int, high: int) -> bool:
    return low <= len(text) <= high and (not pattern or bool(re.search(pattern, text)))


def _ids(content: Specification, made: tuple[Made, ...], ids: frozenset[str]) -> Iterator[Clash]:
    follow = {r.id for one in made for r in promises(one)}
    taken = ids | follow | {a.id for one in made for r in promises(one) for a in r.acceptance}
    for number, requirement in enumerate(content.requirements):
        if requirement.id in taken:
            yield (
                ("requirements", number),
                say("{id} is the id of what every such service promises; take another", id=requirement.id),
            )
        for place, one in enumerate(requirement.acceptance):
            if one.id in taken:
                where = ("requirements", number, "acceptance", place)
                yield where, say("{id} is the id of what every such service promises; take another", id=one.id)
