{% set r = cookiecutter.r %}
{% set ops = r.operations %}
{% set people = cookiecutter.people %}
{% set key = r.key %}
{% macro who(op) %}{% if op.is_open %}visitor{% else %}{{people[op.first]}}{% endif %}{% endmacro %}
{% macro made(op, extra="") %}rows.{{r.row}}(database{% if (r.owned and not op.is_open and op.first in op.own_roles + r.hidden) or (op.first and r.bound(op)) %}, owner_id={{people[op.first]}}.id{% endif %}{{extra}}){% endmacro %}
{% macro of(who) %}{% if r.kept %}, owner_id={{who}}.id{% endif %}{% endmacro %}
{% macro mine(who) %}{% if r.owned or r.kept %}, owner_id={{who}}.id{% endif %}{% endmacro %}
{% macro good(op) %}good(database{% if not op.is_open %}{{of(who(op))}}{% endif %}){% endmacro %}
{% macro watched(op) %}{{who(op)}}.get("{{r.path}}"){% endmacro %}
"""Do {{r.many}} keep what spec.yaml promises of them?"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from pydantic_core import to_jsonable_python
from fakeredis import FakeRedis
from fastapi import FastAPI
from sqlalchemy import func, update
from sqlmodel import Session, select

from {{cookiecutter.package}}.models import {{r.model}}, Role
from {{cookiecutter.package}}.cache import Cache
from {{cookiecutter.package}}.redis_guard import RedisGuard
from tests import rows
from tests.conftest import Counted, Person, SignUp

PATH = "{{r.path}}"


def count(database: Session) -> int:
    database.rollback()
    return database.exec(select(func.count()).select_from({{r.model}})).one()


def as_stored(database: Session, {{r.id}}_id: int) -> dict[str, Any] | None:
    """What the database has of it now, whoever wrote it."""
    database.rollback()
    database.expire_all()
    {{r.id}} = database.get({{r.model}}, {{r.id}}_id)
    return {{r.id}}.model_dump() if {{r.id}} else None


def good(database: Session, **changes: Any) -> dict[str, Any]:
    sent: dict[str, Any] = to_jsonable_python(rows.{{r.id}}_fields(database, **changes))
    return sent
{% if "list" in ops %}
{% set op = ops["list"] %}


@pytest.mark.requirement("AC-{{key}}-LIST-1")
def test_each_is_on_one_page_newest_first(database: Session, {{who(op)}}: Person) -> None:
    made = [{{made(op)}}.id for _ in range(3)]
    pages = [{{who(op)}}.get(PATH, limit=1, offset=offset).json() for offset in range(4)]
    listed = [[{{r.id}}["id"] for {{r.id}} in page["items"]] for page in pages]
    assert listed == [[made[2]], [made[1]], [made[0]], []]
{% if r.has_secrets %}


def test_a_list_shows_nothing_that_is_sensitive(database: Session, {{who(op)}}: Person) -> None:
    {{made(op)}}
    shown = {{who(op)}}.get(PATH).json()["items"][0]
    assert set(shown).isdisjoint({ {%- for one in r.fields if one.kind.sensitive %}"{{one.column}}"{{ ", " if not loop.last }}{% endfor -%} })
{% endif %}
{% if r.filters or r.by_state %}


@pytest.mark.requirement("AC-{{key}}-FILTER-1")
def test_a_list_can_be_narrowed(database: Session, {{who(op)}}: Person) -> None:
    {% for one in r.filters %}
    {% if one.type == "reference" %}
    {{ made(op) }}
    wanted = {% if one in r.selfs %}{{ made(op, ', ' ~ one.column ~ '=' ~ made(op) ~ '.id') }}{% else %}{{ made(op) }}{% endif %}

    {% elif one.type == "choice" %}
    {{ made(op, ', ' ~ one.column ~ '="' ~ one.values[0] ~ '"') }}
    wanted = {{ made(op, ', ' ~ one.column ~ '="' ~ one.values[1] ~ '"') }}
    {% elif one.type == "boolean" %}
    {{ made(op, ', ' ~ one.column ~ '=False') }}
    wanted = {{ made(op, ', ' ~ one.column ~ '=True') }}
    {% else %}
    {{ made(op) }}
    wanted = {{ made(op) }}
    {% endif %}
    found = {{who(op)}}.get(PATH, {{one.column}}=to_jsonable_python(wanted.{{one.column}})).json()["items"]
    {% if one.type != "reference" %}
    assert wanted.id in [{{r.id}}["id"] for {{r.id}} in found]
    assert { {{r.id}}["{{one.column}}"] for {{r.id}} in found} == {to_jsonable_python(wanted.{{one.column}})}
    {% else %}
    assert [{{r.id}}["id"] for {{r.id}} in found] == [wanted.id]
    {% endif %}
    {% endfor %}
    {% if r.by_state %}
    moved = {{ made(op, ', state="' ~ (r.states|list)[-1] ~ '"') }}
    found = {{who(op)}}.get(PATH, state="{{ (r.states|list)[-1] }}").json()["items"]
    assert [{{r.id}}["id"] for {{r.id}} in found] == [moved.id]
    assert {{who(op)}}.get(PATH, state="no such state").status_code == 422
    {% endif %}
{% endif %}
{% if r.sorts %}


@pytest.mark.requirement("AC-{{key}}-SORT-1")
@pytest.mark.parametrize("name", [{% for one in r.sorts %}"{{one.column}}"{{ ", " if not loop.last }}{% endfor %}])
def test_a_list_can_be_ordered(database: Session, {{who(op)}}: Person, name: str) -> None:
    for _ in range(3):
        {{made(op)}}
    up = {{who(op)}}.get(PATH, sort=name).json()["items"]
    down = {{who(op)}}.get(PATH, sort=f"-{name}").json()["items"]
    keys = [({{r.id}}[name], {{r.id}}["id"]) for {{r.id}} in up]
    assert keys == sorted(keys)
    assert [{{r.id}}["id"] for {{r.id}} in down] == [{{r.id}}["id"] for {{r.id}} in reversed(up)]
{% endif %}
{% if r.searched %}


@pytest.mark.requirement("AC-{{key}}-SEARCH-1")
def test_a_list_can_be_searched(database: Session, {{who(op)}}: Person) -> None:
    {% for one in r.searched if one.capacity > 1000 %}
    {{ made(op) }}
    wanted = {{ made(op) }}
    part = str(wanted.{{one.column}})
    assert [{{r.id}}["id"] for {{r.id}} in {{who(op)}}.get(PATH, search=part).json()["items"]] == [wanted.id]
    {% endfor %}
    assert {{who(op)}}.get(PATH, search="%").json()["items"] == []
{% endif %}
{% endif %}
{% if "add" in ops %}
{% set op = ops["add"] %}


@pytest.mark.requirement("AC-{{key}}-ADD-1")
def test_what_is_added_is_stored(database: Session, {{who(op)}}: Person) -> None:
    sent = {{good(op)}}
    answer = {{who(op)}}.post(PATH, **sent)
    {{r.id}} = answer.json()
    assert answer.status_code == 201
    {% if "read" in ops %}
    assert answer.headers["Location"] == f"{PATH}/{ {{-r.id}}['id']}"
    {% endif %}
    assert { name: {{r.id}}[name] for name in sent} == sent
    assert {{r.id}}["version"] == 1
    {% if r.owned %}
    assert {{r.id}}["owner_id"] == {{who(op)}}.id
    {% endif %}
    {% if r.states %}
    assert {{r.id}}["state"] == "{{r.first_state}}"
    {% endif %}
    assert as_stored(database, {{r.id}}["id"]) is not None
{% endif %}
{% if "read" in ops %}
{% set op = ops["read"] %}


@pytest.mark.requirement("AC-{{key}}-READ-1")
def test_one_can_be_read(database: Session, {{who(op)}}: Person) -> None:
    {{r.id}} = {{made(op)}}
    answer = {{who(op)}}.get(f"{PATH}/{ {{-r.id}}.id}")
    shown = answer.json()
    assert answer.status_code == 200
    assert (shown["id"], shown["version"]) == ({{r.id}}.id, 1)
    assert shown == to_jsonable_python({{r.id}}.model_dump())
{% endif %}
{% if "change" in ops %}
{% set op = ops["change"] %}


@pytest.mark.requirement("AC-{{key}}-CHANGE-1")
def test_one_can_be_changed(database: Session, {{who(op)}}: Person) -> None:
    {{r.id}} = {{made(op)}}
    sent = {{good(op)}}
    answer = {{who(op)}}.patch(f"{PATH}/{ {{-r.id}}.id}", version=1, **sent)
    changed = answer.json()
    assert answer.status_code == 200
    assert {name: changed[name] for name in sent} == sent
    assert changed["version"] == 2
    stored = to_jsonable_python(as_stored(database, {{r.id}}.id))
    assert {name: stored[name] for name in sent} == sent


@pytest.mark.requirement("AC-{{key}}-VERSION-1")
def test_of_eight_changes_at_once_one_is_stored(database: Session, {{who(op)}}: Person) -> None:
    {{r.id}} = {{made(op)}}
    path = f"{PATH}/{ {{-r.id}}.id}"

    def change(_: int) -> int:
        return {{who(op)}}.patch(path, version=1).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(change, range(8)))
    assert statuses == [200] + [409] * 7
    stored = as_stored(database, {{r.id}}.id)
    assert stored is not None
    assert stored["version"] == 2
{% endif %}
{% if "move" in ops %}
{% set op = ops["move"] %}
{% if r.move %}


@pytest.mark.requirement("AC-{{key}}-MOVE-1")
def test_one_moves_to_a_state_that_may_follow(database: Session, {{who(op)}}: Person) -> None:
    {{r.id}} = {{made(op)}}
    answer = {{who(op)}}.put(f"{PATH}/{ {{-r.id}}.id}/state", version=1, state="{{r.move[1]}}")
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["version"]) == ("{{r.move[1]}}", 2)
    stored = as_stored(database, {{r.id}}.id)
    assert stored is not None
    assert stored["state"] == "{{r.move[1]}}"


def test_a_move_from_an_old_version_is_refused(database: Session, {{who(op)}}: Person) -> None:
    {{r.id}} = {{made(op)}}
    answer = {{who(op)}}.put(f"{PATH}/{ {{-r.id}}.id}/state", version=9, state="{{r.move[1]}}")
    assert answer.status_code == 409
{% endif %}


@pytest.mark.requirement("AC-{{key}}-STEP-1")
@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        {% for state, after in r.states.items() %}
        {% for wanted in r.states if wanted not in after %}
        ("{{state}}", "{{wanted}}"),
        {% endfor %}
        {% endfor %}
    ],
)
def test_one_moves_to_no_other_state(database: Session, {{who(op)}}: Person, state: str, wanted: str) -> None:
    {{r.id}} = {{ made(op, ", state=state") }}
    answer = {{who(op)}}.put(f"{PATH}/{ {{-r.id}}.id}/state", version=1, state=wanted)
    assert answer.status_code == 409
    stored = as_stored(database, {{r.id}}.id)
    assert stored is not None
    assert (stored["state"], stored["version"]) == (state, 1)
{% endif %}
{% if "delete" in ops %}
{% set op = ops["delete"] %}


@pytest.mark.requirement("AC-{{key}}-DELETE-1")
def test_one_can_be_deleted(database: Session, {{who(op)}}: Person) -> None:
    {{r.id}} = {{made(op)}}
    assert {{who(op)}}.delete(f"{PATH}/{ {{-r.id}}.id}").status_code == 204
    assert as_stored(database, {{r.id}}.id) is None
{% if r.refusing %}


@pytest.mark.requirement("AC-{{key}}-USED-1")
def test_one_in_use_is_kept(database: Session, {{who(op)}}: Person) -> None:
    {% for chain in r.chains %}
    {{r.id}} = {{made(op)}}
    {% for use in chain %}
    {{ "" if loop.last else use.by ~ " = " }}rows.{{cookiecutter.row_of[use.by]}}(database, {{use.column}}={{ r.id if loop.first else loop.previtem.by }}.id)
    {% endfor %}
    assert {{who(op)}}.delete(f"{PATH}/{ {{-r.id}}.id}").status_code == 409
    assert as_stored(database, {{r.id}}.id) is not None
    {% endfor %}
{% endif %}
{% for use in r.users if use.rule != "refuse" %}


def test_{{use.by}}_{{use.column}}_follows_a_deletion(database: Session, {{who(op)}}: Person) -> None:
    {{r.id}} = {{made(op)}}
    other = rows.{{cookiecutter.row_of[use.by]}}(database, {{use.column}}={{r.id}}.id)
    other_id = {% if use.key|length > 1 %}({% for one in use.key %}other.{{one}}{{ ", " if not loop.last }}{% endfor %}){% else %}other.id{% endif %}

    assert {{who(op)}}.delete(f"{PATH}/{ {{-r.id}}.id}").status_code == 204
    database.rollback()
    database.expire_all()
    {% if use.rule == "remove" %}
    assert database.get(type(other), other_id) is None
    {% else %}
    assert database.get_one(type(other), other_id).{{use.column}} is None
    {% endif %}
{% endfor %}
{% endif %}
{% if r.item_ops %}


@pytest.mark.requirement("AC-{{key}}-MISSING-1")
def test_what_is_not_there_is_missed(sign_up: SignUp) -> None:
    path = f"{PATH}/{rows.NO_ID}"
    {% for op in r.item_ops %}
    answer = sign_up(Role.{{(op.first or cookiecutter.weakest)|upper}}).{{ r.tried(op) }}
    assert answer.status_code == 404
    {% endfor %}
{% endif %}
{% if r.written %}


@pytest.mark.requirement("AC-{{key}}-INVALID-1")
@pytest.mark.parametrize(
    "wrong",
    [
        {"unknown_field": 1},
        {% if "add" in ops or "change" in ops %}
        {% for one in r.fields %}
        {% for value in one.wrong %}
        {"{{one.column}}": {{value}}},
        {% endfor %}
        {% endfor %}
        {% endif %}
    ],
)
def test_wrong_values_are_refused(database: Session, sign_up: SignUp, wrong: dict[str, Any]) -> None:
    {% if "add" in ops %}
    {% set op = ops["add"] %}
    adder = sign_up(Role.{{(op.first or cookiecutter.weakest)|upper}})
    sent = good(database{{of("adder")}})
    before = count(database)
    answer = adder.post(PATH, **(sent | wrong))
    assert answer.status_code == 422
    assert count(database) == before
    {% endif %}
    {% if "change" in ops %}
    {% set op = ops["change"] %}
    changer = sign_up(Role.{{(op.first or cookiecutter.weakest)|upper}})
    {{r.id}} = rows.{{r.row}}(database{{mine("changer")}})
    path = f"{PATH}/{ {{-r.id}}.id}"
    assert changer.patch(path, **({"version": 1} | wrong)).status_code == 422
    assert changer.patch(path).status_code == 422
    stored = as_stored(database, {{r.id}}.id)
    assert stored is not None
    assert stored["version"] == 1
    {% endif %}
    {% if "move" in ops and "add" not in ops and "change" not in ops %}
    {% set op = ops["move"] %}
    mover = sign_up(Role.{{(op.first or cookiecutter.weakest)|upper}})
    {{r.id}} = rows.{{r.row}}(database{{mine("mover")}})
    sent = {"version": 1, "state": "{{r.first_state}}"}
    assert mover.put(f"{PATH}/{ {{-r.id}}.id}/state", **(sent | wrong)).status_code == 422
    {% endif %}
{% endif %}
{% if r.closed %}


@pytest.mark.requirement("AC-{{key}}-ROLES-1")
@pytest.mark.parametrize(
    ("role", "method", "below"),
    [
        {% for op in r.closed %}
        {% for role in op.refused %}
        (Role.{{role|upper}}, "{{op.method}}", "{{op.below}}"),
        {% endfor %}
        {% endfor %}
    ],
)
def test_other_roles_are_refused(database: Session, sign_up: SignUp, role: Role, method: str, below: str) -> None:
    {{r.id}}_id = rows.{{r.row}}(database).id
    before = as_stored(database, {{r.id}}_id)
    bodies: dict[str, Any] = { {%- for place, body in r.tries.items() %}"{{place}}": {{body}}{{ ", " if not loop.last }}{% endfor -%} }
    path = f"{PATH}{below}".replace("ID", str({{r.id}}_id))
    answer = sign_up(role).call(method, path, json=bodies.get(f"{method} {below}"))
    assert answer.status_code == 403
    assert as_stored(database, {{r.id}}_id) == before
    assert count(database) == 1
{% endif %}
{% if r.own_ops %}


@pytest.mark.requirement("AC-{{key}}-OWN-1")
@pytest.mark.parametrize("role", [{% for role in r.own_roles %}Role.{{role|upper}}{{ ", " if not loop.last }}{% endfor %}])
def test_what_others_own_is_protected(database: Session, sign_up: SignUp, role: Role) -> None:
    {{r.id}} = rows.{{r.row}}(database)
    before = as_stored(database, {{r.id}}.id)
    path = f"{PATH}/{ {{-r.id}}.id}"
    caller = sign_up(role)
    {% for op in r.own_ops %}
    {% if op.own_roles|length < r.own_roles|length %}
    if role in { {%- for one in op.own_roles %}Role.{{one|upper}}{{ ", " if not loop.last }}{% endfor -%} }:
    {% set pad = "        " %}
    {% else %}
    {% set pad = "    " %}
    {% endif %}
    {% if op.kind == "list" %}
{{pad}}assert caller.get(PATH).json()["items"] == []
    {% else %}
{{pad}}assert caller.{{ r.tried(op) }}.status_code {{ r.others_get(op) }}
    {% endif %}
    {% endfor %}
    assert as_stored(database, {{r.id}}.id) == before
    {% if "list" in ops and ops["list"].own_roles %}
    mine = rows.{{r.row}}(database, owner_id=caller.id)
    assert mine.id in [{{r.id}}["id"] for {{r.id}} in caller.get(PATH).json()["items"]]
    {% endif %}
{% endif %}
{% if r.has_twins and ("add" in ops or "change" in ops) %}


@pytest.mark.requirement("AC-{{key}}-TWIN-1")
def test_twins_are_refused(database: Session, sign_up: SignUp) -> None:
    {% for group in r.twin_groups %}
    {% if "add" in ops %}
    {% set op = ops["add"] %}
    adder = sign_up(Role.{{(op.first or cookiecutter.weakest)|upper}})
    first = rows.{{r.row}}(database{{of("adder")}})
    same = to_jsonable_python({ {%- for column in group %}"{{column}}": first.{{column}}{{ ", " if not loop.last }}{% endfor -%} })
    before = count(database)
    assert adder.post(PATH, **(good(database{{of("adder")}}) | same)).status_code == 409
    assert count(database) == before
    {% endif %}
    {% if "change" in ops %}
    {% set op = ops["change"] %}
    changer = sign_up(Role.{{(op.first or cookiecutter.weakest)|upper}})
    {% if r.kept or "add" not in ops %}
    first = rows.{{r.row}}(database{{of("changer")}})
    same = to_jsonable_python({ {%- for column in group %}"{{column}}": first.{{column}}{{ ", " if not loop.last }}{% endfor -%} })
    {% endif %}
    second = rows.{{r.row}}(database{{mine("changer")}})
    assert changer.patch(f"{PATH}/{second.id}", version=1, **same).status_code == 409
    stored = as_stored(database, second.id)
    assert stored is not None
    assert stored["version"] == 1
    {% endif %}
    {% endfor %}
{% endif %}
{% if r.references and ("add" in ops or "change" in ops) %}


@pytest.mark.requirement("AC-{{key}}-NAMED-1")
@pytest.mark.parametrize("name", [{% for one in r.references %}"{{one.column}}"{{ ", " if not loop.last }}{% endfor %}])
def test_what_is_named_must_be_there(database: Session, sign_up: SignUp, name: str) -> None:
    {% if "add" in ops %}
    {% set op = ops["add"] %}
    adder = sign_up(Role.{{(op.first or cookiecutter.weakest)|upper}})
    before = count(database)
    assert adder.post(PATH, **(good(database{{of("adder")}}) | {name: rows.NO_ID})).status_code == 422
    assert count(database) == before
    {% endif %}
    {% if "change" in ops %}
    {% set op = ops["change"] %}
    changer = sign_up(Role.{{(op.first or cookiecutter.weakest)|upper}})
    {{r.id}} = rows.{{r.row}}(database{{mine("changer")}})
    assert changer.patch(f"{PATH}/{ {{-r.id}}.id}", version=1, **{name: rows.NO_ID}).status_code == 422
    {% endif %}
{% endif %}
{% for op in r.ops if r.bound(op) %}


@pytest.mark.requirement("AC-{{key}}-THEIRS-1")
@pytest.mark.parametrize(
    ("role", "name"),
    [
        {% for column, roles in r.bound(op).items() %}
        {% for role in roles %}
        (Role.{{role|upper}}, "{{column}}"),
        {% endfor %}
        {% endfor %}
    ],
)
def test_{{op.kind}}_names_nothing_of_others(database: Session, sign_up: SignUp, role: Role, name: str) -> None:
    caller = sign_up(role)
    {% if r.selfs %}
    others = {% raw %}{{% endraw %}{% for one in r.selfs %}"{{one.column}}": rows.{{r.row}}(database).id{{ ", " if not loop.last }}{% endfor %}{% raw %}}{% endraw %}

    theirs = {name: (good(database) | others)[name]}
    {% else %}
    theirs = {name: good(database)[name]}
    {% endif %}
    {% if op.kind == "add" %}
    sent = good(database, owner_id=caller.id)
    before = count(database)
    assert caller.post(PATH, **(sent | theirs)).status_code == 422
    assert count(database) == before
    assert caller.post(PATH, **sent).status_code == 201
    {% else %}
    {{r.id}} = rows.{{r.row}}(database, owner_id=caller.id)
    before = as_stored(database, {{r.id}}.id)
    assert caller.patch(f"{PATH}/{ {{-r.id}}.id}", version=1, **theirs).status_code == 422
    assert as_stored(database, {{r.id}}.id) == before
    {% endif %}
{% endfor %}
{% if r.gates %}
{% for gate in r.gates %}
{% for op in r.ops if op.kind not in ("list", "read") %}


@pytest.mark.requirement("AC-{{key}}-WHILE-1")
@pytest.mark.parametrize("state", [{% for state in cookiecutter.states_of[gate.kind.to] if state not in gate.kind.when %}"{{state}}"{{ ", " if not loop.last }}{% endfor %}])
def test_{{op.kind}}_waits_for_the_state_of_the_{{gate.name}}(database: Session, sign_up: SignUp, state: str) -> None:
    caller = sign_up(Role.{{(op.first or cookiecutter.weakest)|upper}})
    named = rows.{{cookiecutter.row_of[gate.kind.to]}}(database{% if gate.column in r.kept or cookiecutter.personal[gate.kind.to] %}, owner_id=caller.id{% endif %}, state=state)
    {% if op.kind == "add" %}
    sent = good(database{{of("caller")}}, {{gate.column}}=named.id)
    before = count(database)
    assert caller.post(PATH, **sent).status_code == 409
    assert count(database) == before
    {% else %}
    {{r.id}} = rows.{{r.row}}(database{{mine("caller")}}, {{gate.column}}=named.id)
    before = as_stored(database, {{r.id}}.id)
    path = f"{PATH}/{ {{-r.id}}.id}"
    assert caller.{{ r.tried(op) }}.status_code == 409
    assert as_stored(database, {{r.id}}.id) == before
    {% endif %}
{% endfor %}
{% endfor %}
{% endif %}
{% if r.selfs and "change" in ops %}
{% set op = ops["change"] %}


@pytest.mark.requirement("AC-{{key}}-CIRCLE-1")
@pytest.mark.parametrize("name", [{% for one in r.selfs %}"{{one.column}}"{{ ", " if not loop.last }}{% endfor %}])
def test_none_is_put_below_itself(database: Session, {{who(op)}}: Person, name: str) -> None:
    upper = {{made(op)}}
    middle = {{made(op, ", **{name: upper.id}")}}
    lower = {{made(op, ", **{name: middle.id}")}}
    path = f"{PATH}/{upper.id}"
    for other in (upper, middle, lower):
        assert {{who(op)}}.patch(path, **{"version": 1, name: other.id}).status_code == 422
    stored = as_stored(database, upper.id)
    assert stored is not None
    assert (stored[name], stored["version"]) == (None, 1)
    other_path = f"{PATH}/{lower.id}"
    assert {{who(op)}}.patch(other_path, **{"version": 1, name: upper.id}).status_code == 200
{% endif %}
{% for op in r.ops if op.cache %}
{% set first = namespace(done=false) %}
{% if op.kind in ("list", "read") %}


{% if loop.first %}
@pytest.mark.requirement("AC-{{key}}-CACHE-1")
{% endif %}
def test_{{op.kind}}_is_kept_until_something_is_written(app: FastAPI, database: Session, {{who(op)}}: Person) -> None:
    kept = Cache(RedisGuard(FakeRedis(decode_responses=True), 0))
    app.state.cache = kept
    {{ "" if op.kind == "list" else r.id ~ " = " }}{{made(op)}}
    path = PATH{% if op.kind == "read" %} + f"/{ {{-r.id}}.id}"{% endif %}

    before = {{who(op)}}.get(path).json()
    with app.state.engine.begin() as connection:
        connection.execute(update({{r.model}}).values(version=7))
    assert {{who(op)}}.get(path).json() == before
    kept.forget()
    after = {{who(op)}}.get(path).json()
    assert after != before
    assert "7" in str(after)
{% endif %}
{% endfor %}
{% if cookiecutter.caches and r.written %}


def test_each_write_forgets_what_is_kept(app: FastAPI, database: Session, sign_up: SignUp) -> None:
    kept = Cache(RedisGuard(FakeRedis(decode_responses=True), 0))
    app.state.cache = kept
    {% for op in r.ops if op.kind not in ("list", "read") and (op.kind != "move" or r.move) %}
    caller = sign_up(Role.{{(op.first or cookiecutter.weakest)|upper}})
    key = kept._key("q")
    {% if op.kind == "add" %}
    assert caller.post(PATH, **good(database{{of("caller")}})).status_code == 201
    {% else %}
    {{r.id}} = rows.{{r.row}}(database{{mine("caller")}})
    path = f"{PATH}/{ {{-r.id}}.id}"
    assert caller.{{ r.tried(op) }}.status_code < 300
    {% endif %}
    assert kept._key("q") != key
    {% endfor %}
{% endif %}
{% for op in r.ops if op.limits %}


@pytest.mark.requirement("AC-{{key}}-LIMIT-1")
def test_{{op.kind}}_is_answered_as_often_as_agreed({% if op.is_open %}visitor: Person{% else %}sign_up: SignUp{% endif %}, counted: Counted) -> None:
    {% for id in op.limits %}
    {% if op.is_open %}
    counted("{{id}}", visitor, "{{op.method}}", f"{PATH}{{op.below|replace("ID", "{rows.NO_ID}")}}")
    {% else %}
    caller = sign_up(Role.{{(cookiecutter.limit_roles[id] or op.first or cookiecutter.weakest)|upper}})
    counted("{{id}}", caller, "{{op.method}}", f"{PATH}{{op.below|replace("ID", "{rows.NO_ID}")}}")
    {% endif %}
    {% endfor %}
{% endfor %}
{% if r.per and ("add" in ops or "change" in ops) %}


@pytest.mark.requirement("AC-{{key}}-APART-1")
def test_two_do_not_overlap_in_time(database: Session, sign_up: SignUp) -> None:
    {% if "add" in ops %}
    {% set op = ops["add"] %}
    adder = sign_up(Role.{{(op.first or cookiecutter.weakest)|upper}})
    {% endif %}
    first = rows.{{r.row}}(database{% if "add" in ops %}{{of("adder")}}{% endif %})
    later = to_jsonable_python(
        {
            "{{r.per.column}}": first.{{r.per.column}},
            "{{r.begins}}": first.{{r.begins}} + timedelta(minutes=30),
            "{{r.ends}}": first.{{r.ends}} + timedelta(minutes=30),
        }
    )
    after = later | to_jsonable_python(
        {"{{r.begins}}": first.{{r.ends}}, "{{r.ends}}": first.{{r.ends}} + timedelta(minutes=30)}
    )
    backwards = later | {"{{r.ends}}": later["{{r.begins}}"]}
    {% if "add" in ops %}
    assert adder.post(PATH, **(good(database{{of("adder")}}) | later)).status_code == 409
    assert adder.post(PATH, **(good(database{{of("adder")}}) | backwards)).status_code == 422
    assert count(database) == 1
    assert adder.post(PATH, **(good(database{{of("adder")}}) | after)).status_code == 201
    {% endif %}
    {% if "change" in ops %}
    {% set op = ops["change"] %}
    changer = sign_up(Role.{{(op.first or cookiecutter.weakest)|upper}})
    {{r.id}} = rows.{{r.row}}(database{{mine("changer")}})
    {% if r.kept %}
    taken = rows.{{r.row}}(database{{mine("changer")}})
    later = {name: to_jsonable_python(getattr(taken, name)) for name in later}
    {% endif %}
    assert changer.patch(f"{PATH}/{ {{-r.id}}.id}", version=1, **later).status_code == 409
    {% endif %}
    {% if r.idle %}
    idle = rows.{{r.row}}(database{% if "add" in ops %}{{of("adder")}}{% endif %}, state="{{r.idle[0]}}")
    free = to_jsonable_python(
        {"{{r.per.column}}": idle.{{r.per.column}}, "{{r.begins}}": idle.{{r.begins}}, "{{r.ends}}": idle.{{r.ends}}}
    )
    {% if "add" in ops %}
    assert adder.post(PATH, **(good(database{{of("adder")}}) | free)).status_code == 201
    {% endif %}
    {% endif %}
{% endif %}
{% for example in cookiecutter.tests_of_it %}


@pytest.mark.requirement("{{example.id}}")
def test_{{example.name}}({% if example.needs_database %}database: Session, {% endif %}{{example.caller}}: Person) -> None:
    {% for line in example.lines %}
    {{line}}
    {% endfor %}
{% endfor %}
