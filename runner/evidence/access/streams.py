"""Who gets into an event stream or a websocket, whose is it, and does it end with its session?"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import httpx

from runner.errors import ProbeError, first_line
from runner.evidence.access.ended_sessions import sign_outs
from runner.evidence.access.protected_operation import REFUSED, ProtectedOperation
from runner.evidence.access.switched_off import switch_off
from runner.evidence.accounts.stream_lines import SETTLES, Attempt, Lines, Stream, first_words, token_of
from runner.evidence.accounts.visit import visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.contract.contract import Contract
from runner.evidence.contract.routes import Routes
from runner.evidence.contract.stream_routes import StreamRoutes
from runner.http import tokens
from runner.http.identities import NOBODY, Identity
from runner.http.openapi import Operation
from runner.live.open_lines import Line
from runner.model import Evidence, Looked
from runner.postgres.driver import PostgresError
from runner.probe import Probe
from runner.said import say
from runner.specification import ANONYMOUS
from runner.vocabulary.health import is_about_itself

SUCCESS = range(200, 300)
SOON = 10.0  # seconds in which a stream ends after its session
SLACK = 1.0  # … and in which what was under way may still come
SHORT_LIFE = 3  # seconds of a token that is made to end
NOT_THEIRS = (403, 404)


@dataclass(frozen=True, slots=True, kw_only=True)
class Afterlife:
    """A stream after its session: what ended that, whether the stream ended, and what still came."""

    way: str  # "its token expired"
    ended: bool
    received: int = 0  # pieces that came since
    seconds: float = field(default=0.0, compare=False)
    by_itself: bool = False  # one whose session went on ended as well
    refused: bool = False  # an ordinary request with the same token is refused by then


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenStream:
    """A stream, and how each try to open it went."""

    endpoint: str
    path: str | None = None  # of the code behind it
    line: int | None = None
    good: Attempt | None = None
    stranger: Attempt | None = None
    forged: Attempt | None = None
    another: Attempt | None = None  # the owner's stream, opened by somebody else who is signed in
    afterlives: tuple[Afterlife, ...] = ()
    guarded: bool = False  # the contract says that it wants a sign-in
    asks: bool = True  # its code has a word that may ask who is there
    takes: bool = False  # what a stranger says comes to others who listen, or to stay in a table
    meant: bool = False  # the specification or gonogo.toml opens it to everybody
    problem: str = ""

    @property
    def is_closed(self) -> bool:
        """It opens for who is signed in, and not for a stranger."""
        good, stranger = self.good, self.stranger
        return bool(good and stranger and (good.got_in or good.open) and stranger.shut_out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams(Evidence):
    """The service's streams, opened by everybody."""

    streams: tuple[SeenStream, ...] = ()
    unseen: int = 0  # that may be streams, and that nobody could ask
    guarded: int = 0  # other reads that want a sign-in, …
    others: int = 0  # … of so many
    protected: int = 0  # operations of the contract that want a sign-in
    no_session_end: str = ""  # why no other operation could tell whether a session has ended

    @classmethod
    def collect(
        cls, probe: Probe, may: StreamRoutes, routes: Looked[Routes], contract: Contract, agreed: AgreedAccess | None
    ) -> Self:
        with visit(probe, contract, agreed) as here:
            looks = _Looks(probe, Lines(here=here), routes.or_none())
            found = [looks.at(stream) for stream in looks.lines.streams(may)]
            names = {one.endpoint for one in found}
            gets = [one for one in here.requests.operations if one.method == "GET" and one.endpoint not in names]
            others = [asks for one in gets if not is_about_itself(one.path) and (asks := looks.asks(one)) is not None]
            probe.note(say("{found} streams opened, as strangers too, and after the session's end", found=len(found)))
            return cls(
                streams=tuple(found),
                unseen=may.hidden,
                guarded=sum(others),
                no_session_end=looks.not_judged,
                others=len(others),
                protected=sum(one.is_protected for one in here.requests.operations),
            )


