"""A name server of our own: it knows the hosts that the run stands in for, and can't tell of any other."""

import contextlib
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterable

from runner.processes.fence import Fence

PORT, LONGEST = 53, 1500
HEADER = struct.Struct("!HHHHHH")
ADDRESS_OF, INTERNET = 1, 1  # type A, class IN
ANSWERED, CANT_TELL = 0x8180, 0x8182  # no error; SERVFAIL, as where no server is reached
SECONDS = 1  # that an answer may be kept
NO_QUESTION = "what was asked is no question"


class Names:
    """Answers on `address`, port 53, within the fence: hosts that match are at `leads_to`. `asked`: all so far."""

    def __init__(self, fence: Fence, address: str, hosts: Iterable[re.Pattern[str]], leads_to: str) -> None:
        """Raises `OSError` where the port is not to be had."""
        self._hosts, self._leads_to = tuple(hosts), leads_to
        self.asked: list[str] = []
        self._socket = fence.new_socket(kind=socket.SOCK_DGRAM)
        try:
            self._socket.bind((address, PORT))
        except OSError:
            self._socket.close()
            raise
        threading.Thread(target=self._serve, name="names", daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                question, caller = self._socket.recvfrom(LONGEST)
            except OSError:  # closed
                return
            if not question:
                return
            with contextlib.suppress(OSError, ValueError, struct.error):
                self._socket.sendto(answer(question, self._address_of), caller)

    def _address_of(self, host: str) -> str:
        self.asked.append(host)
        return self._leads_to if any(one.match(host) for one in self._hosts) else ""


def answer(question: bytes, address_of: Callable[[str], str]) -> bytes:
    """To one question; `address_of` gives the IPv4 address of a host, empty where nothing is known of it.

    Raises `ValueError` for what is no question.
    """
    number, _, count, *_ = HEADER.unpack_from(question)
    if count != 1:
        raise ValueError(NO_QUESTION)
    labels, at = [], HEADER.size
    while length := question[at]:
        labels.append(question[at + 1 : at + 1 + length])
        at += 1 + length
    kind, family = struct.unpack_from("!HH", question, at + 1)
    asked = question[HEADER.size : at + 5]
    address = address_of(b".".join(labels).decode("ascii", errors="replace"))
    if not address:
        return HEADER.pack(number, CANT_TELL, 1, 0, 0, 0) + asked
    if (kind, family) != (ADDRESS_OF, INTERNET):
        return HEADER.pack(number, ANSWERED, 1, 0, 0, 0) + asked
    found = struct.pack("!HHHIH", 0xC00C, kind, family, SECONDS, 4) + socket.inet_aton(address)
    return HEADER.pack(number, ANSWERED, 1, 1, 0, 0) + asked + found
