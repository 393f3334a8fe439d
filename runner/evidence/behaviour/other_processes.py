"""Does a second process of the service tell what was written through the first one?

Each process may keep answers in its own memory, before or instead of the cache that they share: it forgets them when it
writes, and knows nothing of what the others write.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import httpx

from runner.errors import ProbeError
from runner.evidence.accounts.visit import Visit
from runner.evidence.behaviour.reads import Read, difference
from runner.http.identities import Identity
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.http.things import PERSON_WORDS
from runner.live.waiting import until
from runner.vocabulary.names import words_of

MOST_WRITES = 6
SOON = 0.5  # seconds within which one process may tell the others what to forget


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A read that the second process answers as before the write."""

    read: str
    write: str
    path: str
    write_curl: str
    differs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoProcesses:
    """`ask` sends a read, by the client of either process; `reads` are those that a write may change."""

    visit: Visit
    other: httpx.Client
    ask: Callable[[Request, httpx.Client], Read]
    reads: Callable[[Request, Identity], Iterable[Request]]

    def stale(self, writes: Iterable[Operation]) -> Iterator[Elsewhere]:
        ours = [one for one in writes if not PERSON_WORDS & set(words_of(one.path))]
        for write in ours[:MOST_WRITES]:
            try:
                caller = self.visit.caller(self.visit.allowed(write))
                request = self.visit.request(write, caller)
            except ProbeError:
                continue
            yield from self._after(request, caller)

    def _after(self, write: Request, caller: Identity) -> Iterator[Elsewhere]:
        reads = list(self.reads(write, caller))
        for one in reads:
            self.ask(one, self.other)
        before = [(one, self.ask(one, self.other)) for one in reads]
        if not write.send(self.visit.client, caller.headers).is_success:
            return
        for one, old in before:
            truth = self.ask(one, self.visit.client)
            if not old.ok or truth.same(old) or until(lambda one=one, old=old: self._is_new(one, old), SOON):  # type: ignore[misc]
                continue
            if self.ask(one, self.visit.client).same(truth):
                differs = difference(old, truth)
                yield Elsewhere(
                    read=one.endpoint,
                    write=write.endpoint,
                    path=one.path,
                    write_curl=write.curl(signed_in=True),
                    differs=differs,
                )

    def _is_new(self, request: Request, old: Read) -> bool:
        now = self.ask(request, self.other)
        return not now.same(old) or now.declared_age
