"""Thirty-odd ways in which a service reaches a developer's own servers: each a small service made from one template."""

from collections.abc import Mapping
from dataclasses import dataclass, field

OWN = "postgresql+psycopg://tiny:tiny@localhost:5432/tiny"
ENV_PY = """\
from alembic import context
from sqlalchemy import create_engine

from app.config import url
from app.models import Base

with create_engine(url()).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""
FIRST = """\
import sqlalchemy as sa
from alembic import op

revision, down_revision = "a1", None


def upgrade() -> None:
    op.create_table("note", sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.String, nullable=False))


def downgrade() -> None:
    op.drop_table("note")
"""
SECOND = """\
import sqlalchemy as sa
from alembic import op

revision, down_revision = "b2", "a1"


def upgrade() -> None:
    op.add_column("note", sa.Column("done", sa.Boolean, nullable=False, server_default="false"))


def downgrade() -> None:
    op.drop_column("note", "done")
"""
MODELS = """\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    done: Mapped[bool] = mapped_column(server_default="false")
"""
MAIN = """\
import os

from fastapi import FastAPI
from sqlalchemy import create_engine, text

from app.config import url

app = FastAPI()
engine = create_engine(os.getenv("DATABASE_URL") or url())


@app.get("/health")
def health() -> dict[str, bool]:
    return {"ok": True}


@app.get("/notes")
def notes() -> list[str]:
    with engine.connect() as connection:
        return [row[0] for row in connection.execute(text("select text from note limit 10"))]


@app.post("/notes", status_code=201)
def add(body: str) -> dict[str, str]:
    with engine.begin() as connection:
        connection.execute(text("insert into note (text) values (:body)"), {"body": body})
    return {"text": body}


@app.delete("/notes", status_code=204)
def forget() -> None:
    with engine.begin() as connection:
        connection.execute(text("delete from note"))
"""
TOLD = 'import os\n\n\ndef url() -> str:\n    return os.environ["DATABASE_URL"]\n'
TEMPLATE = {
    "alembic.ini": "[alembic]\nscript_location = migrations\nprepend_sys_path = .\n",
    "migrations/env.py": ENV_PY,
    "migrations/versions/a1.py": FIRST,
    "migrations/versions/b2.py": SECOND,
    "app/__init__.py": "",
    "app/models.py": MODELS,
    "app/main.py": MAIN,
    "tests/test_health.py": "from fastapi.testclient import TestClient\n\nfrom app.main import app\n\n\n"
    'def test_health() -> None:\n    assert TestClient(app).get("/health").status_code == 200\n',
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A name, and what differs from the template. `home`: files in the home folder."""

    name: str
    files: Mapping[str, str]
    home: Mapping[str, str] = field(default_factory=dict)

    def whole(self) -> dict[str, str]:
        return {**TEMPLATE, "app/config.py": TOLD, **self.files}


def config(body: str) -> dict[str, str]:
    return {"app/config.py": body}


def fixed(address: str) -> dict[str, str]:
    return config(f'def url() -> str:\n    return "{address}"\n')


def at_import(code: str) -> dict[str, str]:
    """The service is told its database properly, and does this beside it, when it is imported."""
    return {"app/other.py": code, "app/main.py": f"import app.other\n{MAIN}"}


