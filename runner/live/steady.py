"""A small steady load of new connections, and requests that are caught half-way: what a restart may not break."""

import http.client
import json
import select
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from runner.live.ports import LOOPBACK
from runner.processes.fence import HOST, Fence
from runner.said import say

PAUSE = 0.01  # seconds between one thread's requests
THREADS = 2
TIMEOUT = 5
BROKEN = 500  # from this status on a request counts as failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One request of the load. `status` is None when no answer came; `problem` says why."""

    path: str
    at: float
    status: int | None
    problem: str = ""

    @property
    def failed(self) -> bool:
        return self.status is None or self.status >= BROKEN


class Steady:
    """Asks for the paths in turn, each time on a new connection, until the block ends."""

    def __init__(self, port: int, paths: tuple[str, ...], fence: Fence = HOST) -> None:
        self.answers: list[Answer] = []
        self._begun = [0] * THREADS
        self._port, self._paths, self._over, self._fence = port, paths, threading.Event(), fence
        self._threads = [threading.Thread(target=self._ask, args=(n,), daemon=True) for n in range(THREADS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, it: BaseException | None, tb: TracebackType | None) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(TIMEOUT + 1)

    @property
    def sent(self) -> int:
        """Requests that were begun, whether or not anything came back."""
        return sum(self._begun)

    def _ask(self, number: int) -> None:
        mine = number
        while not self._over.is_set():
            self._begun[mine] += 1
            self.answers.append(get(self._port, self._paths[number % len(self._paths)], self._fence))
            number += 1
            time.sleep(PAUSE)


def get(port: int, path: str, fence: Fence = HOST) -> Answer:
    """One GET on a connection of its own."""
    began = time.monotonic()
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=TIMEOUT)
    try:
        connection.sock = fence.connect(LOOPBACK, port, TIMEOUT)
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException) as error:
        return Answer(path=path, at=began, status=None, problem=_say(error))
    finally:
        connection.close()
    return Answer(path=path, at=began, status=response.status)


class HalfSent:
    """A request whose head and half of its body are sent; `finish` sends the rest and reads the answer."""

    def __init__(self, port: int, method: str, path: str, body: object, fence: Fence = HOST) -> None:
        content = json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {LOOPBACK}:{port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        )
        half = len(content) // 2
        self._path, self._rest = path, content[half:]
        self._socket = fence.connect(LOOPBACK, port, TIMEOUT)
        self._socket.sendall(head.encode() + content[:half])

    def pending(self) -> bool:
        """Nothing has come back yet: the service waits for the rest."""
        return not select.select([self._socket], [], [], 0)[0]

    def finish(self) -> Answer:
        began = time.monotonic()
        with self._socket:
            try:
                self._socket.sendall(self._rest)
                response = http.client.HTTPResponse(self._socket)
                response.begin()
            except (OSError, http.client.HTTPException) as error:
                return Answer(path=self._path, at=began, status=None, problem=_say(error))
            return Answer(path=self._path, at=began, status=response.status)


def _say(error: Exception) -> str:
    if isinstance(error, ConnectionResetError | BrokenPipeError | http.client.RemoteDisconnected):
        return say("the connection was cut without an answer")
    return say("no answer in time") if isinstance(error, TimeoutError) else str(error) or type(error).__name__
