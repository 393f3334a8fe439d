"""What does the service tell a collector of traces? A sink on loopback, requests of its callers, and their spans."""

import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

import httpx

from runner.discovery.code_files import python_files
from runner.discovery.images import images
from runner.discovery.variables_read import optional_in
from runner.errors import NotThere, ProbeError
from runner.evidence.accounts.visit import Visit, visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.code.lock_file import LockFile
from runner.evidence.contract.contract import Contract
from runner.http.identities import Identity
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.http.sessions import ends_session
from runner.live.span_sink import PATH, Sent, SpanSink
from runner.live.waiting import until
from runner.model import Evidence
from runner.postgres.driver import PostgresError
from runner.probe import Probe
from runner.reading.documents import NotReadable, text_of
from runner.reading.otlp import Span, spans_in
from runner.said import say, together
from runner.vocabulary.health import is_about_itself
from runner.vocabulary.secrets import is_password
from runner.words import plural

CODE = re.compile(r"^\s*(?:import|from)\s+(?:opentelemetry|logfire)\b|\bOTEL_EXPORTER_OTLP\w*", re.MULTILINE)
COMMAND = re.compile(r"\bopentelemetry-instrument\b")
PACKAGES = re.compile(r"opentelemetry-(?:sdk|distro|exporter-.+|instrumentation-.+)|logfire")
SETTING = re.compile(r"OTEL|OTLP|TRACING|TRACES?_|TELEMETRY|JAEGER|TEMPO|COLLECTOR", re.IGNORECASE)
MOST = 16  # operations
ARRIVES = 3.0  # seconds until what was measured has been sent
SHORTEST = 8  # letters of a text that is told from all others


