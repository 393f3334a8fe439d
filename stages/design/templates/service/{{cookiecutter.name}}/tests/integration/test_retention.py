"""Is what is too old erased, and nothing else?"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import update
from sqlmodel import Session, SQLModel

from {{cookiecutter.package}} import retention
from {{cookiecutter.package}}.settings import Settings
from tests import rows

NOW = datetime.now(UTC).replace(microsecond=0)


def aged(app: FastAPI, row: Any, column: str, days: int, *, whole_day: bool) -> int:
    """The row as if it had been written so many days ago."""
    moment = NOW - timedelta(days=days)
    model: type[SQLModel] = type(row)
    key = model.__table__.c.id  # type: ignore[attr-defined]
    with app.state.engine.begin() as connection:
        value = moment.date() if whole_day else moment
        connection.execute(update(model).where(key == row.id).values({column: value}))
    found: int = row.id
    return found


def is_there(database: Session, model: type[SQLModel], id: int) -> bool:
    database.rollback()
    database.expire_all()
    return database.get(model, id) is not None
{% for r in cookiecutter.keeps %}
{% set day = "True" if r.said.fields.get(r.keep.since) and r.said.fields[r.keep.since].type == "date" else "False" %}
{% set state = ', state="' ~ r.keep.states[0] ~ '"' if r.keep.states else "" %}


@pytest.mark.requirement("AC-{{r.key}}-KEEP-1")
def test_old_{{r.plural}}_are_erased_and_younger_ones_are_not(app: FastAPI, database: Session) -> None:
    old = rows.{{r.row}}(database{{state}})
    young = rows.{{r.row}}(database{{state}})
    model = type(old)
    ids = [
        aged(app, row, "{{r.keep.since}}", days, whole_day={{day}})
        for row, days in ((old, {{r.keep.days + 1}}), (young, {{r.keep.days - 1}}))
    ]
    {% set others = r.states|reject("in", r.keep.states)|list if r.keep.states else [] %}
    {% if others %}
    other = rows.{{r.row}}(database, state="{{others[0]}}")
    other_id = aged(app, other, "{{r.keep.since}}", {{r.keep.days + 1}}, whole_day={{day}})
    {% endif %}
    assert retention.erase(database, NOW)["{{r.many}}"] == 1
    assert [is_there(database, model, id) for id in ids] == [False, True]
    {% if others %}
    assert is_there(database, model, other_id)
    {% endif %}
    assert retention.erase(database, NOW)["{{r.many}}"] == 0
{% if r.chains %}


def test_old_{{r.plural}}_that_something_needs_are_kept(app: FastAPI, database: Session) -> None:
    {% for chain in r.chains %}
    {{r.id}} = rows.{{r.row}}(database{{state}})
    {% for use in chain %}
    {{ "" if loop.last else use.by ~ " = " }}rows.{{cookiecutter.row_of[use.by]}}(database, {{use.column}}={{ r.id if loop.first else loop.previtem.by }}.id)
    {% endfor %}
    kept = aged(app, {{r.id}}, "{{r.keep.since}}", {{r.keep.days + 1}}, whole_day={{day}})
    retention.erase(database, NOW)
    assert is_there(database, type({{r.id}}), kept)
    {% endfor %}
{% endif %}
{% endfor %}


def test_the_command_says_what_it_erased(
    app: FastAPI, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.state.settings is settings
    monkeypatch.setenv("{{cookiecutter.prefix}}_DATABASE_URL", settings.database_url)
    assert retention.main() == 0
    said = ", ".join(f"0 {name}" for name, _, _ in retention.RULES)
    assert capsys.readouterr().out == f"{said} erased.\n"
