"""Are the hosts that the run stands in for found at its own address, and no others?"""

import re
import socket
import struct

import pytest

from runner.live.names import CANT_TELL, answer

KNOWN = re.compile(r"keys\.example\.com\Z")
HERE = "127.0.0.2"


def asking(host: str, kind: int = 1, count: int = 1) -> bytes:
    name = b"".join(bytes([len(label)]) + label.encode() for label in host.split("."))
    return struct.pack("!HHHHHH", 7, 0x0100, count, 0, 0, 0) + name + b"\0" + struct.pack("!HH", kind, 1)


def address_of(host: str) -> str:
    return HERE if KNOWN.match(host) else ""


def test_a_host_that_is_known_is_at_the_address_of_the_run() -> None:
    question = asking("keys.example.com")
    told = answer(question, address_of)
    assert told[:2] == question[:2]
    assert struct.unpack_from("!H", told, 6)[0] == 1
    assert told.endswith(socket.inet_aton(HERE))


def test_it_has_no_address_of_another_kind() -> None:
    told = answer(asking("keys.example.com", kind=28), address_of)
    assert struct.unpack_from("!HHH", told, 2)[::2] == (0x8180, 0)


@pytest.mark.parametrize("host", ["other.example.com", "keys.example.com.org"])
def test_nothing_is_known_of_any_other_host(host: str) -> None:
    told = answer(asking(host), address_of)
    assert struct.unpack_from("!H", told, 2)[0] == CANT_TELL
    assert struct.unpack_from("!H", told, 6)[0] == 0


def test_what_is_no_question_has_no_answer() -> None:
    with pytest.raises(ValueError, match="no question"):
        answer(asking("keys.example.com", count=0), address_of)
