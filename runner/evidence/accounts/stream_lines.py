"""Opens the service's streams as somebody: what is asked for, with what, and how did it go? Not evidence itself."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_hex

import httpx

from runner.errors import ProbeError
from runner.evidence.accounts.visit import Visit, ends_session
from runner.evidence.contract.stream_routes import SocketRoute, StreamRoutes
from runner.http.carried import cookies_of
from runner.http.identities import NOBODY, Identity
from runner.http.objects import CannotMake
from runner.http.openapi import PLACEHOLDER, Operation
from runner.http.requests import Request
from runner.http.things import collection_of, is_person
from runner.live import pace
from runner.live.open_lines import SUCCESS, UPGRADED, Address, Ending, Events, Line, Socket
from runner.live.waiting import until
from runner.postgres.driver import PostgresError, sql
from runner.postgres.tables import tables_of
from runner.said import say
from runner.specification import ANONYMOUS, Permission

TOKENS = re.compile(r"token|jwt|auth|session|ticket|api_?key|^key$", re.IGNORECASE)
USUAL = ("token", "access_token")  # query parameters by which a page tells a socket who it is
LASTS = 2.0  # seconds after which an answer that has not ended goes on
SETTLES = 0.8  # seconds in which a socket that refuses its caller is closed
NUMBERS = frozenset({"IntegerConvertor", "FloatConvertor"})
GONE_CODES = (1008, *range(3000, 5000))  # closed for a reason of the service's own
BROKE = 1011
REFUSAL = re.compile(
    r"unauthori[sz]ed|not auth|forbidden|denied|invalid|expired|sign in|log ?in|credential|\b40[13]\b", re.IGNORECASE
)
MADE = 4  # operations by which something happens that a stream may tell
SHORT = 300  # letters of a message that may be a refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to open a stream."""

    status: int = 0  # of the answer; 101: the websocket was opened; 0: none
    code: int = 0  # of the close frame
    open: bool = False  # it stayed open
    pieces: int = 0  # that came
    refusal: bool = False  # what came says no
    broke: bool = False

    @property
    def got_in(self) -> bool:
        """It gave something, or stays open as an answer that goes on."""
        goes_on = self.open and self.status in SUCCESS
        return self.is_opened and not self.refusal and (self.pieces > 0 or goes_on)

    @property
    def is_opened(self) -> bool:
        return self.status == UPGRADED or self.status in SUCCESS

    @property
    def shut_out(self) -> bool:
        """It was refused: before it began, by a close frame, or in words."""
        if self.broke:
            return False
        return 400 <= self.status < 500 or self.refusal or (self.is_opened and not self.open and not self.pieces)  # noqa: PLR2004

    @property
    def said(self) -> str:
        """For a sentence: `403`, `closed with 1008`."""
        if self.code:
            return say("closed with {code}", code=self.code)
        return str(self.status) if self.status else say("no answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Something that goes on answering."""

    endpoint: str
    operation: Operation | None = None
    socket: SocketRoute | None = None

    @property
    def asked(self) -> str:
        """The request that opens it."""
        return f"GET {self.endpoint.partition(' ')[2]}"

    @property
    def placeholders(self) -> tuple[str, ...]:
        return tuple(PLACEHOLDER.findall(self.endpoint))

    @property
    def is_somebodys(self) -> bool:
        """Does its path name a person?"""
        last = self.placeholders[-1:]
        word = collection_of(self.operation, last[0]) if self.operation and last else ""
        return bool(last) and is_person(word, last[0])


@dataclass(slots=True, kw_only=True)
class Lines:
    """Opens them at a running service."""

    here: Visit

    def streams(self, routes: StreamRoutes) -> Iterator[Stream]:
        """Those reads that really go on, then the websockets."""
        for endpoint in routes.reads:
            operation = self.here.requests.find(endpoint)
            if operation is not None and self._goes_on(operation):
                yield Stream(endpoint=endpoint, operation=operation)
        yield from (Stream(endpoint=one.endpoint, socket=one) for one in routes.sockets)

    def _goes_on(self, operation: Operation) -> bool:
        stream = Stream(endpoint=operation.endpoint, operation=operation)
        try:
            role = self.here.allowed(operation)  # one that is open to all may still ask for a token in its address
            line = self.open(stream, self.here.caller(self.here.roles[0] if role == ANONYMOUS else role))
        except (ProbeError, PostgresError, httpx.HTTPError):
            return False
        try:
            return line.begun() and ("event-stream" in line.kind or not line.over(LASTS * pace.slowness()))
        finally:
            line.close()

    def owner(self, stream: Stream) -> tuple[Identity, Attempt]:
        """The least powerful one for whom it opens, and how it did."""
        *others, last = self._roles(stream)
        for role in others:
            owner = self.here.caller(role)
            try:
                good = self.attempt(stream, owner)
            except CannotMake:  # this role may not make what the stream is about; another one may
                continue
            if good.got_in or good.open:
                return owner, good
        owner = self.here.caller(last)
        return owner, self.attempt(stream, owner)

    def _roles(self, stream: Stream) -> tuple[str, ...]:
        allowed = {role for one in self.permissions(stream) for role in one.allow}
        named = tuple(role for role in self.here.present if role in allowed)
        last = (self.here.allowed(stream.operation),) if stream.operation else ()
        known = tuple(dict.fromkeys((*self.here.present, *(one for one in last if one != ANONYMOUS))))
        return named or known or (ANONYMOUS,)

    def permissions(self, stream: Stream) -> list[Permission]:
        """The specification's word; a websocket is named by the GET that opens it."""
        given = self.here.specification.permissions if self.here.specification else ()
        return [one for one in given if one.endpoint == stream.asked]

    def open(self, stream: Stream, owner: Identity, sender: Identity | None = None, token: str | None = None) -> Line:
        """The stream of the owner's, opened by the sender, with another token than its own where one is given."""
        who = owner if sender is None else sender
        headers = dict(who.headers)
        known = token_of(who)
        if token is not None and known:
            headers = {name: value.replace(known, token) for name, value in headers.items()}
            known = token
        if stream.socket is None:
            return Events(self.here.server, self._address(stream, owner, headers, known))
        return Socket(self.here.server, self._socket_address(stream, owner, headers, known))

    def attempt(
        self, stream: Stream, owner: Identity, sender: Identity | None = None, token: str | None = None
    ) -> Attempt:
        line = self.open(stream, owner, sender, token)
        try:
            seen = look(line, token or token_of(owner if sender is None else sender))
            if seen.open and not seen.pieces and not stream.operation and self._something_happens(stream, owner):
                line.over(SETTLES * pace.slowness())
                return seen_of(line)
            return seen
        finally:
            line.close()

    def takes(self, stream: Stream, owner: Identity) -> bool:
        """Does what a stranger says over a socket come to somebody else who listens, or to stay in a table?"""
        mark = f"gonogo-{token_hex(4)}"
        listens, speaks = self.open(stream, owner, NOBODY), self.open(stream, owner, NOBODY)
        try:
            if not (listens.begun() and speaks.begun()):
                return False
            speaks.over(SETTLES * pace.slowness())
            speaks.say(json.dumps({"type": "message", "message": mark, "text": mark, "content": mark}))
            heard = until(lambda: any(mark in text for _, text in list(listens.pieces)), LASTS * pace.slowness())
            return heard or self._is_kept(mark)
        finally:
            listens.close()
            speaks.close()

    def _is_kept(self, text: str) -> bool:
        held = sql.SQL("SELECT 1 FROM {} t WHERE strpos(t::text, %s) > 0 LIMIT 1")
        database = self.here.database
        return database.is_asked and any(database.rows(held.format(one.place), text) for one in tables_of(database))

    def _something_happens(self, stream: Stream, owner: Identity) -> bool:
        """The owner makes a few things: what is told to who listens comes over an open line by then."""
        makes = [one for one in self.here.requests.operations if one.method == "POST" and one.is_protected]
        near = sorted(makes, key=lambda one: one.path.split("/")[1:2] != stream.asked.split("/")[1:2])
        done = 0
        for operation in near[:MADE]:
            if not ends_session(operation):
                with suppress(ProbeError, PostgresError, httpx.HTTPError):
                    done += self.here.request(operation, owner).send(self.here.client, owner.headers).is_success
        return done > 0

    def _address(self, stream: Stream, owner: Identity, headers: Mapping[str, str], token: str) -> Address:
        """A page can't send a header with an event stream: some take the token in the address."""
        assert stream.operation is not None
        request = self.here.request(stream.operation, owner)
        query = dict(request.query)
        for one in stream.operation.parameters:
            if one.place == "query" and TOKENS.search(one.name):
                query.pop(one.name, None)
                query |= {one.name: token} if token else {}
        return Address(path=request.path, query=query, headers={**request.headers, **headers})

    def _socket_address(self, stream: Stream, owner: Identity, headers: Mapping[str, str], token: str) -> Address:
        route = stream.socket
        assert route is not None
        path = route.path
        for name in stream.placeholders:
            path = path.replace(f"{{{name}}}", str(self._value(route, name, owner, token)))
        asked = (*(name for name in route.query if TOKENS.search(name)), *(USUAL if not route.query else ()))
        query: dict[str, object] = {name: "1" for name in route.query if name not in asked}
        query |= dict.fromkeys(asked, token) if token else {}
        extra = {name: token for name in route.headers if TOKENS.search(name) and name.lower() != "authorization"}
        cookies = {**cookies_of(Identity(role="", headers=headers)), **{
            name: token for name in route.cookies if TOKENS.search(name)
        }}  # fmt: skip
        if token:
            headers = {**headers, **extra}
            headers |= {"Cookie": "; ".join(f"{n}={v}" for n, v in cookies.items())} if cookies else {}
        words = ("bearer", token) if route.subprotocols and token else ()
        return Address(path=path, query=query, headers=headers, subprotocols=words)

    def _value(self, route: SocketRoute, name: str, owner: Identity, token: str) -> object:
        """What stands in a socket's path: the owner, one of its objects, or anything."""
        if TOKENS.search(name):
            return token or "nobody"
        if is_person("", name) and owner is not NOBODY:
            return owner.value_of(name) or 1
        for operation in self.here.requests.operations:
            if operation.method == "GET" and operation.placeholders[-1:] == (name,):
                try:
                    return _filled(operation, self.here.request(operation, owner), name)
                except (ProbeError, PostgresError, httpx.HTTPError):
                    continue
        return 1 if route.converters.get(name) in NUMBERS or name.endswith("id") else "gonogo"


def _filled(operation: Operation, request: Request, name: str) -> str:
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(operation.path))
    found = re.fullmatch(pattern, request.path)
    if found is None:
        raise ProbeError(say("{path} is not {path2}", path=request.path, path2=operation.path))
    return found[name]


