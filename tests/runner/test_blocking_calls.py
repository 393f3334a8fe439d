"""Are blocking calls found where they are, and right code left alone?"""

import ast

import pytest

from runner.evidence.code.blocking_calls import find
from runner.evidence.code.code_names import Code, Module


def code(**files: str) -> Code:
    return Code(
        modules=tuple(
            Module(name=name.replace("__", "."), path=f"{name.replace('__', '/')}.py", tree=ast.parse(text))
            for name, text in files.items()
        )
    )


def said(given: Code) -> list[tuple[str, int, str]]:
    return [(call.path, call.line, call.call) for call in find(given)]


@pytest.mark.parametrize(
    "text",
    [
        "import time\nasync def a():\n    time.sleep(1)",
        "from time import sleep as nap\nasync def a():\n    nap(1)",
        "import requests\nasync def a():\n    return requests.get('x')",
        "from sqlmodel import Session\nasync def a(session: Session):\n    session.exec(1)",
        "from sqlalchemy.orm import Session\nasync def a(db: Session = 1):\n    db.commit()",
        "from sqlmodel import Session\nasync def a():\n    with Session(1) as s: s.get(1, 2)",
        "from sqlalchemy.orm import sessionmaker\nLocal = sessionmaker()\nasync def a():\n    s = Local(); s.query(1)",
        "from pwdlib import PasswordHash\nhasher = PasswordHash.recommended()\nasync def a():\n    hasher.hash('x')",
        "class A:\n  async def a(self):\n    import time; time.sleep(1)",
        "import socket\nasync def a():\n    socket.getnameinfo(('x', 0), 0)",
        "from redis import Redis\nkept = Redis.from_url('x')\nasync def a():\n    kept.get('x')",
        "from redis import Redis\nasync def a(kept: Annotated[Redis, Depends(of)]):\n    kept.get('x')",
        "import httpx\nasync def a():\n    with httpx.Client() as web: web.get('x')",
        (
            "import boto3\nclass A:\n  def __init__(self):\n    self.s3 = boto3.client('s3')\n  async def a(self):\n"
            "    self.s3.put_object(Body=b'')"
        ),
        "from pymongo import MongoClient\nclient = MongoClient()\nasync def a():\n    client.shop.users.find_one()",
        (
            "from redis import Redis\ndef make(app): app.state.redis = Redis()\nasync def a(request):\n"
            "    request.app.state.redis.incr('x')"
        ),
        "import time\n@contextlib.asynccontextmanager\nasync def a():\n    time.sleep(1)",
        "import time\n@app.get('/on_event')\nasync def a():\n    time.sleep(1)",
    ],
)
def test_what_blocks_is_found_in_the_third_line(text: str) -> None:
    assert [line for _, line, _ in said(code(app=text))] == [text.count("\n") + 1]


@pytest.mark.parametrize(
    "text",
    [
        "import time\ndef a():\n    time.sleep(1)",
        "import asyncio\nasync def a():\n    await asyncio.sleep(1)",
        "from sqlmodel.ext.asyncio.session import AsyncSession\nasync def a(s: AsyncSession):\n    await s.exec(1)",
        "import time\nasync def a():\n    def inner():\n        time.sleep(1)\n    await run_in_threadpool(inner)",
        "import time\nasync def a():\n    await asyncio.to_thread(time.sleep, 1)",
        "from sqlmodel import Session\nasync def a(s: Session):\n    s.add(1)",
        "import time\n@contextlib.asynccontextmanager\nasync def a(app):\n    time.sleep(1)\nx = FastAPI(lifespan=a)",
        "import time\n@app.on_event('startup')\nasync def a():\n    time.sleep(1)",
        "cache = {}\nasync def a():\n    cache.get(1)",
        "from redis.asyncio import Redis\nkept = Redis()\nasync def a():\n    await kept.get('x')\n    kept.pipeline()",
        "from redis import Redis\nkept = Redis()\nasync def a():\n    await run_in_threadpool(kept.get, 'x')",
        "from redis import Redis\nkept = Redis()\nasync def a():\n    pipe = kept.pipeline()",
        "from redis import Redis\nkept = Redis()\nasync def a(kept: dict[str, str]):\n    kept.get('x')",
        "from redis import Redis\nclass A:\n  def b(self):\n    self.kept = Redis()\nasync def a(b):\n    b.get(1)",
    ],
)
def test_what_does_not_block_is_left_alone(text: str) -> None:
    assert said(code(app=text)) == []


