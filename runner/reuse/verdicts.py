"""Verdicts and documents of earlier runs: what was made of pieces that are kept still holds while these do."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from runner.kept import table_of, with_table
from runner.model import Verdict
from runner.reuse.pieces import Piece, Store, seal

KIND = "judged"  # the kind under which they are kept, beside those of evidence
NEWEST = 3  # of each check and document: who goes back to an earlier branch finds them again
VERDICT = TypeAdapter(Verdict)
FORM = json.dumps({"kept": KIND, "format": 1})


class Judged:
    """What the checks and writers made of kept pieces, by the seals of these.

    A check and a writer are pure functions of their evidence, so the seals and `code` decide: what the run looks at
    now, or keeps nothing of, has no seal, and is judged. All are kept together, at the end of a run.
    """

    def __init__(self, store: Store, run: int, code: str, *, clear: Callable[[str], str]) -> None:
        """`code`: the digest of what judges, and of all that it is made of. `clear` blanks secrets in a text."""
        self._store, self._run, self._code, self._clear = store, run, code, clear
        self._known: dict[str, dict[str, Any]] | None = None
        self._changed = False
        self.damaged = False

    def verdict(self, check: str, seals: Sequence[str]) -> Verdict | None:
        """What the check said of just these pieces; None where nobody knows."""
        told = self._entries(check).get(self._key(check, seals))
        if told is None:
            return None
        try:
            return with_table(VERDICT.validate_python(told["verdict"]), told["said"])
        except (ValidationError, TypeError, KeyError, AttributeError):
            return None

    def keep_verdict(self, check: str, seals: Sequence[str], verdict: Verdict) -> None:
        told = {"verdict": VERDICT.dump_python(verdict, mode="json"), "said": table_of(verdict)}
        self._add(check, seals, json.loads(self._clear(json.dumps(told))))

    def document(self, name: str, seals: Sequence[str]) -> dict[str, bytes] | None:
        """Language → what was written of just these pieces; None where nobody knows, or a text is kept no longer."""
        digests = self._entries(name).get(self._key(name, seals))
        if not isinstance(digests, dict):
            return None
        texts = {language: self._store.text(digest) for language, digest in digests.items()}
        found = {
            language: text.encode(errors="surrogateescape") for language, text in texts.items() if text is not None
        }
        return found if len(found) == len(digests) else None

    def keep_document(self, name: str, seals: Sequence[str], texts: Mapping[str, bytes]) -> None:
        """By their digests: the run keeps the texts."""
        digests = {language: hashlib.sha256(content).hexdigest() for language, content in texts.items()}
        self._add(name, seals, digests)

    def settle(self) -> None:
        """Keep them."""
        if not self._changed:
            return
        content = json.dumps(self._all()).encode()
        self._store.keep(KIND, self._run, Piece(trace=FORM, content=content, seal=seal(FORM, content)))
        self._changed = False

    def _key(self, name: str, seals: Sequence[str]) -> str:
        return hashlib.sha256("\0".join([self._code, name, *seals]).encode()).hexdigest()

    def _add(self, name: str, seals: Sequence[str], told: Any) -> None:
        newest = {self._key(name, seals): told} | self._entries(name)
        self._all()[name] = dict(list(newest.items())[:NEWEST])
        self._changed = True

    def _entries(self, name: str) -> dict[str, Any]:
        found = self._all().get(name)
        return found if isinstance(found, dict) else {}

    def _all(self) -> dict[str, Any]:
        if self._known is None:
            self._known = self._read(next(iter(self._store.pieces(KIND)), None))
        return self._known

    def _read(self, piece: Piece | None) -> dict[str, Any]:
        if piece is None or piece.trace != FORM:
            self.damaged = piece is not None and piece.seal != seal(piece.trace, piece.content)
            return {}
        if seal(piece.trace, piece.content) != piece.seal:
            self.damaged = True
            return {}
        told = json.loads(piece.content)
        return told if isinstance(told, dict) else {}
