"""What does the service show and allow under its production settings? Headers, documentation, origins, cookies."""

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx

from runner.errors import NotThere, ProbeError
from runner.evidence.access.lookalike_origins import lookalikes
from runner.evidence.access.open_pages import always_open, page_paths
from runner.evidence.accounts.visit import people_of, requests_of, roles_of
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.behaviour.attacks import INSIDES
from runner.evidence.code.code_names import read_code
from runner.evidence.contract.contract import Contract
from runner.evidence.contract.served_app import ServedApp
from runner.http.identities import NOBODY, Identity
from runner.http.objects import CannotMake, Objects
from runner.http.openapi import Operation
from runner.http.requests import Request, Requests
from runner.migrator import Migrator
from runner.model import Evidence, Looked
from runner.postgres.database import Database
from runner.probe import Probe
from runner.said import say

# What such a page loads; a landing page may well speak of Swagger without being it.
VIEWER = re.compile(r"swagger-ui|redoc\.standalone|<redoc|rapi-doc|@scalar/api-reference", re.IGNORECASE)
STRANGER = "https://attacker.example"
MISSING_PAGE = "/gonogo-no-such-page"
SUCCESS, MOVED, FAILED = range(200, 300), range(300, 400), 500
UNGUARDED = frozenset({"", "none"})  # values of SameSite that let other sites' forms send a cookie along
PATIENCE = 60  # seconds in which the service is asked without its database


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer as far as its headers go. `kind` says why it was asked for."""

    kind: str  # "open", "signed in", "refused", "missing"
    endpoint: str
    status: int
    headers: Mapping[str, str]
    curl: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a browser on another site would be allowed."""

    endpoint: str
    origin: str
    allowed: str
    credentials: bool
    curl: str = ""
    status: int = 200  # 0: no answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    name: str
    endpoint: str
    missing: tuple[str, ...]  # of Secure, HttpOnly, SameSite
    curl: str = ""  # a sign-in, with the reader's own account to fill in


