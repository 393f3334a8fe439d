"""A connection that stays open, an event stream or a websocket: what came over it, and how did it end?"""

import contextlib
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

import httpx
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from runner.live.client import FOLLOWED
from runner.live.ports import LOOPBACK
from runner.live.server import Server
from runner.live.waiting import until

PATIENCE = 5.0  # seconds for the answer's head
LONGEST = 120.0  # seconds that a line is kept at most
UPGRADED = 101
SUCCESS = range(200, 300)
PAUSE = 0.02


class Ending(StrEnum):
    """How a line ended."""

    CLOSED = "closed"  # a close frame, or the end of the answer: the service said so
    CUT = "cut"  # the connection was lost in the midst of it
    REFUSED = "refused"  # it never began


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What is opened: a path without its prefix, with what goes with it."""

    path: str
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    subprotocols: tuple[str, ...] = ()


class Line:
    """One open connection. A thread of its own reads it until it ends, or until `close`."""

    def __init__(self, server: Server, address: Address) -> None:
        self.status = 0  # of the answer's head; 101: a websocket is open; 0: no answer
        self.kind = ""  # of its content
        self.code = 0  # of the close frame; 0: none came
        self.pieces: list[tuple[float, str]] = []  # when, by the monotonic clock, and what
        self.ending: Ending | None = None
        self.ended_at = 0.0
        self._server, self._address = server, address
        self._lost: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def opened(self) -> bool:
        return self.status == UPGRADED or self.status in SUCCESS

    @property
    def is_open(self) -> bool:
        return self.opened and self.ending is None

    def begun(self, seconds: float = PATIENCE) -> bool:
        """Did it open within so long?"""
        until(lambda: self.status or self.ending, seconds, pause=PAUSE)
        return self.opened

    def over(self, seconds: float) -> bool:
        """Did it end within so long?"""
        until(lambda: self.ending, seconds, pause=PAUSE)
        return self.ending is not None

    def since(self, moment: float) -> list[str]:
        return [text for at, text in self.pieces if at >= moment]

    @property
    def ends_whole(self) -> bool:
        """Nothing that came was left half said: the last event is followed by its empty line."""
        return False

    def say(self, text: str) -> None:
        """Send a message, where one can be sent."""

    def close(self) -> None:
        if self._lost is not None:
            with contextlib.suppress(OSError):
                self._lost.shutdown(socket.SHUT_RDWR)
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        try:
            ending = self._read()
        except (httpx.HTTPError, WebSocketException, OSError):
            ending = Ending.CUT if self.opened else Ending.REFUSED
        self.ended_at, self.ending = time.monotonic(), ending

    def _read(self) -> Ending:
        raise NotImplementedError

    def _got(self, text: str) -> None:
        self.pieces.append((time.monotonic(), text))


class Events(Line):
    """An answer that goes on."""

    @property
    def ends_whole(self) -> bool:
        said = "".join(text for _, text in self.pieces).replace("\r\n", "\n")
        return not said or said.endswith("\n\n" if "event-stream" in self.kind else "\n")

    def _read(self) -> Ending:
        one = self._address
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity", **one.headers}
        times = httpx.Timeout(PATIENCE, read=LONGEST)
        asked: dict[str, Any] = {"params": dict(one.query), "headers": headers, "timeout": times}
        with (
            self._server.client(LONGEST) as client,
            client.stream("GET", one.path, **asked, extensions={FOLLOWED: True}) as answer,
        ):
            self._lost = answer.extensions["network_stream"].get_extra_info("socket")
            self.kind = answer.headers.get("content-type", "")
            self.status = answer.status_code
            for piece in answer.iter_raw():
                self._got(piece.decode(errors="replace"))
        return Ending.CLOSED if self.opened else Ending.REFUSED


class Socket(Line):
    """A websocket."""

    _open: ClientConnection | None = None

    def say(self, text: str) -> None:
        if self._open is not None:
            with contextlib.suppress(WebSocketException, OSError):
                self._open.send(text)

    def _read(self) -> Ending:
        one = self._address
        query = f"?{urlencode(dict(one.query))}" if one.query else ""
        self._lost = self._server.fence.connect(LOOPBACK, self._server.port, PATIENCE)
        try:
            with connect(
                f"ws://{LOOPBACK}:{self._server.port}{one.path}{query}",
                sock=self._lost,
                additional_headers=dict(one.headers),
                subprotocols=_named(one.subprotocols),
                compression=None,
                proxy=None,
                open_timeout=PATIENCE,
                close_timeout=1,
                ping_interval=None,
            ) as self._open:
                self.status = UPGRADED
                while True:
                    text = self._open.recv()
                    self._got(text if isinstance(text, str) else text.decode(errors="replace"))
        except InvalidStatus as refused:
            self.status = refused.response.status_code
            return Ending.REFUSED
        except ConnectionClosed as closed:
            self.code = closed.rcvd.code if closed.rcvd else 0
            return Ending.CLOSED if closed.rcvd else Ending.CUT


def _named(words: Sequence[str]) -> Sequence[Subprotocol] | None:
    return [Subprotocol(word) for word in words] or None
