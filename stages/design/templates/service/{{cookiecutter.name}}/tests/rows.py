"""What does a test find in the database? Good rows, each unlike the ones before; `fields` are what one sends."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from sqlmodel import Session, SQLModel

from {{cookiecutter.package}} import models
from {{cookiecutter.package}}.models import (
    {% for r in cookiecutter.made %}{{r.model}}, {% for one in r.choices %}{{one.enum}}, {% endfor %}{% endfor %}Role, User
)

{% if "date" in cookiecutter.types %}
FIRST_DAY = date(2030, 1, 1)
{% endif %}
{% if "datetime" in cookiecutter.types %}
FIRST_MOMENT = datetime(2030, 1, 1, 8, tzinfo=UTC)
{% endif %}
NO_ID = 999_999

Row = TypeVar("Row", bound=SQLModel)
numbers = count(1)


def stored(database: Session, row: Row) -> Row:
    database.add(row)
    database.commit()
    database.refresh(row)
    return row


def somebody(database: Session) -> User:
    """Who owns what nobody in particular owns."""
    number = next(numbers)
    role = Role.{{cookiecutter.weakest|upper}}
    email = f"owner-{number}@example.com"
    return stored(database, User(email=email, display_name="An owner", password_hash="-", role=role))

{% for r in cookiecutter.made %}

def {{r.id}}_fields({{ "database" if r.references|length > r.selfs|length else "_" }}: Session, {% if r.kept %}owner_id: int = 0, {% endif %}**changes: Any) -> dict[str, Any]:
    {% if r.fields|length > r.references|length %}
    number = next(numbers)
    {% endif %}
    fields: dict[str, Any] = {
        {% for one in r.fields %}
        "{{one.column}}": {% if one.type == "reference" %}None{% else %}{{ r.counted(one) }}{% endif %},
        {% endfor %}
    } | changes
    {% for one in r.references %}
    {% if one.optional %}
    if "{{one.column}}" not in changes:
    {% else %}
    if fields["{{one.column}}"] is None:
    {% endif %}
        fields["{{one.column}}"] = {% if one in r.selfs %}None{% else %}{{ cookiecutter.row_of[one.kind.to] }}(database{% if one.column in r.kept %}, owner_id=owner_id{% endif %}{% if one.kind.when %}, state="{{one.kind.when[0]}}"{% endif %}).id{% endif %}

    {% endfor %}
    return fields


def {{r.row}}(database: Session, {% if r.owned or r.kept %}owner_id: int = 0, {% endif %}{% if r.states %}state: str = "{{r.first_state}}", {% endif %}**changes: Any) -> {{r.model}}:
    {% if r.owned %}
    owner = owner_id or somebody(database).id
    {% endif %}
    fields = {{r.id}}_fields(database, {% if r.kept %}{{ "owner" if r.owned else "owner_id" }}, {% endif %}**changes)
    return stored(database, {{r.model}}({% if r.owned %}owner_id=owner, {% endif %}{% if r.states %}state=models.{{r.model}}State(state), {% endif %}**fields))

{% endfor %}
