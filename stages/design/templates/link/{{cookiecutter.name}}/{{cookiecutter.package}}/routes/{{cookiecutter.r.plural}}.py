{% set r = cookiecutter.r %}
{% set ops = r.operations %}
{% set writes = "link" in ops or "unlink" in ops %}
{% set pkg = cookiecutter.package %}
{% set source, target = r.source, r.target %}
{% set one, other = r.source_column, r.column %}
{% macro asked(op) %}{% if op.is_open %}{% elif r.uses(op) %}user: May{{op.kind|capitalize}}, {% else %}_: May{{op.kind|capitalize}}, {% endif %}{% endmacro %}
{% macro refusals(op) %}responses=problems({{ r.statuses(op)|join(", ") }}){% if op.limits %}, dependencies=[{{ "visitor_within" if op.is_open else "within" }}({% for id in op.limits %}"{{id}}"{{ ", " if not loop.last }}{% endfor %})]{% endif %}{% endmacro %}
{% macro may(op) %}{% if r.uses(op) %}, user{% if op.own_roles %}, OWN_{{op.kind|upper}}{% endif %}{% endif %}{% endmacro %}
"""Which {{r.others}} go with {{source.a}}, and who may say so? One pair of ids each, and each pair once."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from pydantic import TypeAdapter
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from {{pkg}}.cache import CachePart
from {{pkg}}.columns import LARGEST_ID
from {{pkg}}.database import Database
from {{pkg}}.identity import Anyone, one_of
from {{pkg}}.models import {{r.model}}, {{source.model}}, {{target.model}}, Role, User
from {{pkg}}.problems import problems
from {{pkg}}.rate_limits import visitor_within, within
from {{pkg}}.schemas import {{target.listed}}, Page, Paged

router = APIRouter(prefix="{{r.prefix}}", tags=["{{source.plural}}"])
{{source.model}}Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Linked{{target.model}}Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]
{% if writes %}
Kept = dict[str, bool] | None
# a row that stays until the commit, and that others may link as well
KEPT: Kept = {"key_share": True, "read": True}
{% endif %}
{% for op in r.ops if not op.is_open %}
{% if op.whole %}
May{{op.kind|capitalize}} = Anyone
{% else %}
May{{op.kind|capitalize}} = Annotated[User, Depends(one_of({% for role in op.allowed %}Role.{{role|upper}}{{ ", " if not loop.last }}{% endfor %}))]
{% endif %}
{% endfor %}
{% for op in r.ops if op.own_roles %}
{% if loop.first %}
# roles that work on the {{r.others}} of their own {{source.many}} alone
{% endif %}
OWN_{{op.kind|upper}} = frozenset({ {%- for role in op.own_roles %}Role.{{role|upper}}{{ ", " if not loop.last }}{% endfor -%} })
{% endfor %}
{% if r.hidden %}
# roles to which {{source.a}} of another person is as if it were not there
HIDDEN = frozenset({ {%- for role in r.hidden %}Role.{{role|upper}}{{ ", " if not loop.last }}{% endfor -%} })
{% endif %}
{% if r.theirs %}
# roles that see only their own {{target.many}}
THEIRS = frozenset({ {%- for role in r.theirs %}Role.{{role|upper}}{{ ", " if not loop.last }}{% endfor -%} })
{% endif %}
{% if "listed" in ops %}
{% set op = ops["listed"] %}
{% if op.cache %}
PAGE = TypeAdapter(Paged[{{target.listed}}])
{% endif %}


@router.get("", summary="List the {{r.others}} of {{source.a}}, newest first", {{ refusals(op) }})
def list_{{r.plural}}({{one}}: {{source.model}}Id, page: Annotated[Page, Query()], {{ asked(op) }}database: Database{% if op.cache %}, cache: CachePart{% endif %}) -> Paged[{{target.listed}}]:
    {{source.id}}_of(database, {{one}}{{may(op)}})
    statement = (
        select({{target.model}})
        .join({{r.model}}, col({{r.model}}.{{other}}) == col({{target.model}}.id))
        .where({{r.model}}.{{one}} == {{one}})
        .order_by(col({{target.model}}.id).desc())
    )
    {% if r.theirs and not op.is_open %}
    if user.role in THEIRS:
        statement = statement.where({{target.model}}.owner_id == user.id)
    {% endif %}
    {% if op.cache %}

    def load() -> Paged[{{target.listed}}]:
        found = database.exec(statement.limit(page.limit).offset(page.offset))
        items = [{{target.listed}}.model_validate({{target.id}}) for {{target.id}} in found]
        return Paged(items=items, limit=page.limit, offset=page.offset)

    question = f"{{op.endpoint|replace("{", "{{")|replace("}", "}}")}} {% if r.uses(op) %}{user.role} {user.id} {% endif %}{ {{-one}}} {page.model_dump_json()}"
    return cache.remember(question, PAGE, load, {{op.cache}})
    {% else %}
    found = database.exec(statement.limit(page.limit).offset(page.offset))
    items = [{{target.listed}}.model_validate({{target.id}}) for {{target.id}} in found]
    return Paged(items=items, limit=page.limit, offset=page.offset)
    {% endif %}
{% endif %}
{% if "link" in ops %}
{% set op = ops["link"] %}


@router.put("/{ {{-other}}}", status_code=204, summary="Link {{r.one}} to {{source.a}}", {{ refusals(op) }})
def link_{{r.id}}({{one}}: {{source.model}}Id, {{other}}: Linked{{target.model}}Id, {{ asked(op) }}database: Database{% if cookiecutter.caches %}, cache: CachePart{% endif %}) -> None:
    {{source.id}}_of(database, {{one}}{{may(op)}}, lock=KEPT)
    {{target.id}}_to_link(database, {{other}}{% if r.theirs and not op.is_open %}, user{% endif %})
    {% if r.with_itself %}
    if {{one}} == {{other}}:
        raise HTTPException(422, "It cannot be linked to itself.")
    {% endif %}
    if database.get({{r.model}}, ({{one}}, {{other}})) is not None:
        return
    database.add({{r.model}}({{one}}={{one}}, {{other}}={{other}}))
    try:
        database.commit()
    except IntegrityError:
        # both are kept from being deleted, so somebody else has just linked them
        database.rollback()
    {% if cookiecutter.caches %}
    cache.forget()
    {% endif %}
{% endif %}
{% if "unlink" in ops %}
{% set op = ops["unlink"] %}


@router.delete("/{ {{-other}}}", status_code=204, summary="Take {{r.one}} off {{source.a}}", {{ refusals(op) }})
def unlink_{{r.id}}({{one}}: {{source.model}}Id, {{other}}: Linked{{target.model}}Id, {{ asked(op) }}database: Database{% if cookiecutter.caches %}, cache: CachePart{% endif %}) -> None:
    {{source.id}}_of(database, {{one}}{{may(op)}}, lock=KEPT)
    {{target.id}}_to_link(database, {{other}}{% if r.theirs and not op.is_open %}, user{% endif %})
    pair = database.get({{r.model}}, ({{one}}, {{other}}), with_for_update=True)
    if pair is None:
        raise HTTPException(404, "They are not linked.")
    database.delete(pair)
    database.commit()
    {% if cookiecutter.caches %}
    cache.forget()
    {% endif %}
{% endif %}
{% set asks = r.ops|selectattr("is_open", "equalto", False)|list %}
{% set needs = namespace(user=False, own=False) %}
{% for op in r.ops if r.uses(op) %}{% set needs.user = True %}{% if op.own_roles %}{% set needs.own = True %}{% endif %}{% endfor %}


def {{source.id}}_of(database: Session, {{one}}: int{% if needs.user %}, user: User{% if asks|length < r.ops|length %} | None = None{% endif %}{% if needs.own %}, only_own: frozenset[Role] = frozenset(){% endif %}{% endif %}{% if writes %}, *, lock: Kept = None{% endif %}) -> None:
    """It is there, and the caller may work on it."""
    {{source.id}} = database.get({{source.model}}, {{one}}{% if writes %}, with_for_update=lock{% endif %})
    {% if r.hidden and needs.user %}
    if {{source.id}} is None or (user.role in HIDDEN and {{source.id}}.owner_id != user.id):
        raise HTTPException(404, "There is no such {{source.words}}.")
    {% else %}
    if {{source.id}} is None:
        raise HTTPException(404, "There is no such {{source.words}}.")
    {% endif %}
    {% if needs.own %}
    if {% if asks|length < r.ops|length %}user and {% endif %}user.role in only_own and {{source.id}}.owner_id != user.id:
        raise HTTPException(403, "Only its owner may do this to {{source.a}}.")
    {% endif %}
{% if "link" in ops or "unlink" in ops %}


def {{target.id}}_to_link(database: Session, {{other}}: int{% if r.theirs %}, user: User{% endif %}) -> None:
    {{target.id}} = database.get({{target.model}}, {{other}}, with_for_update=KEPT)
    {% if r.theirs %}
    if {{target.id}} is None or (user.role in THEIRS and {{target.id}}.owner_id != user.id):
    {% else %}
    if {{target.id}} is None:
    {% endif %}
        raise HTTPException(404, "There is no such {{target.words}}.")
{% endif %}
