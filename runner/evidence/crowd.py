"""The same request, many times at once: what evidence about races is made with. Not evidence itself."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx

from runner.evidence.visit import Visit
from runner.live.requests import Request

CROWD = 8


def at_once(here: Visit, request: Request, headers: Mapping[str, str], count: int = CROWD) -> tuple[int, ...]:
    """The statuses of so many equal requests, each on a connection of its own; 0: no answer came."""
    ready = threading.Barrier(count)

    def one(_: int) -> int:
        with here.server.client() as client:
            ready.wait(10)
            try:
                return request.send(client, headers).status_code
            except httpx.HTTPError:
                return 0

    with ThreadPoolExecutor(count) as pool:
        return tuple(pool.map(one, range(count)))
