"""A service that dies under load: is the load's verdict FAILED, with how many requests were lost?"""

from runner.model import Outcome
from tests.bad_days.days import APP, MIGRATED, Place, assert_a_good_end, dies_after

SPEC = """\
gonogo: 1
service: {name: bad, summary: It dies under load., owner: editor}
scope: {included: [Things], excluded: [Everything else]}
roles: [{id: editor, description: Whoever edits.}]
quality:
  - id: QN-001
    text: "While 2 users read, the service shall answer GET /things within 250 ms at the 95th percentile."
    metric: latency
    endpoint: GET /things
    percentile: 95
    limit: 250
    unit: ms
    load: {users: 2, seconds: 6}
"""
LOCUST = """\
from locust import FastHttpUser, constant_pacing, task


class Reader(FastHttpUser):
    wait_time = constant_pacing(0.05)

    @task
    def read(self):
        self.client.get("/things")
"""
DIES = dies_after(200)


def test_a_service_that_dies_under_load_fails(place: Place) -> None:
    place.write({**MIGRATED, "main.py": APP + DIES, "spec.yaml": SPEC, "locustfile.py": LOCUST})
    assert_a_good_end(place, place.gonogo("stage.perf", "--only", "PF001,PF003"))
    for check in ("PF001", "PF003"):
        assert place.finding(check).outcome is Outcome.FAILED, place.finding(check).message
        assert "the service ended while it was asked (exit code 3): " in place.finding(check).message
        assert "out of luck" in place.finding(check).message
