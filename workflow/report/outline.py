"""What does every report of a run say? Its stages in order, each with its verdict, findings and artifacts."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from runner.model import Finding, Outcome, Stage
from runner.said import say, tell
from runner.said import told as told_text
from runner.words import listed, plural
from stages.catalogue import Catalogue
from workflow import gate
from workflow.called import NEUTRAL, Called, is_sql
from workflow.ledger import Artifact, Decision, Note, Run, RunState

WORDS = {
    Outcome.PASSED: "{n} proved",
    Outcome.FAILED: "{n} failed",
    Outcome.UNKNOWN: "{n} unknown",
    Outcome.BROKEN: "{n} broken",
    Outcome.NOT_APPLICABLE: say("{n} not applicable"),
}
FAILED_AND_WAIVED = "{n} failed and waived"

WAITS = "GO, waits for a signature"
LOOKED = frozenset({"collected", "problem"})  # notes of looks that have ended
A_WHILE = 0.1  # seconds
WORK = say(
    "Work is the time of every look, added up by stage; looks go on side by side, so it is not the run's own time."
)
BLANKS = {
    "BASE": say("the address of the running service, as http://127.0.0.1:8000 (the bundled one: `invoke sample`)"),
    "OTHER": say("the address of a second process of the service, on the same database and Redis"),
    "TOKEN": say("the access token of a user who is signed in there, the one whom the finding names"),
    "SECRET": say("the key that the running service signs with"),
    "PID": say("the number of the running service's process"),
}
FOR_PSQL = say("SQL and `\\d` are for psql, on a migrated database of the service.")
FOR_ALEMBIC = say("`alembic` works on the database that your settings name: let it be one that may lose its rows.")
MIGRATES = re.compile(r"\balembic\b.* (?:upgrade|downgrade)\b(?!.*--sql)")


@dataclass(frozen=True, slots=True, kw_only=True)
class StageReport:
    stage: Stage
    number: int
    verdict: str
    seconds: float
    findings: tuple[Finding, ...]  # in the order of the stage's checks; others follow by their ids
    artifacts: tuple[Artifact, ...]
    signature: Decision | None = None
    demanded: str = ""  # the role whose signature is missing

    @property
    def waits(self) -> bool:
        """Is it GO but for a signature?"""
        return bool(self.demanded) and self.verdict == gate.Gate.GO.value

    @property
    def standing(self) -> str:
        return WAITS if self.waits else self.verdict

    @property
    def raw(self) -> str:
        """The verdict without any waiver."""
        return raw_verdict(self.findings) if self.verdict == gate.Gate.GO.value else self.verdict

    @property
    def blockers(self) -> list[Finding]:
        return gate.blockers(self.findings)

    @property
    def counts(self) -> str:
        """As in `10 proved · 1 failed`."""
        return self._counted({})

    @property
    def counts_in_short(self) -> str:
        return self._counted({WORDS[Outcome.NOT_APPLICABLE]: say("{n} n/a")})

    def _counted(self, short: Mapping[str, str]) -> str:
        free = [f for f in self.findings if not gate.is_waived(f)]
        tally = [(sum(f.outcome is outcome for f in free), word) for outcome, word in WORDS.items()]
        counts = [told_text(say(short.get(word, word), n=n)) for n, word in tally if n]
        if waived := len(self.findings) - len(free):
            counts.append(tell(FAILED_AND_WAIVED, n=waived))
        return " · ".join(counts) or tell("nothing was asked")


def told(finding: Finding, called: Called) -> Finding:
    """A finding as its reader may type what stands in it."""
    return replace(
        finding,
        message=called.text(finding.message),
        why=called.text(finding.why),
        fix=called.text(finding.fix),
        places=tuple(replace(place, note=called.text(place.note)) for place in finding.places),
        again=tuple(called.command(line) for line in finding.again),
    )


def told_run(run: Run, called: Called) -> Run:
    """A run as its reader may type what stands in it, and in its findings."""
    if called == NEUTRAL:
        return run
    return replace(run, asked=called.text(run.asked), findings=_all_told(_Found(run.findings), called))


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """The findings of one run, known by being that very tuple: to compare ten thousand costs more than to tell them."""

    findings: tuple[Finding, ...]

    def __hash__(self) -> int:
        return id(self.findings)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Found) and self.findings is other.findings


@lru_cache(maxsize=16)
def _all_told(found: _Found, called: Called) -> tuple[Finding, ...]:
    return tuple(told(finding, called) for finding in found.findings)


def stages_of(run: Run, catalogue: Catalogue, called: Called = NEUTRAL) -> tuple[StageReport, ...]:
    """The reports of the stages that the run was asked for, in the order of the way, in the reader's words."""
    run = told_run(run, called)
    return tuple(report_stage(stage, number, run) for number, stage in catalogue.numbered() if stage.slug in run.stages)


def report_stage(stage: Stage, number: int, run: Run) -> StageReport:
    order = {check.id: place for place, check in enumerate(stage.checks)}
    findings = sorted(run.of_stage(stage.slug), key=lambda one: (order.get(one.check, len(order)), one.check))
    return StageReport(
        stage=stage,
        number=number,
        verdict=gate.Gate.NO_GO.value if run.altered or _broke_off(run, stage) else gate.judge(findings).value,
        seconds=next((r.seconds for r in run.results if r.slug == stage.slug), 0.0),
        findings=tuple(findings),
        artifacts=tuple(a for a in run.artifacts if a.stage == stage.slug),
        signature=run.signature(stage.slug),
        demanded=run.waits_for(stage.slug),
    )


