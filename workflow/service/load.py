"""Locust alone, for people: the service on a filled PostgreSQL of its own, locust on our terminal or its web page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from runner.discovery.target import Target
from runner.errors import WorkflowError
from runner.evidence.database.seeded import seeded_database
from runner.live.balancer import Balancer
from runner.live.ports import LOOPBACK, free_port
from runner.live.workshop import Workshop
from runner.probe import Probe
from runner.processes.fence import HOST
from runner.said import say
from runner.words import plural
from workflow.service.conduct import read_specification
from workflow.service.rooms import new_workshop

USERS, SECONDS = 10, 30  # where the specification states no load


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """So many users for so many seconds; with `ui`, people decide both on locust's own page."""

    users: int
    seconds: int
    ui: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Locust's own page: its port where locust runs, and where people see it."""

    inside: int
    seen: int


def load_by_hand(target: Target, shape: Shape, out: Callable[[str], None]) -> int:
    """Run locust until its time is up, or with its page until Ctrl-C; returns locust's exit code."""
    if target.load is None:
        raise WorkflowError(
            say(
                '{service} has no locustfile. Name it in gonogo.toml: [service] load = "locustfile.py"',
                service=target.name,
            )
        )
    file = target.root / target.load
    with new_workshop() as workshop:
        probe = Probe(target, workshop)
        out(say("Filling a PostgreSQL of its own …"))
        with probe.service(seeded_database(probe)) as server:
            out(say("{service} serves on {address}.", service=target.name, address=server.base))
            with _page(shape, workshop) as page:
                words, told = _words(shape, page)
                out(told)
                argv = [probe.own_python(), "-m", "locust", "-f", str(file), "--host", server.base, *words]
                return workshop.runner.foreground(argv, cwd=file.parent)


def stated_shape(target: Target) -> Shape:
    """The heaviest load that the specification states."""
    spec = read_specification(target)
    loads = [need.load for need in spec.quality if need.load] if spec else []
    heaviest = max(loads, key=lambda load: load.users, default=None)
    if heaviest is None:
        return Shape(users=USERS, seconds=SECONDS)
    return Shape(users=heaviest.users, seconds=max(1, round(heaviest.seconds)))


@contextmanager
def _page(shape: Shape, workshop: Workshop) -> Iterator[Page | None]:
    """The port that locust's page takes in the run's network, and the one at which people see it."""
    if not shape.ui:
        yield None
        return
    inside = free_port(workshop.fence)
    with Balancer(inside, workshop.fence, outside=HOST) as relay:
        yield Page(inside=inside, seen=relay.port)


def _words(shape: Shape, page: Page | None) -> tuple[list[str], str]:
    """Locust's options, and what people are told."""
    if page:
        words = ["--web-host", LOOPBACK, "--web-port", str(page.inside), "-u", str(shape.users)]
        return words, say("Locust's page: {address} · Ctrl-C ends it.", address=f"http://{LOOPBACK}:{page.seen}")
    words = ["--headless", "-u", str(shape.users), "-r", str(shape.users), "-t", f"{shape.seconds}s", "--only-summary"]
    return words, say("{users} for {seconds} s …", users=plural(shape.users, "user"), seconds=shape.seconds)
