"""No run reaches a server that it did not start, or writes where it should not, whatever the service's settings say."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.fence.ways import WAYS

# What runs the most of a service in the least time: its migrations, and itself. With GONOGO_LONG: every way in a whole
# pipeline, behind both fences.
USUAL = "stage.db --only DB004,DB032"
TASKS = {
    "conftest": "stage.tests --only TS001",
    "seed": "stage.perf --only PF004,PF006",
    "locustfile": "stage.perf --only PF012",
    "webhook": "stage.security --only SC031",
}
LONG = bool(os.environ.get("GONOGO_LONG"))
GROUPS = {task: [w.name for w in WAYS if TASKS.get(w.name, USUAL) == task] for task in sorted({*TASKS.values(), USUAL})}
SOME = {"namespaces": slice(0, 1), "landlock": slice(5, 6)}  # of the ways, usually


def unshared() -> list[str]:
    """Namespaces in which the canaries get the usual ports without taking anybody's; skips where there are none."""
    words = ["unshare", "--net", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if subprocess.run([*words, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no namespaces for canaries to be had here")
    return words


def canaries(task: str, names: Sequence[str], env: Mapping[str, str]) -> dict[str, Any]:
    """What each way's run did to a machine with servers of its own."""
    done = subprocess.run(
        [*unshared(), sys.executable, str(Path(__file__).parent / "canaries.py"), task, *names],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert sorted(found) == sorted(names)
    return found


@pytest.mark.slow
def test_the_canaries_do_see_who_calls_and_the_marker_holds_without_a_fence() -> None:
    """The proof that the test below can fail: the same services, with nothing enforced."""
    names = (
        ["default-in-code", "redis", "metrics-by-udp", "docker-socket"]
        if LONG
        else ["default-in-code", "metrics-by-udp"]
    )
    found = canaries(USUAL, names, {"GONOGO_FENCE": "none", "GONOGO_TRUST_SETTINGS": "1"})
    assert all(way["met"] for way in found.values())
    assert all(way["rows"] == 1 for way in found.values()), "a server without the marker is never changed"


@pytest.mark.slow
@pytest.mark.parametrize("fence", ["namespaces", "landlock"])
@pytest.mark.parametrize("task", ["pipeline"] if LONG else GROUPS)
def test_a_run_leaves_what_it_did_not_start_alone(task: str, fence: str) -> None:
    if fence == "landlock" and task not in {USUAL, "pipeline"}:
        pytest.skip("behind Landlock with --long: these ways have been tried behind the other fence")
    names = [way.name for way in WAYS] if LONG else GROUPS[task][SOME[fence]] or GROUPS[task]
    found = canaries(task, names, {"GONOGO_FENCE": fence})
    for name, way in found.items():
        assert way["met"] == [], f"{name}: {way['said']}"
        assert way["rows"] == 1, name
        assert way["changed"] == [], name
        assert way["code"] in (0, 1), f"{name}: {way['said']}"
