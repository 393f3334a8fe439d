{% set r = cookiecutter.r %}
{% set ops = r.operations %}
{% set people = cookiecutter.people %}
{% set key = r.key %}
{% set source, target = r.source, r.target %}
{% macro who(op) %}{% if op.is_open %}visitor{% else %}{{people[op.first]}}{% endif %}{% endmacro %}
{% macro owned(made, id) %}{% if made.owned or made.kept %}, owner_id={{id}}{% endif %}{% endmacro %}
{% macro mine(made, op) %}{% if not op.is_open %}{{ owned(made, people[op.first] ~ ".id") }}{% endif %}{% endmacro %}
"""Do the {{r.others}} of {{source.a}} keep what spec.yaml promises of them?"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fakeredis import FakeRedis
from fastapi import FastAPI
from sqlalchemy import func
from sqlmodel import Session, select

from {{cookiecutter.package}}.models import {{r.model}}, Role
from {{cookiecutter.package}}.cache import Cache
from {{cookiecutter.package}}.redis_guard import RedisGuard
from tests import rows
from tests.conftest import Counted, Person, SignUp


def path_of({{source.id}}_id: int) -> str:
    return f"{{source.path}}/{ {{-source.id}}_id}/{{r.below}}"


def count(database: Session) -> int:
    database.rollback()
    return database.exec(select(func.count()).select_from({{r.model}})).one()
{% if "listed" in ops %}
{% set op = ops["listed"] %}


@pytest.mark.requirement("AC-{{key}}-LIST-1")
def test_each_is_on_one_page_newest_first(database: Session, {{who(op)}}: Person) -> None:
    one = rows.{{source.row}}(database{{mine(source, op)}}).id
    made = [rows.{{target.row}}(database{{mine(target, op)}}).id for _ in range(3)]
    rows.{{target.row}}(database{{mine(target, op)}})
    for other in made:
        rows.{{r.row}}(database, {{r.source_column}}=one, {{r.column}}=other)
    pages = [{{who(op)}}.get(path_of(one), limit=1, offset=offset).json() for offset in range(4)]
    listed = [[item["id"] for item in page["items"]] for page in pages]
    assert listed == [[made[2]], [made[1]], [made[0]], []]
{% endif %}
{% if "link" in ops %}
{% set op = ops["link"] %}


@pytest.mark.requirement("AC-{{key}}-LINK-1")
def test_of_eight_links_at_once_one_is_stored(database: Session, {{who(op)}}: Person) -> None:
    one = rows.{{source.row}}(database{{mine(source, op)}}).id
    other = rows.{{target.row}}(database{{mine(target, op)}}).id

    def link(_: int) -> int:
        return {{who(op)}}.put(f"{path_of(one)}/{other}").status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(link, range(8))) == [204] * 8
    assert link(0) == 204
    assert count(database) == 1
    assert database.get({{r.model}}, (one, other)) is not None


def test_a_pair_that_somebody_stores_first_is_no_failure(
    database: Session, {{who(op)}}: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = rows.{{source.row}}(database{{mine(source, op)}}).id
    other = rows.{{target.row}}(database{{mine(target, op)}}).id
    get = Session.get

    def get_before_it_is_there(self: Session, entity: Any, *args: Any, **kwargs: Any) -> Any:
        found = get(self, entity, *args, **kwargs)
        if entity is {{r.model}} and found is None:
            rows.{{r.row}}(database, {{r.source_column}}=one, {{r.column}}=other)
        return found

    monkeypatch.setattr(Session, "get", get_before_it_is_there)
    assert {{who(op)}}.put(f"{path_of(one)}/{other}").status_code == 204
    monkeypatch.undo()
    assert count(database) == 1
{% if r.with_itself %}


@pytest.mark.requirement("AC-{{key}}-SELF-1")
def test_none_is_linked_to_itself(database: Session, {{who(op)}}: Person) -> None:
    one = rows.{{source.row}}(database{{mine(source, op)}}).id
    assert {{who(op)}}.put(f"{path_of(one)}/{one}").status_code == 422
    assert count(database) == 0
{% endif %}
{% endif %}
{% if "unlink" in ops %}
{% set op = ops["unlink"] %}


@pytest.mark.requirement("AC-{{key}}-UNLINK-1")
def test_one_pair_is_taken_apart_and_no_other(database: Session, {{who(op)}}: Person) -> None:
    one = rows.{{source.row}}(database{{mine(source, op)}}).id
    others = [rows.{{target.row}}(database{{mine(target, op)}}).id for _ in range(2)]
    for other in others:
        rows.{{r.row}}(database, {{r.source_column}}=one, {{r.column}}=other)
    answers = [{{who(op)}}.delete(f"{path_of(one)}/{others[0]}").status_code for _ in range(2)]
    assert answers == [204, 404]
    assert count(database) == 1
    assert database.get({{r.model}}, (one, others[1])) is not None
{% endif %}


@pytest.mark.requirement("AC-{{key}}-MISSING-1")
def test_what_is_not_there_is_missed(database: Session, sign_up: SignUp) -> None:
    before = count(database)
    {% for op in r.ops %}
    caller = sign_up(Role.{{(op.first or cookiecutter.weakest)|upper}})
    one = rows.{{source.row}}(database{{ owned(source, "caller.id") }}).id
    other = rows.{{target.row}}(database{{ owned(target, "caller.id") }}).id
    {% if op.kind == "listed" %}
    assert caller.get(path_of(rows.NO_ID)).status_code == 404
    assert caller.get(path_of(one)).json()["items"] == []
    assert caller.get(path_of(other), limit=0).status_code == 422
    {% else %}
    assert caller.call("{{op.method}}", f"{path_of(rows.NO_ID)}/{other}").status_code == 404
    assert caller.call("{{op.method}}", f"{path_of(one)}/{rows.NO_ID}").status_code == 404
    {% endif %}
    {% endfor %}
    assert count(database) == before
{% if r.closed %}


@pytest.mark.requirement("AC-{{key}}-ROLES-1")
@pytest.mark.parametrize(
    ("role", "method", "below"),
    [
        {% for op in r.closed %}
        {% for role in op.refused %}
        (Role.{{role|upper}}, "{{op.method}}", "{{ "" if op.kind == "listed" else "/ID" }}"),
        {% endfor %}
        {% endfor %}
    ],
)
def test_other_roles_are_refused(database: Session, sign_up: SignUp, role: Role, method: str, below: str) -> None:
    pair = rows.{{r.row}}(database)
    path = path_of(pair.{{r.source_column}}) + below.replace("ID", str(pair.{{r.column}}))
    assert sign_up(role).call(method, path).status_code == 403
    assert count(database) == 1
{% endif %}
{% set own_ops = r.own_ops %}
{% if own_ops %}


@pytest.mark.requirement("AC-{{key}}-OWN-1")
@pytest.mark.parametrize(
    ("role", "method", "below", "status"),
    [
        {% for op in own_ops %}
        {% for role in op.allowed if role in op.own_roles or role in r.hidden %}
        (Role.{{role|upper}}, "{{op.method}}", "{{ "" if op.kind == "listed" else "/ID" }}", {{ 404 if role in r.hidden else 403 }}),
        {% endfor %}
        {% endfor %}
    ],
)
def test_what_others_own_is_protected(database: Session, sign_up: SignUp, role: Role, method: str, below: str, status: int) -> None:
    pair = rows.{{r.row}}(database)
    path = path_of(pair.{{r.source_column}}) + below.replace("ID", str(pair.{{r.column}}))
    assert sign_up(role).call(method, path).status_code == status
    assert count(database) == 1
{% endif %}
{% set their_ops = r.their_ops %}
{% if their_ops %}


@pytest.mark.requirement("AC-{{key}}-THEIRS-1")
@pytest.mark.parametrize(
    ("role", "method"),
    [
        {% for op in their_ops %}
        {% for role in op.allowed if role in r.theirs %}
        (Role.{{role|upper}}, "{{op.method}}"),
        {% endfor %}
        {% endfor %}
    ],
)
def test_what_is_linked_of_others_is_as_if_it_were_not_there(database: Session, sign_up: SignUp, role: Role, method: str) -> None:
    caller = sign_up(role)
    one = rows.{{source.row}}(database{{ owned(source, "caller.id") }}).id
    other = rows.{{target.row}}(database).id
    rows.{{r.row}}(database, {{r.source_column}}=one, {{r.column}}=other)
    if method == "GET":
        assert caller.get(path_of(one)).json()["items"] == []
    else:
        assert caller.call(method, f"{path_of(one)}/{other}").status_code == 404
    assert count(database) == 1
{% endif %}
{% if cookiecutter.caches and ("link" in ops or "unlink" in ops) %}


{% if r.caches %}
@pytest.mark.requirement("AC-{{key}}-CACHE-1")
{% endif %}
def test_each_write_forgets_what_is_kept(app: FastAPI, database: Session, sign_up: SignUp) -> None:
    kept = Cache(RedisGuard(FakeRedis(decode_responses=True), 0))
    app.state.cache = kept
    {% for op in r.ops if op.kind != "listed" %}
    caller = sign_up(Role.{{(op.first or cookiecutter.weakest)|upper}})
    one = rows.{{source.row}}(database{{ owned(source, "caller.id") }}).id
    other = rows.{{target.row}}(database{{ owned(target, "caller.id") }}).id
    {% if op.kind == "unlink" %}
    rows.{{r.row}}(database, {{r.source_column}}=one, {{r.column}}=other)
    {% endif %}
    key = kept._key("q")
    assert caller.call("{{op.method}}", f"{path_of(one)}/{other}").status_code == 204
    assert kept._key("q") != key
    {% endfor %}
{% endif %}
{% if r.limited %}
{% for op in r.ops if op.limits %}


@pytest.mark.requirement("AC-{{key}}-LIMIT-1")
def test_{{op.kind}}_is_answered_as_often_as_agreed(sign_up: SignUp{% if op.is_open %}, visitor: Person{% endif %}, counted: Counted) -> None:
    {% for id in op.limits %}
    caller = {% if op.is_open %}visitor{% else %}sign_up(Role.{{(cookiecutter.limit_roles[id] or op.first or cookiecutter.weakest)|upper}}){% endif %}

    counted("{{id}}", caller, "{{op.method}}", path_of(rows.NO_ID){% if op.kind != "listed" %} + "/1"{% endif %})
    {% endfor %}
{% endfor %}
{% endif %}
