"""What does a page of a permitted origin get when an operation breaks, and may it send what the service serves?"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Self

from runner.discovery.code_files import python_files
from runner.discovery.variables_read import optional_in
from runner.errors import NotThere, ProbeError, Thing
from runner.evidence.contract.contract import Contract
from runner.evidence.contract.served_app import ServedApp
from runner.http.openapi import PLACEHOLDER
from runner.migrator import Migrator
from runner.model import Evidence
from runner.probe import Probe
from runner.said import say
from runner.words import listed

SUCCESS = range(200, 300)
SIMPLE = frozenset({"GET", "HEAD", "POST"})  # methods that a browser sends without asking
AUTHORIZATION = "authorization"
PAGE = "https://shop.example.com"
ORIGINS = re.compile(
    r"(?:^|_)ORIGINS?(?:_(?:LIST|STR|URLS?))?$", re.IGNORECASE
)  # settings with the pages that may call


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserAnswer:
    """An answer to a page of the origin: its status, and whom Access-Control-Allow-Origin lets read it."""

    status: int
    allowed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What a browser asks before it sends a request to an operation, and what it was answered."""

    endpoint: str
    headers: tuple[str, ...]  # that the page would send, in small letters
    cookie: bool = False  # the sign-in is a cookie
    status: int = 0  # 0: no answer
    origin: str = ""  # Access-Control-Allow-Origin, and so on
    methods: str = ""
    allowed: str = ""  # headers
    credentials: bool = False

    @property
    def method(self) -> str:
        return self.endpoint.partition(" ")[0]

    @property
    def lacking(self) -> tuple[str, ...]:
        """What a browser does not send therefore. `*` does not stand for Authorization."""
        methods, allowed = words_of(self.methods), words_of(self.allowed)
        named = self.method in SIMPLE or "*" in methods or self.method.lower() in methods
        headers = [h for h in self.headers if h not in allowed and (h == AUTHORIZATION or "*" not in allowed)]
        found = [*([] if named else [self.method]), *headers, *(["cookies"] if self.cookie_is_lost else [])]
        return tuple(found) or (
            () if self.status in SUCCESS else (say("what is answered {status}", status=self.status or say("nothing")),)
        )

    @property
    def cookie_is_lost(self) -> bool:
        return self.cookie and not self.credentials


def words_of(header: str) -> frozenset[str]:
    return frozenset(word.strip().lower() for word in header.split(","))


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserErrors(Evidence):
    """Two routes are added to the app in a process of its own, under production settings: one works, one raises."""

    app: str
    origins: tuple[str, ...]  # that the app permits
    origin: str  # that asked
    well: BrowserAnswer | None  # of the route that works
    broken: BrowserAnswer | None  # of the route that raises
    told: tuple[str, ...] | None = None  # the methods that CORSMiddleware was told to permit; None: none
    preflights: tuple[Preflight, ...] = ()  # of each operation that a browser asks for beforehand
    operations: int = 0  # of the contract

    @classmethod
    def collect(cls, probe: Probe, served: ServedApp, contract: Contract | None) -> Self:
        if not served.routes and not served.documents:
            raise NotThere("the app serves nothing", looked="the routes of the app", absent=Thing.OPERATIONS)
        wanted = tuple(asked_before(contract)) if contract else ()
        questions = [[one.method, PLACEHOLDER.sub("1", one.endpoint.partition(" ")[2]), one.headers] for one in wanted]
        words = [served.app, json.dumps(questions), *([probe.target.path] if probe.target.path else [])]
        answer = _asked(probe, words)
        if not answer["origins"]:
            looked = say("the middleware of the app under production settings")
            raise NotThere("no origin of a browser is permitted by CORSMiddleware", looked=looked)
        well, broken = _answer(answer["well"]), _answer(answer["broken"])
        if well is None and broken is None:
            raise ProbeError("neither of two routes that were added to the app was answered")
        return cls(
            app=served.app,
            origins=tuple(answer["origins"]),
            origin=answer["origin"],
            well=well,
            broken=broken,
            told=None if answer["told"] is None else tuple(answer["told"]),
            preflights=tuple(_told(one, said) for one, said in zip(wanted, answer["asked"], strict=True)),
            operations=len(contract.operations) if contract else 0,
        )


def _asked(probe: Probe, words: list[str]) -> dict[str, Any]:
    """As its settings are; where these permit no origin, with one in each setting that takes some: none is the default.

    A list is written as pydantic reads it, then as the bare word that code splits at commas.
    """
    migrator = Migrator(probe)
    answer = migrator.ask("browser_errors", *words, production=True)
    names = {*optional_in(python_files(probe.root)), *probe.environment.named()}
    settings = sorted(name for name in names if ORIGINS.search(name))
    if answer["origins"] or not settings:
        return answer
    for written in (json.dumps([PAGE]), PAGE):
        with suppress(ProbeError):
            told = migrator.ask("browser_errors", *words, production=True, told=dict.fromkeys(settings, written))
            if PAGE in told["origins"]:
                probe.note(say("its settings permit no origin: {names} told it one", names=listed(settings, 3)))
                return told
    return answer


def asked_before(contract: Contract) -> Iterator[Preflight]:
    """Operations with another method than those of a plain form, with a JSON body, or with a sign-in by a header."""
    schemes = {name: dict(contract.referred(one)) for name, one in schemes_of(contract.document).items()}
    for operation in contract.operations:
        kinds = {_brought_in(schemes.get(name, {})) for name in operation.security}
        headers = [AUTHORIZATION] if AUTHORIZATION in kinds else []
        headers += ["content-type"] if operation.takes_json and operation.changes else []
        if headers or operation.method not in SIMPLE:
            cookie = kinds == {"cookie"}
            yield Preflight(endpoint=operation.endpoint, headers=tuple(headers), cookie=cookie)


def schemes_of(document: Mapping[str, Any]) -> Mapping[str, Any]:
    found = document.get("components", {}).get("securitySchemes", {})
    return found if isinstance(found, Mapping) else {}


def _brought_in(scheme: Mapping[str, Any]) -> str:
    """A key in a header of its own is what programs bring, and no page."""
    if scheme.get("type") == "apiKey":
        return str(scheme.get("in"))
    return AUTHORIZATION if scheme.get("type") in {"http", "oauth2", "openIdConnect"} else ""


def _told(asked: Preflight, said: Mapping[str, Any] | None) -> Preflight:
    if said is None:
        return asked
    return replace(
        asked,
        status=int(said["status"]),
        origin=str(said["origin"]),
        methods=str(said["methods"]),
        allowed=str(said["headers"]),
        credentials=str(said["credentials"]).lower() == "true",
    )


def _answer(told: dict[str, object] | None) -> BrowserAnswer | None:
    return BrowserAnswer(status=int(str(told["status"])), allowed=str(told["allowed"])) if told else None
