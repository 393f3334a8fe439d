"""Is a body refused that is far larger than anything the service needs?"""

from collections.abc import Callable, Iterator, Sequence

import httpx

from runner.evidence.accounts.visit import Visit
from runner.evidence.behaviour.attacks import TOO_MANY, Answered
from runner.evidence.behaviour.hostile_sender import Sender
from runner.http import hostile
from runner.http.openapi import JSON_TYPE, Operation
from runner.live.client import moved
from runner.said import say

TOO_LARGE = 413
MOST_LARGE = 24  # operations that get a large body
CLOSED = (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError, httpx.CloseError)  # while it was sent
LARGE_BODY = 32 * 1024 * 1024
CHUNK = 64 * 1024


def large_bodies(sender: Sender) -> Iterator[Answered]:
    """A body far larger than anything the service needs: with its length at each operation, without at one.

    Ends with the first operation that takes it. A limit of requests says nothing of bodies: then the next is asked.
    """
    takes = [op for op in sender.here.requests.operations if op.changes and op.takes_json]
    takes.sort(key=lambda op: (not op.is_protected, bool(op.placeholders)))
    for number, operation in enumerate(takes[:MOST_LARGE]):
        answers = list(_large(sender, operation, ("announced", say("in chunks")) if number == 0 else ("announced",)))
        yield from answers
        if any(one.status not in (TOO_LARGE, TOO_MANY) for one in answers):
            return


def _large(sender: Sender, chosen: Operation, wanted: Sequence[str]) -> Iterator[Answered]:
    body, here = hostile.large_body(LARGE_BODY), sender.here
    caller = sender.who(here.allowed(chosen))
    headers = {"content-type": JSON_TYPE, **caller.headers}
    path = here.requests.example(chosen).path
    ways: dict[str, Callable[[], bytes | Iterator[bytes]]] = {
        "announced": lambda: body,
        say("in chunks"): lambda: (body[n : n + CHUNK] for n in range(0, len(body), CHUNK)),
    }
    for what, content in ((name, content) for name, content in ways.items() if name in wanted):
        try:
            answer = here.client.request(chosen.method, path, content=content(), headers=headers, timeout=60)
            if answer.status_code == TOO_MANY and moved(here.client):
                answer = here.client.request(chosen.method, path, content=content(), headers=headers, timeout=60)
            status, text = answer.status_code, answer.text[:200]
        except httpx.TransportError as refused:
            shut = isinstance(refused, CLOSED) and here_and_well(here)
            status, text = (
                (TOO_LARGE, say("the connection was closed"))
                if shut
                else (0, say("no answer: {refused}", refused=repr(refused)))
            )
        send = f"curl -i -X {chosen.method} --data-binary @- -H 'Content-Type: {JSON_TYPE}'"
        curl = f"head -c {LARGE_BODY} /dev/zero | {send}"
        yield Answered(
            endpoint=chosen.endpoint,
            place="body",
            what=f"32 MiB, {what}",
            status=status,
            text=text,
            curl=f'{curl} "$BASE{path}"',
        )


def here_and_well(here: Visit) -> bool:
    """Does the service still run, and answer? Closing a connection is a refusal only for one that does."""
    try:
        return here.server.process.running() and here.client.get("/").status_code > 0
    except httpx.TransportError:
        return False
