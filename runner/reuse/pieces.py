"""What is kept of earlier runs, as the ledger holds it: sealed, so that what was altered is noticed."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of evidence as it is kept. `seal` is the digest of trace and content together."""

    trace: str
    content: bytes
    seal: str


class Store(Protocol):
    """Where pieces are kept for one service: the ledger."""

    def pieces(self, kind: str) -> Iterable[Piece]:
        """Of one kind, the newest first."""

    def keep(self, kind: str, run: int, piece: Piece) -> None: ...

    def keep_text(self, text: str) -> None:
        """A long text that traces name by its digest: a listing, a manifest."""

    def text(self, digest: str) -> str | None: ...

    def contents(self, digests: Sequence[str]) -> Mapping[str, bytes]:
        """Digest → content, of those that are there and still have their digest."""


def seal(trace: str, content: bytes) -> str:
    return hashlib.sha256(trace.encode() + b"\0" + content).hexdigest()
