"""Does each check on what stays open pass what is right, and name what is wrong?"""

from dataclasses import replace

import pytest

from runner.evidence.access.streams import Afterlife, SeenStream, Streams
from runner.evidence.accounts.stream_lines import Attempt
from runner.model import Outcome, share
from stages.security import checks_streams as c

IN, OUT = Attempt(status=200, open=True, pieces=2), Attempt(status=401)
QUIET = Attempt(status=101, open=True)
ENDED = Afterlife(way="its token expired", ended=True, seconds=1.2, refused=True)
LIVES = replace(ENDED, ended=False, received=9, seconds=10.0)
EVENTS = SeenStream(
    endpoint="GET /events", path="app/events.py", line=9, good=IN, stranger=OUT, forged=OUT, another=OUT,
    afterlives=(ENDED,),
)  # fmt: skip
SOCKET = replace(EVENTS, endpoint="WS /ws/{user_id}", good=QUIET, stranger=Attempt(status=101, code=1008, refusal=True))


def streams(*found: SeenStream, guarded: int = 8, others: int = 10, unseen: int = 0) -> Streams:
    return Streams(streams=found, guarded=guarded, others=others, unseen=unseen)


def test_sc120_passes_streams_that_ask_and_says_how_many() -> None:
    verdict = c.streams_ask_who_is_there(streams(EVENTS, SOCKET))
    assert (verdict.outcome, verdict.shares) == (Outcome.PASSED, (share(2, 2, "stream"),))
    assert "refused to strangers and to made-up tokens: GET /events, WS /ws/{user_id}" in verdict.message


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (replace(EVENTS, stranger=IN), "GET /events opens without a token"),
        (replace(EVENTS, forged=IN), "GET /events takes any token"),
        (replace(SOCKET, stranger=Attempt(status=101, open=True, pieces=1)), "WS /ws/{user_id} opens without a token"),
        (replace(SOCKET, stranger=QUIET, asks=False), "WS /ws/{user_id} opens without a token"),
    ],
)
def test_sc120_names_a_stream_that_opens_for_anybody(stream: SeenStream, said: str) -> None:
    verdict = c.streams_ask_who_is_there(streams(stream))
    assert (verdict.outcome, said in verdict.message) == (Outcome.FAILED, True)
    assert (verdict.places[0].path, verdict.places[0].line) == ("app/events.py", 9)
    assert verdict.again


def test_sc120_leaves_open_what_is_meant_to_be_or_stands_among_open_reads() -> None:
    opened = replace(EVENTS, stranger=IN)
    assert c.streams_ask_who_is_there(streams(replace(opened, meant=True))).outcome is Outcome.PASSED
    beside = c.streams_ask_who_is_there(streams(opened, guarded=1))
    assert (beside.outcome, "open to all" in beside.message) == (Outcome.PASSED, True)
    closed_by_contract = c.streams_ask_who_is_there(streams(replace(opened, guarded=True), guarded=1))
    assert closed_by_contract.outcome is Outcome.FAILED


def test_sc120_names_a_chat_that_strangers_write_into_also_among_open_reads() -> None:
    chat = replace(SOCKET, endpoint="WS /chat", stranger=Attempt(status=101, open=True, pieces=1), takes=True)
    found = c.streams_ask_who_is_there(replace(streams(chat, guarded=0), protected=3))
    assert (found.outcome, found.message) == (
        Outcome.FAILED,
        "WS /chat takes what strangers write; 3 operations of the contract want a sign-in",
    )
    silent = replace(chat, stranger=QUIET, asks=True)  # the writer hears nothing of it
    assert c.streams_ask_who_is_there(streams(silent, guarded=1)).outcome is Outcome.FAILED
    for harmless in (replace(chat, meant=True), replace(chat, takes=False)):
        assert c.streams_ask_who_is_there(streams(harmless, guarded=1)).outcome is Outcome.PASSED
    nobody = replace(streams(chat, guarded=0), protected=0)  # a service without a guard anywhere
    assert c.streams_ask_who_is_there(nobody).outcome is Outcome.PASSED


def test_sc120_says_that_a_made_up_token_broke_it() -> None:
    verdict = c.streams_ask_who_is_there(streams(replace(SOCKET, forged=Attempt(status=500, broke=True))))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.message == "a token that nobody gave out made WS /ws/{user_id} fail: it refused nobody"


def test_sc121_passes_streams_that_end_and_names_one_that_lives_on() -> None:
    verdict = c.streams_end_with_their_session(streams(EVENTS))
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, "ended within 1.2 s after its token expired")
    verdict = c.streams_end_with_their_session(streams(SOCKET, replace(EVENTS, afterlives=(ENDED, LIVES))))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.startswith("GET /events lives on: after its token expired, other requests are refused")


def test_sc121_has_nothing_to_say_where_no_stream_wants_a_sign_in() -> None:
    verdict = c.streams_end_with_their_session(streams(replace(EVENTS, stranger=IN)))
    assert (verdict.outcome, bool(verdict.looked)) == (Outcome.NOT_APPLICABLE, True)


def test_sc122_passes_what_is_refused_to_others_and_names_what_is_not() -> None:
    assert c.streams_are_their_owners(streams(EVENTS)).outcome is Outcome.PASSED
    for bad in (replace(EVENTS, another=IN), replace(SOCKET, another=QUIET)):
        verdict = c.streams_are_their_owners(streams(bad))
        assert (verdict.outcome, "of one user opens for another" in verdict.message) == (Outcome.FAILED, True)
    nobodys = c.streams_are_their_owners(streams(replace(EVENTS, another=None)))
    assert nobodys.outcome is Outcome.NOT_APPLICABLE
