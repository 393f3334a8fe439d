"""What do the ORM's own listeners delete beside a row? Asked in the service's interpreter, with nothing executed."""

import json
import os
import subprocess
import sys
from pathlib import Path

from runner.probe import GUESTS

SHOP = """
from sqlalchemy import ForeignKey, delete, event, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


@event.listens_for(User, "before_delete")
def take_orders_along(mapper, connection, user):
    for table in (Order,):
        connection.execute(delete(table).where(table.user_id == user.id))
    connection.exec_driver_sql('DELETE FROM "audit"."lines" WHERE of = 1')


@event.listens_for(User, "after_delete")
def look(mapper, connection, user):
    connection.execute(text("SELECT 1"))


@event.listens_for(Order, "before_delete", propagate=True)
def break_down(mapper, connection, order):
    raise RuntimeError(order.id)
"""


def test_the_listeners_of_a_delete_are_asked_what_they_delete(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(SHOP, encoding="utf-8")
    argv = [sys.executable, str(GUESTS / "models.py"), str(tmp_path / "answer.json"), "", "shop"]
    subprocess.run(argv, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)}, check=True, capture_output=True)
    answer = json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))
    hooks = [one for table in answer["tables"] for one in table["hooks"]]
    assert {one["name"]: (one["path"], one["answered"], one["deletes"]) for one in hooks} == {
        "take_orders_along": ("shop.py", True, ["audit.lines", "orders"]),
        "look": ("shop.py", True, []),
        "break_down": ("shop.py", False, []),
    }
