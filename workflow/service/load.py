"""Locust alone, for people: the service on a filled PostgreSQL of its own, locust on our terminal or its web page."""

from collections.abc import Callable
from dataclasses import dataclass

from runner.engine import Shelf
from runner.errors import WorkflowError
from runner.evidence.seeded import seeded_database
from runner.live.ports import LOOPBACK, free_port
from runner.live.workshop import Workshop
from runner.probe import TargetProbe
from runner.process import foreground
from runner.target import Target
from runner.words import plural
from workflow.service.conduct import read_specification

USERS, SECONDS = 10, 30  # where the specification states no load


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """So many users for so many seconds; with `ui`, people decide both on locust's own page."""

    users: int
    seconds: int
    ui: bool = False


def load_by_hand(target: Target, shape: Shape, say: Callable[[str], None]) -> int:
    """Run locust until its time is up, or with its page until Ctrl-C; returns locust's exit code."""
    if target.load is None:
        raise WorkflowError(
            f'{target.name} has no locustfile. Name it in gonogo.toml: [service] load = "locustfile.py"'
        )
    file = target.root / target.load
    with Workshop() as workshop:
        probe = TargetProbe(target, workshop, Shelf(target, workshop).need)
        say("Filling a PostgreSQL of its own …")
        with probe.service(seeded_database(probe)) as server:
            say(f"{target.name} serves on {server.base}.")
            words, told = _words(shape)
            say(told)
            argv = [probe.own_python(), "-m", "locust", "-f", str(file), "--host", server.base, *words]
            return foreground(argv, cwd=file.parent)


def stated_shape(target: Target) -> Shape:
    """The heaviest load that the specification states."""
    spec = read_specification(target)
    loads = [need.load for need in spec.quality if need.load] if spec else []
    heaviest = max(loads, key=lambda load: load.users, default=None)
    if heaviest is None:
        return Shape(users=USERS, seconds=SECONDS)
    return Shape(users=heaviest.users, seconds=max(1, round(heaviest.seconds)))


def _words(shape: Shape) -> tuple[list[str], str]:
    """Locust's options, and what people are told."""
    if shape.ui:
        port = free_port()
        words = ["--web-host", LOOPBACK, "--web-port", str(port), "-u", str(shape.users)]
        return words, f"Locust's page: http://{LOOPBACK}:{port} · Ctrl-C ends it."
    words = ["--headless", "-u", str(shape.users), "-r", str(shape.users), "-t", f"{shape.seconds}s", "--only-summary"]
    return words, f"{plural(shape.users, 'user')} for {shape.seconds} s …"
