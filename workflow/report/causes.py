"""What is there to mend? The blockers of all stages by their cause, the heaviest first."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from runner.model import Finding, Outcome
from runner.said import tell, together
from runner.words import plural
from stages.severity import ORDER, Severity, severity_of
from workflow import gate
from workflow.gate import is_waived

MANY = 10  # checks that wait for one thing: it is mended before anything else
LEAST = 12  # letters of a reason that is known again inside of another one
# As Python ends a traceback with it: the exception's name, and what it says up to where that is only about the place.
RAISED = re.compile(
    r"(?:\b[a-z_]\w*\.)*"
    r"\b((?:[A-Z]\w*(?:Error|Exception|Exit|Timeout|Warning|Interrupt|Violation|Undefined\w+|NotFound\w*)|gaierror)"
    r": (?:(?! \(| \| |\. |\n).){3,})"
)
JUDGES = re.compile(r"\bwhich ([A-Z]{2,6}\d{2,4}) judges\b")
SEE = re.compile(r"\(see ([A-Z]{2,6}\d{2,4})\)$")  # at the end of a place's note: the check that tells of it
# Of one look alone: ports, processes, times, folders of a run.
OWN = re.compile(r"\b(?:127\.0\.0\.1|localhost):\d+|\bpid \d+|\b\d+(?:\.\d+)? s\b|/\S*/gonogo-\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """One thing to mend: the finding that says it best, the checks that wait for it, and those that say it again."""

    head: Finding
    waiting: tuple[Finding, ...] = ()
    again: tuple[Finding, ...] = ()  # they fail at its places alone, and for its reason

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (self.head, *self.waiting, *self.again)

    @property
    def severity(self) -> Severity:
        """The worst of what fails, or could not be looked at."""
        return min((severity_of(finding.check) for finding in self.findings), key=ORDER.index)

    @property
    def weight(self) -> int:
        """As a finding's. What many wait for comes first; where the team has to say a word, behind true defects."""
        if len(self.findings) < MANY:
            return min(map(gate.weight, self.findings))
        said = self.unseen and gate.OF_THE_TEAM.search(self.head.message)
        return gate.WEIGHT[Severity.HIGH, False] if said else -1

    @property
    def papers(self) -> bool:
        """Is it only what is written beside the service?"""
        return self.weight >= gate.PAPERS

    @property
    def unseen(self) -> bool:
        return self.head.outcome is Outcome.UNKNOWN

    def waited(self, titles: Mapping[str, str]) -> str:
        """`12 checks wait for it: 3 of Database, 9 of Security`, and who says the same; empty where none does.

        `titles`: of the stages.
        """
        return "; ".join(filter(None, (self._waiting(titles), self.said_again)))

    @property
    def said_again(self) -> str:
        """`DP024 says the same`; empty where none does."""
        names = [finding.check for finding in self.again]
        verb = "says" if len(names) == 1 else "say"
        return tell("{checks} {verb} the same", checks=together(names, " and "), verb=verb) if names else ""

    def _waiting(self, titles: Mapping[str, str]) -> str:
        found = self.findings if self.unseen else self.waiting
        if not self.waiting:
            return ""
        per_stage = Counter(titles[finding.stage] for finding in found)
        shares = [tell("{number} of {stage}", number=number, stage=tell(title)) for title, number in per_stage.items()]
        verb = "waits" if len(found) == 1 else "wait"
        return tell("{checks} {verb} for it: {shares}", checks=plural(len(found), "check"), verb=verb, shares=shares)


def blockers_of(findings: Iterable[Finding]) -> tuple[Blocker, ...]:
    """What keeps the gate shut, each cause once. `findings` in the order of the way."""
    shut = [finding for finding in findings if gate.shuts(finding)]
    unseen = _by_cause(finding for finding in shut if finding.outcome is Outcome.UNKNOWN)
    blockers = []
    seen = [one for one in shut if one.outcome is not Outcome.UNKNOWN]
    elsewhere = {one.check: told for one in seen if (told := _told_by(one, seen))}
    for finding in (one for one in seen if one.check not in elsewhere):
        again = tuple(one for one in seen if elsewhere.get(one.check) == finding.check)
        own = [cause for cause in unseen if finding.outcome is Outcome.FAILED and _is_of(finding, cause, unseen[cause])]
        waiting = tuple(one for cause in own for one in unseen.pop(cause))
        blockers.append(Blocker(head=finding, waiting=waiting, again=again))
    blockers += [_of_unseen(group) for group in unseen.values()]
    return tuple(sorted(blockers, key=_rank))


def heads_of(blockers: Iterable[Blocker]) -> dict[str, str]:
    """Check that waits, or says it again → the one that tells it."""
    return {one.check: blocker.head.check for blocker in blockers for one in blocker.findings[1:]}


def _told_by(finding: Finding, failing: Sequence[Finding]) -> str:
    """The check that fails at all of its places too, where it says of each that that one tells it; else empty."""
    named = {told[1] if (told := SEE.search(place.note)) else "" for place in finding.places}
    teller = next((one for one in failing if named == {one.check} and one is not finding), None)
    if teller is None or is_waived(teller):
        return ""
    there = {str(place) for place in teller.places}
    return teller.check if all(str(place) in there for place in finding.places) else ""


def _of_unseen(group: Sequence[Finding]) -> Blocker:
    """The first check of its first stage speaks for them all."""
    head = min((one for one in group if one.stage == group[0].stage), key=lambda one: one.check)
    return Blocker(head=head, waiting=tuple(one for one in group if one is not head))


def alike(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Findings as they are shown: what could not be looked at for one and the same reason stands together."""
    ordered = list(findings)
    groups = list(_by_cause(finding for finding in ordered if finding.outcome is Outcome.UNKNOWN).values())
    groups += [[finding] for finding in ordered if finding.outcome is not Outcome.UNKNOWN]
    groups.sort(key=lambda group: min(map(ordered.index, group)))
    return [sorted(group, key=lambda finding: finding.check) for group in groups]


def cause_of(message: str) -> str:
    """What several looks have met, each in words of its own: the exception, else what they say without their places."""
    raised = RAISED.search(message)
    return raised[1].strip(" .") if raised else OWN.sub("…", message)


def _by_cause(unseen: Iterable[Finding]) -> dict[str, list[Finding]]:
    """By their cause; a reason that is told inside of another one is the same."""
    groups: dict[str, list[Finding]] = {}
    for finding in unseen:
        groups.setdefault(cause_of(finding.message), []).append(finding)
    for cause in sorted(groups, key=len, reverse=True):
        inner = [one for one in groups if one != cause and len(one) >= LEAST and cause.endswith(one)]
        if inner:
            groups[min(inner, key=len)] += groups.pop(cause)
    return groups


def _is_of(finding: Finding, cause: str, waiting: Sequence[Finding]) -> bool:
    """Has this failure the cause, or is it named as what is to be mended first?"""
    named = {found[1] for one in waiting if (found := JUDGES.search(one.message))}
    return finding.check in named or (bool(RAISED.search(finding.message)) and cause_of(finding.message) == cause)


def _rank(blocker: Blocker) -> tuple[int, int]:
    return blocker.weight, -len(blocker.findings)
