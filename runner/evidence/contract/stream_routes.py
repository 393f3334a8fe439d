"""Which operations may go on answering, and which websockets are there? The app's own routes know both."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from runner.discovery.code_files import python_files
from runner.errors import NotThere, ProbeError
from runner.evidence.contract.contract import Contract
from runner.evidence.contract.routes import Routes
from runner.evidence.contract.served_app import ServedApp
from runner.model import Evidence
from runner.probe import Probe
from runner.said import say
from runner.words import plural

# What code names that goes on answering: Starlette's, FastAPI's and sse-starlette's responses, and their media type.
STREAMS = re.compile(r"StreamingResponse|EventSource|ServerSentEvent|text/event-stream")
OTHERS = re.compile(r"^\s*(?:import|from) (?:socketio|centrifuge|broadcaster)\b", re.MULTILINE)  # they tell no routes


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketRoute:
    """A websocket, and the words by which its code asks who is there."""

    path: str
    converters: Mapping[str, str]  # path parameter → Starlette's converter
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()
    subprotocols: bool = False  # it looks at those that its client names
    asks: bool = True  # its code has a word that may ask who is there
    file: str | None = None
    line: int | None = None

    @property
    def endpoint(self) -> str:
        return f"WS {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRoutes(Evidence):
    """What may stay open."""

    sockets: tuple[SocketRoute, ...] = ()
    reads: tuple[str, ...] = ()  # operations that answer what no model shapes: each may go on answering
    hidden: int = 0  # such GETs that the contract leaves out, and servers of sockets that tell no routes

    @classmethod
    def collect(cls, probe: Probe, served: ServedApp, routes: Routes, contract: Contract) -> Self:
        """Raises `NotThere` where no route is a websocket and no code streams."""
        if served.sockets_problem:
            raise ProbeError(
                say(
                    "the websockets of {app} can't be read: {sockets_problem}",
                    app=served.app,
                    sockets_problem=served.sockets_problem,
                )
            )
        sockets = tuple(map(_socket, served.sockets))
        texts = [file.read_text(encoding="utf-8", errors="replace") for file in python_files(probe.root)]
        streams, foreign = any(map(STREAMS.search, texts)), any(map(OTHERS.search, texts))
        if not sockets and not streams and not foreign:
            looked = say(
                "{routes} of the app and {files}",
                routes=plural(len(routes.routes), "route"),
                files=plural(len(texts), "Python file"),
            )
            raise NotThere("the service has no event stream and no websocket", looked=looked)
        reads = [one for one in routes.routes if streams and "GET" in one.methods and not one.is_the_frameworks]
        free = {f"GET {one.path}" for one in reads if one.answers_itself or not one.response_models}
        told = {one.endpoint for one in contract.operations if one.method == "GET"}
        return cls(sockets=sockets, reads=tuple(sorted(free & told)), hidden=len(free - told) + foreign)


def _socket(given: Mapping[str, Any]) -> SocketRoute:
    return SocketRoute(
        path=re.sub(r":\w+}", "}", given["path"]),
        converters=dict(given["converters"]),
        query=tuple(given["query_params"]),
        headers=tuple(given["headers"]),
        cookies=tuple(given["cookies"]),
        subprotocols=bool(given["subprotocols"]),
        asks=bool(given["asks"]),
        file=given.get("file"),
        line=given.get("line"),
    )
