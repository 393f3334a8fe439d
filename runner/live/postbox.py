"""A mail server of our own: it keeps every mail and sends none. What a service writes to people can be read here."""

import contextlib
import html
import socket
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from io import BufferedRWPair

from runner.live.listener import Listener
from runner.processes.fence import HOST, Fence

QUIET = 30  # seconds without a word, after which a connection is closed
HELLO = "250-gonogo\r\n250-AUTH PLAIN LOGIN\r\n250-SMTPUTF8\r\n250 8BITMIME"
ENOUGH = {"EHLO": HELLO, "DATA": "354 go on, end with a dot", "QUIT": "221 bye"}  # anything else: 250


class Postbox:
    """Listens on loopback and speaks SMTP without TLS. Any name and password will do."""

    def __init__(self, fence: Fence = HOST) -> None:
        self._mails: list[bytes] = []
        self._open = threading.Event()
        self._open.set()
        self.held = 0  # mails that wait to be taken
        self.refused: int | None = None  # how many were refused, while they are
        self._listener = Listener("postbox", self._talk, fence)
        self.port = self._listener.port

    @property
    def taken(self) -> int:
        """How many mails came."""
        return len(self._mails)

    def texts_since(self, taken: int) -> list[str]:
        """What the mails say that came after so many: all their parts of text, decoded, under their heads."""
        return [_text_of(mail) for mail in self._mails[taken:]]

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        """While open, whoever sends a mail waits."""
        self.held = 0
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    @contextlib.contextmanager
    def refusing(self) -> Iterator[None]:
        """While open, no mail is taken."""
        self.refused = 0
        try:
            yield
        finally:
            self.refused = None

    def close(self) -> None:
        self._open.set()
        self._listener.close()

    def _talk(self, caller: socket.socket) -> None:
        caller.settimeout(QUIET)
        with contextlib.suppress(OSError), caller, caller.makefile("rwb") as line:
            _say(line, "220 gonogo")
            while word := line.readline(8192).decode("utf-8", errors="replace").strip():
                verb, _, rest = word.partition(" ")
                if verb.upper() == "AUTH":
                    _let_in(line, rest)
                    continue
                if verb.upper() == "DATA" and not self._lets_through():
                    _say(line, "554 not now")
                    continue
                _say(line, ENOUGH.get(verb.upper(), "250 fine"))
                if verb.upper() == "DATA":
                    self._mails.append(_read_mail(line))
                    _say(line, "250 taken")
                if verb.upper() == "QUIT":
                    return

    def _lets_through(self) -> bool:
        self.held += 1
        self._open.wait(QUIET)
        if self.refused is not None:
            self.refused += 1
            return False
        return True


def _say(line: BufferedRWPair, text: str) -> None:
    line.write(f"{text}\r\n".encode())
    line.flush()


def _let_in(line: BufferedRWPair, rest: str) -> None:
    """`PLAIN` with or without what it needs; `LOGIN` asks for a name and a password."""
    kind, _, given = rest.partition(" ")
    asked = ("VXNlcm5hbWU6", "UGFzc3dvcmQ6") if kind.upper() == "LOGIN" else ("",)
    for question in asked[1:] if given and len(asked) > 1 else () if given else asked:
        _say(line, f"334 {question}")
        line.readline(8192)
    _say(line, "235 let in")


def _read_mail(line: BufferedRWPair) -> bytes:
    lines = []
    while (one := line.readline(65536)) and one.strip(b"\r\n") != b".":
        lines.append(one.removeprefix(b".") if one.startswith(b"..") else one)
    return b"".join(lines)


def _text_of(mail: bytes) -> str:
    message = message_from_bytes(mail, policy=default)
    parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
    texts = []
    for part in parts:
        with contextlib.suppress(LookupError, ValueError):  # a character set that nobody knows
            text = str(part.get_content())
            texts.append(html.unescape(text) if part.get_content_subtype() == "html" else text)
    return "\n".join([str(message["to"]), str(message["subject"]), *texts])
