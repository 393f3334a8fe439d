"""Is a process named that tells what was written through another one too late, and none that tells it soon?"""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from runner.evidence.behaviour.other_processes import TwoProcesses
from runner.evidence.behaviour.reads import Read
from runner.http.openapi import operations_of
from runner.http.requests import Request

(WRITE,) = operations_of({"paths": {"/posts": {"post": {}}}})
(READ,) = operations_of({"paths": {"/posts": {"get": {}}}})
BEGAN = Request(operation=READ, path="/posts")


class Process:
    """Answers with what it knows; `slow` reads later it knows what was written."""

    def __init__(self, slow: int | None, *, aged: bool = False) -> None:
        self.slow, self.aged, self.asked = slow, aged, 0

    def answer(self, written: bool) -> Read:  # noqa: FBT001 - as it is told
        self.asked += written
        new = written and self.slow is not None and self.asked > self.slow
        return Read(endpoint="GET /posts", path="/posts", status=200, body=[new], declared_age=self.aged)


def stale(other: Process, *, accepted: bool = True) -> list[str]:
    first, written = Process(0), []

    def send(*_: object) -> SimpleNamespace:
        written.append(accepted)
        return SimpleNamespace(is_success=accepted)

    def reads(*_: object) -> Iterator[Request]:
        yield BEGAN

    here: Any = SimpleNamespace(
        client=first,
        allowed=lambda _: "author",
        caller=lambda _: SimpleNamespace(headers={}),
        request=lambda *_: SimpleNamespace(send=send, endpoint=WRITE.endpoint, curl=lambda **_: "curl -X POST"),
    )
    two = TwoProcesses(visit=here, other=other, ask=lambda _, to: to.answer(bool(written)), reads=reads)  # type: ignore[arg-type, attr-defined]
    return [f"{one.read} after {one.write}: {one.differs}" for one in two.stale([WRITE])]


def test_a_process_that_keeps_what_another_has_changed_is_named() -> None:
    assert stale(Process(None)) == ["GET /posts after POST /posts: [0] is False, should be True"]


@pytest.mark.parametrize("other", [Process(0), Process(2), Process(None, aged=True)])
def test_a_process_that_learns_of_it_soon_or_says_that_it_may_be_old_is_not(other: Process) -> None:
    assert stale(other) == []


def test_a_write_that_was_refused_proves_nothing() -> None:
    assert stale(Process(None), accepted=False) == []
