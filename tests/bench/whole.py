"""A whole run of gonogo as a person starts it: it makes its own fence, so none stands around it."""

import sys
from pathlib import Path

from runner.live.workshop import Workshop
from runner.processes.process import Background, registry_environment
from workflow.settings import ROOT

LONGEST = 900  # seconds


def outside() -> Workshop:
    """Where such a run is started: without a fence, which would hide its service and the machine's own tools."""
    return Workshop("none", trusted=True)


def start(workshop: Workshop, *words: str) -> Background:
    return workshop.runner.start([sys.executable, "-m", "invoke", *words], cwd=ROOT, env=registry_environment())


def finish(process: Background) -> None:
    """Waits for it. Raises `AssertionError` with its last lines where it did not end well."""
    code = process.wait(LONGEST)
    assert code == 0, process.tail(20)


def pipeline(workshop: Workshop, service: Path, *words: str) -> Background:
    return start(workshop, "pipeline", "--service", str(service), *words)
