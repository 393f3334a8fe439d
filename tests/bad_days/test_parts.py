"""No PostgreSQL, no Redis, no git on the machine: is each named, with how to get it, and nothing green without it?"""

import re
import shutil
import subprocess

import pytest

from runner.live.candidates import candidates
from runner.live.origin import Origin
from runner.live.redis_servers import redis_servers
from runner.model import Outcome
from tests.bad_days.days import MIGRATED, Place, assert_a_good_end
from tests.bad_days.rooms import needs_mounts, room

ALONE = ("unshare", "--user", "--map-root-user")
pytestmark = needs_mounts
WITH_REDIS = {**MIGRATED, "gonogo.toml": MIGRATED["gonogo.toml"] + 'REDIS_URL = "{redis_url}"\n'}


def bare_machine(place: Place, *, hidden: list[str]) -> tuple[str, ...]:
    """Words before a command: a room without these files and folders, and a PATH with a shell alone."""
    path = place.temp / "path"
    path.mkdir(exist_ok=True)
    for name in ("sh", "env"):
        if not (path / name).exists():
            (path / name).symlink_to(str(shutil.which(name)))
    empty = (
        'if [ -d "{0}" ]; then mount -t tmpfs tmpfs "{0}"; elif [ -e "{0}" ]; then mount --bind /dev/null "{0}"; fi\n'
    )
    return room("".join(empty.format(one) for one in hidden) + f'PATH="{path}" exec "$@"')


def postgresql() -> list[str]:
    return ["/usr/lib/postgresql", *(str(one.binaries.parent.parent) for one in candidates(Origin.EMBEDDED))]


def redis() -> list[str]:
    return [str(one.binary) for one in redis_servers(Origin.EMBEDDED)]


def test_without_postgresql_and_git_what_needs_neither_is_still_proved(place: Place) -> None:
    place.write(MIGRATED)
    day = place.gonogo("stage.db", "--only", "DB003,DB004,DB010", before=bare_machine(place, hidden=postgresql()))
    assert_a_good_end(place, day)
    assert "not in git" in day.out
    assert place.finding("DB003").outcome is Outcome.PASSED
    for check in ("DB004", "DB010"):
        assert place.finding(check).outcome is Outcome.UNKNOWN
        assert re.search(r"no PostgreSQL server found.*: install PostgreSQL \(Debian: apt install postg", day.out)


def test_without_redis_what_needs_it_is_unknown(place: Place) -> None:
    place.write(WITH_REDIS)
    day = place.gonogo("stage.db", "--only", "DB003,DB010", before=bare_machine(place, hidden=redis()))
    assert_a_good_end(place, day)
    assert place.finding("DB003").outcome is Outcome.PASSED
    assert place.finding("DB010").outcome is Outcome.UNKNOWN
    assert re.search(r"no Redis server found.*: install Redis \(Debian: apt install redis-server\), or", day.out)


def test_without_git_committed_secrets_are_unknown_not_absent(place: Place) -> None:
    place.write(MIGRATED)
    day = place.gonogo("stage.security", "--only", "SC053", before=bare_machine(place, hidden=[]))
    assert_a_good_end(place, day)
    assert place.finding("SC053").outcome is Outcome.UNKNOWN
    assert "`git` could not be started: git: No such file or directory; install it, or put it on" in day.out


def test_doctor_names_each_missing_part_with_how_to_get_it(place: Place) -> None:
    place.write(MIGRATED)
    day = place.call("doctor", before=bare_machine(place, hidden=[*postgresql(), *redis()]))
    assert day.code == 1
    assert "Traceback" not in day.said
    for name, get in (
        ("PostgreSQL", "apt install postgresql"),
        ("Redis", "apt install redis"),
        ("git", "apt install git"),
    ):
        line = next(line for line in day.out.splitlines() if line.startswith("missing") and name in line)
        assert get in line
    assert "Missing: PostgreSQL, Redis, git. Checks that need them are UNKNOWN, never green." in day.err


@pytest.mark.skipif(subprocess.run([*ALONE, "true"], check=False).returncode != 0, reason="no user namespaces here")
def test_root_who_is_alone_in_a_user_namespace_has_a_server_too(place: Place) -> None:
    """As in a container without privileges: there is no other user that PostgreSQL could run as."""
    place.write(MIGRATED)
    day = place.gonogo("stage.db", "--only", "DB003,DB010", before=ALONE)
    assert_a_good_end(place, day, code=0)
    assert [place.finding(check).outcome for check in ("DB003", "DB010")] == [Outcome.PASSED] * 2
