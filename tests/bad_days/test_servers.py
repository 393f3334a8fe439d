"""Do the servers start, do they come from where they were asked from, and is what they lack UNKNOWN by its name?

Run once with those of the lock alone and once with the machine's: `GONOGO_SERVERS=embedded`, `=system`.
"""

import os
import shutil
import sysconfig
from pathlib import Path

import pytest

from runner.discovery.wanted import Wanted
from runner.errors import ProbeError
from runner.live.candidates import candidates
from runner.live.origin import VARIABLE, Origin, origin_asked_for
from runner.live.redis import knows, start_redis, tell
from runner.live.redis_servers import redis_servers, version_of
from runner.live.workshop import Workshop
from runner.model import Outcome
from tests.bad_days.days import MIGRATED, REVISION, Place

pytestmark = pytest.mark.servers
LIBRARY = Path(sysconfig.get_path("purelib"))


def test_the_servers_come_from_where_they_were_asked_from(workshop: Workshop) -> None:
    postgres, redis = workshop.postgres().candidate, workshop.redis().candidate
    came = {postgres.binaries.is_relative_to(LIBRARY), redis.binary.is_relative_to(LIBRARY)}
    expected = {Origin.EMBEDDED: {True}, Origin.SYSTEM: {False}}
    assert came <= expected.get(origin_asked_for(), {True, False}), (postgres.label, redis.label)


def test_redis_knows_what_a_service_of_today_sends(workshop: Workshop) -> None:
    redis = workshop.redis()
    assert int(redis.version.split(".")[0]) >= 7
    tell(redis, "SET throttle 1")
    assert tell(redis, "EXPIRE throttle 60 NX") == ":1\r\n"
    assert tell(redis, "EXPIRE throttle 60 NX") == ":0\r\n"
    assert knows(redis, "EXPIRE")
    assert not knows(redis, "NO.SUCH")


def test_a_redis_on_this_port_alone_is_on_loopback(workshop: Workshop) -> None:
    assert "127.0.0.1" in tell(workshop.redis(), "CONFIG GET bind")
    assert workshop.new_database().rows("SHOW listen_addresses") == [{"listen_addresses": "127.0.0.1"}]


def test_a_command_that_no_server_knows_is_named(workshop: Workshop) -> None:
    with pytest.raises(ProbeError, match=r"sends the Redis command NO\.SUCH \(app/cache\.py\), which no server here"):
        start_redis(workshop.runner, [Wanted(name="NO.SUCH", path="app/cache.py")])


@pytest.mark.parametrize("says", ["Redis server v=6.2.14 sha=0 bits=64", "", "what?"], ids=["old", "dead", "other"])
def test_a_redis_that_is_too_old_or_broken_hides_no_other(
    says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = redis_servers(Origin.EMBEDDED)
    program = tmp_path / "redis-server"
    program.write_text(f'#!/bin/sh\necho "{says}"\n[ -n "{says}" ]\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert shutil.which("redis-server") == str(program)
    assert [one for one in redis_servers(Origin.ANY) if one.binary == program] == []
    assert redis_servers(Origin.ANY)[-len(known) :] == known
    assert version_of(program) == ("6.2.14" if "6.2" in says else "")


def test_a_redis_that_says_its_version_and_does_not_start_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workshop: Workshop
) -> None:
    program = tmp_path / "redis-server"
    program.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Redis server v=8.0.0" || exit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv(VARIABLE, Origin.ANY)
    redis = start_redis(workshop.runner)
    assert redis.candidate.binary != program
    redis.process.stop(2)
    workshop.runner.forget(redis.process)


def test_too_old_alone_is_said_with_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "redis-server"
    program.write_text('#!/bin/sh\necho "Redis server v=6.2.14 sha=0"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv(VARIABLE, Origin.SYSTEM)
    with Workshop() as alone, pytest.raises(ProbeError, match=r"redis-server is 6\.2\.14, and 7 or newer is needed\)"):
        alone.redis()


def migrating(statement: str) -> dict[str, str]:
    return MIGRATED | {
        "migrations/versions/a1_things.py": REVISION.replace("CREATE TABLE things (id int PRIMARY KEY)", statement)
    }


@pytest.mark.parametrize("extension", ["pgcrypto", "vector"])
def test_a_server_with_the_extension_is_taken(extension: str, place: Place) -> None:
    if not any(extension in one.extensions for one in candidates()):
        pytest.skip(f"none of these servers has {extension}")
    place.write(migrating(f"CREATE EXTENSION {extension}; CREATE TABLE things (id int PRIMARY KEY)"))
    day = place.gonogo("stage.db", "--only", "DB010")
    assert place.finding("DB010").outcome is not Outcome.UNKNOWN, day.out
    assert "extension" not in place.finding("DB010").message


@pytest.mark.parametrize(
    "statement",
    ["CREATE EXTENSION no_such_extension", "DO $$ BEGIN EXECUTE 'CREATE EXTENSION ' || 'no_such_extension'; END $$"],
    ids=["spelt out", "put together"],
)
def test_an_extension_that_no_server_has_is_unknown_by_its_name(statement: str, place: Place) -> None:
    place.write(migrating(statement))
    day = place.gonogo("stage.db", "--only", "DB004,DB010")
    for check in ("DB004", "DB010"):
        found = place.finding(check)
        assert found.outcome is Outcome.UNKNOWN, found.message
        assert "asks for the PostgreSQL extension no_such_extension" in found.message
        assert "apt search postgresql no_such_extension" in found.message
    assert "apt search postgresql no_such_extension" in day.out
