"""What is happening, while it happens: each stage as it ends, and below it what is being looked at now."""

import time
from types import TracebackType
from typing import Self

from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from runner.discovery.source import source_state
from runner.discovery.target import Target
from runner.engine import Collected, Collecting, Event, StageDone
from runner.model import Finding, Outcome, Stage
from runner.said import tell
from runner.words import lasted
from workflow import gate
from workflow.cli.lay import Page, say
from workflow.report import StageReport, headline, heads, stage_line
from workflow.report.outline import told
from workflow.service import Request

TICK = 4  # times a second
LONG = 30.0  # seconds of looking that a log tells of


class Progress:
    """A listener to `check`. Lively on a terminal; plain lines in a log."""

    def __init__(self, console: Page, request: Request, target: Target) -> None:
        self._console, self._target = console, target
        self._stages = list(request.chosen())
        self._numbers = {stage.slug: number for number, stage in request.catalogue.numbered()}
        self._findings: dict[str, list[Finding]] = {stage.slug: [] for stage in self._stages}
        self._seconds: dict[str, float] = {}
        self._busy: dict[str, float] = {}  # what is being collected, since when
        self._headed = False  # the columns have their heads
        self._live = Live(get_renderable=self._now, console=console, refresh_per_second=TICK, transient=True)

    def __enter__(self) -> Self:
        source = source_state(self._target.root).label
        say(self._console, headline(self._target.name, source, self._target.parts()))
        self._console.print()
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, it: BaseException | None, tb: TracebackType | None) -> None:
        if self._live.is_started:
            self._live.stop()
        self._print_finished()
        self._console.print()

    def __call__(self, event: Event) -> None:
        match event:
            case Collecting():
                self._busy[event.title] = time.monotonic()
            case Collected():
                self._busy.pop(event.title, None)
                self._log(event)
            case Finding():
                self._findings[event.stage].append(told(event, self._console.called))
            case StageDone():
                self._seconds[event.stage] = event.seconds
                if self._console.is_terminal:
                    self._print_finished()

    def _log(self, event: Collected) -> None:
        """Without a terminal there is no live line, so a log says what took long; its stages stand together below."""
        if not self._console.is_terminal and event.seconds >= LONG:
            say(self._console, f"      {tell('looked: {title}', title=tell(event.title))}, {lasted(event.seconds)}")

    def _print_finished(self) -> None:
        """Stages are shown in the order of the way, each once those before it are done."""
        while self._stages and self._stages[0].slug in self._seconds:
            if not self._headed:
                say(self._console, heads())
                self._headed = True
            say(self._console, stage_line(self._report(self._stages.pop(0))))

    def _report(self, stage: Stage) -> StageReport:
        findings = tuple(self._findings[stage.slug])
        return StageReport(
            stage=stage,
            number=self._numbers[stage.slug],
            verdict=gate.judge(findings).value,
            seconds=self._seconds[stage.slug],
            findings=findings,
            artifacts=(),
        )

    def _now(self) -> Text | Spinner:
        found = [finding for findings in self._findings.values() for finding in findings]
        shut = sum(map(gate.shuts, found))
        proved = sum(finding.outcome is Outcome.PASSED for finding in found)
        blocking = tell(", {shut} block", shut=shut) if shut else ""
        tally = tell("{n} proved", n=proved) + blocking
        now = time.monotonic()
        busy = " · ".join(f"{tell(title)} {now - since:.0f} s" for title, since in self._busy.items())
        return Spinner("dots", Text(f" {tally}   {busy}", style="dim"))