def _broke_off(run: Run, stage: Stage) -> bool:
    """Did the run end before this stage did? What was proved until then says nothing of the rest."""
    ended = run.state in {RunState.INTERRUPTED, RunState.CANCELLED}
    return ended and stage.slug not in {one.slug for one in run.results}


def only(task: str, checks: Iterable[str], called: Called = NEUTRAL) -> str:
    """gonogo's own command that asks these checks again."""
    return called.text(f"invoke stage.{task} --only {','.join(checks)}")


def blanks(commands: Iterable[str], called: Called = NEUTRAL) -> str:
    """What a reader must know to type these commands: what `$BASE` is, which database is asked; empty where nothing."""
    lines = list(commands)
    text = "\n".join(lines)
    names = [name for name in BLANKS if re.search(rf"\${name}\b", text)]
    found = [tell("`${name}` is {meaning}", name=name, meaning=BLANKS[name]) for name in names]
    told = [tell("In the commands {found}.", found=tell("; ").join(found))] if found else []
    told += [tell(FOR_PSQL)] if any(map(is_sql, lines)) else []
    told += [tell(FOR_ALEMBIC)] if MIGRATES.search(text) else []
    return called.text(" ".join(told))


def longest(run: Run) -> list[tuple[str, float]]:
    """What took a while to look at in this run, with its seconds, the longest first."""
    looks = [(_title(note), note.seconds) for note in run.notes if note.kind in LOOKED and note.seconds >= A_WHILE]
    return sorted(looks, key=lambda look: -look[1])


def _title(note: Note) -> str:
    """Of a look; behind it stands what kept it from seeing."""
    return note.text.partition(": ")[0] if note.kind == "problem" else note.text


def judged(finding: Finding) -> str:
    """How much of what there was: ` · 27 of 27 operations`; empty where it is said already, or nothing was judged."""
    more = [told_text(str(one)) for one in finding.shares if not one.said_in(finding.message)]
    return f" · {', '.join(more)}" if more else ""


def with_waivers(findings: Iterable[Finding]) -> str:
    """` with 2 waivers`, behind the verdict; empty where nothing is waived."""
    number = sum(map(gate.is_waived, findings))
    return tell(" with {waivers}", waivers=plural(number, "waiver")) if number else ""


def standing_of(run: Run) -> str:
    """`GO with 2 waivers, waits for a signature`: what was found, and what it waits for."""
    waits = tell(", waits for a signature") if run.verdict == "GO" and run.unsigned else ""
    return f"{run.verdict or 'NO-GO'}{with_waivers(run.findings)}{waits}"


def signed(report: StageReport) -> str:
    """Who signed a stage and when, or whose signature its GO waits for; empty where neither."""
    title, one = tell(report.stage.title), report.signature
    if report.waits:
        return tell(
            "{stage} is GO and waits for the signature of a {role}: `invoke sign {task}`",
            stage=title, role=report.demanded, task=report.stage.task,
        )  # fmt: skip
    return tell("{stage} was signed by {signer}", stage=title, signer=signer_of(one)) if one else ""


def signer_of(one: Decision) -> str:
    """`Ada <ada@…> (lead) on 12 Jan 2027`."""
    when = tell(" on {day}", day=f"{one.at.astimezone():%d %b %Y}") if one.at else ""
    return f"{one.who} <{one.email}> ({one.role}){when}"


def waiver_of(finding: Finding) -> str:
    """`waived until 2027-01-12 by ada@…: the reason`; empty where nothing of it is."""
    told = dict.fromkeys(
        tell(
            "waived until {until}, asked for by {owner}, approved by {approver}: {reason}",
            until=one.until,
            owner=one.owner,
            approver=one.approver,
            reason=one.reason.rstrip("."),
        )
        for one in finding.waivers
    )
    places = plural(len(finding.places), "place")
    partly = tell("{waived} of {places} ", waived=len(finding.waivers), places=places) if len(told) else ""
    return (partly if told and not gate.is_waived(finding) else "") + "; ".join(told)


def raw_verdict(findings: Iterable[Finding]) -> str:
    """The verdict as it would be without any waiver."""
    return gate.judge([replace(finding, waivers=()) for finding in findings]).value


def altered(run: Run) -> str:
    """What of a run's record is not as it was written, and what follows; empty where all is."""
    if not run.altered:
        return ""
    return tell(
        "This record proves nothing: {altered} since it was written. `invoke ledger.verify` looks at all of it",
        altered=run.altered,
    )


def seen_in(finding: Finding) -> str:
    """`as seen in run 12`, where nothing that it depends on has changed since; empty for what was looked at now."""
    return tell("as seen in run {run}", run=finding.reused) if finding.reused else ""


def reuse(reports: Iterable[StageReport]) -> str:
    """How much was not looked at again, and why; empty where all of it was."""
    findings = [finding for report in reports for finding in report.findings]
    runs = sorted({finding.reused for finding in findings if finding.reused})
    if not runs:
        return ""
    number = sum(bool(finding.reused) for finding in findings)
    s, those = "s" if len(runs) > 1 else "", listed([str(run) for run in runs], 4)
    return tell(
        "{number} of {findings} as seen in run{s} {those}: nothing that they depend on has changed. "
        "`--fresh` looks again, `invoke why CHECK` says what is looked at",
        number=number, findings=plural(len(findings), "finding"), s=s, those=those,
    )  # fmt: skip


def commands_of(finding: Finding, task: str, called: Called = NEUTRAL) -> tuple[str, ...]:
    """How to see it again: outside gonogo where that is possible, and the one check by gonogo."""
    return (*finding.again, only(task, [finding.check], called))
