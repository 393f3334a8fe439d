"""Does an operation fail for a run alone: because it asks the world outside, which no process of a run reaches?"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

import httpx

from runner.errors import ProbeError
from runner.evidence.accounts.visit import Visit
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.live.waiting import until
from runner.said import say

BROKEN = 500
LOGGED_WITHIN = 0.5  # seconds
# What libraries say where a name has no address, or no way leads to it. A server of the run has an address.
OUTSIDE = re.compile(
    r"name resolution|Name or service not known|No address associated|nodename nor servname|Network is unreachable"
    r"|NameResolutionError|DNSError|Name does not resolve"
)
WHY = say("it asks another machine, which no process of a run reaches")


def asking_outside(here: Visit, endpoints: Iterable[str]) -> frozenset[str]:
    """Those whose valid request fails, with such words in the service's log."""
    return frozenset(endpoint for endpoint in dict.fromkeys(endpoints) if _asks(here, endpoint))


def _asks(here: Visit, endpoint: str) -> bool:
    operation = here.requests.find(endpoint)
    with suppress(ProbeError, httpx.HTTPError):
        for request, headers in _valid(here, operation) if operation else ():
            before = len(here.server.log())
            if request.send(here.client, headers).status_code >= BROKEN:
                return until(lambda: OUTSIDE.search(here.server.log()[before:]) is not None, LOGGED_WITHIN)  # noqa: B023 - asked at once
    return False


def _valid(here: Visit, operation: Operation) -> Iterator[tuple[Request, dict[str, str]]]:
    if operation == here.people.register:
        yield here.people.registration(), {}
        return
    caller = here.caller(here.allowed(operation))
    yield here.request(operation, caller), dict(caller.headers)
