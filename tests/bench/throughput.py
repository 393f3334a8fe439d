"""What do the bundled service's habits cost? Its reads against a bare service's, on the same rows, in turns."""

import json
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from runner.discovery.target import find_target
from runner.evidence.database.seeded import seeded_database
from runner.live.server import Server, start_server
from runner.live.workshop import Workshop
from runner.probe import Probe
from runner.processes.process import clean_environment
from tests.bench.figures import Figure, spread
from workflow.settings import SAMPLE

HERE = Path(__file__).parent
USERS, SECONDS, PAIRS = 8, 5, 5


def measure() -> Iterator[Figure]:
    target = find_target(SAMPLE)
    with Workshop() as workshop:
        probe = Probe(target, workshop)
        database = seeded_database(probe)
        without_cache = {"SAMPLE_REDIS_URL": ""}  # so that every answer asks the database, in both
        with probe.service(database, env=without_cache) as sample:
            bare = start_server(
                workshop.runner, root=HERE, python=target.python, app="bare:app", env=probe.environment.of(database)
            )
            pairs = [(_rate(workshop, sample), _rate(workshop, bare)) for _ in range(PAIRS + 1)][1:]
            bare.stop()
    ratios = [one / other * 100 for one, other in pairs]
    yield Figure(
        name="sample's reads against a bare service's",
        value=statistics.median(ratios),
        unit="%",
        aim=85,
        at_least=True,
        note=f"{statistics.median(one for one, _ in pairs):.0f} against "
        f"{statistics.median(other for _, other in pairs):.0f} answers/s · {spread(ratios, '%')} pairs",
    )


def _rate(workshop: Workshop, server: Server) -> float:
    """Answers a second. Raises `AssertionError` when one failed, since a failed answer is quick."""
    words = ["--headless", "--json", "-u", str(USERS), "-r", str(USERS), "-t", f"{SECONDS}s", "--host", server.base]
    ran = workshop.runner.run(
        [sys.executable, "-m", "locust", "-f", str(HERE / "reads.py"), *words],
        cwd=HERE,
        env=clean_environment(),
        timeout=60,
    )
    rows = json.loads(ran.out[ran.out.index("[") :])
    assert not sum(row["num_failures"] for row in rows), ran.err[-500:]
    began = min(row["start_time"] for row in rows)
    ended = max(row["last_request_timestamp"] for row in rows)
    return float(sum(row["num_requests"] for row in rows) / (ended - began))
