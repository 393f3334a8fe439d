"""Locust as a process of its own, with the service's locustfile. Our recorder beside it writes every answer down."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.errors import ProbeError
from runner.process import Background, Runner, clean_environment

RECORDER = Path(__file__).parents[1] / "guest" / "load" / "gonogo_load.py"
PATIENCE = 60  # seconds until all users are there


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer. `t`: seconds on the monotonic clock when it had come."""

    t: float
    method: str
    name: str
    path: str
    ms: float
    status: int
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Locust itself: processor seconds used so far, users that were started, and those through with `on_start`."""

    t: float
    cpu: float
    users: int
    ready: int


class Locust:
    """A running locust. Read what it has seen so far with `answers` and `ticks`."""

    def __init__(self, process: Background, record: Path, command: str) -> None:
        self.process, self.record, self.command = process, record, command

    def answers(self) -> list[Answer]:
        return [Answer(**line) for line in self._lines() if "method" in line]

    def ticks(self) -> list[Tick]:
        return [Tick(**line) for line in self._lines() if "cpu" in line]

    def troubles(self) -> list[str]:
        """Exceptions of the locustfile itself: its users broke, whatever the service answered."""
        return sorted({str(line["trouble"]) for line in self._lines() if "trouble" in line})

    def _lines(self) -> Iterator[dict[str, Any]]:
        text = self.record.read_text(encoding="utf-8") if self.record.exists() else ""
        return (json.loads(line) for line in text.split("\n")[:-1])

    def wait_for_users(self, users: int) -> None:
        """Until all users are at work. Raises `ProbeError` with locust's last words when they do not come."""
        deadline = time.monotonic() + PATIENCE
        while not any(tick.ready >= users for tick in self.ticks()):
            failed = sorted({f"{one.method} {one.path}: {one.error}" for one in self.answers() if one.error})
            said = "; ".join([*self.troubles()[:2], *failed[:2]])
            if not self.process.running():
                raise ProbeError(f"locust ended while it started. {said or self.process.tail()}")
            if time.monotonic() > deadline:
                ready = max((tick.ready for tick in self.ticks()), default=0)
                raise ProbeError(f"{ready} of {users} locust users were ready within {PATIENCE} s. {said}".strip())
            time.sleep(0.1)

    def watch(self, seconds: float) -> tuple[float, float]:
        """Let it run; the interval on the monotonic clock. Raises `ProbeError` when it ended meanwhile."""
        began = time.monotonic()
        self.process.wait(seconds)
        if not self.process.running():
            raise ProbeError(f"locust ended before it was asked to: {self.process.tail()}")
        return began, time.monotonic()

    def stop(self) -> None:
        self.process.stop(5)


def start_locust(
    runner: Runner, *, python: str, file: Path, base: str, users: int, record: Path, env: Mapping[str, str]
) -> Locust:
    """Start it headless against `base`, all users at once. The caller stops it, or the run's end does."""
    words = ["--headless", "--host", base, "-u", str(users), "-r", str(users), "--only-summary"]
    argv = [python, "-m", "locust", "-f", f"{file},{RECORDER}", *words, "--loglevel", "ERROR", "--skip-log-setup"]
    whole = clean_environment(env) | {"GONOGO_LOAD": str(record), "PYTHONDONTWRITEBYTECODE": "1"}
    process = runner.start(argv, cwd=file.parent, env=whole)
    return Locust(process, record, f"locust -f {file.name} {' '.join(words)}")
