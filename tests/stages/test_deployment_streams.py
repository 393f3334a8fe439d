"""Does the check on open streams at SIGTERM pass what ends in order, and name what does not?"""

from dataclasses import replace

from runner.evidence.release.compose_file import Compose, parts_in
from runner.evidence.release.streams_at_end import AtEnd, StreamsAtEnd, grace_of
from runner.model import Outcome, share
from runner.reading.documents import yaml_in
from stages.deployment.checks_streams import streams_end_with_their_process

EVENTS = AtEnd(endpoint="GET /events", path="app/events.py", line=9, told=2)
SOCKET = AtEnd(endpoint="WS /ws", told=2)
END = StreamsAtEnd(streams=(EVENTS, SOCKET), exit_code=0, seconds=1.5, command="uvicorn app:app")


def test_dp060_passes_what_ends_and_tells() -> None:
    verdict = streams_end_with_their_process(END)
    assert (verdict.outcome, verdict.shares) == (Outcome.PASSED, (share(2, 2, "stream"),))
    assert verdict.message == "ended 1.5 s after SIGTERM with GET /events, WS /ws open"


def test_dp060_names_a_stream_that_holds_its_process() -> None:
    held = replace(EVENTS, told=0, held=2)
    verdict = streams_end_with_their_process(replace(END, streams=(held, SOCKET), exit_code=None))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "the process does not end while GET /events is open: it is killed after 10 s"
    assert [(place.path, place.line) for place in verdict.places] == [("app/events.py", 9)]


def test_dp060_names_a_stream_that_is_cut() -> None:
    verdict = streams_end_with_their_process(replace(END, streams=(EVENTS, replace(SOCKET, told=1, cut=1))))
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, "WS /ws is cut at SIGTERM, without a close frame")
    verdict = streams_end_with_their_process(replace(END, streams=(replace(EVENTS, told=0, cut=2),)))
    assert (verdict.outcome, "in the midst of an event" in verdict.message) == (Outcome.FAILED, True)


def test_dp060_has_nothing_to_say_where_no_read_goes_on() -> None:
    assert streams_end_with_their_process(replace(END, streams=())).outcome is Outcome.NOT_APPLICABLE


def test_the_time_is_what_the_compose_file_gives_to_what_is_built_here() -> None:
    text = """
services:
  web: {build: ., stop_grace_period: 1m}
  db: {image: "postgres:17", stop_grace_period: 5m}
  worker: {build: ., stop_grace_period: 1500ms}
"""
    parts = tuple(parts_in(yaml_in(text)))
    assert [part.grace for part in parts] == [60.0, 300.0, 1.5]
    assert grace_of(Compose(path="compose.yaml", parts=parts)) == 60.0
    assert grace_of(Compose(path="compose.yaml", parts=parts[1:2])) == grace_of(None) == 10.0