NESTED = """\
from pydantic_settings import BaseSettings, SettingsConfigDict


class Db(BaseSettings):
    host: str = "localhost"
    port: int = 5432
    user: str = "tiny"
    password: str = "tiny"
    dbname: str = "tiny"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="TINY_", env_nested_delimiter="__")
    db: Db = Db()


def url() -> str:
    d = Settings().db
    return f"postgresql+psycopg://{d.user}:{d.password}@{d.host}:{d.port}/{d.dbname}"
"""
DOTENV = """\
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env")
    main_store: str = ""


def url() -> str:
    return Settings().main_store
"""
READ_ENV = """\
import os
from pathlib import Path

for line in Path(".env").read_text().splitlines():
    name, _, value = line.partition("=")
    os.environ[name] = value


def url() -> str:
    return os.environ["DATABASE_URL"]
"""
HELPER = """\
import os


def must(name: str, fallback: str) -> str:
    return os.environ.get(name) or fallback


def url() -> str:
    host = must("PRIMARY_STORE_HOST", "localhost")
    return f"postgresql+psycopg://tiny:tiny@{host}:{must('PRIMARY_STORE_PORT', '5432')}/tiny"
"""
PGHOST = """\
import os

os.environ.update(PGHOST="127.0.0.1", PGPORT="5432", PGUSER="tiny", PGDATABASE="tiny")


def url() -> str:
    return "postgresql+psycopg://"
"""
SOCKET_DEFAULT = """\
import os

for name in ("PGHOST", "PGPORT", "PGHOSTADDR"):
    os.environ.pop(name, None)


def url() -> str:
    return "postgresql+psycopg://tiny@/tiny"
"""
HOSTNAME = """\
import socket


def url() -> str:
    return f"postgresql+psycopg://tiny:tiny@{socket.gethostname()}:5432/tiny"
"""
FORGETS = """\
import os

os.environ.clear()


def url() -> str:
    return "postgresql+psycopg://tiny:tiny@localhost:5432/tiny"
"""
RAW = """\
import contextlib
import psycopg

with contextlib.suppress(Exception):
    with psycopg.connect("host=localhost port=5432 user=tiny dbname=tiny", connect_timeout=2) as c:
        c.execute("delete from note")
"""
TCP = """\
import contextlib
import socket

with contextlib.suppress(OSError):
    with socket.create_connection(({host!r}, {port}), timeout=2) as s:
        s.sendall({said!r})
        s.recv(100)
"""
UNIX = """\
import contextlib
import socket

with contextlib.suppress(OSError):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect({path!r})
        s.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
"""
UDP = """\
import contextlib
import socket

with contextlib.suppress(OSError):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"hits:1|c", ("127.0.0.1", 8125))
"""
ENGINE = f"""\
import contextlib
from sqlalchemy import create_engine, text

audit = create_engine("{OWN}")
with contextlib.suppress(Exception):
    with audit.begin() as c:
        c.execute(text("drop table note"))
"""
PSQL = """\
import subprocess

subprocess.run(["sh", "-c", "psql -h localhost -p 5432 -U tiny tiny -c 'drop table note' || true"], timeout=20)
"""
ISOLATED = """\
import subprocess
import sys

code = "import socket; s = socket.create_connection(('127.0.0.1', 5432), 2); s.send(b'x' * 8)"
subprocess.run(["env", "-i", sys.executable, "-I", "-c", code], timeout=20, stderr=subprocess.DEVNULL)
"""
DAEMON = """\
import subprocess
import sys

code = "import socket, time; time.sleep(1); s = socket.create_connection(('127.0.0.1', 5432), 2); s.send(b'x' * 8)"
subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stderr=subprocess.DEVNULL)
"""
WEBHOOK = (
    MAIN
    + """

@app.get("/hooks")
def hooks() -> dict[str, bool]:
    import contextlib
    import urllib.request

    with contextlib.suppress(OSError):
        urllib.request.urlopen("http://localhost:8080/hook", data=b"{}", timeout=2)
    return {"sent": True}
"""
)
CONFTEST = f"""\
from sqlalchemy import create_engine, text


def pytest_sessionstart(session) -> None:
    with create_engine("{OWN}").begin() as c:
        c.execute(text("drop table if exists note"))
"""
LOCUST = TCP.format(host="localhost", port=5432, said=b"x" * 8) + (
    "\nfrom locust import FastHttpUser, task\n\n\nclass Person(FastHttpUser):\n    @task\n    def read(self) -> None:\n"
    '        self.client.get("/notes", name="GET /notes")\n'
)
SERVICE_FILE = "[tiny]\nhost=localhost\nport=5432\nuser=tiny\ndbname=tiny\n"
DOCKER = TCP.format(host="localhost", port=2375, said=b"GET /containers/json HTTP/1.0\r\n\r\n")

