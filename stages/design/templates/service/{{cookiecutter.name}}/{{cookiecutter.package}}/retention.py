"""What is erased because it is old? `python -m {{cookiecutter.package}}.retention`; let it run once a day.

What something else still needs stays until that is gone. Each batch is a transaction of its own, so
that nobody waits for long, and a run that was broken off goes on where it stood.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, select
from sqlmodel import Session, SQLModel, col

from {{cookiecutter.package}}.cache import Cache
from {{cookiecutter.package}}.database import open_engine
from {{cookiecutter.package}}.models import (
    {% for r in cookiecutter.made %}{{r.model}}, {% if r.states %}{{r.model}}State, {% endif %}{% endfor %}
)
from {{cookiecutter.package}}.redis_guard import open_redis
from {{cookiecutter.package}}.settings import Settings

BATCH = 1_000
Old = Select[int]
{% for r in cookiecutter.keeps %}


def old_{{r.plural}}(now: datetime) -> Old:
    before = now - timedelta(days={{r.keep.days}})
    {% set moment = "before.date()" if r.said.fields.get(r.keep.since) and r.said.fields[r.keep.since].type == "date" else "before" %}
    {% for chain in r.chains %}
    {% if chain|length == 1 and chain[0].model == r.model %}
    below = {{r.model}}.__table__.alias()  # type: ignore[attr-defined]
    needed_{{loop.index}} = select(below.c.id).where(below.c.{{chain[0].column}} == col({{r.model}}.id))
    {% else %}
    needed_{{loop.index}} = (
        select(col({{chain[-1].model}}.{{chain[-1].key[0]}}))
        {% for n in range(chain|length - 1, 0, -1) %}
        .join({{chain[n - 1].model}}, col({{chain[n].model}}.{{chain[n].column}}) == col({{chain[n - 1].model}}.id))
        {% endfor %}
        .where(col({{chain[0].model}}.{{chain[0].column}}) == col({{r.model}}.id))
    )
    {% endif %}
    {% endfor %}
    return select(col({{r.model}}.id)).where(
        col({{r.model}}.{{r.keep.since}}) < {{moment}},
        {% if r.keep.states %}
        col({{r.model}}.state).in_(({% for state in r.keep.states %}{{r.model}}State.{{state|upper}}, {% endfor %})),
        {% endif %}
        {% for chain in r.chains %}
        ~needed_{{loop.index}}.exists(),
        {% endfor %}
    )
{% endfor %}


# what names others goes before them
RULES: tuple[tuple[str, type[SQLModel], Callable[[datetime], Old]], ...] = (
    {% for r in cookiecutter.keeps|reverse %}
    ("{{r.many}}", {{r.model}}, old_{{r.plural}}),
    {% endfor %}
)


def erase(database: Session, now: datetime) -> dict[str, int]:
    """How many of each were erased."""
    return {name: _erased(database, model, old(now)) for name, model, old in RULES}


def _erased(database: Session, model: type[SQLModel], old: Old) -> int:
    key: Any = model.__table__.c.id  # type: ignore[attr-defined]
    count = 0
    while ids := list(database.scalars(old.limit(BATCH))):
        database.execute(delete(model).where(key.in_(ids)))
        database.commit()
        count += len(ids)
    return count


def main() -> int:
    settings = Settings()
    engine = open_engine(settings)
    try:
        with Session(engine) as database:
            erased = erase(database, datetime.now(UTC))
    finally:
        engine.dispose()
    {% if cookiecutter.caches %}
    Cache(open_redis(settings)).forget()
    {% endif %}
    sys.stdout.write(", ".join(f"{count} {name}" for name, count in erased.items()) + " erased.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
