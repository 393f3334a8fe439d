"""GO or NO-GO, and why? A pure function of findings."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from runner.model import Finding, Outcome

GREEN = frozenset({Outcome.PASSED, Outcome.NOT_APPLICABLE})
SEVERITY = (Outcome.BROKEN, Outcome.FAILED, Outcome.UNKNOWN)


class Gate(StrEnum):
    GO = "GO"
    NO_GO = "NO-GO"


def blockers(findings: Iterable[Finding]) -> list[Finding]:
    """Findings that keep the gate shut, the most telling first: what failed, then what could not be seen."""
    shut = [finding for finding in findings if finding.outcome not in GREEN]
    return sorted(shut, key=lambda finding: (SEVERITY.index(finding.outcome), finding.check))


def judge(findings: Sequence[Finding]) -> Gate:
    """GO when nothing blocks and something was proved: a stage in which nothing could be asked is not green."""
    proved = any(finding.outcome is Outcome.PASSED for finding in findings)
    return Gate.GO if proved and not blockers(findings) else Gate.NO_GO


def reason(findings: Sequence[Finding]) -> str:
    """One sentence: what stands between this and GO; empty for GO."""
    shut = blockers(findings)
    if shut:
        kinds = [f"{n} {word}" for word in SEVERITY if (n := sum(f.outcome is word for f in shut))]
        return ", ".join(kinds)
    return "" if judge(findings) is Gate.GO else "nothing was proved"
