"""A load balancer of our own: each new connection goes to the instance that is chosen at that moment."""

import contextlib
import select
import socket
import threading
from types import TracebackType
from typing import Self

from runner.live.ports import LOOPBACK
from runner.processes.fence import HOST, Fence

CHUNK = 65536


class Balancer:
    """Listens on loopback and forwards bytes. Connections that exist stay with the instance they went to."""

    def __init__(self, target: int, fence: Fence = HOST, outside: Fence | None = None) -> None:
        """`fence`: where the instances are; `outside`: where it listens, if not there as well."""
        self._target, self._fence = target, fence
        self._listener = (outside or fence).listen(LOOPBACK, backlog=256)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name="balancer", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, it: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def switch(self, target: int) -> None:
        """From now on new connections go to this port."""
        self._target = target

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=_forward, args=(client, self._target, self._fence), daemon=True).start()


def _forward(client: socket.socket, target: int, fence: Fence) -> None:
    """Carry bytes both ways until both ends are done. An instance that refuses is the client's broken connection."""
    with client, contextlib.suppress(OSError), fence.connect(LOOPBACK, target, 5) as instance:
        instance.settimeout(None)
        other = {client: instance, instance: client}
        reading = {client, instance}
        while reading:
            readable = select.select(list(reading), [], [], 30)[0]
            if not readable:
                return
            for ready in readable:
                data = ready.recv(CHUNK)
                if data:
                    other[ready].sendall(data)
                    continue
                reading.discard(ready)
                if ready is instance:
                    return
                instance.shutdown(socket.SHUT_WR)
