"""Ports that somebody else has: is another one taken, and is it said when there is none?"""

import socket
from collections.abc import Callable, Iterator

import pytest

from runner.live.ports import LOOPBACK, free_port, quiet_ports
from runner.live.postgres import start_postgres
from runner.live.redis import start_redis
from runner.live.server import DidNotStart, start_server
from runner.live.workshop import Workshop
from runner.processes.process import Background, clean_environment
from tests.bad_days.days import APP, PYTHON, Place


@pytest.fixture
def taken(workshop: Workshop) -> Iterator[int]:
    """A port that is bound where the run's processes live, and on which nobody answers."""
    with workshop.fence.new_socket() as sock:
        sock.bind((LOOPBACK, 0))
        yield sock.getsockname()[1]


def serve(place: Place, workshop: Workshop, command: str | None = None) -> Background:
    place.write({"main.py": APP})
    env = clean_environment({"PYTHONPATH": "."})
    server = start_server(workshop.runner, root=place.root, python=PYTHON, app="main:app", env=env, command=command)
    return server.process


@pytest.mark.parametrize(
    ("module", "start"),
    [
        ("server", serve),
        ("postgres", lambda _place, workshop: start_postgres(workshop.runner).process),
        ("redis", lambda _place, workshop: start_redis(workshop.runner).process),
    ],
    ids=["service", "PostgreSQL", "Redis"],
)
def test_a_port_that_was_taken_meanwhile_is_left_for_another_one(
    module: str,
    start: Callable[[Place, Workshop], Background],
    taken: int,
    place: Place,
    workshop: Workshop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = [free_port(workshop.fence), taken]
    monkeypatch.setattr(f"runner.live.{module}.free_port", lambda _fence: asked.pop())
    process = start(place, workshop)
    assert asked == []
    assert process.running()
    process.stop()
    workshop.runner.forget(process)


def test_a_service_that_insists_on_a_taken_port_is_told_where_it_was_to_listen(
    taken: int, place: Place, workshop: Workshop
) -> None:
    insisting = f"{{python}} -m uvicorn {{app}} --port {taken}"
    with pytest.raises(
        DidNotStart, match=r"ended while it started: .*address already in use.*\(it was to listen on 127"
    ):
        serve(place, workshop, insisting)


def test_our_ports_are_none_that_the_system_hands_out() -> None:
    with socket.socket() as sock:
        sock.bind((LOOPBACK, 0))
        assert sock.getsockname()[1] not in quiet_ports()
    assert {free_port() for _ in range(5)} <= set(quiet_ports())


def test_sample_on_a_taken_port_names_another_one(place: Place) -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
        day = place.call("sample", "--port", str(port))
    assert day.code == 2
    assert f"Port {port} is taken. Name another one: " in day.err
    assert "Traceback" not in day.said