@dataclass(frozen=True, slots=True, kw_only=True)
class Spilt:
    """A person's or a secret's value in a span."""

    what: str  # "a password"
    attribute: str
    span: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request that came with a trace of its own, and what was told under it."""

    endpoint: str
    status: int
    joined: bool  # a span of the service's is in the caller's trace
    statements: int  # spans of the database below it
    curl: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces(Evidence):
    """The spans that the service exports."""

    sign: str  # where it says that it exports any: "app/tracing.py:3 has `from opentelemetry`"
    spans: int
    asked: tuple[Asked, ...]
    spilt: tuple[Spilt, ...] = ()
    loose: int = 0  # spans of the database that no request is the root of
    values: int = 0  # that were looked for

    @classmethod
    def collect(cls, probe: Probe, contract: Contract, agreed: AgreedAccess | None, lock: LockFile) -> Self:
        sign = _sign(probe, lock)
        with SpanSink(probe.workshop.fence) as sink:
            with visit(probe, contract, agreed, env=_settings(probe, sink.url), open_too=True) as here:
                caller = _Caller(here)
                caller.ask()
                until(lambda: sink.taken, ARRIVES)
            sent = _as_json(probe, sink.taken)  # the service was stopped: it has sent what it had
        spans = tuple(spans_in(sent))
        if not spans:
            why = (
                say("it speaks gRPC to its collector, which is not read")
                if sink.grpc
                else say("none came to a collector")
            )
            ends = say("{why} that OTEL_EXPORTER_OTLP_ENDPOINT names", why=why) if not sink.grpc else why
            raise ProbeError(say("{sign}, and no span was seen: {ends}", sign=sign, ends=ends))
        probe.note(
            say("{spans} of {requests}", spans=plural(len(spans), "span"), requests=plural(len(caller.sent), "request"))
        )
        return cls(
            sign=sign,
            spans=len(spans),
            asked=tuple(_told(one, spans) for one in caller.sent),
            spilt=tuple(_spilt(caller.values, spans)),
            loose=sum(one.is_statement and _root(one, spans) is None for one in spans),
            values=len(caller.values),
        )


def _sign(probe: Probe, lock: LockFile) -> str:
    """Where the service says that it exports traces. Raises `NotThere`."""
    pinned = next((pin for pin in lock.pins if PACKAGES.fullmatch(pin.name.lower())), None)
    looked, files = 0, [*python_files(probe.root), *images(probe.root), *probe.root.glob("*compose*.y*ml")]
    for path in files:
        with suppress(NotReadable, OSError):
            text = text_of(path)
            looked += 1
            if found := (CODE if path.suffix == ".py" else COMMAND).search(text):
                line = text.count("\n", 0, found.end()) + 1
                return say(
                    "{relative_to}:{line} has `{split}`",
                    relative_to=path.relative_to(probe.root),
                    line=line,
                    split=together(found[0].split(), " "),
                )
    if pinned:
        return say("{path}:{line} installs {name}", path=pinned.path, line=pinned.line, name=pinned.name)
    raise NotThere(
        "this service exports no traces: nothing of it names OpenTelemetry",
        looked=say(
            "{files} of code and containers, and {pins} of the lock",
            files=plural(looked, "file"),
            pins=plural(len(lock.pins), "pin"),
        ),
    )


def _settings(probe: Probe, url: str) -> dict[str, str]:
    """The variables of OpenTelemetry's specification, and those of the service's own that speak of traces."""
    own = {
        name for name in (*optional_in(python_files(probe.root)), *probe.environment.named()) if SETTING.search(name)
    }
    found = {name: given for name in own if (given := _given(name.upper(), url))}
    return found | {
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{url}{PATH}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_TRACES_SAMPLER": "always_on",
        "OTEL_PROPAGATORS": "tracecontext,baggage",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        "OTEL_SDK_DISABLED": "false",
    }


def _given(name: str, url: str) -> str:
    if name.endswith(("_ENABLED", "_ENABLE")) or name.startswith("ENABLE_"):
        return "true"
    if name.endswith(("_ENDPOINT", "_URL", "_URI", "_COLLECTOR")):
        return f"{url}{PATH}" if "TRACES" in name else url
    return "1.0" if name.endswith(("_RATE", "_RATIO")) else ""


def _as_json(probe: Probe, taken: Sequence[Sent]) -> list[Mapping[str, Any]]:
    found = [json.loads(one.body) for one in taken if one.is_json]
    packed = [one.body for one in taken if not one.is_json]
    if packed:
        folder = probe.workshop.scratch("spans")
        names = [folder / str(number) for number in range(len(packed))]
        for name, body in zip(names, packed, strict=True):
            name.write_bytes(body)
        found += probe.ask("otlp_spans", *map(str, names))["sent"]
    return found


class _Caller:
    """Asks each operation once, as who it is open to, under a trace of its own."""

    def __init__(self, here: Visit) -> None:
        self.here = here
        self.sent: list[tuple[Request, int, str]] = []  # … the status and the trace
        self.values: dict[str, str] = {}  # what must stand in no span, by value

    def ask(self) -> None:
        operations = [one for one in self.here.requests.operations if not is_about_itself(one.path)]
        self._enter()
        for one in [one for one in operations if not ends_session(one) and one.method != "DELETE"][:MOST]:
            with suppress(ProbeError, PostgresError, httpx.HTTPError):
                caller = self.here.caller(self.here.allowed(one))
                self._know(caller)
                self._send(self._request(one, caller), caller)

    def _enter(self) -> None:
        """An address that is taken, and a wrong password: what refuses them may tell them on."""
        people = self.here.people
        if people.register is None or people.open:
            return
        with suppress(ProbeError, PostgresError, httpx.HTTPError):
            known = self.here.caller(self.here.roles[0])
            self._know(known)
            again = people.registration()
            secret = {value: name for name, value in again.fields.items() if is_password(name)}
            self.values |= dict.fromkeys(map(str, secret), "a password")
            same = {name: known.called.get(name, value) for name, value in again.fields.items()}
            self._send(again.with_fields(same), Identity(role=""))
            wrong = self.here.requests.examples.password()
            people.hide(wrong)
            self.values[wrong] = "a password"
            self._send(people.login_request(known.email, wrong), Identity(role=""))

    def _know(self, caller: Identity) -> None:
        cookies = [pair.partition("=")[2] for pair in caller.headers.get("Cookie", "").split("; ")]
        tokens = (caller.access_token, caller.refresh_token, *cookies)
        self.values |= dict.fromkeys([one for one in tokens if len(one) >= SHORTEST], "a token")
        self.values |= {caller.password: "a password"} if caller.password else {}
        self.values |= {caller.email: say("an e-mail address")} if "@" in caller.email else {}

    def _request(self, operation: Operation, caller: Identity) -> Request:
        if operation == self.here.people.register:
            request = self.here.people.registration()
            self.values |= {str(v): "a password" for n, v in request.fields.items() if is_password(n)}
            self.values |= {
                v: say("an e-mail address") for v in request.fields.values() if isinstance(v, str) and "@" in v
            }
            return request
        return self.here.request(operation, caller)

    def _send(self, request: Request, caller: Identity) -> None:
        trace = secrets.token_hex(16)
        headers = {**caller.headers, "traceparent": f"00-{trace}-{secrets.token_hex(8)}-01"}
        answer = request.send(self.here.client, headers)
        self.sent.append((request, answer.status_code, trace))


def _told(sent: tuple[Request, int, str], spans: Sequence[Span]) -> Asked:
    request, status, trace = sent
    own = [one for one in spans if one.trace == trace]
    below = [one for one in own if one.is_statement and _root(one, own) is not None]
    return Asked(
        endpoint=request.endpoint,
        status=status,
        joined=bool(own),
        statements=len(below),
        curl=request.curl(signed_in=request.operation.is_protected),
    )


def _root(span: Span, spans: Sequence[Span]) -> Span | None:
    """The span of a request that this one is below; None where the way up ends before."""
    known = {(one.trace, one.id): one for one in spans}
    seen: set[str] = set()
    at: Span | None = span
    while at is not None and at.id not in seen:
        if at.is_server:
            return at
        seen.add(at.id)
        at = known.get((at.trace, at.parent))
    return None


def _spilt(values: Mapping[str, str], spans: Sequence[Span]) -> Iterator[Spilt]:
    found: dict[tuple[str, str], Spilt] = {}
    for span in spans:
        for attribute, text in {**span.told, "name": span.name}.items():
            for what in {what for value, what in values.items() if value in text or _quoted(value) in text}:
                found.setdefault((what, attribute), Spilt(what=what, attribute=attribute, span=span.name))
    yield from found.values()


def _quoted(value: str) -> str:
    """As it stands in a URL."""
    return quote(value, safe="")
