"""GO or NO-GO, and why? A pure function of findings."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum

from runner.model import LEFT_OUT, Finding, Outcome
from runner.said import say, together
from stages.severity import Severity, severity_of

GREEN = frozenset({Outcome.PASSED, Outcome.NOT_APPLICABLE})
NUMBERED = {Outcome.BROKEN: "{n} broken", Outcome.FAILED: "{n} failed", Outcome.UNKNOWN: "{n} unknown"}
SHUT = (Outcome.BROKEN, Outcome.FAILED, Outcome.UNKNOWN)
# What is mended first: what was seen to be bad, then what nobody could see, and papers last.
WEIGHT = {
    (Severity.HIGH, True): 0,
    (Severity.MEDIUM, True): 1,
    (Severity.HIGH, False): 2,
    (Severity.MEDIUM, False): 3,
    (Severity.LOW, True): 4,
    (Severity.LOW, False): 5,
}
PAPERS = WEIGHT[Severity.LOW, True]  # from here on it is papers and names
OF_THE_TEAM = re.compile(r"gonogo\.toml|spec\.ya?ml|\bspecification\b")  # what a message asks the team to write down


class Gate(StrEnum):
    GO = "GO"
    NO_GO = "NO-GO"


def is_waived(finding: Finding) -> bool:
    """Does the team accept it for a while, at each of its places? Only what was seen to be bad can be accepted."""
    return finding.outcome is Outcome.FAILED and len(finding.waivers) >= max(1, len(finding.places))


def shuts(finding: Finding) -> bool:
    """Does it keep the gate shut?"""
    return finding.outcome not in GREEN and not is_waived(finding)


def on_the_day(finding: Finding, today: date) -> Finding:
    """As it counts on a day: without the waivers that have ended."""
    counting = tuple(one for one in finding.waivers if one.until >= today.isoformat())
    return finding if counting == finding.waivers else replace(finding, waivers=counting)


def blockers(findings: Iterable[Finding]) -> list[Finding]:
    """Findings that keep the gate shut, the heaviest first."""
    shut = [finding for finding in findings if shuts(finding)]
    return sorted(shut, key=lambda finding: (weight(finding), finding.check))


def weight(finding: Finding) -> int:
    """How far behind others it is mended; 0 is first. What waits for a word of the team's comes last."""
    failed = finding.outcome is Outcome.FAILED
    severity = Severity.LOW if not failed and OF_THE_TEAM.search(finding.message) else severity_of(finding.check)
    return WEIGHT[severity, failed]


def judge(findings: Sequence[Finding]) -> Gate:
    """GO when nothing blocks, something was proved, and each step was proved, or its absence seen, or left out.

    An absence counts where the finding says where it was looked for (`looked`), or that gonogo.toml leaves the step
    out with a reason. A stage in which nothing could be asked is not green.
    """
    proved = any(finding.outcome is Outcome.PASSED for finding in findings)
    left_out = bool(findings) and all(is_left_out(finding) for finding in findings)
    return Gate.GO if (proved or left_out) and not blockers(findings) and not unseen_steps(findings) else Gate.NO_GO


def unseen_steps(findings: Iterable[Finding]) -> list[str]:
    """The steps of which nothing was proved, and for which nobody saw that there is nothing to prove."""
    steps: dict[str, list[Finding]] = {}
    for finding in findings:
        steps.setdefault(finding.step, []).append(finding)
    return [step for step, of_step in steps.items() if not any(_settles(one) for one in of_step)]


def is_left_out(finding: Finding) -> bool:
    """Has the team taken it out of scope in gonogo.toml, with a reason?"""
    return finding.outcome is Outcome.NOT_APPLICABLE and finding.looked == LEFT_OUT


def _settles(finding: Finding) -> bool:
    absent = finding.outcome is Outcome.NOT_APPLICABLE and bool(finding.looked)
    return absent or finding.outcome not in GREEN or finding.outcome is Outcome.PASSED  # a waived one was looked at


def reason(findings: Sequence[Finding]) -> str:
    """One sentence: what stands between this and GO; empty for GO."""
    shut = blockers(findings)
    if shut:
        counts = {word: sum(f.outcome is word for f in shut) for word in SHUT}
        return together(say(NUMBERED[word], n=n) for word, n in counts.items() if n)
    if judge(findings) is Gate.GO:
        return ""
    unseen = unseen_steps(findings)
    return say("nothing was proved of step {steps}", steps=unseen) if unseen else say("nothing was proved")
