"""A listener on loopback that nobody has a reason to ask: who connects was sent there. Counts, and answers shortly."""

import contextlib
import socket

from runner.live.listener import Listener
from runner.processes.fence import HOST, Fence

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
QUIET = 2  # seconds without a word, after which a connection is closed


class Canary:
    """To be used in a `with`."""

    def __init__(self, fence: Fence = HOST) -> None:
        self._listener = Listener("canary", _answer, fence)
        self.port = self._listener.port

    def __enter__(self) -> "Canary":
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    @property
    def taken(self) -> int:
        """How many connections came."""
        return self._listener.connections

    def heard_since(self, taken: int) -> bool:
        return self.taken > taken


def _answer(caller: socket.socket) -> None:
    caller.settimeout(QUIET)
    with contextlib.suppress(OSError), caller:
        caller.recv(8192)
        caller.sendall(ANSWER)
