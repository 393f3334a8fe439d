"""Is the very connection asked whether it is the run's own, in each driver, and is the setting named?"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.environment import GUARD
from runner.live.strangers import Stranger, strangers_in, told
from runner.live.workshop import Workshop
from runner.postgres.database import Database
from tests.bad_days.days import PYTHON


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    """Without a fence: what the marker alone holds back."""
    with Workshop("none", trusted=True) as shared:
        yield shared


@pytest.fixture(scope="module")
def ours(workshop: Workshop) -> Database:
    return workshop.new_database()


def run(
    code: str, ours: Database, report: Path, marker: str | None = None, name: str = ""
) -> subprocess.CompletedProcess[str]:
    known = {"port": ours.port, "folder": "", "marker": ours.marker if marker is None else marker}
    guard = json.dumps(known | {"report": str(report), "name": name})
    env = {"PYTHONPATH": str(GUARD), "GONOGO_GUARD": guard, "PATH": "/usr/bin:/bin", "HOME": str(report.parent)}
    return subprocess.run([PYTHON, "-c", code], env=env, capture_output=True, text=True, check=False, timeout=60)


WAYS = {
    "psycopg": "import psycopg; c = psycopg.connect({dsn!r}); print(c.execute('select 1').fetchone())",
    "psycopg, async": "import asyncio, psycopg\n"
    "async def go():\n    c = await psycopg.AsyncConnection.connect({dsn!r})\n"
    "    print(await (await c.execute('select 1')).fetchone())\nasyncio.run(go())",
    "SQLAlchemy": "from sqlalchemy import create_engine, text\n"
    "with create_engine({url!r}).connect() as c: print(c.execute(text('select 1')).one())",
}


@pytest.mark.parametrize("way", WAYS)
def test_our_own_server_is_used_as_ever(way: str, ours: Database, tmp_path: Path) -> None:
    ran = run(WAYS[way].format(dsn=ours.dsn, url=ours.url("psycopg")), ours, tmp_path / "report")
    assert (ran.stdout, ran.stderr) == ("(1,)\n", "")
    assert strangers_in(tmp_path / "report") == []


ASKS = "; print(c.execute('select current_database()').fetchone()[0])"


@pytest.mark.parametrize(("named", "told"), [("shop-dev", ""), ("shop_test", 'database "shop_test" does not exist')])
def test_a_name_that_stands_in_the_code_means_the_run_s_own_database(
    named: str, told: str, ours: Database, tmp_path: Path
) -> None:
    dsn = ours.dsn.replace(ours.name, named)
    code = f"import psycopg; c = psycopg.connect({dsn!r})" + ASKS
    ran = run(code, ours, tmp_path / "report", name=ours.name)
    assert (ran.stdout == f"{ours.name}\n") is (told == "")
    assert told in ran.stderr


def test_a_database_that_a_service_made_itself_is_that_one(ours: Database, tmp_path: Path) -> None:
    ours.rows('CREATE DATABASE "its-own"')
    code = f"import psycopg; c = psycopg.connect({ours.dsn.replace(ours.name, 'its-own')!r})" + ASKS
    assert run(code, ours, tmp_path / "report", name=ours.name).stdout == "its-own\n"


@pytest.mark.parametrize("marker", ["another run's", ""])
@pytest.mark.parametrize("way", WAYS)
def test_a_server_without_the_marker_is_refused(way: str, marker: str, ours: Database, tmp_path: Path) -> None:
    ran = run(WAYS[way].format(dsn=ours.dsn, url=ours.url("psycopg")), ours, tmp_path / "report", marker)
    assert ran.returncode == 1
    assert "does not know its marker" in ran.stderr
    assert [str(one) for one in strangers_in(tmp_path / "report")] == [f"127.0.0.1:{ours.port}/{ours.name}"]


NESTED = """
import contextlib, os, psycopg
from pydantic import BaseModel
from pydantic_settings import BaseSettings
class Db(BaseModel):
    host: str = "127.0.0.1"
    port: int = 1
    user: str = "me"
    name: str = "mine"
class Settings(BaseSettings, env_prefix="SHOP_", env_nested_delimiter="__"):
    db: Db = Db()
d = Settings().db
os.environ.get("OTHER_PORT", "1")
with contextlib.suppress(psycopg.OperationalError):
    psycopg.connect(host=d.host, port=d.port, user=d.user, dbname=d.name)
"""


def test_the_settings_that_lead_elsewhere_are_named(ours: Database, tmp_path: Path) -> None:
    assert run(NESTED, ours, tmp_path / "report").returncode == 0
    settings = dict(strangers_in(tmp_path / "report")[0].settings)
    assert settings == {
        "SHOP_DB__HOST": "{database_host}",
        "SHOP_DB__NAME": "{database_name}",
        "SHOP_DB__PORT": "{database_port}",
        "SHOP_DB__USER": "{database_user}",
        "OTHER_PORT": "{database_port}",
    }


def test_a_sitecustomize_of_the_services_own_still_runs(ours: Database, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('theirs')")
    known = json.dumps({"port": ours.port, "folder": "", "marker": ours.marker, "report": str(tmp_path / "report")})
    env = {"PYTHONPATH": f"{GUARD}:{tmp_path}", "GONOGO_GUARD": known}
    ran = subprocess.run([PYTHON, "-c", "print('ran')"], env=env, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == ("theirs\nran\n", "")


def test_the_reason_says_where_and_what_to_name() -> None:
    settings = (("DB_HOST", "{database_host}"), ("DB_PORT", "{database_port}"))
    said = told([Stranger(host="localhost", port="5432", database="shop", settings=settings)])
    assert said == (
        "the service turns to localhost:5432/shop, a database server that this run did not start; name what leads "
        'there in gonogo.toml: [env] DB_HOST = "{database_host}", DB_PORT = "{database_port}"'
    )


def test_what_the_service_writes_into_the_report_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "report").write_text('garbage\n{"host": 1}\n[]\n')
    assert strangers_in(tmp_path / "report") == []
