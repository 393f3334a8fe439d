"""A service that takes all memory, or never ends to print or to answer: is it bounded, and is that said?"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.discovery.target import Target
from runner.errors import ProbeError
from runner.live.server import start_server
from runner.live.workshop import Workshop
from runner.probe import Probe
from runner.processes.process import BOUNDS, Bounds, clean_environment
from tests.bad_days.days import APP, PYTHON, SETTINGS, Place
from tests.runner.test_leash import processes_with

MEGABYTE = 1024 * 1024
SMALL = Bounds(memory=200 * MEGABYTE, output=4 * MEGABYTE)
ENDLESS = """
from fastapi.responses import StreamingResponse


@app.get("/for-ever")
def for_ever():
    def pieces():
        import time
        while True:
            yield b"piece"
            time.sleep(0.05)
    return StreamingResponse(pieces())
"""


@pytest.fixture
def small() -> Iterator[Workshop]:
    with Workshop() as workshop:
        workshop.runner.bounds = SMALL
        yield workshop


def ask(place: Place, workshop: Workshop, code: str) -> str:
    """The problem with this app."""
    place.write({"gonogo.toml": SETTINGS, "main.py": code})
    target = Target(root=place.root.resolve(), python=PYTHON)
    probe = Probe(target, workshop)
    with pytest.raises(ProbeError) as caught:
        probe.ask("fastapi_app", "main:app", timeout=30)
    assert not processes_with(str(workshop.run_folder))
    return str(caught.value)


def test_a_service_that_takes_all_memory_gets_no_more_than_its_share(place: Place, small: Workshop) -> None:
    said = ask(place, small, "taken = []\nwhile True:\n    taken.append(bytearray(2**24))\n")
    assert said == "importing main:app failed: MemoryError: (main.py:3); gonogo gives it 200 MB"


def test_a_service_of_ordinary_size_fits_into_far_less_than_its_share(place: Place, small: Workshop) -> None:
    place.write({"gonogo.toml": SETTINGS, "main.py": APP})
    target = Target(root=place.root.resolve(), python=PYTHON)
    probe = Probe(target, small)
    assert probe.ask("fastapi_app", "main:app")["routes"]
    assert BOUNDS.memory > SMALL.memory


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_service_that_prints_for_ever_is_ended_and_told_why(stream: str, place: Place, small: Workshop) -> None:
    code = f"import sys\nwhile True:\n    sys.{stream}.write('x' * 99 + chr(10))\n"
    began = time.monotonic()
    said = ask(place, small, code)
    assert said.endswith("was ended by gonogo: it had written more than 4 MB to its log")
    assert time.monotonic() - began < 30


def test_a_server_that_prints_for_ever_is_ended_and_told_why(small: Workshop, tmp_path: Path) -> None:
    server = small.runner.start(["yes"], cwd=tmp_path, env=clean_environment())
    assert server.wait(15) is not None
    assert server.tail(1) == "ended by gonogo: it had written more than 4 MB to its log"


def test_an_answer_without_an_end_is_cut_off(place: Place, workshop: Workshop) -> None:
    place.write({"main.py": APP + ENDLESS})
    server = start_server(
        workshop.runner, root=place.root, python=PYTHON, app="main:app", env=clean_environment({"PYTHONPATH": "."})
    )
    try:
        began = time.monotonic()
        with server.client(timeout=1) as client:
            answer = client.get("/for-ever")
        assert answer.status_code == 200
        assert answer.content.startswith(b"piecepiece")
        assert 1 <= time.monotonic() - began < 15
    finally:
        server.stop()
