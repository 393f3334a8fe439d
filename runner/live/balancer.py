"""A load balancer of our own: each new connection goes to the instance that is chosen at that moment."""

import contextlib
import select
import socket
from types import TracebackType
from typing import Self

from runner.live.listener import Listener
from runner.live.ports import LOOPBACK
from runner.processes.fence import HOST, Fence

CHUNK = 65536


class Balancer:
    """Listens on loopback and forwards bytes. Connections that exist stay with the instance they went to."""

    def __init__(self, target: int, fence: Fence = HOST, outside: Fence | None = None) -> None:
        """`fence`: where the instances are; `outside`: where it listens, if not there as well."""
        self._target, self._fence = target, fence
        self._listener = Listener("balancer", self._carry, outside or fence, backlog=256)
        self.port = self._listener.port

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, it: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def switch(self, target: int) -> None:
        """From now on new connections go to this port."""
        self._target = target

    def close(self) -> None:
        self._listener.close()

    def _carry(self, client: socket.socket) -> None:
        _forward(client, self._target, self._fence)


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
