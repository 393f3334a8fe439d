"""What belongs to what? The trace of the newest run that wrote one, both ways, and what was found beside it."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runner.errors import WorkflowError, unknown_name
from runner.model import Finding, Place
from runner.said import say
from runner.words import plural
from stages.testing.trace import Thing
from workflow import gate
from workflow.ledger import Artifact, Run
from workflow.service.views import Overview

DOCUMENT, WRITER = "trace.json", "TS013"
NONE = say(
    "No run has written a trace yet. `invoke stage.tests` writes it; it needs a specification, a contract and tests."
)
# What leads from one kind to another where no link does: a requirement's tables are those of its operations.
THROUGH = {
    frozenset(("requirement", "table")): "endpoint",
    frozenset(("criterion", "endpoint")): "test",
    frozenset(("criterion", "table")): "test",
    frozenset(("test", "table")): "endpoint",
    frozenset(("table", "need")): "endpoint",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Thing):
    """One thing of the trace, as it is read again."""

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """The trace as one looks at it."""

    run: Run
    artifact: Artifact
    items: Mapping[str, Item]  # by key
    linked: Mapping[str, tuple[str, ...]]  # key → keys, in both directions
    orphans: Mapping[str, str]  # key → why
    found: Mapping[str, tuple[Finding, ...]]  # key → findings, what blocks first
    blind: str = ""  # why nobody knows which tables are touched

    def of(self, kind: str) -> tuple[Item, ...]:
        return tuple(item for item in self.items.values() if item.kind == kind)

    def around(self, item: Item, kind: str) -> tuple[Item, ...]:
        """The things of a kind that belong to an item, straight or through what lies between."""
        straight = [self.items[key] for key in self.linked.get(item.key, ()) if self.items[key].kind == kind]
        between = THROUGH.get(frozenset((item.kind, kind)))
        if straight or between is None:
            return tuple(straight)
        further = (one for middle in self.around(item, between) for one in self.around(middle, kind))
        return tuple(dict.fromkeys(further))

    def findings(self, item: Item) -> tuple[Finding, ...]:
        """Those that name it; of a requirement also those that name one of its criteria."""
        inner = self.around(item, "criterion") if item.kind == "requirement" else ()
        return tuple({one.check: one for each in (item, *inner) for one in self.found.get(each.key, ())}.values())

    def find(self, word: str) -> Item:
        """An item by its id, whatever its case; a test also by its name alone. Raises `WorkflowError` for none."""
        asked = word.strip().lower()
        for item in self.items.values():
            if asked in {item.id.lower(), item.key.lower(), item.id.lower().rpartition("::")[2]}:
                return item
        raise unknown_name(say("thing in the trace"), word, [item.id for item in self.items.values()])


def traced_service(view: Overview, content: Callable[[str], bytes]) -> Traced:
    """The newest trace of a service, and what its stages found last. Raises `WorkflowError` where there is none."""
    stages = [stage for stage in view.stages if stage.run is not None]
    newest = next(((stage.run, one) for stage in stages if stage.run for one in stage.run.artifacts if _is(one)), None)
    if newest is None:
        raise WorkflowError(NONE)
    run, artifact = newest
    told = _read(content(artifact.sha256), run)
    try:
        items = {item.key: item for one in told["things"] for item in [Item(**one)]}
        linked: dict[str, list[str]] = defaultdict(list)
        for left, right in told["links"]:
            if left in items and right in items:
                linked[left].append(right)
                linked[right].append(left)
        orphans = {one["thing"]: str(one["why"]) for one in told["orphans"]}
        blind = "" if told["tables"] == "seen" else str(told["tables"])
    except (KeyError, TypeError, ValueError) as error:
        raise WorkflowError(_damaged(run)) from error
    found = [finding for stage in stages if stage.run for finding in stage.run.of_stage(stage.stage.slug)]
    return Traced(
        run=run,
        artifact=artifact,
        items=items,
        linked={key: tuple(keys) for key, keys in linked.items()},
        orphans=orphans,
        found=findings_by_item(items.values(), found),
        blind=blind,
    )


def _is(artifact: Artifact) -> bool:
    return artifact.name == DOCUMENT


def _read(content: bytes, run: Run) -> Mapping[str, Any]:
    try:
        told = json.loads(content)
    except ValueError as error:
        raise WorkflowError(_damaged(run)) from error
    if not isinstance(told, dict) or told.get("format") != 1:
        raise WorkflowError(_damaged(run))
    return told


def _damaged(run: Run) -> str:
    return say("The trace of run {id} can't be read. `invoke stage.tests` writes a new one.", id=run.id)


def findings_by_item(items: Iterable[Item], found: Sequence[Finding]) -> dict[str, tuple[Finding, ...]]:
    """The findings that name each item, by key: what blocks first."""
    shut = set(gate.blockers(found))
    named: dict[str, dict[str, Finding]] = defaultdict(dict)
    known = list(items)
    for finding in sorted(found, key=lambda one: one not in shut):
        for key in _named_by(finding, known):
            named[key].setdefault(finding.check, finding)
    return {key: tuple(findings.values()) for key, findings in named.items()}


def _named_by(finding: Finding, items: Sequence[Item]) -> Iterator[str]:
    told = set(finding.requirements) | {place.item for place in finding.places if place.item}
    for item in items:
        if item.id in told or any(_is_at(item, place) for place in finding.places):
            yield item.key


def _is_at(item: Item, place: Place) -> bool:
    if item.kind == "endpoint":
        return place.endpoint == item.id
    if item.kind == "table":
        return place.table == item.id
    return bool(item.line) and (place.path, place.line) == (item.path, item.line)


def counted(items: Sequence[Item], word: str) -> str:
    """`3 tests`, and of tests how many of them did not pass: `3 tests, 1 failed`."""
    bad = sum(item.kind == "test" and item.state != "passed" for item in items)
    return plural(len(items), word) + (say(", {bad} not passed", bad=bad) if bad else "")
