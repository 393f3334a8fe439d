"""What does every report of a run say? Its stages in order, each with its verdict, findings and artifacts."""

from dataclasses import dataclass

from runner.model import Finding, Outcome, Stage
from stages import STAGES
from workflow import gate
from workflow.ledger import Artifact, Run

WORDS = {
    Outcome.PASSED: "proved",
    Outcome.FAILED: "failed",
    Outcome.UNKNOWN: "unknown",
    Outcome.BROKEN: "broken",
    Outcome.NOT_APPLICABLE: "not applicable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StageReport:
    stage: Stage
    number: int
    verdict: str
    seconds: float
    findings: tuple[Finding, ...]  # in the order of the stage's checks
    artifacts: tuple[Artifact, ...]

    @property
    def blockers(self) -> list[Finding]:
        return gate.blockers(self.findings)

    @property
    def counts(self) -> str:
        """As in `10 proved · 1 failed`."""
        tally = [(sum(f.outcome is outcome for f in self.findings), word) for outcome, word in WORDS.items()]
        return " · ".join(f"{n} {word}" for n, word in tally if n) or "nothing was asked"


def stages_of(run: Run) -> tuple[StageReport, ...]:
    """The reports of the stages that the run was asked for, in the order of the way."""
    return tuple(
        report_stage(stage, number, run) for number, stage in enumerate(STAGES, start=1) if stage.slug in run.stages
    )


def report_stage(stage: Stage, number: int, run: Run) -> StageReport:
    order = {check.id: place for place, check in enumerate(stage.checks)}
    findings = sorted(run.of_stage(stage.slug), key=lambda finding: order.get(finding.check, len(order)))
    return StageReport(
        stage=stage,
        number=number,
        verdict=gate.judge(findings).value,
        seconds=next((r.seconds for r in run.results if r.slug == stage.slug), 0.0),
        findings=tuple(findings),
        artifacts=tuple(a for a in run.artifacts if a.stage == stage.slug),
    )


def commands_of(finding: Finding, task: str) -> tuple[str, ...]:
    """How to see it again: outside gonogo where that is possible, and the one check by gonogo."""
    return (*finding.again, f"invoke stage.{task} --only {finding.check}")