def token_of(who: Identity) -> str:
    """The word that says who the caller is: its access token, else the cookie of its session."""
    cookies = cookies_of(who)
    likely = next((value for name, value in cookies.items() if TOKENS.search(name)), next(iter(cookies.values()), ""))
    return who.access_token or likely


def look(line: Line, token: str = "", settles: float = SETTLES) -> Attempt:
    """What became of it: a moment after it opened, and after a first word where nothing came by itself."""
    if line.begun():
        line.over(settles * pace.slowness())
        if line.is_open and not line.pieces:
            line.say(first_words(token))
            line.over(settles * pace.slowness())
    return seen_of(line)


def seen_of(line: Line) -> Attempt:
    texts = [text for _, text in line.pieces]
    cut = line.ending is Ending.CUT and isinstance(line, Socket)
    return Attempt(
        status=line.status,
        code=line.code,
        open=line.is_open,
        pieces=len(texts),
        refusal=line.code in GONE_CODES or (bool(texts) and all(len(t) < SHORT and REFUSAL.search(t) for t in texts)),
        broke=line.status >= 500 or line.code == BROKE or cut,  # noqa: PLR2004
    )


def first_words(token: str) -> str:
    """A message that a chat may pass on, and that says who is there where a socket waits for it."""
    who = {"token": token, "access_token": token} if token else {}
    kind = "auth" if token else "message"
    return json.dumps({"type": kind, **who, "message": "gonogo", "text": "gonogo", "content": "gonogo"})
