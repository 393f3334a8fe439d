"""Locust as a process of its own, with the service's locustfile; between it and the service one of ours that counts.

What was asked and answered is read from the counting process, which the locustfile can't alter. Our recorder inside of
locust tells how many users are at work, what broke, and what the locustfile itself complains of.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from runner.errors import ProbeError
from runner.live import pace
from runner.live.ports import LOOPBACK, accepts, free_port, wait_until
from runner.processes.process import Background, Reach, Runner, clean_environment
from runner.said import say, together

LOAD = Path(__file__).parents[1] / "guest" / "load"
RECORDER, COUNTER = LOAD / "gonogo_load.py", LOAD / "gonogo_count.py"
REFUSED = 400  # from this status on a request has failed, whatever the load test calls it
NEAR = 1.0  # seconds between an answer as it was counted and as the load test speaks of it
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
    """A running locust. Read what was seen so far with `answers` and `ticks`."""

    def __init__(self, process: Background, counter: Background, record: Path, command: str) -> None:
        self.process, self.counter, self.record, self.command = process, counter, record, command

    def answers(self) -> list[Answer]:
        """What was really answered; failed by its status, or because the load test found something wrong in it."""
        counted = [_counted(line) for line in _lines(counts(self.record)) if "method" in line]
        return with_complaints(counted, self.told())

    def told(self) -> list[Answer]:
        """The answers as the load test speaks of them."""
        return [Answer(**line) for line in _lines(self.record) if "method" in line]

    def ticks(self) -> list[Tick]:
        return [Tick(**line) for line in _lines(self.record) if "cpu" in line]

    def counting(self) -> list[tuple[float, float]]:
        """(time, processor seconds) of the counting process."""
        return [(line["t"], line["cpu"]) for line in _lines(counts(self.record)) if "cpu" in line]

    def problems(self) -> list[str]:
        """Exceptions of the locustfile itself: its users broke, whatever the service answered."""
        return sorted({str(line["problem"]) for line in _lines(self.record) if "problem" in line})

    def wait_for_users(self, users: int) -> None:
        """Until all users are at work. Raises `ProbeError` with locust's last words when they do not come."""
        patience = PATIENCE * pace.slowness()
        deadline = time.monotonic() + patience
        while not any(tick.ready >= users for tick in self.ticks()):
            failed = sorted(
                {
                    say("{method} {path}: {error}", method=one.method, path=one.path, error=one.error)
                    for one in self.told()
                    if one.error
                }
            )
            said = together([*self.problems()[:2], *failed[:2]], "; ")
            if not self.process.running():
                raise ProbeError(say("locust ended while it started. {said}", said=said or self.process.tail()))
            if time.monotonic() > deadline:
                ready = max((tick.ready for tick in self.ticks()), default=0)
                waited = say(
                    "{ready} of {users} locust users were ready within {patience} s.",
                    ready=ready, users=users, patience=f"{patience:.0f}",
                )  # fmt: skip
                raise ProbeError(together(filter(None, (waited, said)), " "))
            time.sleep(0.1)

    def watch(self, seconds: float) -> tuple[float, float]:
        """Let it run; the interval on the monotonic clock. Raises `ProbeError` when it ended meanwhile."""
        began = time.monotonic()
        self.process.wait(seconds)
        if not self.process.running():
            raise ProbeError(say("locust ended before it was asked to: {tail}", tail=self.process.tail()))
        if not self.counter.running():
            raise ProbeError(say("what counts the answers ended: {tail}", tail=self.counter.tail()))
        return began, time.monotonic()

    def stop(self) -> None:
        self.process.stop(5)
        self.counter.stop(2)


def counts(record: Path) -> Path:
    """The file in which the answers are counted, beside what the load test tells."""
    return record.with_suffix(".counted")


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    return (json.loads(line) for line in text.split("\n")[:-1])


def _counted(line: Mapping[str, Any]) -> Answer:
    refused = say("answered {line}", line=line["status"]) if line["status"] >= REFUSED else ""
    return Answer(**{"name": "", **line, "error": line["error"] or refused})


def with_complaints(counted: Sequence[Answer], told: Sequence[Answer]) -> list[Answer]:
    """The counted answers, those failed that the load test found something wrong in although their status is good."""
    found = list(counted)
    places: dict[tuple[str, str], list[int]] = {}
    for number, one in enumerate(counted):
        places.setdefault((one.method, one.path), []).append(number)
    for one in told:
        if one.error and 0 < one.status < REFUSED:
            good = [n for n in places.get((one.method, one.path), ()) if not found[n].error]
            near = sorted((abs(counted[n].t - one.t), n) for n in good)[:1]
            for number in (n for away, n in near if away < NEAR):
                found[number] = replace(found[number], error=say("the load test says: {error}", error=one.error))
    return found


def start_locust(
    runner: Runner, *, python: str, file: Path, base: str, users: int, record: Path, env: Mapping[str, str]
) -> Locust:
    """Start it headless against what counts before `base`, all users at once. The caller stops it, or the run's end."""
    counter, front = start_counter(runner, python=python, base=base, record=record)
    words = ["--headless", "--host", front, "-u", str(users), "-r", str(users), "--only-summary"]
    argv = [python, "-m", "locust", "-f", f"{file},{RECORDER}", *words, "--loglevel", "ERROR", "--skip-log-setup"]
    whole = clean_environment(env) | {"GONOGO_LOAD": str(record), "PYTHONDONTWRITEBYTECODE": "1"}
    process = runner.start(argv, cwd=file.parent, env=whole)
    return Locust(process, counter, record, f"locust -f {file.name} {' '.join(words)}")


def start_counter(runner: Runner, *, python: str, base: str, record: Path) -> tuple[Background, str]:
    """Start what carries requests to the service at `base` and counts its answers; it, and its own address."""
    port, service = free_port(runner.fence), int(base.rpartition(":")[2])
    argv = [python, str(COUNTER), str(port), str(service), str(counts(record))]
    process = runner.start(argv, cwd=record.parent, env=clean_environment(), reach=Reach.OWN)
    wait_until(partial(accepts, port, runner.fence), process, what=say("what counts the answers"), seconds=30)
    return process, f"http://{LOOPBACK}:{port}"
