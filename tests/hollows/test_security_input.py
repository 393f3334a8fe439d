"""Bad input that reached nothing, and operations that no contract names: no check of input passes on them."""

from collections.abc import Callable

import pytest

from runner.evidence.behaviour.fuzz import Fuzz
from runner.evidence.behaviour.rate_limits import RateLimit
from runner.evidence.behaviour.uploads import Upload
from runner.model import Outcome, Verdict
from stages.security import checks_input as c
from stages.security import checks_uploads as u
from tests.stages.test_security_input import POSTS, answered, hostile

REFUSED = (Upload(endpoint="POST /files", field="file", problem="no kind of file was taken"),)
UNSEEN = (Upload(endpoint="POST /files", field="file", taken="png"),)
UNMET = (RateLimit(endpoint="GET /quota", says="documents 429", problem="none of 400 requests was refused"),)
SECRET = frozenset({"POST /purge", "PUT /settings", "GET /debug"})
NOTHING = {"bodies": frozenset(), "large": (), "changing": frozenset(), "hidden": SECRET}


def fuzz(**changes: object) -> Fuzz:
    usual: dict[str, object] = {"requests": 9, "answered": {}, "left_out": (), "operations": 9, "surprises": ()}
    return Fuzz(**{**usual, **changes})  # type: ignore[arg-type]


HOLLOWS: dict[str, Callable[[], Verdict]] = {
    "SC031 nothing is reached": lambda: c.bad_input_breaks_nothing(hostile(reached=frozenset())),
    "SC031 most is outside of the contract": lambda: c.bad_input_breaks_nothing(hostile(hidden=SECRET)),
    "SC032 nothing that changes is reached": lambda: c.refused_means_unwritten(hostile(reached={"GET /posts"})),
    "SC032 most that changes is outside of the contract": lambda: c.refused_means_unwritten(
        hostile(changing=frozenset({POSTS, "POST /purge", "PUT /settings"}), hidden=SECRET)
    ),
    "SC033 no field was judged": lambda: c.unknown_fields_are_refused(hostile(unknown_tried=0)),
    "SC033 only others than the contract's take bodies": lambda: c.unknown_fields_are_refused(hostile(**NOTHING)),
    "SC034 nothing is reached": lambda: c.no_mass_assignment(hostile(reached=frozenset())),
    "SC034 only others than the contract's take bodies": lambda: c.no_mass_assignment(hostile(**NOTHING)),
    "SC035 one operation of ten": lambda: c.bodies_are_limited(hostile(large_there=10)),
    "SC035 a limit of requests answers": lambda: c.bodies_are_limited(hostile(large=(answered(status=429),))),
    "SC035 only others than the contract's take bodies": lambda: c.bodies_are_limited(hostile(**NOTHING)),
    "SC036 one operation of ten": lambda: c.statuses_are_documented(hostile(operations=10)),
    "SC037 nothing is reached": lambda: c.insides_stay_inside(hostile(reached=frozenset())),
    "SC037 most is outside of the contract": lambda: c.insides_stay_inside(hostile(hidden=SECRET)),
    "SC038 every request is refused": lambda: c.valid_input_never_fails(fuzz()),
    "SC038 most operations end the session": lambda: c.valid_input_never_fails(
        fuzz(answered={"GET /me": 3}, operations=1, left_out=("POST /a", "POST /b"))
    ),
    "SC039 every request is refused": lambda: c.answers_keep_the_contract(fuzz()),
    "SC083 the limit was not met": lambda: c.limits_of_requests_hold(hostile(limits=UNMET)),
    "SC080 no file was taken": lambda: u.files_are_limited(hostile(uploads=REFUSED)),
    "SC080 what became of it was not seen": lambda: u.files_are_limited(hostile(uploads=UNSEEN)),
    "SC080 only others than the contract's take bodies": lambda: u.files_are_limited(hostile(**NOTHING)),
    "SC081 no file was taken": lambda: u.names_of_files_lead_nowhere(hostile(uploads=REFUSED)),
    "SC081 what became of it was not seen": lambda: u.names_of_files_lead_nowhere(hostile(uploads=UNSEEN)),
    "SC081 only others than the contract's take bodies": lambda: u.names_of_files_lead_nowhere(hostile(**NOTHING)),
    "SC082 no file was taken": lambda: u.files_are_not_served_as_pages(hostile(uploads=REFUSED)),
    "SC082 what became of it was not seen": lambda: u.files_are_not_served_as_pages(hostile(uploads=UNSEEN)),
    "SC082 only others than the contract's take bodies": lambda: u.files_are_not_served_as_pages(hostile(**NOTHING)),
}


@pytest.mark.parametrize("hollow", HOLLOWS)
def test_it_is_not_known(hollow: str) -> None:
    assert HOLLOWS[hollow]().outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "verdict",
    [
        c.valid_input_never_fails(fuzz(answered={"GET /me": 3}, operations=1, hidden=frozenset({"GET /debug"}))),
        c.statuses_are_documented(hostile(hidden=frozenset({"GET /debug"}))),
        c.bad_input_breaks_nothing(hostile(hidden=frozenset({"GET /debug"}))),
    ],
)
def test_what_no_contract_names_is_named_beside_what_was_judged(verdict: Verdict) -> None:
    assert verdict.outcome is Outcome.PASSED
    assert "GET /debug" in verdict.message
