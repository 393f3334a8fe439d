"""A listener on loopback that nobody has a reason to ask: who connects was sent there. Counts, and answers shortly."""

import contextlib
import socket
import threading

from runner.live.ports import LOOPBACK
from runner.processes.fence import HOST, Fence

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
QUIET = 2  # seconds without a word, after which a connection is closed


class Canary:
    """To be used in a `with`."""

    def __init__(self, fence: Fence = HOST) -> None:
        self._listener = fence.listen(LOOPBACK, backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.taken = 0  # connections
        threading.Thread(target=self._accept, name="canary", daemon=True).start()

    def __enter__(self) -> "Canary":
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def heard_since(self, taken: int) -> bool:
        return self.taken > taken

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:  # closed
                return
            self.taken += 1
            threading.Thread(target=_answer, args=(caller,), name="canary", daemon=True).start()


def _answer(caller: socket.socket) -> None:
    caller.settimeout(QUIET)
    with contextlib.suppress(OSError), caller:
        caller.recv(8192)
        caller.sendall(ANSWER)
