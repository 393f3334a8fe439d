"""What does the service show and allow under its production settings? Headers, documentation, origins, cookies."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import httpx

from runner.errors import NotThere, ProbeError
from runner.evidence.code_names import read_code
from runner.evidence.hostile_input import INSIDES
from runner.evidence.open_pages import always_open, page_paths
from runner.evidence.visit import people_of, requests_of, roles_of, specification_of
from runner.live.identities import NOBODY, Identity
from runner.live.objects import CannotMake, Objects
from runner.live.openapi import Operation
from runner.live.postgres import Database
from runner.live.requests import Request, Requests
from runner.model import Evidence
from runner.probe import TargetProbe

# What such a page loads; a landing page may well speak of Swagger without being it.
VIEWER = re.compile(r"swagger-ui|redoc\.standalone|<redoc|rapi-doc|@scalar/api-reference", re.IGNORECASE)
STRANGER = "https://attacker.example"
MISSING_PAGE = "/gonogo-no-such-page"
SUCCESS, UNKNOWN_CALLER = range(200, 300), 401


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
    documents_tried: int
    replies: tuple[Reply, ...]
    origins: tuple[Origin, ...]
    cookies: tuple[Cookie, ...]
    bearer: bool  # the contract signs in by the Authorization header
    without_database: tuple[Shown, ...]
    trouble: str = ""  # why nobody could sign in, if so

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        requests, other = requests_of(probe), probe.other_database()
        database = probe.database_or_nowhere()
        with probe.service(database, production=True) as server, server.client() as client:
            code = read_code(probe)
            tried = page_paths(code)
            callers: Callers = ((NOBODY,), (), other.why_not) if other else _callers(probe, requests, client, database)
            look = Look(requests, client, *callers)
            documents = tuple(look.documents(tried))
            replies, origins = tuple(look.replies()), tuple(look.origins())
            if other:  # what fails for want of the database says nothing about the settings
                replies = tuple(reply for reply in replies if reply.status < 500)  # noqa: PLR2004
            else:
                probe.postgres().drop(database)
            shown = tuple(look.without(database))
            probe.note(
                f"{len(replies) + len(origins)} requests under production settings, {len(shown)} without database"
            )
            return cls(
                declared=bool(probe.target.config.production),
                always=always_open(code),
                documents=documents,
                documents_tried=len(tried),
                replies=replies,
                origins=origins,
                cookies=look.cookies,
                bearer=_bearer(requests),
                without_database=shown,
                trouble=look.trouble,
            )


def _callers(probe: TargetProbe, requests: Requests, client: httpx.Client, database: Database) -> Callers:
    """People, the least role first; the cookies that her sign-in set; and why there is nobody, if so."""
    try:
        people = people_of(probe, requests, client, database)
        roles = roles_of(specification_of(probe))
        callers = [people.one(role) for role in dict.fromkeys((roles[0], roles[-1]))]
        caller = callers[0]
        answer = people.try_password(caller.email, caller.password)
    except NotThere:  # nobody signs in here, which is no trouble
        return (NOBODY,), (), ""
    except ProbeError as trouble:
        return (NOBODY,), (), str(trouble)
    endpoint = people.login.endpoint if people.login else ""
    curl = people.login_request("you@example.com", "your password").curl() if people.login else ""
    return callers, tuple(_cookie(line, endpoint, curl) for line in answer.headers.get_list("set-cookie")), ""


def _cookie(line: str, endpoint: str, curl: str = "") -> Cookie:
    name, _, rest = line.partition("=")
    flags = {part.strip().partition("=")[0].lower() for part in rest.split(";")[1:]}
    wanted = ("Secure", "HttpOnly", "SameSite")
    missing = tuple(word for word in wanted if word.lower() not in flags)
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
        trouble: str,
    ) -> None:
        self.requests, self.client, self.callers, self.caller = requests, client, callers, callers[0]
        self.cookies, self.trouble = cookies, trouble
        self.gets = [op for op in requests.operations if op.method == "GET" and not op.placeholders]

    def documents(self, paths: Sequence[str]) -> Iterator[str]:
        for path in paths:
            answer = self.client.get(path)
            shown = VIEWER.search(answer.text) if path.endswith("/") else _is_document(answer)
            if answer.status_code in SUCCESS and shown:
                yield path

    def replies(self) -> Iterator[Reply]:
        for operation in self.gets:
            if operation.secured:
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

    def _about_things(self) -> Iterator[Reply]:
        """Protected answers about one thing: her own account, and what one of the callers can make."""
        objects = Objects(self.requests, self.client, self.callers)
        for operation in self.requests.operations:
            if operation.method != "GET" or not operation.placeholders or not operation.secured:
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

    def origins(self) -> Iterator[Origin]:
        """Ask as a page on another site would: the request itself, and the question before it."""
        chosen = next((op for op in self.gets if op.secured), next(iter(self.gets), None))
        if chosen is None:
            return
        request = self.requests.example(chosen)
        for origin in (STRANGER, "null"):
            asking = {"Origin": origin, "Cookie": "a=b"}
            curl = f"{request.curl()} -H 'Origin: {origin}' -H 'Cookie: a=b'"
            yield _origin(chosen.endpoint, origin, request.send(self.client, {**self.caller.headers, **asking}), curl)
            before = {"Origin": origin, "Access-Control-Request-Method": "GET"}
            before["Access-Control-Request-Headers"] = "authorization"
            answer = self.client.options(request.path, headers=before)
            yield _origin(f"OPTIONS {chosen.path}", origin, answer, curl)

    def without(self, database: Database) -> Iterator[Shown]:
        """The same requests when the database has gone: what do the answers show?"""
        for operation in self.gets:
            try:
                answer = self.requests.example(operation).send(self.client, self.caller.headers)
            except httpx.TransportError:
                continue
            if answer.is_success:
                yield Shown(endpoint=operation.endpoint, status=answer.status_code)
                continue
            found = INSIDES.search(answer.text)
            named = next((word for word in (database.name, f"127.0.0.1:{database.port}") if word in answer.text), "")
            text = found[0] if found else named
            yield Shown(endpoint=operation.endpoint, status=answer.status_code, text=text)


def _origin(endpoint: str, origin: str, answer: httpx.Response, curl: str) -> Origin:
    allowed = answer.headers.get("access-control-allow-origin", "")
    credentials = answer.headers.get("access-control-allow-credentials", "").lower() == "true"
    return Origin(endpoint=endpoint, origin=origin, allowed=allowed, credentials=credentials, curl=curl)


def _is_document(answer: httpx.Response) -> bool:
    """A contract, or a page that shows one; not just any page that a front end answers everywhere."""
    text = answer.text[:5000].lower()
    if "json" in answer.headers.get("content-type", ""):
        try:
            return "paths" in json.loads(answer.text)
        except (ValueError, TypeError):
            return False
    return any(word in text for word in ("swagger", "redoc", "scalar", "rapidoc", "openapi:"))
