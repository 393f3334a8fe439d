"""An HTTP client whose answers end: a service may stream for ever, be silent meanwhile, or send more than one can hold.

And one that can go on from another address of this machine, where a service limits how often one address may ask.
"""

import itertools
import re
import select
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpcore
import httpx

from runner.live import pace
from runner.processes.fence import Fence

MOST = 32 * 1024 * 1024  # bytes of one answer
GOES_ON = re.compile(r"event-stream|ndjson|jsonl|json-seq|stream\+json|multipart/x-mixed-replace")
FOLLOWED = "gonogo_followed"  # the extension of a request whose answer somebody listens to as long as it goes on
SILENT = 2.0  # seconds without a word after which what goes on is left: its beginning is the answer
ADDRESSES = 250 * 250  # of 127.0.0.0/8 that are used
MOVES = itertools.count(1)  # of all clients of this process: what a limit has counted may outlive its service


class Inside(httpx.HTTPTransport):
    """HTTP to a server of the run, in the network that its processes live in."""

    def __init__(self, fence: Fence, limits: httpx.Limits) -> None:
        super().__init__(trust_env=False, limits=limits)
        self.network = _Network(fence)
        self._pool = httpcore.ConnectionPool(  # httpx lets nobody choose the network otherwise
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=self.network,
        )


class Wandering(httpx.Client):
    """A client for a server of the run. Each request has a connection of its own."""

    def __init__(self, fence: Fence, base: str, seconds: float) -> None:
        self._inside = Inside(fence, httpx.Limits(max_keepalive_connections=0))
        transport = Bounded(self._inside, seconds)
        super().__init__(base_url=base, timeout=seconds, trust_env=False, transport=transport)

    def move(self) -> None:
        """Come from another address from now on: nobody has counted what that one asked, not even in a kept Redis."""
        number = next(MOVES) % ADDRESSES
        self._inside.network.source = f"127.0.{number // 250}.{number % 250 + 2}"


def moved(client: httpx.Client) -> bool:
    """Does this client come from another address from now on?"""
    if isinstance(client, Wandering):
        client.move()
        return True
    return False


class _Network(httpcore.NetworkBackend):
    def __init__(self, fence: Fence) -> None:
        self._fence, self.source = fence, ""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - httpcore's signature
        socket_options: Any = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        try:
            connected = self._fence.connect(host, port, timeout, self.source)
        except TimeoutError as late:
            raise httpcore.ConnectTimeout(str(late)) from late
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _Stream(connected)


class _Stream(httpcore.NetworkStream):
    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            self._socket.settimeout(timeout)
            return self._socket.recv(max_bytes)
        except TimeoutError as late:
            raise httpcore.ReadTimeout(str(late)) from late
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            self._socket.settimeout(timeout)
            self._socket.sendall(buffer)
        except TimeoutError as late:
            raise httpcore.WriteTimeout(str(late)) from late
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return bool(select.select([self._socket], [], [], 0)[0])
        return {"socket": self._socket, "client_addr": self._socket.getsockname()}.get(info)


class Bounded(httpx.BaseTransport):
    """Cuts an answer off after `seconds`, or after `MOST` bytes: what came until then is the answer."""

    def __init__(self, inner: httpx.BaseTransport, seconds: float) -> None:
        self._inner, self._seconds = inner, seconds

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        assert isinstance(answer.stream, httpx.SyncByteStream)
        kind = answer.headers.get("content-type", "")
        goes_on = GOES_ON.search(kind) is not None and not request.extensions.get(FOLLOWED)
        if goes_on:
            request.extensions.get("timeout", {})["read"] = min(SILENT * pace.slowness(), self._seconds)
        body = _Cut(answer.stream, time.monotonic() + self._seconds, goes_on=goes_on)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=body, extensions=answer.extensions)

    def close(self) -> None:
        self._inner.close()


class _Cut(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream, deadline: float, *, goes_on: bool) -> None:
        self._inner, self._deadline, self._goes_on = inner, deadline, goes_on

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        try:
            for chunk in self._inner:
                yield chunk
                size += len(chunk)
                if size > MOST or time.monotonic() > self._deadline:
                    return
        except httpx.ReadTimeout:
            if not self._goes_on:
                raise

    def close(self) -> None:
        self._inner.close()
