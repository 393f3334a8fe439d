"""A run of which nothing has to be looked at: what an earlier one told of the very same pieces is told again."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from runner.engine.events import Collected, Event, StageDone
from runner.engine.ground import ground_of, moment_now
from runner.engine.shelf import Shelf
from runner.kept import table_of, with_table
from runner.model import Document, Finding, Outcome, Stage
from runner.reuse.memory import Memory
from runner.reuse.pieces import Piece, seal

KIND = "whole run"  # the kind under which they are kept, beside those of evidence
FINDINGS = TypeAdapter(tuple[Finding, ...])


class Whole:
    """Whole runs of the same things, of which the newest is told again where nothing speaks against any piece of it.

    It is told by names: neither the checks nor the kinds of evidence are loaded. Each piece is believed as a run that
    looks at it alone would believe it: its seal, its trace, and what it builds on.
    """

    def __init__(self, memory: Memory, stages: Sequence[Stage], shelf: Shelf, beside: str) -> None:
        """`shelf`: where this run's evidence is laid; `beside`: what findings hang on that no evidence tells of."""
        self._memory, self._stages, self._shelf = memory, stages, shelf
        asked = [
            (stage.slug, [(check.id, check.step) for check in stage.checks], [one.name for one in stage.artifacts])
            for stage in stages
        ]
        own = not any(check.where for stage in stages for check in stage.checks)  # nobody digests a team's own code
        scope = sorted(shelf.target.config.scope.items())
        self._form = json.dumps({"kept": KIND, "format": 1, "asked": _sha(memory.code, asked, scope, beside)})
        self._possible = own and memory.code is not None

    def told(self) -> list[Event] | None:
        """What the run tells, where nothing has to be looked at; else None."""
        if not self._possible or self._memory.fresh:
            return None
        for piece in self._memory.store.pieces(KIND):
            if piece.trace == self._form and piece.seal == seal(piece.trace, piece.content):
                return self._again(json.loads(piece.content))
        return None

    def keep(self, told: Sequence[Event]) -> None:
        """Keep what a run told that had everything looked at, in this run or an earlier one.

        None is kept where some piece is kept by nobody: what could not be looked at is looked at again.
        """
        findings = [one for one in told if isinstance(one, Finding)]
        ground = ground_of(self._stages, self._shelf) if self._possible else None
        if ground is None or any(one.outcome is Outcome.BROKEN for one in findings):
            return
        findings = [replace(one, reused=ground.seen_in.get(one.check), seconds=0.0) for one in findings]
        content = {
            "seals": dict(ground.seals),
            "moment": dict(ground.moment),
            "findings": FINDINGS.dump_python(tuple(findings), mode="json"),
            "said": table_of(findings),
            "documents": [_entry(one) for one in told if isinstance(one, Document)],
            "absent": [(one.title, one.problem) for one in told if isinstance(one, Collected) and one.problem],
        }
        text = self._memory.cleared(json.dumps(content)).encode()
        piece = Piece(trace=self._form, content=text, seal=seal(self._form, text))
        self._memory.store.keep(KIND, self._memory.run, piece)

    def _again(self, kept: Mapping[str, Any]) -> list[Event] | None:
        moment = moment_now(self._shelf, kept["moment"])
        if moment != kept["moment"] or not self._memory.holds_all(kept["seals"], moment):
            return None
        digests = [digest for entry in kept["documents"] for digest in (entry["sha256"], *entry["told"].values())]
        texts = self._memory.store.contents(digests)
        if not texts.keys() >= set(digests):
            return None
        try:
            findings = with_table(FINDINGS.validate_python(kept["findings"]), kept["said"])
        except (ValidationError, TypeError):
            return None
        absent = [Collected(title=title, seconds=0.0, problem=why, absent=True) for title, why in kept["absent"]]
        documents = [_document(entry, texts) for entry in kept["documents"]]
        return [*absent, *findings, *documents, *self._ended()]

    def _ended(self) -> Iterator[StageDone]:
        return (StageDone(stage=stage.slug, seconds=0.0) for stage in self._stages)


def _entry(one: Document) -> dict[str, Any]:
    names = ("name", "stage", "step", "title", "media_type", "sha256")
    told = {language: hashlib.sha256(text).hexdigest() for language, text in one.told}
    return {name: getattr(one, name) for name in names} | {"told": told}


def _document(entry: Mapping[str, Any], texts: Mapping[str, bytes]) -> Document:
    told = tuple((language, texts[digest]) for language, digest in entry["told"].items())
    return Document(**{**entry, "told": told, "content": texts[entry["sha256"]]})


def _sha(*things: object) -> str:
    return hashlib.sha256(repr(things).encode()).hexdigest()
