"""A service that does not start, or dies while it is asked: are its last words said, and is nobody blamed wrongly?"""

from runner.model import Outcome
from tests.bad_days.days import APP, MIGRATED, Place, assert_a_good_end, dies_after

REFUSES = """
from contextlib import asynccontextmanager


@asynccontextmanager
async def life(app):
    raise RuntimeError("no broker at amqp://mq")
    yield


app = FastAPI(lifespan=life)


@app.get("/things")
def other_things() -> list[str]:
    return []
"""
DIES = dies_after(5)


def test_a_service_that_does_not_start_is_unknown_with_its_last_words(place: Place) -> None:
    place.write({**MIGRATED, "main.py": APP + REFUSES})
    assert_a_good_end(place, place.gonogo("stage.security", "--only", "SC041,SC042"))
    for check in ("SC041", "SC042"):
        assert place.finding(check).outcome is Outcome.UNKNOWN
        assert (
            "the service ended while it started: RuntimeError: no broker at amqp://mq" in place.finding(check).message
        )


def test_a_service_that_dies_while_it_is_asked_is_unknown_and_no_bug_of_ours(place: Place) -> None:
    place.write({**MIGRATED, "main.py": APP + DIES})
    assert_a_good_end(place, place.gonogo("stage.security", "--only", "SC041,SC042"))
    for check in ("SC041", "SC042"):
        assert place.finding(check).outcome is Outcome.UNKNOWN
        assert "the service ended while it was asked (exit code 3): " in place.finding(check).message
        assert "out of luck" in place.finding(check).message
