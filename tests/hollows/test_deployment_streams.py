"""A process that ends well because nothing was open: no proof for its streams."""

from dataclasses import replace

import pytest

from runner.evidence.release.streams_at_end import StreamsAtEnd
from runner.model import Outcome
from stages.deployment.checks_streams import streams_end_with_their_process
from tests.stages.test_deployment_streams import END, EVENTS, SOCKET

REFUSED = replace(EVENTS, told=0, problem="it does not open for who is signed in (503)")


@pytest.mark.parametrize(
    "end",
    [
        replace(END, streams=(REFUSED,)),
        replace(END, streams=(REFUSED, replace(REFUSED, endpoint="GET /more"), SOCKET)),
        replace(END, streams=(), unseen=2),
        replace(END, streams=(EVENTS,), unseen=3),
        replace(END, streams=(REFUSED,), exit_code=None),
    ],
    ids=["refused", "one of three", "nobody can ask", "one of four", "killed for another reason"],
)
def test_dp060_does_not_pass_where_nothing_was_open(end: StreamsAtEnd) -> None:
    assert streams_end_with_their_process(end).outcome is Outcome.UNKNOWN
