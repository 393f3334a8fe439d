"""How much of a look's requests and seconds is left? What is used up ends the look with what it has."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import httpx

from runner.said import say

T = TypeVar("T")
REQUESTS, SECONDS = 20_000, 300.0  # of one look, unless it says otherwise
PART = 0.7  # of an even share: what is not spent goes to the others


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
        self._part_until, self._part_sent = self._until, requests
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

    def evenly(self, things: Sequence[T], left: Callable[[T, str], object] = lambda _, __: None) -> Iterator[T]:
        """As `within`; each is to end when its part of what is left at its turn is spent: see `part_spent`."""
        for number, thing in enumerate(self.within(things, left)):
            waiting, now = len(things) - number, self._clock()
            self._part_until = now + PART * (self._until - now) / waiting
            self._part_sent = self.sent + int(PART * (self.requests - self.sent) / waiting)
            yield thing
        self._part_until, self._part_sent = self._until, self.requests

    @property
    def part_spent(self) -> bool:
        """Is the part of the thing at hand spent? It is to come to its end then; the rest of its share is for that."""
        return self.sent >= self._part_sent or self._clock() > self._part_until

    def within(self, things: Iterable[T], left: Callable[[T, str], object] = lambda _, __: None) -> Iterator[T]:
        """The things while something is left; each of the others goes to `left`, with the reason."""
        for thing in things:
            if why := self.spent:
                left(thing, why)
            else:
                yield thing
