{% set r = cookiecutter.r %}
{% set ops = r.operations %}
{% set pkg = cookiecutter.package %}
{% set writes = "change" in ops or "move" in ops %}
{% set checks_time = r.per and ("add" in ops or "change" in ops or "move" in ops) %}
{% macro asked(op) %}{% if op.is_open %}{% elif r.uses(op) %}user: May{{op.kind|capitalize}}, {% else %}_: May{{op.kind|capitalize}}, {% endif %}{% endmacro %}
{% macro refusals(op) %}responses=problems({{ r.statuses(op)|join(", ") }}){% if op.limits %}, dependencies=[{{ "visitor_within" if op.is_open else "within" }}({% for id in op.limits %}"{{id}}"{{ ", " if not loop.last }}{% endfor %})]{% endif %}{% endmacro %}
{% macro kept() %}{% if cookiecutter.caches %}, cache: CachePart{% endif %}{% endmacro %}
"""Which {{r.many}} are there, and who may work on them?"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Response
from pydantic import TypeAdapter
from sqlalchemy import func, or_, update
from sqlmodel import Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from {{pkg}} import models
from {{pkg}}.cache import CachePart
from {{pkg}}.columns import LARGEST_ID
from {{pkg}}.conflicts import conflict, must_be, must_exist, must_own, Owned
from {{pkg}}.database import Database
from {{pkg}}.identity import Anyone, one_of
from {{pkg}}.models import {{r.model}}, Role, User
from {{pkg}}.problems import problems
from {{pkg}}.rate_limits import visitor_within, within
from {{pkg}}.schemas import (
    {{r.model}}Change, {{r.model}}Filter, {{r.model}}Move, {{r.model}}New, {{r.model}}Read, {{r.listed}}, Page, Paged
)

router = APIRouter(prefix="{{r.path}}", tags=["{{r.plural}}"])
{{r.model}}Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]
{% for op in r.ops if not op.is_open %}
{% if op.whole %}
May{{op.kind|capitalize}} = Anyone
{% else %}
May{{op.kind|capitalize}} = Annotated[User, Depends(one_of({% for role in op.allowed %}Role.{{role|upper}}{{ ", " if not loop.last }}{% endfor %}))]
{% endif %}
{% endfor %}
{% for op in r.ops if op.own_roles and op.kind != "add" %}
{% if loop.first %}
# roles that work on their own alone
{% endif %}
OWN_{{op.kind|upper}} = frozenset({ {%- for role in op.own_roles %}Role.{{role|upper}}{{ ", " if not loop.last }}{% endfor -%} })
{% endfor %}
{% if r.references and ("add" in ops or "change" in ops) %}
NAMED: dict[str, type[SQLModel]] = { {%- for one in r.references %}"{{one.column}}": models.{{one.target}}{{ ", " if not loop.last }}{% endfor -%} }
{% endif %}
{% for one in r.gates %}
# it is written only while its {{one.words}} is in one of these states
WHILE_{{one.name|upper}} = frozenset({ {%- for state in one.kind.when %}models.{{one.target}}State.{{state|upper}}{{ ", " if not loop.last }}{% endfor -%} })
{% endfor %}
{% if r.own_named %}
# what these roles name must be their own
OWN_NAMED: dict[Role, dict[str, type[Owned]]] = { {%- for role, columns in r.own_named.items() %}Role.{{role|upper}}: { {%- for column in columns %}"{{column}}": models.{{r.by_column(column).target}}{{ ", " if not loop.last }}{% endfor -%} }{{ ", " if not loop.last }}{% endfor -%} }
{% endif %}
{% if "list" in ops and ops["list"].cache %}
PAGE = TypeAdapter(Paged[{{r.listed}}])
{% endif %}
{% if "read" in ops and ops["read"].cache %}
ONE = TypeAdapter({{r.model}}Read)
{% endif %}
{% if r.sorts and "list" in ops %}
ORDERS: dict[str, tuple[Any, ...]] = {
    "newest": (col({{r.model}}.created_at).desc(), col({{r.model}}.id).desc()),
    {% for one in r.sorts %}
    "{{one.column}}": (col({{r.model}}.{{one.column}}), col({{r.model}}.id)),
    "-{{one.column}}": (col({{r.model}}.{{one.column}}).desc(), col({{r.model}}.id).desc()),
    {% endfor %}
}
{% endif %}
{% if r.has_twins and ("add" in ops or "change" in ops) %}
TWIN = "There is such {{r.a}} already."
{% endif %}
{% if "list" in ops %}
{% set op = ops["list"] %}


@router.get("", summary="List {{r.many}}, newest first", {{ refusals(op) }})
def list_{{r.plural}}({% if r.asks %}wanted: Annotated[{{r.model}}Filter, Query()]{% else %}page: Annotated[Page, Query()]{% endif %}, {{ asked(op) }}database: Database{% if op.cache %}, cache: CachePart{% endif %}) -> Paged[{{r.listed}}]:
    {% set page = "wanted" if r.asks else "page" %}
    {% if r.asks %}
    statement = asked_for(wanted)
    {% else %}
    statement = select({{r.model}}).order_by(col({{r.model}}.created_at).desc(), col({{r.model}}.id).desc())
    {% endif %}
    {% if op.own_roles %}
    if user.role in OWN_LIST:
        statement = statement.where({{r.model}}.owner_id == user.id)
    {% endif %}
    {% if op.cache %}

    def load() -> Paged[{{r.listed}}]:
        found = database.exec(statement.limit({{page}}.limit).offset({{page}}.offset))
        items = [{{r.listed}}.model_validate({{r.id}}) for {{r.id}} in found]
        return Paged(items=items, limit={{page}}.limit, offset={{page}}.offset)

    question = f"{{op.endpoint}} {% if r.uses(op) %}{user.role} {user.id} {% endif %}{ {{-page}}.model_dump_json()}"
    return cache.remember(question, PAGE, load, {{op.cache}})
    {% else %}
    found = database.exec(statement.limit({{page}}.limit).offset({{page}}.offset))
    items = [{{r.listed}}.model_validate({{r.id}}) for {{r.id}} in found]
    return Paged(items=items, limit={{page}}.limit, offset={{page}}.offset)
    {% endif %}
{% endif %}
{% if "add" in ops %}
{% set op = ops["add"] %}


@router.post("", status_code=201, summary="Add {{r.a}}", {{ refusals(op) }})
def add_{{r.id}}(body: {{r.model}}New, {{ asked(op) }}database: Database{{ kept() }}{% if "read" in ops %}, response: Response{% endif %}) -> {{r.model}}Read:
    fields = body.model_dump()
    {% if r.references %}
    must_exist(database, NAMED, fields{% if r.per %}, alone="{{r.per.column}}"{% endif %})
    {% endif %}
    {% if r.bound(op) %}
    must_own(database, OWN_NAMED.get(user.role, {}), fields, user.id)
    {% endif %}
    {% for one in r.gates %}
    must_be(database, models.{{one.target}}, fields["{{one.column}}"], WHILE_{{one.name|upper}})
    {% endfor %}
    {% if r.per %}
    refuse_overlap(database, fields)
    {% endif %}
    {{r.id}} = {{r.model}}({% if r.owned %}owner_id=user.id, {% endif %}**fields)
    database.add({{r.id}})
    {% if r.has_twins %}
    with conflict(TWIN):
        database.commit()
    {% else %}
    database.commit()
    {% endif %}
    {% if cookiecutter.caches %}
    cache.forget()
    {% endif %}
    database.refresh({{r.id}})
    {% if "read" in ops %}
    response.headers["Location"] = f"{{r.path}}/{ {{-r.id}}.id}"
    {% endif %}
    return {{r.model}}Read.model_validate({{r.id}})
{% endif %}
{% if "read" in ops %}
{% set op = ops["read"] %}


@router.get("/{ {{-r.id}}_id}", summary="Read {{r.a}}", {{ refusals(op) }})
def read_{{r.id}}({{r.id}}_id: {{r.model}}Id, {{ asked(op) }}database: Database{% if op.cache %}, cache: CachePart{% endif %}) -> {{r.model}}Read:
    {% if op.cache %}
    def load() -> {{r.model}}Read:
        return {{r.model}}Read.model_validate({% if r.hidden %}visible(database, {{r.id}}_id, user){% else %}existing(database, {{r.id}}_id){% endif %})

    question = f"{{op.endpoint|replace("{", "{{")|replace("}", "}}")}} {% if r.uses(op) %}{user.role} {user.id} {% endif %}{ {{-r.id}}_id}"
    return cache.remember(question, ONE, load, {{op.cache}})
    {% else %}
    return {{r.model}}Read.model_validate({% if r.hidden %}visible(database, {{r.id}}_id, user){% else %}existing(database, {{r.id}}_id){% endif %})
    {% endif %}
{% endif %}
{% if "change" in ops %}
{% set op = ops["change"] %}


@router.patch("/{ {{-r.id}}_id}", summary="Change {{r.a}}", {{ refusals(op) }})
def change_{{r.id}}({{r.id}}_id: {{r.model}}Id, body: {{r.model}}Change, {{ asked(op) }}database: Database{{ kept() }}) -> {{r.model}}Read:
    """Only the version that was read can be changed, so nobody overwrites what she has not seen."""
    {{r.id}} = {{ r.looked(op) }}
    changes = body.model_dump(exclude_unset=True, exclude={"version"})
    {% for one in r.gates %}
    must_be(database, models.{{one.target}}, {{r.id}}.{{one.column}}, WHILE_{{one.name|upper}})
    {% endfor %}
    {% if r.references %}
    must_exist(database, NAMED, changes)
    {% endif %}
    {% if r.bound(op) %}
    must_own(database, OWN_NAMED.get(user.role, {}), changes, user.id)
    {% endif %}
    {% for one in r.gates %}
    if "{{one.column}}" in changes:
        must_be(database, models.{{one.target}}, changes["{{one.column}}"], WHILE_{{one.name|upper}})
    {% endfor %}
    {% for one in r.selfs %}
    if changes.get("{{one.column}}") is not None:
        refuse_circle_by_{{one.name}}(database, {{r.id}}.id, changes["{{one.column}}"])
    {% endfor %}
    {% if r.per %}
    whole = {{r.id}}.model_dump() | changes
    must_exist(database, NAMED, {"{{r.per.column}}": whole["{{r.per.column}}"]}, alone="{{r.per.column}}")
    refuse_overlap(database, whole)
    {% endif %}
    {% if r.has_twins %}
    with conflict(TWIN):
        claim(database, {{r.id}}, body.version, changes)
    {% else %}
    claim(database, {{r.id}}, body.version, changes)
    {% endif %}
    database.commit()
    {% if cookiecutter.caches %}
    cache.forget()
    {% endif %}
    database.refresh({{r.id}})
    return {{r.model}}Read.model_validate({{r.id}})
{% endif %}
{% if "move" in ops %}
{% set op = ops["move"] %}


@router.put("/{ {{-r.id}}_id}/state", summary="Bring {{r.a}} into another state", {{ refusals(op) }})
def move_{{r.id}}({{r.id}}_id: {{r.model}}Id, body: {{r.model}}Move, {{ asked(op) }}database: Database{{ kept() }}) -> {{r.model}}Read:
    """Only from the state and the version that were read, and only to a state that may follow."""
    {{r.id}} = {{ r.looked(op) }}
    {% for one in r.gates %}
    must_be(database, models.{{one.target}}, {{r.id}}.{{one.column}}, WHILE_{{one.name|upper}})
    {% endfor %}
    if body.state not in models.{{r.constant}}_STEPS[{{r.id}}.state]:
        raise HTTPException(409, f"No {{r.words}} goes from {{ "{" }}{{r.id}}.state} to {body.state}.")
    {% if r.per and r.idle %}
    whole = {{r.id}}.model_dump() | {"state": body.state}
    must_exist(database, NAMED, {"{{r.per.column}}": whole["{{r.per.column}}"]}, alone="{{r.per.column}}")
    refuse_overlap(database, whole)
    {% endif %}
    claim(database, {{r.id}}, body.version, {"state": body.state})
    database.commit()
    {% if cookiecutter.caches %}
    cache.forget()
    {% endif %}
    database.refresh({{r.id}})
    return {{r.model}}Read.model_validate({{r.id}})
{% endif %}
{% if "delete" in ops %}
{% set op = ops["delete"] %}


@router.delete("/{ {{-r.id}}_id}", status_code=204, summary="Delete {{r.a}}", {{ refusals(op) }})
def delete_{{r.id}}({{r.id}}_id: {{r.model}}Id, {{ asked(op) }}database: Database{{ kept() }}) -> None:
    {{r.id}} = {{ r.looked(op) }}
    {% for one in r.gates %}
    must_be(database, models.{{one.target}}, {{r.id}}.{{one.column}}, WHILE_{{one.name|upper}})
    {% endfor %}
    {% if r.refusing %}
    with conflict("Something else still needs this {{r.words}}."):
        database.delete({{r.id}})
        database.commit()
    {% else %}
    database.delete({{r.id}})
    database.commit()
    {% endif %}
    {% if cookiecutter.caches %}
    cache.forget()
    {% endif %}
{% endif %}
{% if r.asks and "list" in ops %}


def asked_for(wanted: {{r.model}}Filter) -> SelectOfScalar[{{r.model}}]:
    statement = select({{r.model}})
    {% for one in r.filters %}
    if wanted.{{one.column}} is not None:
        statement = statement.where({{r.model}}.{{one.column}} == wanted.{{one.column}})
    {% endfor %}
    {% if r.by_state %}
    if wanted.state is not None:
        statement = statement.where({{r.model}}.state == wanted.state)
    {% endif %}
    {% if r.searched %}
    if wanted.search is not None:
        found = ({% for one in r.searched %}col({{r.model}}.{{one.column}}).startswith(wanted.search, autoescape=True), {% endfor %})
        statement = statement.where(or_(*found))
    {% endif %}
    {% if r.sorts %}
    return statement.order_by(*ORDERS[wanted.sort])
    {% else %}
    return statement.order_by(col({{r.model}}.created_at).desc(), col({{r.model}}.id).desc())
    {% endif %}
{% endif %}
{% if r.looks %}


def existing(database: Session, {{r.id}}_id: int) -> {{r.model}}:
    {{r.id}} = database.get({{r.model}}, {{r.id}}_id)
    if {{r.id}} is None:
        raise HTTPException(404, "There is no such {{r.words}}.")
    return {{r.id}}
{% endif %}
{% if r.hidden %}


def visible(database: Session, {{r.id}}_id: int, user: User) -> {{r.model}}:
    """One of another person is, to those who see only their own, as if it were not there."""
    {{r.id}} = existing(database, {{r.id}}_id)
    if user.role in OWN_READ and {{r.id}}.owner_id != user.id:
        raise HTTPException(404, "There is no such {{r.words}}.")
    return {{r.id}}
{% endif %}
{% if r.guards %}


def own({{r.id}}: {{r.model}}, user: User, only_own: frozenset[Role]) -> {{r.model}}:
    if user.role in only_own and {{r.id}}.owner_id != user.id:
        raise HTTPException(403, "Only its owner may do this to {{r.a}}.")
    return {{r.id}}
{% endif %}
{% if writes %}


def claim(database: Session, {{r.id}}: {{r.model}}, version: int, changes: dict[str, Any]) -> None:
    """Writes only if the version is still the one that was read, in one statement."""
    written = database.exec(
        update({{r.model}})
        .where(col({{r.model}}.id) == {{r.id}}.id, col({{r.model}}.version) == version)
        .values(version=version + 1, **changes)
        .execution_options(synchronize_session=False)
    )
    if written.rowcount != 1:
        raise HTTPException(409, "The {{r.words}} was changed meanwhile: read it again.")
{% endif %}
{% if "change" in ops %}
{% for one in r.selfs %}


def refuse_circle_by_{{one.name}}(database: Session, {{r.id}}_id: int, above_id: int) -> None:
    """One change at a time: two at once could close a circle that neither of them sees."""
    if database.get_bind().dialect.name == "postgresql":
        database.connection().execute(select(func.pg_advisory_xact_lock({{one.lock}})))
    start = select(col({{r.model}}.id), col({{r.model}}.{{one.column}})).where(col({{r.model}}.id) == above_id)
    above = start.cte("above", recursive=True)
    next_one = select(col({{r.model}}.id), col({{r.model}}.{{one.column}})).join(above, col({{r.model}}.id) == above.c.{{one.column}})
    above = above.union(next_one)
    found = database.connection().scalar(select(above.c.id).where(above.c.id == {{r.id}}_id))
    if found is not None:
        raise HTTPException(422, "`{{one.column}}` would put it below itself.")
{% endfor %}
{% endif %}
{% if checks_time %}


def refuse_overlap(database: Session, fields: dict[str, Any]) -> None:
    """Call it while the {{r.per.words}} is locked: no other one can be added to it meanwhile."""
    if fields["{{r.ends}}"] <= fields["{{r.begins}}"]:
        raise HTTPException(422, "`{{r.ends}}` must be after `{{r.begins}}`.")
    {% if r.idle %}
    if fields.get("state") in models.{{r.constant}}_IDLE:
        return
    {% endif %}
    other = select({{r.model}}.id).where(
        {{r.model}}.{{r.per.column}} == fields["{{r.per.column}}"],
        {{r.model}}.id != fields.get("id"),
        {{r.model}}.{{r.begins}} < fields["{{r.ends}}"],
        {{r.model}}.{{r.ends}} > fields["{{r.begins}}"],
        {% if r.idle %}
        col({{r.model}}.state).not_in(models.{{r.constant}}_IDLE),
        {% endif %}
    )
    if database.exec(other.limit(1)).first() is not None:
        raise HTTPException(409, "Another {{r.words}} has this time already.")
{% endif %}
