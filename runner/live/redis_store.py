"""What lies in a Redis server of ours: which containers, how much waits in each, and a copy that can be put back."""

import contextlib
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from io import BufferedReader

from runner.live.ports import LOOPBACK
from runner.live.redis import Redis
from runner.said import say

PATIENCE = 3  # seconds
MOST = 2000  # keys of a database that are looked at
QUEUES = {b"list": b"LLEN", b"zset": b"ZCARD", b"stream": b"XLEN"}  # what jobs wait in, and how its length is asked for
# What holds several things, and how they are asked for. A text is no place in which something waits.
CONTENTS: Mapping[bytes, Sequence[bytes]] = {
    b"list": (b"LRANGE", b"", b"0", b"-1"),
    b"zset": (b"ZRANGE", b"", b"0", b"-1"),
    b"set": (b"SMEMBERS", b""),
    b"stream": (b"XRANGE", b"", b"-", b"+"),
    b"hash": (b"HGETALL", b""),
}
Answer = bytes | int | list["Answer"] | None
Key = tuple[int, bytes]  # the number of its database, and its name


class StoreError(OSError):
    """The server answered with an error."""


class Store:
    """Everything in one server that no other service uses. Each look raises `OSError` where nobody answers."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis

    def copy(self) -> dict[Key, bytes]:
        """All keys, each as `DUMP` gives it."""
        with self._line() as line:
            dumps = ((key, line.ask(b"DUMP", key[1])) for key, _ in _kinds(line))
            return {key: dump for key, dump in dumps if isinstance(dump, bytes)}  # else it ended in between

    def put_back(self, keys: Mapping[Key, bytes]) -> None:
        """These keys as they were, whatever is there now."""
        with self._line() as line:
            for (number, name), dump in keys.items():
                line.ask(b"SELECT", b"%d" % number)
                line.ask(b"RESTORE", name, b"0", dump, b"REPLACE")

    def reset(self, keys: Mapping[Key, bytes]) -> None:
        """These keys as they were, and no other."""
        with self._line() as line:
            line.ask(b"FLUSHALL")
        self.put_back(keys)

    def waiting(self) -> dict[Key, int]:
        """How much waits in each list, sorted set and stream; of a stream what no group has taken."""
        with self._line() as line:
            return {key: _waits(line, key, kind) for key, kind in _kinds(line) if kind in QUEUES}

    def items(self) -> dict[Key, frozenset[bytes]]:
        """What stands in each list, sorted set and stream."""
        with self._line() as line:
            found = {key: _content(line, key, kind) for key, kind in _kinds(line) if kind in QUEUES}
        return {key: frozenset(map(_flat, content)) for key, content in found.items()}

    def holding(self, mark: bytes) -> set[str]:
        """The containers, not mere texts, in which this stands and is not yet done with."""
        with self._line() as line:
            return {
                key[1].decode(errors="replace")
                for key, kind in _kinds(line)
                if kind in CONTENTS and mark in _flat(_content(line, key, kind))
                # what is done stays in a stream
                if kind != b"stream" or _waits(line, key, kind, taken=True)
            }

    @contextlib.contextmanager
    def _line(self) -> Iterator["Line"]:
        with self.redis.fence.connect(LOOPBACK, self.redis.port, PATIENCE) as sock, sock.makefile("rb") as answers:
            yield Line(sock, answers)


class Line:
    """One connection, as Redis speaks on it."""

    def __init__(self, sock: socket.socket, answers: BufferedReader) -> None:
        self._sock, self._answers = sock, answers

    def ask(self, *words: bytes) -> Answer:
        parts = [b"*%d\r\n" % len(words), *(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)]
        self._sock.sendall(b"".join(parts))
        return self._read()

    def _read(self) -> Answer:
        head = self._answers.readline()
        if not head:
            raise StoreError(say("Redis closed the connection"))
        kind, rest = head[:1], head[1:-2]
        if kind == b"-":
            raise StoreError(rest.decode(errors="replace"))
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return self._answers.read(int(rest) + 2)[:-2] if rest != b"-1" else None
        if kind == b"*":
            return [self._read() for _ in range(int(rest))] if rest != b"-1" else None
        return rest


def _kinds(line: Line) -> Iterator[tuple[Key, bytes]]:
    """Every key of every database with its kind; the line is left in the key's database."""
    for found in re.findall(rb"^db(\d+):", _flat(line.ask(b"INFO", b"keyspace")), re.MULTILINE):
        line.ask(b"SELECT", found)
        names = line.ask(b"KEYS", b"*")
        for name in names[:MOST] if isinstance(names, list) else ():
            kind = line.ask(b"TYPE", name) if isinstance(name, bytes) else None
            if isinstance(name, bytes) and isinstance(kind, bytes) and kind != b"none":
                yield (int(found), name), kind


def _waits(line: Line, key: Key, kind: bytes, *, taken: bool = False) -> int:
    """`taken`: of a stream also what was handed out and is not acknowledged."""
    groups = _groups(line, key) if kind == b"stream" else []
    if not groups:
        return _number(line.ask(QUEUES[kind], key[1]))
    return max(_number(one.get(b"lag")) + (_number(one.get(b"pending")) if taken else 0) for one in groups)


def _groups(line: Line, key: Key) -> list[dict[bytes, Answer]]:
    answer = line.ask(b"XINFO", b"GROUPS", key[1])
    found = [one for one in answer if isinstance(one, list)] if isinstance(answer, list) else []
    return [{_flat(name): value for name, value in zip(one[::2], one[1::2], strict=False)} for one in found]


def _number(value: Answer) -> int:
    return value if isinstance(value, int) else 0


def _content(line: Line, key: Key, kind: bytes) -> list[Answer]:
    answer = line.ask(*(word or key[1] for word in CONTENTS[kind]))
    return answer if isinstance(answer, list) else []


def _flat(answer: Answer) -> bytes:
    if isinstance(answer, list):
        return b"\n".join(map(_flat, answer))
    return answer if isinstance(answer, bytes) else str(answer).encode()
