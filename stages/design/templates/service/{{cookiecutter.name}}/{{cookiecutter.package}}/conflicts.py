"""What stands in the way of a write: a twin, something missing, something that is still in use?"""

from collections.abc import {% if cookiecutter.gates %}Container, {% endif %}Iterator, Mapping
from contextlib import contextmanager
{% if cookiecutter.gates %}
from enum import StrEnum
{% endif %}
from typing import Any{% if cookiecutter.binds or cookiecutter.gates %}, Protocol{% endif %}


from fastapi import HTTPException
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel


{% if cookiecutter.gates %}
class Stated(Protocol):
    state: Any


{% endif %}
@contextmanager
def conflict(detail: str) -> Iterator[None]:
    """The database refuses, whoever comes at the same time; the client learns why."""
    try:
        yield
    except IntegrityError:
        raise HTTPException(409, detail) from None


def must_exist(
    database: Session, named: Mapping[str, type[SQLModel]], fields: Mapping[str, Any], alone: str = ""
) -> None:
    """Everything that the fields name is there, and kept from being deleted until the commit.

    What `alone` names is locked: others who ask for that wait.
    """
    for field, model in named.items():
        wanted = fields.get(field)
        lock = {"key_share": True, "read": field != alone}
        if wanted is not None and database.get(model, wanted, with_for_update=lock) is None:
            raise HTTPException(422, f"`{field}` names nothing that is there.")
{% if cookiecutter.gates %}


def must_be(database: Session, model: type[Stated], id: int, states: Container[StrEnum]) -> None:
    """What is named is in one of these states, and stays there until the commit."""
    found = database.get_one(model, id, with_for_update={"read": True}, populate_existing=True)
    if found.state not in states:
        raise HTTPException(409, f"This is not done while the state is {found.state}.")
{% endif %}
{% if cookiecutter.binds %}


class Owned(Protocol):
    owner_id: int


def must_own(
    database: Session, named: Mapping[str, type[Owned]], fields: Mapping[str, Any], owner_id: int
) -> None:
    """What these fields name is hers: that of another person is as if it were not there."""
    for field, model in named.items():
        wanted = fields.get(field)
        if wanted is not None and database.get_one(model, wanted).owner_id != owner_id:
            raise HTTPException(422, f"`{field}` names nothing that is there.")
{% endif %}