class _Looks:
    """Opens each stream in every way."""

    def __init__(self, probe: Probe, lines: Lines, routes: Routes | None) -> None:
        self.probe, self.lines, self.here, self.routes = probe, lines, lines.here, routes
        self.not_judged = ""
        self._asked: ProtectedOperation | None = None

    @property
    def protected(self) -> ProtectedOperation | None:
        """Where a token is shown to; None where nothing tells a good one from another."""
        if self._asked is None and not self.not_judged:
            try:
                self._asked = ProtectedOperation(self.here)
            except ProbeError as error:
                self.not_judged = first_line(error)
        return self._asked

    def asks(self, operation: Operation) -> bool | None:
        """Does another read want a sign-in? As the contract says, or as it is; None where that can't be told."""
        if operation.is_protected:
            return True
        try:
            caller = self.here.caller(self.here.roles[0])
            request = self.here.request(operation, caller)
            if request.send(self.here.client, caller.headers).status_code not in SUCCESS:
                return None
            return request.send(self.here.client).status_code not in SUCCESS
        except (ProbeError, PostgresError, httpx.HTTPError):
            return None

    def at(self, stream: Stream) -> SeenStream:
        place = self.routes.place(stream.endpoint) if self.routes and stream.operation else None
        route = stream.socket
        seen = SeenStream(
            endpoint=stream.endpoint,
            path=route.file if route else place.path if place else None,
            line=route.line if route else place.line if place else None,
            guarded=bool(stream.operation and stream.operation.is_protected),
            asks=route.asks if route else True,
            meant=self._is_meant(stream),
        )
        try:
            return self._opened(stream, seen)
        except (ProbeError, PostgresError, httpx.HTTPError) as error:
            return replace(seen, problem=first_line(error))

    def _opened(self, stream: Stream, seen: SeenStream) -> SeenStream:
        owner, good = self.lines.owner(stream)
        token = token_of(owner)
        seen = replace(
            seen,
            good=good,
            stranger=self.lines.attempt(stream, owner, NOBODY),
            forged=self.lines.attempt(stream, owner, token=_spoilt(token)) if token else None,
        )
        if not seen.is_closed:
            listened = stream.socket is not None and seen.stranger is not None and seen.stranger.open
            return replace(seen, takes=listened and self.lines.takes(stream, owner))
        other = self.here.fresh(owner.role)
        return replace(
            seen,
            another=self.lines.attempt(stream, owner, other) if self._is_private(stream, owner, other) else None,
            afterlives=tuple(self._afterlives(stream, owner.role)),
        )

    def _is_meant(self, stream: Stream) -> bool:
        return stream.asked in self.probe.target.config.access.open or any(
            ANONYMOUS in one.allow for one in self.lines.permissions(stream)
        )

    def _is_private(self, stream: Stream, owner: Identity, other: Identity) -> bool:
        """Does its path name a person, or an object that others are refused?"""
        if not stream.placeholders or stream.is_somebodys:
            return bool(stream.placeholders)
        for operation in self.here.requests.operations:
            same = operation.method == "GET" and operation.placeholders[-1:] == stream.placeholders[-1:]
            if same and operation != stream.operation:
                request = self.here.request(operation, owner)
                mine = request.send(self.here.client, owner.headers).status_code
                return mine in SUCCESS and request.send(self.here.client, other.headers).status_code in NOT_THEIRS
        return False

    # --- after the session

    def _afterlives(self, stream: Stream, role: str) -> Iterator[Afterlife]:
        """Every way to end a session, each with a line of its own; all are watched at once."""
        protected = self.protected
        if protected is None:
            return
        control = self.lines.open(stream, self.here.fresh(role))
        control.begun()
        for way, line, headers, ended in list(self._ended(protected, stream, role)):
            over = line.over(max(0.0, ended + SOON - time.monotonic()))
            if not over and not line.since(ended + SLACK):
                line.say(first_words(""))
                line.over(SETTLES)
            refused = protected.status(headers) in REFUSED and protected.lets_in()
            line.close()
            yield Afterlife(
                way=way,
                ended=over,
                received=len(line.since(ended + SLACK)),
                seconds=round(line.ended_at - ended, 1) if over else SOON,
                by_itself=control.ending is not None,
                refused=refused,
            )
        control.close()

    def _ended(
        self, protected: ProtectedOperation, stream: Stream, role: str
    ) -> Iterator[tuple[str, Line, Mapping[str, str], float]]:
        """What ended the session, the line that was open before, its caller's headers, and when."""
        yield from self._expired(protected, stream, role)
        for way, end in (
            (say("its caller signed out"), self._sign_out),
            (say("its account was disabled"), self._switch_off),
        ):
            caller = self.here.fresh(role)
            line = self.lines.open(stream, caller)
            line.begun()
            if line.over(SETTLES) or not line.opened or not end(protected, caller):
                line.close()
                continue
            yield way, line, caller.headers, time.monotonic()

    def _expired(
        self, protected: ProtectedOperation, stream: Stream, role: str
    ) -> Iterator[tuple[str, Line, Mapping[str, str], float]]:
        caller = self.here.fresh(role)
        header, claims = tokens.parts_of(protected.carrier.token(caller)) or ({}, {})
        key = tokens.key_of(protected.token, [self.probe.target.secret, *self.probe.environment.of().values()])
        if not key or "exp" not in claims:
            return
        end = int(time.time()) + SHORT_LIFE
        short = tokens.encoded(header, {**claims, "exp": end}, key)
        headers = protected.carrier.headers(caller, short)
        if protected.status(headers) not in SUCCESS:
            return
        line = self.lines.open(stream, caller, token=short)
        line.begun()
        if not line.is_open:
            line.close()
            return
        yield say("its token expired"), line, headers, time.monotonic() + max(0.0, end - time.time())

    def _sign_out(self, protected: ProtectedOperation, caller: Identity) -> bool:
        return any(answer.status_code in SUCCESS for _, answer in sign_outs(protected, caller))

    def _switch_off(self, _: ProtectedOperation, caller: Identity) -> bool:
        return bool(switch_off(self.here.database, caller.email))


def _spoilt(token: str) -> str:
    """A token that nobody gave out: of a JSON Web Token the signature turned round, else all of it."""
    head, dot, last = token.rpartition(".")
    return f"{head}{dot}{last[::-1]}"
