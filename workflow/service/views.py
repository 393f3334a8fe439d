"""What is known now of a service: where each stage stands, how fresh that is, and what to do next. For every face."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from runner.discovery.source import SourceState, source_state
from runner.discovery.target import Target
from runner.model import Finding, Outcome, Stage, Step
from runner.said import Said, say
from runner.words import listed, plural
from stages.catalogue import Catalogue
from workflow import gate
from workflow.called import NEUTRAL, Called
from workflow.ledger import Artifact, Asked, Decision, Identity, Known, Ledger, Run
from workflow.report.causes import Blocker, blockers_of
from workflow.report.outline import told_run
from workflow.service.own import is_here
from workflow.service.waivers import today


class Lamp(StrEnum):
    """Where a stage stands."""

    GO = "GO"
    NO_GO = "NO-GO"
    RUNNING = "running"
    QUEUED = "queued"  # its run is under way, and nothing of it is looked at yet
    NOT_RUN = "not run"


class StepState(StrEnum):
    PROVED = "proved"
    OPEN = "open"  # something blocks, or was not asked yet
    EMPTY = "no checks yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One line of the checklist. Its state is derived from findings, never stored."""

    step: Step
    state: StepState
    findings: tuple[Finding, ...]
    artifacts: tuple[Artifact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView:
    """A stage as its latest whole run left it. `stale` says why that is not today's state; empty when it is."""

    stage: Stage
    number: int
    lamp: Lamp
    run: Run | None
    stale: str
    seconds: float
    counts: Counter[Outcome]
    blockers: tuple[Finding, ...]
    steps: tuple[StepView, ...]

    @property
    def demanded(self) -> str:
        """The role whose signature its GO waits for; empty where it waits for none, or is none."""
        return self.run.waits_for(self.stage.slug) if self.run and self.lamp is Lamp.GO and not self.stale else ""

    @property
    def signature(self) -> Decision | None:
        """The signature of this state."""
        return self.run.signature(self.stage.slug) if self.run and self.lamp is Lamp.GO and not self.stale else None

    @property
    def command(self) -> str:
        return f"invoke stage.{self.stage.task}"

    @property
    def when(self) -> datetime | None:
        return self.run.started if self.run else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A service's way through the seven stages."""

    service: str
    root: str
    here: bool  # its folder is on this machine, so that runs can be started
    source: SourceState
    catalogue: Catalogue
    stages: tuple[StageView, ...]
    running: Run | None
    next_action: str  # a sentence
    next_command: str  # what to type
    latest: Run | None = None  # the newest run of all, without its findings

    def stage(self, name: str) -> StageView:
        """A stage by its slug or its task's name. Raises `WorkflowError` with a suggestion."""
        found = self.catalogue.stage(name)
        return next(view for view in self.stages if view.stage.slug == found.slug)

    @property
    def altered(self) -> tuple[str, ...]:
        """What of the runs that it is drawn from is not as it was written."""
        runs = [view.run for view in self.stages if view.run] + ([self.latest] if self.latest else [])
        return tuple(dict.fromkeys(run.altered for run in runs if run.altered))

    @property
    def verdict(self) -> Lamp:
        fresh = all(view.lamp is Lamp.GO and not view.stale and not view.demanded for view in self.stages)
        return Lamp.GO if fresh else Lamp.NO_GO

    @property
    def whole(self) -> Run | None:
        """The run that proved the whole way for today's state; None while there is something left to do."""
        return _whole_way(self.stages) if self.verdict is Lamp.GO else None


def overview(
    target: Target,
    ledger: Ledger,
    catalogue: Catalogue,
    source: SourceState | None = None,
    called: Called = NEUTRAL,
) -> Overview:
    """Everything at a glance. `source`: today's state of the service, when the caller has just looked.

    Its runs are told in the words of `called`; `next_command` and a stage's `command` stay neutral.
    """
    root = str(target.root)
    known = Known(key="", name=target.name, root=root, mine=True)
    source = source or source_state(target.root)
    newest = ledger.runs(root, limit=5)
    running = next((run for run in newest if run.live and is_here(run, target)), None)
    current = ledger.run(running.id) if running else None
    if current is not None and not current.live:  # it ended between the two looks
        return overview(target, ledger, catalogue, source, called)
    return _overview(known, root, ledger, catalogue, source, called, newest, current)


def overview_elsewhere(known: Known, ledger: Ledger, catalogue: Catalogue, called: Called = NEUTRAL) -> Overview:
    """A service whose folder is not on this machine: today's state is what its newest run judged."""
    service = Identity(key=known.key)
    newest = ledger.runs(service, limit=5)
    first = newest[0] if newest else None
    source = SourceState(
        commit=first.commit if first else None, dirty=first.dirty if first else (), digest=first.digest if first else ""
    )
    running = next((run for run in newest if run.live), None)
    current = ledger.run(running.id) if running else None
    return _overview(known, service, ledger, catalogue, source, called, newest, current)


def _overview(
    known: Known,
    service: Asked,
    ledger: Ledger,
    catalogue: Catalogue,
    source: SourceState,
    called: Called,
    newest: Sequence[Run],
    current: Run | None,
) -> Overview:
    kept = {stage.slug: ledger.latest_of_stage(service, stage.slug) for stage in catalogue.stages}
    day = today()
    runs = {run.id: _on(told_run(run, called), day) for run in {run.id: run for run in kept.values() if run}.values()}
    told = {slug: runs[run.id] if run else None for slug, run in kept.items()}
    current = told_run(current, called) if current else None
    views = tuple(
        view_stage(stage, number, told[stage.slug], source, current, catalogue.built_in)
        for number, stage in catalogue.numbered()
    )
    action, command = next_step(views)
    return Overview(
        service=known.name,
        root=known.root,
        here=known.mine,
        source=source,
        catalogue=catalogue,
        stages=views,
        running=current,
        next_action=action,
        next_command=command,
        latest=next((told_run(run, called) for run in newest), None),
    )


def _on(run: Run, day: date) -> Run:
    """A run as it counts on a day: waivers end."""
    if not any(finding.waivers for finding in run.findings):
        return run
    return replace(run, findings=tuple(gate.on_the_day(finding, day) for finding in run.findings))


def view_stage(
    stage: Stage, number: int, run: Run | None, source: SourceState, running: Run | None, built_in: str
) -> StageView:
    """A stage in the light of the run that judged it last, or of the one that is judging it now.

    `built_in`: gonogo's checks of today, as a run's record names those of its own day.
    """
    busy = running is not None and stage.slug in running.stages and not _judged(running, stage)
    shown = running if busy else run
    findings = shown.of_stage(stage.slug) if shown else ()
    seconds = next((r.seconds for r in shown.results if r.slug == stage.slug), 0.0) if shown else 0.0
    return StageView(
        stage=stage,
        number=number,
        lamp=_under_way(stage, running, findings) if busy and running else _lamp(run, findings),
        run=shown,
        stale="" if busy else staleness(run, source) or _unasked(stage, run, built_in),
        seconds=seconds,
        counts=Counter(finding.outcome for finding in findings),
        blockers=tuple(gate.blockers(findings)),
        steps=tuple(_step(stage, step, findings, shown) for step in stage.steps),
    )


def _under_way(stage: Stage, run: Run, findings: tuple[Finding, ...]) -> Lamp:
    """Whether a stage of a live run has its turn: something of it was found, or is being looked at."""
    titles = {kind.title() for check in stage.checks for kind in check.needs.values()}
    return Lamp.RUNNING if findings or titles & set(collecting(run)) else Lamp.QUEUED


def collecting(run: Run) -> tuple[str, ...]:
    """The titles of the evidence that a live run looks at in this moment."""
    begun: dict[str, None] = {}
    for note in run.notes:
        if note.kind == "collecting":
            begun[note.text] = None
        else:
            ended = next((title for title in begun if note.text.startswith(title)), "")
            begun.pop(ended, None)
    return tuple(begun)


def staleness(run: Run | None, source: SourceState) -> str:
    """Why a run does not speak of today's state; empty when it does."""
    if run is not None and run.altered:
        return say("its record in the ledger is not what was written: {altered}", altered=run.altered)
    if run is None or run.digest == source.digest:
        return ""
    if run.commit != source.commit:
        return say(
            "it judged commit {commit}; the service is at {label} now",
            commit=(run.commit or "none")[:7],
            label=source.label,
        )
    return say("files have changed since")


def _unasked(stage: Stage, run: Run | None, built_in: str) -> str:
    """The checks that have come since a run, gonogo's or the team's own; empty where there are none.

    A run that does not tell which checks gonogo had then is asked for the team's own alone.
    """
    if run is None:
        return ""
    asked = {finding.check for finding in run.of_stage(stage.slug)}
    grew = run.tools.get("gonogo", built_in) != built_in
    new = [check.id for check in stage.checks if (grew or check.where) and check.id not in asked]
    if not new:
        return ""
    checks = listed(new)
    return (
        say("{checks} was not asked then", checks=checks)
        if len(new) == 1
        else say("{checks} were not asked then", checks=checks)
    )


def next_step(views: Sequence[StageView]) -> tuple[str, str]:
    """The one thing to do next: (a sentence, a command).

    The heaviest blocker of what was judged in today's state; mere papers come after the stages that are to be proved.
    """
    if busy := next((view for view in views if view.lamp in {Lamp.RUNNING, Lamp.QUEUED}), None):
        return say("{title} is being proved.", title=busy.stage.title), "invoke status"
    judged = [view for view in views if view.lamp is Lamp.NO_GO and not view.stale and view.blockers]
    blockers = blockers_of(finding for view in judged for finding in view.blockers)
    ahead = [step for view in views if view not in judged and (step := _step_of(view))]
    if blockers and (not ahead or not blockers[0].papers):
        return _mending(blockers[0], judged)
    if ahead:
        return ahead[0]
    if waiting := next((view for view in views if view.demanded), None):
        said = say(
            "{stage} is GO and waits for the signature of a {role}.", stage=waiting.stage.title, role=waiting.demanded
        )
        return said, f"invoke sign {waiting.stage.task}"
    if _whole_way(views):
        return say("All seven stages are GO: nothing blocks. Prove them again when the service changes."), "invoke web"
    return say("All seven stages are GO, each by a run of its own: prove them together."), "invoke pipeline"


def _mending(blocker: Blocker, judged: Sequence[StageView]) -> tuple[str, str]:
    head = blocker.head
    view = next(view for view in judged if view.stage.slug == head.stage)
    if blocker.unseen and blocker.waiting:
        said = say("{checks} could not look: {why}", checks=plural(len(blocker.findings), "check"), why=head.message)
    else:
        said = say(
            "Stage {number}, {stage}, is blocked: {claim} — {message}",
            number=view.number,
            stage=view.stage.title,
            claim=Said(head.claim, head.claim, {}).then(lambda claim: claim.rstrip(".。")),
            message=head.message,
        )
    return said, f"invoke explain {head.check}"


def onward(run: Run, view: Overview) -> str:
    """What to type after a run that is GO: the next stage of the way that is not, then what comes after the way.

    A run of single checks goes on with the whole of its stage.
    """
    asked = [number for number, one in enumerate(view.stages) if one.stage.slug in run.stages]
    first = asked[-1] + (0 if run.only else 1) if asked else 0
    return next_step([*view.stages[first:], *view.stages[:first]])[1]


def _step_of(view: StageView) -> tuple[str, str] | None:
    """What a stage that was not judged in today's state still needs; None when it is GO for it."""
    title = view.stage.title
    if view.lamp is Lamp.NOT_RUN:
        return say("{stage} has not been proved yet.", stage=title), view.command
    if view.lamp is Lamp.NO_GO:
        if not view.blockers:
            return say("{stage}: nothing could be proved.", stage=title), view.command
        return say("{stage} was blocked in another state: {stale}.", stage=title, stale=view.stale), view.command
    if view.stale:
        return say("{stage} was proved for another state: {stale}.", stage=title, stale=view.stale), view.command
    return None


def _whole_way(views: Sequence[StageView]) -> Run | None:
    """A run that was GO for all the stages together."""
    way = {view.stage.slug for view in views}
    runs = (view.run for view in views if view.run)
    return next((run for run in runs if run.verdict == gate.Gate.GO.value and way <= set(run.stages)), None)


def _judged(run: Run, stage: Stage) -> bool:
    return any(result.slug == stage.slug for result in run.results)


def _lamp(run: Run | None, findings: tuple[Finding, ...]) -> Lamp:
    if run is None:
        return Lamp.NOT_RUN
    return Lamp.GO if gate.judge(findings) is gate.Gate.GO and not run.altered else Lamp.NO_GO


def _step(stage: Stage, step: Step, findings: tuple[Finding, ...], run: Run | None) -> StepView:
    of_step = tuple(finding for finding in findings if finding.step == step.id)
    written = run.artifacts if run else ()
    asked = any(check.step == step.id for check in stage.checks)
    proved = gate.judge(of_step) is gate.Gate.GO
    state = StepState.PROVED if proved else StepState.OPEN if asked else StepState.EMPTY
    return StepView(
        step=step,
        state=state,
        findings=of_step,
        artifacts=tuple(a for a in written if a.stage == stage.slug and a.step == step.id),
    )
