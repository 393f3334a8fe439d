"""Do the bundled service's own tests pass on a real PostgreSQL and Redis, and do its caches keep what they promise?"""

import re
from dataclasses import replace

import pytest

from runner.discovery.target import find_target
from runner.engine import Shelf
from runner.evidence.behaviour.caches import Caches
from runner.live.workshop import Workshop
from runner.model import Outcome
from runner.probe import Probe
from stages.performance.checks_running import the_service_lives_without_redis
from workflow.settings import SAMPLE

pytestmark = [pytest.mark.servers, pytest.mark.slow]


def test_its_own_tests_pass_on_both(workshop: Workshop) -> None:
    target = find_target(SAMPLE)
    probe = Probe(target, workshop)
    env = probe.environment.of(probe.servers.new_database()) | {
        "SAMPLE_TEST_REDIS_URL": workshop.redis().url(workshop.number())
    }
    ran = probe.run(["pytest", "-q", "-p", "no:cacheprovider", "tests"], env=env, timeout=300)
    assert ran.code == 0, ran.out[-3000:]
    assert int(re.findall(r"(\d+) passed", ran.out)[-1]) > 50


def test_its_caches_answer_and_it_lives_without_them(workshop: Workshop) -> None:
    caches = Shelf(find_target(SAMPLE), workshop).need(Caches)
    assert isinstance(caches, Caches)
    assert caches.redis
    assert caches.hits > 0
    assert caches.stale == ()
    assert the_service_lives_without_redis(caches).outcome is Outcome.PASSED
    assert the_service_lives_without_redis(replace(caches, without=())).outcome is not Outcome.PASSED
