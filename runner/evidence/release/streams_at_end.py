"""What becomes of open streams, and of the process that holds them, when it is told to end?"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Self

import httpx

from runner.errors import ProbeError, first_line
from runner.evidence.accounts.stream_lines import Lines, Stream
from runner.evidence.accounts.visit import requests_of, visited
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.code.lock_file import LockFile
from runner.evidence.contract.contract import Contract
from runner.evidence.contract.routes import Routes
from runner.evidence.contract.stream_routes import StreamRoutes
from runner.evidence.release.clean_room import CleanRoom, room_of
from runner.evidence.release.compose_file import Compose
from runner.evidence.release.rehearsal import start_in_room
from runner.live.open_lines import Ending, Line
from runner.migrator import Migrator
from runner.model import Evidence, Looked
from runner.postgres.driver import PostgresError
from runner.probe import Probe
from runner.said import say

USUAL = 10.0  # seconds that container engines give a process to end itself
MOST = 60.0  # seconds that are waited, whatever is written
EARLIER = 1.0  # seconds before the end of that time: what ends then is not killed
OPENED = 2  # connections of each stream
SETTLE = 1.2  # seconds in which the streams have something to send
LEFT = 1.0  # seconds for the last words to arrive


@dataclass(frozen=True, slots=True, kw_only=True)
class AtEnd:
    """A stream that was open when its process was told to end."""

    endpoint: str
    path: str | None = None
    line: int | None = None
    held: int = 0  # connections that were still open when its time was over
    cut: int = 0  # that were lost without a close frame, or in the midst of an event
    told: int = 0  # that were closed with a frame, or ended behind an event
    problem: str = ""  # why it could not be opened

    @property
    def opened(self) -> int:
        return self.held + self.cut + self.told


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamsAtEnd(Evidence):
    """Open streams at SIGTERM, in a release as its image starts it."""

    exclusive: ClassVar[bool] = True

    streams: tuple[AtEnd, ...] = ()
    unseen: int = 0  # that may be streams, and that nobody could ask
    grace: float = USUAL  # seconds that it is given
    exit_code: int | None = None  # None: it had to be killed
    seconds: float = field(default=0.0, compare=False)
    command: str = ""

    @classmethod
    def collect(
        cls,
        probe: Probe,
        may: StreamRoutes,
        lock: LockFile,
        clean: Looked[CleanRoom],
        routes: Looked[Routes],
        contract: Contract,
        agreed: Looked[AgreedAccess],
        compose: Looked[Compose],
    ) -> Self:
        clean.must()
        room, database, grace = room_of(probe, lock), Migrator(probe).usable_database(), grace_of(compose.or_none())
        server = start_in_room(probe, room, room.environment(probe, database, deployed=True))
        try:
            with server.client() as client:
                people = (requests_of(probe, contract), server, client, database, agreed.or_none())
                lines = Lines(here=visited(probe, *people, open_too=True))
                held = [(stream, *_opened(lines, stream)) for stream in lines.streams(may)]
                time.sleep(SETTLE)
                held = [(stream, [one for one in found if one.is_open], why) for stream, found, why in held]
                probe.note(f"kill -TERM {server.process.pid}  # while {len(held)} streams are open")
                began = time.monotonic()
                server.process.let_go()
                code = server.process.wait(grace - EARLIER)
                seconds = time.monotonic() - began
                at_end = tuple(_told(stream, found, why, routes.or_none()) for stream, found, why in held)
        finally:
            server.stop(0)
            probe.workshop.runner.forget(server.process)
        command = server.command.replace(str(room.python), "python").replace(str(server.port), "8000")
        return cls(
            streams=at_end, unseen=may.hidden, grace=grace, exit_code=code, seconds=round(seconds, 1), command=command,
        )  # fmt: skip


def grace_of(compose: Compose | None) -> float:
    """What the compose file gives those of its services that are built here."""
    given = [part.grace for part in compose.parts if part.builds and part.grace] if compose else []
    return min(max(given, default=USUAL), MOST)


def _opened(lines: Lines, stream: Stream) -> tuple[list[Line], str]:
    """Connections of its owner's, or why there are none."""
    try:
        owner, good = lines.owner(stream)
        if not good.got_in and not good.open:
            return [], say("it does not open for who is signed in ({said})", said=good.said)
        found = [lines.open(stream, owner) for _ in range(OPENED)]
    except (ProbeError, PostgresError, httpx.HTTPError) as error:
        return [], first_line(error)
    return [one for one in found if one.begun()], ""


def _told(stream: Stream, found: list[Line], problem: str, routes: Routes | None) -> AtEnd:
    place = routes.place(stream.endpoint) if routes and stream.operation else None
    ways = list(_ways(found))
    return AtEnd(
        endpoint=stream.endpoint,
        path=stream.socket.file if stream.socket else place.path if place else None,
        line=stream.socket.line if stream.socket else place.line if place else None,
        held=ways.count("held"),
        cut=ways.count("cut"),
        told=ways.count("told"),
        problem=problem or ("" if found else say("it ends by itself at once")),
    )


def _ways(found: list[Line]) -> Iterator[str]:
    for one in found:
        ended = one.over(LEFT)
        one.close()
        whole = one.ends_whole
        yield "held" if not ended else "told" if one.ending is Ending.CLOSED or whole else "cut"
