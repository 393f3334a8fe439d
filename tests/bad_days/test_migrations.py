"""Migrations that are no Python, raise, or hang: is the revision named, and is everything that needs them UNKNOWN?"""

import pytest

from runner.discovery.target import find_target
from runner.errors import ProbeError
from runner.evidence.database.migration_walk import stepper
from runner.evidence.database.schema import read_shape
from runner.live.workshop import Workshop
from runner.migrator import Migrator
from runner.model import Outcome
from runner.probe import Probe
from tests.bad_days.days import MIGRATED, REVISION, Place, assert_a_good_end
from tests.runner.test_leash import processes_with

FILE = "migrations/versions/a1_things.py"
RAISING = REVISION.replace("    op.execute", '    raise ValueError("half done")\n    op.execute', 1)


def test_a_revision_that_is_no_python_is_named(place: Place) -> None:
    place.write({**MIGRATED, FILE: 'revision = "a1"\n\ndef upgrade(:\n'})
    assert_a_good_end(place, place.gonogo("stage.db", "--only", "DB003,DB004,DB010"))
    for check in ("DB003", "DB004", "DB010"):
        assert place.finding(check).outcome is Outcome.UNKNOWN
        assert f"SyntaxError: invalid syntax ({FILE}:3)" in place.finding(check).message


def test_a_revision_that_raises_fails_and_what_needs_it_is_unknown(place: Place) -> None:
    place.write({**MIGRATED, FILE: RAISING})
    assert_a_good_end(place, place.gonogo("stage.db", "--only", "DB003,DB004,DB010"))
    assert place.finding("DB003").outcome is Outcome.PASSED
    failed = place.finding("DB004")
    assert failed.outcome is Outcome.FAILED
    assert (failed.places[0].path, failed.message) == (
        FILE,
        "1 of 1 revision: a1 does not go up: ValueError: half done",
    )
    assert place.finding("DB010").outcome is Outcome.UNKNOWN
    said = f"the migrations do not apply to a new PostgreSQL database: ValueError: half done ({FILE}:8)"
    assert place.finding("DB010").message == said


STARTS = """\
import os

from fastapi import FastAPI
from sqlalchemy import create_engine, text

app = FastAPI()
with create_engine(os.environ["DATABASE_URL"]).begin() as connection:
    connection.execute(text("CREATE TABLE IF NOT EXISTS things (id int PRIMARY KEY)"))
"""
LATER = REVISION.replace("CREATE TABLE things (id int PRIMARY KEY)", "ALTER TABLE things ADD name text", 1)


def test_a_history_that_begins_in_the_middle_keeps_nobody_from_running_the_service(
    place: Place, workshop: Workshop
) -> None:
    place.write({**MIGRATED, FILE: LATER, "main.py": STARTS})
    probe = Probe(find_target(place.root), workshop)
    migrator = Migrator(probe)
    with pytest.raises(ProbeError, match="the migrations do not apply to a new PostgreSQL database"):
        migrator.migrated_database()
    database = migrator.usable_database()
    assert database.rows("SELECT version_num FROM alembic_version") == [{"version_num": "a1"}]
    assert database.rows("SELECT * FROM things") == []
    assert [table.name for table in read_shape(migrator.kept_database()).tables] == ["things"]
    said = "on the tables that the service's start makes, since the migrations do not apply"
    assert any(said in str(one) for one in probe.commands)


def test_what_the_models_alone_declare_is_not_judged_as_if_it_were_kept(place: Place, workshop: Workshop) -> None:
    quiet = STARTS.partition("with create_engine")[0]
    place.write({**MIGRATED, FILE: LATER, "main.py": quiet})
    migrator = Migrator(Probe(find_target(place.root), workshop))
    with pytest.raises(ProbeError, match="the migrations do not apply to a new PostgreSQL database"):
        migrator.kept_database()


def test_sql_before_the_migrations_that_postgresql_refuses_is_told_by_its_key(place: Place) -> None:
    wrong = '[database]\nprepare = ["CREATE SCHEMA shop AUTHORIZATION nobody_here"]\n'
    place.write({**MIGRATED, "gonogo.toml": MIGRATED["gonogo.toml"] + wrong})
    assert_a_good_end(place, place.gonogo("stage.db", "--only", "DB004,DB010"))
    for check in ("DB004", "DB010"):
        assert place.finding(check).outcome is Outcome.UNKNOWN
        assert "gonogo.toml, [database] prepare: PostgreSQL refuses `CREATE SCHEMA shop" in place.finding(check).message


def test_a_revision_that_hangs_is_ended_in_time(place: Place, workshop: Workshop) -> None:
    hanging = REVISION.replace("    op.execute", "    import time; time.sleep(600)\n    op.execute", 1)
    marked = MIGRATED["gonogo.toml"] + 'MARK = "{root}"\n'
    place.write({**MIGRATED, FILE: hanging, "gonogo.toml": marked})
    target = find_target(place.root)
    probe = Probe(target, workshop)
    with pytest.raises(ProbeError, match=r"`upgrade head` did not end within 2 s"), stepper(probe) as steps:
        steps.do("upgrade", "head", timeout=2)
    assert not processes_with(str(place.root))
