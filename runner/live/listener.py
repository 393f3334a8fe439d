"""Takes connections on loopback, each in a thread of its own, until it is closed."""

import contextlib
import socket
import threading
from collections.abc import Callable

from runner.live.ports import LOOPBACK
from runner.processes.fence import Fence


class Listener:
    def __init__(
        self,
        name: str,
        talk: Callable[[socket.socket], None],
        fence: Fence,
        backlog: int = 64,
        at: tuple[str, int] = (LOOPBACK, 0),
    ) -> None:
        """`talk` gets each connection, open, and closes it. `name` is that of the threads. `at`: address and port."""
        self._listener = fence.listen(*at, backlog=backlog)
        self._name, self._talk = name, talk
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0  # so far
        threading.Thread(target=self._accept, name=name, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:  # closed
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(caller,), name=self._name, daemon=True).start()
