"""Streams that prove nothing: refused to everybody, silent, or ended for another reason than their session."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from runner.evidence.access.streams import SeenStream
from runner.evidence.accounts.stream_lines import Attempt
from runner.model import Outcome, Verdict
from stages.security import checks_streams as c
from tests.stages.test_security_streams import ENDED, EVENTS, IN, LIVES, OUT, QUIET, streams

DOWN = Attempt(status=503, broke=True)


def life(**changed: object) -> SeenStream:
    return replace(EVENTS, afterlives=(replace(ENDED, **changed),))  # type: ignore[arg-type]


HOLLOWS: dict[str, Callable[[], Verdict]] = {
    "SC120 everybody is refused": lambda: c.streams_ask_who_is_there(streams(replace(EVENTS, good=OUT))),
    "SC120 it is down for strangers": lambda: c.streams_ask_who_is_there(streams(replace(EVENTS, stranger=DOWN))),
    "SC120 it is down for made-up tokens": lambda: c.streams_ask_who_is_there(streams(replace(EVENTS, forged=DOWN))),
    "SC120 open and silent for all": lambda: c.streams_ask_who_is_there(
        streams(replace(EVENTS, good=QUIET, stranger=QUIET, forged=QUIET))
    ),
    "SC120 one of three": lambda: c.streams_ask_who_is_there(streams(EVENTS, unseen=2)),
    "SC120 nothing but what can't be asked": lambda: c.streams_ask_who_is_there(streams(unseen=1)),
    "SC121 it ends for all": lambda: c.streams_end_with_their_session(streams(life(by_itself=True))),
    "SC121 the token is still good": lambda: c.streams_end_with_their_session(streams(life(refused=False))),
    "SC121 open and silent": lambda: c.streams_end_with_their_session(streams(life(ended=False))),
    "SC121 no session could be ended": lambda: c.streams_end_with_their_session(
        streams(replace(EVENTS, afterlives=()))
    ),
    "SC121 everybody is refused": lambda: c.streams_end_with_their_session(streams(replace(EVENTS, good=OUT))),
    "SC121 one of three ways": lambda: c.streams_end_with_their_session(
        streams(replace(EVENTS, afterlives=(ENDED, *[replace(LIVES, received=0)] * 2)))
    ),
    "SC122 everybody is refused": lambda: c.streams_are_their_owners(streams(replace(EVENTS, good=OUT, another=None))),
    "SC122 it is down for others": lambda: c.streams_are_their_owners(streams(replace(EVENTS, another=DOWN))),
    "SC122 it could not be opened": lambda: c.streams_are_their_owners(
        streams(replace(EVENTS, good=None, stranger=None, another=None, problem="no object"))
    ),
}


@pytest.mark.parametrize("lie", HOLLOWS)
def test_a_check_does_not_pass_on_its_hollow(lie: str) -> None:
    assert HOLLOWS[lie]().outcome is Outcome.UNKNOWN


def test_the_same_streams_pass_where_they_do_not_lie() -> None:
    found = streams(EVENTS)
    for one in (c.streams_ask_who_is_there, c.streams_end_with_their_session, c.streams_are_their_owners):
        assert one(found).outcome is Outcome.PASSED
    assert IN.got_in
