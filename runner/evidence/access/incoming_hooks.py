"""Calls of other services: what does an operation do with one that is unsigned, signed wrongly, or sent twice?"""

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Self

import httpx

from runner.evidence.accounts.visit import answering, requests_of
from runner.evidence.code.code_names import Code, read_code
from runner.evidence.code.hook_code import HookCode, hook_code, variables
from runner.evidence.contract.contract import Contract
from runner.evidence.contract.routes import Route, Routes
from runner.evidence.contract.served_app import ServedApp
from runner.http.objects import CannotMake
from runner.http.requests import Requests
from runner.migrator import Migrator
from runner.model import Evidence
from runner.postgres.catalog import row_counts
from runner.postgres.database import Database
from runner.probe import Probe
from runner.vocabulary.open_paths import CALLS, why_open
from runner.vocabulary.secrets import is_secret

TAKEN = range(200, 300)
# The word that our services share, also as Svix and its likes want it.
WORD = "whsec_" + base64.b64encode(b"gonogo signs these calls").decode()
MOST = 12  # operations
CARRIES = re.compile(r"sign|hmac|digest|token|secret|hash|auth|key", re.IGNORECASE)
WHEN = re.compile(r"time|date", re.IGNORECASE)
BOOKS = re.compile(r"log|audit|deliver|request|attempt|event|history|raw|inbox|received", re.I)  # note each call
REFUSED, BROKEN = frozenset({401, 403}), 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """An operation for calls of other services, what its code does, and what it answered. A status of 0: not asked."""

    endpoint: str
    path: str | None = None
    line: int | None = None
    code: HookCode
    unsigned: int = 0
    forged: int = 0  # with a signature that nobody made; the mildest answer
    forged_as: str = ""  # "Stripe-Signature: 0000…"
    signed: int = 0  # as it should be; 0 where no way to sign was taken
    again: int = 0  # the same once more
    twice: tuple[str, ...] = ()  # tables that got rows each time
    changed: bool = False  # the first one left something in the database
    curl: str = ""

    @property
    def open(self) -> bool:
        return self.unsigned in TAKEN or self.forged in TAKEN

    @property
    def refuses(self) -> bool:
        """It is refused for its signature: another one is taken, the status says so, or the code looks at it first."""
        if self.open or not 0 < self.unsigned < BROKEN or self.forged >= BROKEN:
            return False
        return self.signed in TAKEN or {self.unsigned, self.forged} <= REFUSED or bool(self.code.checks)

    @property
    def replays_known(self) -> bool:
        return bool(self.twice) or self.again in range(400, 500) or (self.again in TAKEN and self.changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingHooks(Evidence):
    """Operations that take calls of other services."""

    operations: int
    hooks: tuple[Hook, ...] = ()

    @classmethod
    def collect(cls, probe: Probe, served: ServedApp, contract: Contract, routes: Routes) -> Self:
        found = list(_hooks(contract, routes))[:MOST]
        served_now = sum(len(route.endpoints) for route in routes.routes if route.is_served)
        if not found:
            return cls(operations=served_now)
        code = read_code(probe, served)
        known = [(e, r, hook_code(code, r.module, r.function, r.dependencies)) for e, r in found]
        hooks = [Hook(endpoint=e, path=r.file, line=r.line, code=said) for e, r, said in known]
        return cls(operations=served_now, hooks=tuple(_asked(probe, contract, code, hooks)))


def _hooks(contract: Contract, routes: Routes) -> Iterator[tuple[str, Route]]:
    """By their paths, and not guarded like the others: the contract's security is another check's question."""
    for route in routes.routes:
        for endpoint in route.endpoints if route.is_served else ():
            operation = contract.operation(endpoint)
            method, _, path = endpoint.partition(" ")
            if why_open(method, path) == CALLS and not (operation and operation.is_protected):
                yield endpoint, route


def _asked(probe: Probe, contract: Contract, code: Code, hooks: list[Hook]) -> Iterator[Hook]:
    """Each, at the running service that was told our word for every secret that the code of a hook names."""
    names = {name for hook in hooks for name in hook.code.secrets}
    database = Migrator(probe).migrated_database()
    given = probe.environment.of(database)
    told = {name: WORD for name in variables(code, names) if name not in given}
    requests = requests_of(probe, contract)
    with probe.service(database, env=told) as server, server.client(10) as client, answering():
        words = dict.fromkeys([WORD, *_given(probe, database, names)])
        for hook in hooks:
            yield _Caller(client, database, hook, _body(contract, requests, hook.endpoint)).asked(list(words))


def _given(probe: Probe, database: Database, names: set[str]) -> Iterator[str]:
    """The secrets that the service is told anyway."""
    for name, value in probe.environment.of(database).items():
        if is_secret(name) and any(name.upper().endswith(one.upper()) for one in names):
            yield value


def _body(contract: Contract, requests: Requests, endpoint: str) -> bytes:
    operation = contract.operation(endpoint)
    if operation and operation.body:
        try:
            return requests.example(operation).content or b"{}"
        except CannotMake:
            pass
    plain = {"id": "evt_gonogo", "type": "ping", "event": "ping", "created": int(time.time()), "data": {"object": {}}}
    return json.dumps(plain).encode()


@dataclass(frozen=True, slots=True)
class _Caller:
    client: httpx.Client
    database: Database
    hook: Hook
    body: bytes

    def asked(self, words: list[str]) -> Hook:
        hook = self.hook
        unsigned = self._sent({})
        hook = replace(hook, unsigned=unsigned, curl=self._curl({}))
        tried = [(self._sent(one), one) for one in self._forged()]
        if tried:
            status, headers = min(tried, key=lambda one: one[0])
            name, value = next((n, v) for n, v in headers.items() if CARRIES.search(n))
            hook = replace(hook, forged=status, forged_as=f"{name}: {value[:24]}…")
            if status in TAKEN and unsigned not in TAKEN:
                hook = replace(hook, curl=self._curl(headers))
        return hook if hook.open else self._again(hook, words)

    def _again(self, hook: Hook, words: list[str]) -> Hook:
        """The same call twice, where one is taken that is signed with a word that the service was told."""
        for headers in self._signed(words):
            before = row_counts(self.database)
            if (status := self._sent(headers)) in TAKEN:
                first = row_counts(self.database)
                again = self._sent(headers)
                after = row_counts(self.database)
                more = {t for t in first if first[t] > before.get(t, 0) and after.get(t, 0) > first[t]}
                twice = tuple(sorted(t for t in more if not BOOKS.search(t)))
                curl = self._curl(headers) if twice else hook.curl
                return replace(hook, signed=status, again=again, twice=twice, changed=first != before, curl=curl)
        return hook

    def _names(self) -> list[str]:
        return [name for name in self.hook.code.headers if CARRIES.search(name)] or ["X-Signature"]

    def _beside(self, now: str) -> dict[str, str]:
        """What goes with a signature: when it was made, and of which call."""
        others = [name for name in self.hook.code.headers if not CARRIES.search(name)]
        times = {name: now for name in others if WHEN.search(name)}
        return {name: "evt_gonogo" for name in others if name not in times and name.lower().endswith("id")} | times

    def _forged(self) -> Iterator[dict[str, str]]:
        now, none = str(int(time.time())), "0" * 64
        for name, value in product(self._names(), (none, f"sha256={none}", f"t={now},v1={none}")):
            yield {**self._beside(now), name: value}

    def _signed(self, words: list[str]) -> Iterator[dict[str, str]]:
        now = str(int(time.time()))
        beside = self._beside(now)
        for name, word in product(self._names(), words):
            yield {**beside, name: word}
            yield {**beside, name: f"Bearer {word}"}
            for algorithm, key in product(self.hook.code.algorithms, _keys(word)):
                for form in _forms(key, algorithm, now, self.body):
                    yield {**beside, name: form}

    def _sent(self, headers: Mapping[str, str]) -> int:
        path = self.hook.endpoint.partition(" ")[2]
        kept = {"content-type": "application/json", **headers}
        return self.client.post(path, content=self.body, headers=kept).status_code

    def _curl(self, headers: Mapping[str, str]) -> str:
        said = " ".join(f"-H '{name}: {value}'" for name, value in headers.items())
        path = self.hook.endpoint.partition(" ")[2]
        body = self.body.decode(errors="replace").replace("'", "'\\''")
        return f"curl -si -X POST 'localhost:8000{path}' -H 'Content-Type: application/json' {said} -d '{body[:300]}'"


def _keys(word: str) -> list[bytes]:
    """As it is, and as Svix and its likes read it: what stands behind `whsec_`, in base64."""
    if not word.startswith("whsec_"):
        return [word.encode()]
    return [word.encode(), base64.b64decode(word.removeprefix("whsec_"))]


def _forms(key: bytes, algorithm: str, now: str, body: bytes) -> Iterator[str]:
    """The usual ones: of the body alone (GitHub), with the time (Stripe, Slack), with the call's id (Svix)."""

    def made(message: bytes) -> "hmac.HMAC":
        return hmac.new(key, message, getattr(hashlib, algorithm))

    def packed(message: bytes) -> str:
        return base64.b64encode(made(message).digest()).decode()

    stamp = now.encode()
    dated = made(stamp + b"." + body).hexdigest()
    text = made(body).hexdigest()
    yield from (text, f"{algorithm}={text}", packed(body), f"{algorithm}={packed(body)}")
    yield from (f"t={now},v1={dated}", dated, f"v1={dated}", f"{algorithm}={dated}")
    yield f"v0={made(b'v0:' + stamp + b':' + body).hexdigest()}"
    yield f"v1,{packed(b'evt_gonogo.' + stamp + b'.' + body)}"
    yield from (made(stamp + b":" + body).hexdigest(), made(stamp + body).hexdigest())