Callers = tuple[Sequence[Identity], tuple[Cookie, ...], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What an answer without a database shows of the insides; empty: nothing."""

    endpoint: str
    status: int
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardening(Evidence):
    """The service under its production settings."""

    declared: bool  # gonogo.toml has a [production] section
    always: tuple[str, int] | None = None  # where the code makes the app with open documents whatever the settings
    documents: tuple[str, ...]  # pages and contracts that strangers can read
    documents_tried: int  # paths where one may be
    documents_answered: int = 0  # of these: asked and answered, whatever the answer, but for a failure
    operations: frozenset[str] = frozenset()  # all that the app serves, in its contract or not
    secured: frozenset[str] = frozenset()  # of the contract: those that want a sign-in
    replies: tuple[Reply, ...]
    origins: tuple[Origin, ...]
    cookies: tuple[Cookie, ...]
    bearer: bool  # callers bring an Authorization header: the contract says so, or one did
    by_cookie: bool = False  # a caller brought a cookie instead
    signed_in: bool = True  # somebody could sign in
    without_database: tuple[Shown, ...]
    problem: str = ""  # why nobody could sign in, if so

    @classmethod
    def collect(cls, probe: Probe, contract: Contract, served: ServedApp, agreed: Looked[AgreedAccess]) -> Self:
        requests, found = requests_of(probe, contract), probe.servers.other_database()
        file = found is not None and found.is_file
        other = None if file else found
        code = read_code(probe, served)
        database = Migrator(probe).database_or_nowhere()
        with probe.service(database, production=True) as server, server.client() as client:
            callers = _nobody(other.why_not) if other else _callers(probe, agreed, requests, client, database)
            look = Look(requests, client, *callers, hidden=contract.hidden)
            strangers = lookalikes(code, served.origins)
            tried = tuple(dict.fromkeys([*page_paths(code), *look.pages()]))
            documents = tuple(look.documents(tried))
            replies, origins = tuple(look.replies()), tuple(look.origins(strangers))
            if other:  # what fails for want of the database says nothing about the settings
                replies = tuple(reply for reply in replies if reply.status < FAILED)
            elif not file:
                probe.servers.postgres().drop(database)
            shown = (
                () if file else tuple(look.without(database))
            )  # nothing takes a file from a service that has it open
            probe.note(
                say(
                    "{replies} requests under production settings, {shown} without database",
                    replies=len(replies) + len(origins),
                    shown=len(shown),
                )
            )
            return cls(
                declared=bool(probe.target.config.production),
                always=always_open(code),
                documents=documents,
                documents_tried=len(tried),
                documents_answered=look.answered,
                operations=frozenset([*(op.endpoint for op in requests.operations), *contract.hidden]),
                secured=frozenset(op.endpoint for op in requests.operations if op.is_protected),
                replies=replies,
                origins=origins,
                cookies=look.cookies,
                bearer=_bearer(requests) or look.caller_brings("authorization"),
                by_cookie=look.caller_brings("cookie") and not look.caller_brings("authorization"),
                signed_in=look.caller.signed_in,
                without_database=shown,
                problem=look.problem,
            )


def _nobody(problem: str = "") -> Callers:
    return (NOBODY,), (), problem


def _callers(
    probe: Probe, agreed: Looked[AgreedAccess], requests: Requests, client: httpx.Client, database: Database
) -> Callers:
    """Callers, the least role first; the cookies that the sign-in set; and why there is nobody, if so."""
    try:
        people = people_of(probe, requests, client, database)
        roles = roles_of(agreed.or_none())
        callers = [people.one(role) for role in dict.fromkeys((roles[0], roles[-1]))]
        caller = callers[0]
        if people.by_issuer:
            return callers, (), ""
        answer = people.try_password(caller.email, caller.password)
    except NotThere:  # nobody signs in here, which is no problem
        return _nobody()
    except ProbeError as error:
        return _nobody(str(error))
    endpoint = people.login.endpoint if people.login else ""
    if answer.status_code not in SUCCESS:
        return (
            callers,
            (),
            say(
                "{endpoint} answers {status_code} to the right password",
                endpoint=endpoint or say("a second sign-in"),
                status_code=answer.status_code,
            ),
        )
    curl = people.login_request("you@example.com", "your password").curl() if people.login else ""
    return callers, tuple(_cookie(line, endpoint, curl) for line in answer.headers.get_list("set-cookie")), ""


def _cookie(line: str, endpoint: str, curl: str = "") -> Cookie:
    """A cookie and the flags that it lacks; `SameSite=None` is as good as none."""
    name, _, rest = line.partition("=")
    pairs = (part.strip().partition("=") for part in rest.split(";")[1:])
    flags = {word.strip().lower(): value.strip().lower() for word, _, value in pairs}
    bare = [word for word in ("Secure", "HttpOnly") if word.lower() not in flags]
    same = flags.get("samesite", "")
    lacks = (
        [say("a SameSite other than {same}", same=same.title()) if same else "SameSite"] if same in UNGUARDED else []
    )
    missing = (*bare, *lacks)
    return Cookie(name=name.strip(), endpoint=endpoint, missing=missing, curl=curl)


def _bearer(requests: Requests) -> bool:
    schemes = requests.document.get("components", {}).get("securitySchemes", {}).values()
    return any(scheme.get("type") in {"http", "oauth2", "openIdConnect"} for scheme in schemes)


class Look:
    """Asks for what production should hide, and keeps the headers of what it answers."""

    def __init__(
        self,
        requests: Requests,
        client: httpx.Client,
        callers: Sequence[Identity],
        cookies: tuple[Cookie, ...],
        problem: str,
        hidden: Sequence[str] = (),
    ) -> None:
        self.requests, self.client, self.callers, self.caller = requests, client, callers, callers[0]
        self.cookies, self.problem, self.answered = cookies, problem, 0
        named = (endpoint.partition(" ") for endpoint in hidden)
        self.hidden = [Operation(method=method, path=path) for method, _, path in named]
        self.gets = [op for op in requests.operations if op.method == "GET" and not op.placeholders]

    def caller_brings(self, header: str) -> bool:
        return header in {name.lower() for name in self.caller.headers}

    def pages(self) -> list[str]:
        """What the app serves without being told which: any of it may be a contract or a page that shows one."""
        return [one.path for one in (*self.gets, *self.hidden) if one.method == "GET" and not one.placeholders]

    def documents(self, paths: Sequence[str]) -> Iterator[str]:
        served = set(self.pages())
        for path in paths:
            try:
                answer = self._followed(self.client.get(path))
            except httpx.TransportError:
                continue
            self.answered += answer.status_code < FAILED
            own = path.endswith("/") or path in served  # a page of the service's own may well speak of Swagger
            if answer.status_code in SUCCESS and (_shows_one(answer) if own else _is_document(answer)):
                yield path

    def _followed(self, answer: httpx.Response) -> httpx.Response:
        """The answer behind a redirect to another page of the service, such as `/docs/`."""
        to = urlsplit(urljoin(str(answer.url), answer.headers.get("location", "")))
        own = to.netloc == answer.url.netloc.decode()
        return self.client.get(to.path or "/") if answer.status_code in MOVED and own else answer

    def replies(self) -> Iterator[Reply]:
        for operation in self.gets:
            if operation.is_protected:
                yield self._reply("signed in", operation, self.caller)
                yield self._reply("refused", operation, NOBODY)
            else:
                yield self._reply("open", operation, NOBODY)
        yield from self._about_things()
        answer = self.client.get(MISSING_PAGE)
        curl = f'curl -i "$BASE{MISSING_PAGE}"'
        missing = f"GET {MISSING_PAGE}"
        yield Reply(
            kind="missing", endpoint=missing, status=answer.status_code, headers=dict(answer.headers), curl=curl
        )
        yield from self._others()

    def _others(self) -> Iterator[Reply]:
        """The operations that change something or want an object, and those that no contract names: as a stranger."""
        for operation in [*self.requests.operations, *self.hidden]:
            if operation in self.gets:
                continue
            request = self.requests.example(operation)
            empty = replace(request, body={}) if operation.takes_json else request
            try:
                yield self._asked("refused" if operation.is_protected else "open", empty, NOBODY)
            except httpx.TransportError:
                continue

    def _about_things(self) -> Iterator[Reply]:
        """Protected answers about one thing: the caller's own account, and what one of the callers can make."""
        objects = Objects(self.requests, self.client, self.callers)
        for operation in self.requests.operations:
            if operation.method != "GET" or not operation.placeholders or not operation.is_protected:
                continue
            for caller in filter(lambda one: one.signed_in, self.callers):
                try:
                    request = objects.request(operation, caller)
                except CannotMake:
                    continue
                reply = self._asked("signed in", request, caller)
                if reply.status in SUCCESS:
                    yield reply
                    break

    def _reply(self, kind: str, operation: Operation, caller: Identity) -> Reply:
        return self._asked(kind, self.requests.example(operation), caller)

    def _asked(self, kind: str, request: Request, caller: Identity) -> Reply:
        answer = request.send(self.client, caller.headers)
        return Reply(
            kind=kind,
            endpoint=request.endpoint,
            status=answer.status_code,
            headers=dict(answer.headers),
            curl=request.curl(signed_in=caller.signed_in),
        )

    def origins(self, lookalikes: tuple[str, ...] = ()) -> Iterator[Origin]:
        """Ask as a page on another site would: what it may read, and the question before each operation.

        Who looks like a permitted origin asks one operation alone: whom CORS believes is the same for all.
        """
        for operation in (*self.gets[:1], *self.requests.operations)[:1]:
            for origin in lookalikes:
                yield from self._as_from(origin, operation, self.requests.example(operation))
        for operation in [*self.requests.operations, *self.hidden]:
            request = self.requests.example(operation)
            for origin in (STRANGER, "null"):
                yield from self._as_from(origin, operation, request)

    def _as_from(self, origin: str, operation: Operation, request: Request) -> Iterator[Origin]:
        asking = {"Origin": origin, "Cookie": "a=b"}
        curl = f"{request.curl()} -H 'Origin: {origin}' -H 'Cookie: a=b'"
        before = {"Origin": origin, "Access-Control-Request-Method": operation.method}
        before["Access-Control-Request-Headers"] = "authorization"
        try:
            if operation in self.gets:
                headers = {**self.caller.headers, **asking}
                yield _origin(operation.endpoint, origin, request.send(self.client, headers), curl)
            answer = self.client.options(request.path, headers=before)
            yield _origin(operation.endpoint, origin, answer, curl)
        except httpx.TransportError:
            yield Origin(endpoint=operation.endpoint, origin=origin, allowed="", credentials=False, status=0)

    def without(self, database: Database) -> Iterator[Shown]:
        """The same requests when the database has gone: what do the answers show?"""
        end = time.monotonic() + PATIENCE
        for operation in [*self.requests.operations, *self.hidden]:
            if time.monotonic() > end:
                return
            try:
                answer = self.requests.example(operation).send(self.client, self.caller.headers)
            except httpx.TransportError:
                continue
            if answer.is_success:
                yield Shown(endpoint=operation.endpoint, status=answer.status_code)
                continue
            told = "\n".join([answer.text, *answer.headers.values()])
            found = INSIDES.search(told)
            named = next((word for word in (database.name, f"127.0.0.1:{database.port}") if word in told), "")
            text = found[0] if found else named
            yield Shown(endpoint=operation.endpoint, status=answer.status_code, text=text)


def _origin(endpoint: str, origin: str, answer: httpx.Response, curl: str) -> Origin:
    allowed = answer.headers.get("access-control-allow-origin", "")
    credentials = answer.headers.get("access-control-allow-credentials", "").lower() == "true"
    return Origin(
        endpoint=endpoint,
        origin=origin,
        allowed=allowed,
        credentials=credentials,
        curl=curl,
        status=answer.status_code,
    )


def _shows_one(answer: httpx.Response) -> bool:
    """Is it a contract, or a page that loads what shows one?"""
    if "json" in answer.headers.get("content-type", ""):
        return _is_document(answer)
    return bool(VIEWER.search(answer.text) or re.match(r"\s*[\"']?openapi[\"']?\s*:", answer.text))


def _is_document(answer: httpx.Response) -> bool:
    """A contract, or a page that shows one; not just any page that a front end answers everywhere."""
    text = answer.text[:5000].lower()
    if "json" in answer.headers.get("content-type", ""):
        try:
            said = json.loads(answer.text)
        except ValueError:
            return False
        return isinstance(said, dict) and "paths" in said
    return any(word in text for word in ("swagger", "redoc", "scalar", "rapidoc", "openapi:"))
