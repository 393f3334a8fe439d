"""What does a new service consist of? Everything that its templates ask for, computed from its specification."""

import json
from collections.abc import Mapping
from typing import Any

from runner.specification import ANONYMOUS, Requirement, Specification
from stages.design.blueprint import examples, load
from stages.design.blueprint.contract import with_resources
from stages.design.blueprint.fields import in_list
from stages.design.blueprint.limits import WORDS, unmakeable
from stages.design.blueprint.making import made_of
from stages.design.blueprint.promises import promises
from stages.design.blueprint.resources import Made

__all__ = ["BASE", "blueprint", "contract", "requirements", "unmakeable"]

# operations that every service has
BASE = frozenset(
    {
        *("POST /auth/register", "POST /auth/login", "POST /auth/refresh", "POST /auth/logout", "POST /auth/password"),
        *("GET /users/me", "GET /health", "GET /ready", "GET /metrics"),
    }
)

ROWS, USERS = 200, 100  # where the specification says no number


def blueprint(content: Specification) -> dict[str, Any]:
    """What the templates know beside the service's names. The specification is one that can be made."""
    made = made_of(content)
    roles = tuple(role.id for role in content.roles)
    taken = WORDS["fixtures"] | {one.id for one in made}  # a test calls one of a resource as the resource
    people = {role: f"{role}_person" if role in taken else role for role in roles}
    called = {one.id: () if one.is_link else examples.tests_of(content, one, people) for one in made}
    rows = {"users": content.data.get("users", USERS)}
    for one in made:  # each after those that it names
        rows[one.plural] = min(content.data.get(one.plural, ROWS), one.room(rows))
    tested = {test.id for tests in called.values() for test in tests}
    criteria = [a for requirement in content.requirements for a in requirement.acceptance]
    return {
        "made": made,
        "resources": tuple(one for one in made if not one.is_link),
        "nests": any(column.column not in one.kept for one in made for column in one.selfs),
        "gates": any(one.gates for one in made),
        "caches": any(one.caches for one in made),
        "limits": content.limits,
        "limit_roles": {one.id: one.role for one in content.limits if one.role != ANONYMOUS},
        "limits_users": any(op.limits and not op.is_open for one in made for op in one.ops),
        "limits_visitors": any(op.limits and op.is_open for one in made for op in one.ops),
        "keeps": tuple(one for one in made if one.keep),
        "redis": bool(content.limits) or any(one.caches for one in made),
        "states_of": {one.id: tuple(one.states) for one in made},
        "personal": {one.id: one.owned or bool(one.kept) for one in made},
        "roles": roles,
        "people": people,
        "weakest": roles[0],
        "strongest": roles[-1],
        "me": people[roles[0]],
        "role_length": max(10, *map(len, roles)),
        "role_list": in_list(roles),
        "enums": tuple(name for one in made for name in _enums(one)),
        "types": _types(made),
        "rows": rows,
        "row_of": {one.id: one.row for one in made},
        "kept": frozenset(field.table for one in made for field in one.references if field.column in one.kept),
        "binds": any(one.own_named for one in made),
        "tests": called,
        "to_write": [
            {
                "id": a.id,
                "name": examples.Test(a.id, a.text, "", ()).name,
                "text": json.dumps(a.text, ensure_ascii=False),
            }
            for a in criteria
            if a.id not in tested
        ],
        "load": load.callers(content, made),
        "alerts": tuple(load.alerts(content)),
        "buckets": load.buckets(content),
        "uses_dates": any(field.type in {"date", "datetime"} for one in made for field in one.fields),
        "many_paths": _many_paths(made, people),
        "operations": len(BASE) + sum(len(one.ops) for one in made),
        "migration": f"{', '.join(one.many for one in made)}.".capitalize(),
        "summary": content.service.summary,
        "summary_quoted": json.dumps(content.service.summary, ensure_ascii=False),
        "document": content.service.document or "spec.yaml",
        "foreign": not content.model_dump_json().isascii(),
    }


def requirements(content: Specification, *, chinese: bool = False) -> tuple[Requirement, ...]:
    """Those of the specification, and those that follow from its resources, in its language."""
    return (*content.requirements, *(one for made in made_of(content) for one in promises(made, chinese=chinese)))


def contract(base: Mapping[str, Any], content: Specification, title: str) -> dict[str, Any]:
    """The contract of the whole service, from that of one without resources."""
    found = with_resources(base, made_of(content))
    found["info"] = {**found["info"], "title": title, "summary": content.service.summary}
    schemas = found["components"]["schemas"]
    roles: dict[str, Any] = {"title": "Role", "type": "string"}
    names = [role.id for role in content.roles]
    schemas["Role"] = roles | ({"enum": names} if len(names) > 1 else {"const": names[0]})
    return found


def _enums(made: Made) -> list[str]:
    return [one.enum for one in made.choices] + ([f"{made.model}State"] if made.states else [])


def _types(made: tuple[Made, ...]) -> frozenset[str]:
    """Names of the shared types that something is made of."""
    found = {field.schema for one in made for field in one.fields} | {f.type for one in made for f in one.fields}
    return frozenset(found | {one.filtered for r in made for one in r.filters})


def _many_paths(made: tuple[Made, ...], people: Mapping[str, str]) -> dict[str, str]:
    """A route with many paths, and who calls it: what labels of metrics must not grow with."""
    for one in made:
        op = one.operations.get("read")
        if op:
            path, caller = f"{one.path}/{{number + 1}}", "visitor" if op.is_open else people[op.first]
            return {"route": op.path, "path": path, "sample": f"{one.path}/1", "status": "4xx", "caller": caller}
    return {
        "route": "/users/me",
        "path": "/users/me?number={number}",
        "sample": "number=",
        "status": "2xx" if people else "4xx",
        "caller": next(iter(people.values())),
    }