WAYS = (
    Way(name="default-in-code", files=fixed(OWN)),
    Way(name="nested-settings", files=config(NESTED)),
    Way(name="env-file", files={**config(DOTENV), ".env": f"MAIN_STORE={OWN}\n"}),
    Way(name="env-file-that-overrides", files={**config(READ_ENV), ".env": f"DATABASE_URL={OWN}\n"}),
    Way(
        name="alembic-ini",
        files={
            "alembic.ini": f"{TEMPLATE['alembic.ini']}sqlalchemy.url = {OWN}\n",
            "migrations/env.py": ENV_PY.replace("url()", 'context.config.get_main_option("sqlalchemy.url")'),
        },
    ),
    Way(name="hard-coded-in-env-py", files={"migrations/env.py": ENV_PY.replace("url()", f'"{OWN}"')}),
    Way(name="helper-of-their-own", files=config(HELPER)),
    Way(name="pghost-set-in-code", files=config(PGHOST)),
    Way(
        name="service-file",
        files=config('def url() -> str:\n    return "postgresql+psycopg://?service=tiny"\n'),
        home={".pg_service.conf": SERVICE_FILE},
    ),
    Way(name="socket-file", files=fixed("postgresql+psycopg://tiny@/tiny?host=/var/run/postgresql")),
    Way(name="socket-in-tmp", files=fixed("postgresql+psycopg://tiny@/tiny?host=/tmp")),
    Way(name="socket-by-default", files=config(SOCKET_DEFAULT)),
    Way(name="ipv6", files=fixed("postgresql+psycopg://tiny:tiny@[::1]:5432/tiny")),
    Way(name="any-address", files=fixed("postgresql+psycopg://tiny:tiny@0.0.0.0:5432/tiny")),
    Way(name="host-name", files=config(HOSTNAME)),
    Way(name="name-in-hosts", files=fixed("postgresql+psycopg://tiny:tiny@ip6-localhost:5432/tiny")),
    Way(name="forgets-its-environment", files=config(FORGETS)),
    Way(
        name="asyncpg-like-wire",
        files=at_import(TCP.format(host="127.0.0.1", port=5432, said=b"\x00\x00\x00\x08\x04\xd2\x16/")),
    ),
    Way(name="raw-driver-at-import", files=at_import(RAW)),
    Way(name="second-engine", files=at_import(ENGINE)),
    Way(name="psql-by-shell", files=at_import(PSQL)),
    Way(name="isolated-python", files=at_import(ISOLATED)),
    Way(name="daemon", files=at_import(DAEMON)),
    Way(name="migration-by-psql", files={"migrations/versions/b2.py": f"{PSQL}\n{SECOND}"}),
    Way(
        name="migrate-command",
        files={
            "migrate.sh": "psql -h localhost -U tiny tiny -c 'drop table note'\nexec python -m alembic upgrade head\n",
            "gonogo.toml": '[database]\nmigrate = "sh migrate.sh"\n[env]\nDATABASE_URL = "{database_url}"\n',
        },
    ),
    Way(name="conftest", files={"tests/conftest.py": CONFTEST}),
    Way(name="seed", files={"seed.py": RAW, "gonogo.toml": '[load]\nseed = "python seed.py"\n'}),
    Way(name="locustfile", files={"locustfile.py": LOCUST}),
    Way(name="redis", files=at_import(TCP.format(host="localhost", port=6379, said=b"FLUSHALL\r\n"))),
    Way(name="redis-socket", files=at_import(UNIX.format(path="/run/redis/redis.sock"))),
    Way(name="mysql", files=at_import(TCP.format(host="127.0.0.1", port=3306, said=b"x"))),
    Way(name="celery-broker", files=at_import(TCP.format(host="localhost", port=5672, said=b"AMQP\x00\x00\x09\x01"))),
    Way(name="webhook", files={"app/main.py": WEBHOOK}),
    Way(name="mail", files=at_import(TCP.format(host="localhost", port=25, said=b"EHLO x\r\n"))),
    Way(name="docker-host", files=at_import(DOCKER)),
    Way(name="docker-socket", files=at_import(UNIX.format(path="/var/run/docker.sock"))),
    Way(name="metrics-by-udp", files=at_import(UDP)),
)