def test_a_client_of_another_module_is_followed() -> None:
    parts = "from redis import Redis\nkept = Redis()\nnames = {}"
    main = "from app.parts import kept, names\nasync def a():\n    names.get(1)\n    return kept.get('x')"
    assert said(code(app__parts=parts, app__main=main)) == [("app/main.py", 4, "kept.get")]


def test_a_session_alias_and_a_function_in_another_module_are_followed() -> None:
    deps = "from typing import Annotated\nfrom sqlmodel import Session\nDb = Annotated[Session, 1]"
    crud = "from .deps import Db\ndef read(db: Db):\n    return db.get(1, 2)\ndef outer(db: Db):\n    return read(db)"
    main = "from app import crud\nfrom app.deps import Db\nasync def a(db: Db):\n    return crud.outer(db)"
    found = find(code(app__deps=deps, app__crud=crud, app__main=main))
    assert [(c.path, c.line, c.call) for c in found] == [("app/main.py", 4, "crud.outer")]
    assert found[0].why == (
        "outer (app/crud.py:5): read (app/crud.py:3): `db` is a synchronous session: its query waits for the database"
    )


@pytest.mark.parametrize("handing", ["from .security import hashed", "from .security import *"])
def test_a_function_that_a_package_hands_on_is_followed(handing: str) -> None:
    security = "from pwdlib import PasswordHash\nhasher = PasswordHash.recommended()\n"
    security += "def hashed(x):\n    return hasher.hash(x)"
    using = "from app.core import hashed\nasync def register(x):\n    return hashed(x)"
    given = Code(
        modules=(
            Module(name="app.core", path="app/core/__init__.py", tree=ast.parse(handing)),
            Module(name="app.core.security", path="app/core/security.py", tree=ast.parse(security)),
            Module(name="app.users", path="app/users.py", tree=ast.parse(using)),
        )
    )
    assert said(given) == [("app/users.py", 3, "hashed")]


def test_functions_that_call_each_other_come_to_an_end() -> None:
    text = "def a():\n    b()\ndef b():\n    a()\nasync def c():\n    a()"
    assert said(code(app=text)) == []


HASHING = """
from passlib.context import CryptContext
class Passwords:
    context = CryptContext()
    @staticmethod
    def verify(given, stored):
        return Passwords.context.verify(given, stored)
"""
MODEL = (
    "import bcrypt\nclass User:\n    def check_password(self, given):\n        return bcrypt.checkpw(given, self.hash)"
)


def test_methods_of_the_service_s_own_classes_are_followed() -> None:
    main = (
        "from app import Passwords\nasync def a(x):\n    Passwords.verify(x, x)\n"
        "async def b(user):\n    return user.check_password('x')"
    )
    found = find(
        code(app__security=HASHING, app____init__="from app.security import Passwords", app__m=MODEL, main=main)
    )
    assert [(call.path, call.line, call.call) for call in found] == [
        ("main.py", 3, "Passwords.verify"),
        ("main.py", 5, "user.check_password"),
    ]


def test_a_method_that_could_be_anybodys_is_left_alone() -> None:
    other = "import time\nclass A:\n  def send(self):\n    time.sleep(1)\n  def send_mail(self):\n    time.sleep(1)"
    main = "import mailer\nasync def a(x):\n    x.send()\nasync def b():\n    mailer.client.send_mail()"
    assert said(code(app__m=other, main=main)) == []


def test_reading_a_spreadsheet_blocks() -> None:
    assert said(code(main="import polars as pl\nasync def a(b):\n    return pl.read_excel(b)")) == [
        ("main.py", 3, "pl.read_excel")
    ]
