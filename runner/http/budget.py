"""How much of a look's requests and seconds is left? What is used up ends the look with what it has."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import httpx

from runner.said import say

T = TypeVar("T")
REQUESTS, SECONDS = 20_000, 600.0  # of one look, unless it says otherwise


class Budget:
    """Counts what a client sends from now on. `clock` in seconds."""

    def __init__(
        self,
        client: httpx.Client,
        *,
        requests: int = REQUESTS,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.requests, self.seconds, self.sent = requests, seconds, 0
        self._clock, self._until = clock, clock() + seconds
        client.event_hooks = {**client.event_hooks, "request": [*client.event_hooks["request"], self._count]}

    def _count(self, _: httpx.Request) -> None:
        self.sent += 1

    @property
    def spent(self) -> str:
        """Why nothing more is asked; empty while something is left."""
        if self.sent >= self.requests:
            return say("the {requests} requests of this look were sent", requests=f"{self.requests:,}")
        return (
            say("the {seconds} s of this look were over", seconds=f"{self.seconds:.0f}")
            if self._clock() > self._until
            else ""
        )

    def within(self, things: Iterable[T], left: Callable[[T, str], object] = lambda _, __: None) -> Iterator[T]:
        """The things while something is left; each of the others goes to `left`, with the reason."""
        for thing in things:
            if why := self.spent:
                left(thing, why)
            else:
                yield thing
