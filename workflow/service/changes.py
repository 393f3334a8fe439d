"""What has changed since a check was last looked at?"""

from collections.abc import Iterator
from dataclasses import dataclass

from runner.discovery.secrecy import Secrecy
from runner.discovery.target import Target
from runner.engine import closure
from runner.model import Check
from runner.reuse.memory import Memory, keeps, name_of
from runner.reuse.trace import Trace
from workflow.ledger import Ledger
from workflow.service.conduct import memory_of
from workflow.service.rooms import new_workshop

Moment = tuple[int, str]  # a run, and when it looked: ISO 8601, UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is not as it was, and the titles of the evidence that depended on it."""

    what: str
    concerns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """A check's evidence: the newest run in which some of it was seen, what changed, and what was never kept."""

    last: Moment | None
    changes: tuple[Change, ...]
    never: tuple[str, ...]  # titles of evidence that no run has kept
    always: tuple[str, ...]  # titles of evidence that every run looks at anew


def changes_since(check: Check[...], target: Target, ledger: Ledger) -> Since:
    """What speaks against reusing what was seen for a check; nothing where the next run would reuse it all."""
    with new_workshop() as workshop:
        secrecy = Secrecy(target, workshop.secrets)
        memory = memory_of(target, workshop, ledger, 0, secrecy, fresh=False)
        kinds = closure(check.needs.values())
        traces = {kind: memory.newest(kind) for kind in kinds if keeps(kind)}
        known = {name_of(kind): trace.content for kind, trace in traces.items() if trace}
        found: dict[str, list[str]] = {}
        for kind, trace in traces.items():
            for what in _changed(memory, trace, known) if trace else ():
                found.setdefault(what, []).append(kind.title())
    moments = [(trace.run, trace.at) for trace in traces.values() if trace]
    return Since(
        last=max(moments, default=None),
        changes=tuple(Change(what=what, concerns=tuple(titles)) for what, titles in found.items()),
        never=tuple(kind.title() for kind, trace in traces.items() if trace is None),
        always=tuple(kind.title() for kind in kinds if not keeps(kind)),
    )


def _changed(memory: Memory, trace: Trace, known: dict[str, str]) -> Iterator[str]:
    """Evidence that every run looks at anew is taken for what it was."""
    return memory.changes(trace, {name: known.get(name, then) for name, then in trace.needs.items()})
