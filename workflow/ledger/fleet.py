"""Where every service of a ledger stands, with a few questions for all of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from runner.model import Outcome
from workflow import gate
from workflow.ledger import chain
from workflow.ledger.record import SIGNED, BuiltIn, Decision, Past, RunState, Standing
from workflow.ledger.rows import decision_of, finding_of
from workflow.ledger.tables import DecisionRow, FindingRow, RunRow, ServiceRow, StageRow

ALTERED = "altered"  # instead of the verdict of a run whose record is not as it was written
WAIVED = "GO with waivers"
TREND, LATEST = 12, 30  # so many whole runs of a service are shown, of so many that ended
RUN = ("run",)  # of a run in the trend its own row is shown, and no stage
SEEN_BAD = (Outcome.FAILED.value, Outcome.BROKEN.value)
Judged = tuple[int, StageRow, RunRow]  # the service, and its newest whole run of a stage
Of = tuple[int, str]  # a run, and a stage of it
Signed = Mapping[tuple[int, str, str], Sequence[Decision]]  # service, stage, state


def standings(
    session: Session, state: Callable[[RunRow], RunState], built_in: BuiltIn | None = None
) -> tuple[Standing, ...]:
    """Each stage of each service by its newest whole run.

    What is drawn from a run that was altered since it was written says so, in the trend too.
    `built_in`: gonogo's checks of today; a run of a gonogo with other ones, which did not ask all of a stage's, is
    stale there.
    """
    last = select(func.max(RunRow.id)).group_by(col(RunRow.service_id))
    heads = {row.service_id: row for row in session.exec(select(RunRow).where(col(RunRow.id).in_(last))).all()}
    stages = _newest(session, built_in.stages if built_in else session.exec(select(StageRow.slug).distinct()).all())
    drawn = {run.id or 0 for _, _, run in stages} | {head.id or 0 for head in heads.values()}
    altered = chain.altered_heads(session, sorted(drawn))
    signed, words = _signatures(session), _in_words(session, stages)
    outgrown = _outgrown(session, stages, built_in) if built_in else frozenset()
    lamps: dict[int, dict[str, tuple[str, bool]]] = {}
    waits: dict[int, dict[str, str]] = {}
    signers: dict[int, dict[str, str]] = {}
    wrong: dict[int, str] = {}
    for of, stage, run in stages:
        one = (run.id or 0, stage.slug)
        stale = run.digest != heads[of].digest or one in outgrown
        if told := altered.get(one[0], ""):
            wrong[of] = told
            lamps.setdefault(of, {})[stage.slug] = (ALTERED, stale)
            continue
        lamps.setdefault(of, {})[stage.slug] = (words.get(one, stage.verdict), stale)
        role = (run.demands or {}).get(stage.slug, "")
        given = signed.get((of, stage.slug, run.digest), [])
        if role and stage.verdict == gate.Gate.GO and not any(name.may_sign_for(role) for name in given):
            waits.setdefault(of, {})[stage.slug] = role
        elif given:
            signers.setdefault(of, {})[stage.slug] = given[0].who
    trends, changed = _trends(session, len(built_in.stages) if built_in else 1)
    return tuple(
        Standing(
            key=service.key, name=service.name, root=service.root, run=head.id or 0, commit=head.commit,
            started=head.started, state=state(head), lamps=lamps.get(service.id or 0, {}),
            waits=waits.get(service.id or 0, {}), signers=signers.get(service.id or 0, {}),
            trend=trends.get(service.id or 0, ()),
            altered=wrong.get(service.id or 0, "") or altered.get(head.id or 0, "") or changed.get(service.id or 0, ""),
        )
        for service in session.exec(select(ServiceRow).order_by(col(ServiceRow.name), col(ServiceRow.id)))
        if (head := heads.get(service.id or 0))
    )  # fmt: skip


def _newest(session: Session, slugs: Iterable[str]) -> Sequence[Judged]:
    """Of each service and stage the newest run that asked all of it: its runs are looked through from the newest."""
    found: list[tuple[int, int, str]] = []
    for slug in slugs:
        id = (
            select(RunRow.id)
            .join(StageRow, (col(StageRow.run_id) == col(RunRow.id)) & (col(StageRow.slug) == slug))
            .where(col(RunRow.service_id) == col(ServiceRow.id), col(StageRow.whole).is_(True))
            .order_by(col(RunRow.id).desc())
            .limit(1)
            .correlate(ServiceRow)
            .scalar_subquery()
        )
        found += [(of, run, slug) for of, run in session.exec(select(ServiceRow.id, id)).all() if of and run]
    ids = {run for _, run, _ in found}
    runs = {row.id: row for row in session.exec(select(RunRow).where(col(RunRow.id).in_(ids))).all()}
    rows = session.exec(select(StageRow).where(col(StageRow.run_id).in_(ids))).all()
    stages = {(row.run_id, row.slug): row for row in rows}
    return [(of, stages[run, slug], runs[run]) for of, run, slug in found]


def _in_words(session: Session, stages: Sequence[Judged]) -> dict[Of, str]:
    """(run, stage) → what its verdict is today in words, where that is not the verdict itself.

    A GO in which something failed was waived, as long as the waivers last; where nothing failed and it is no GO,
    something could not be seen.
    """
    verdicts = {(run.id or 0, stage.slug): stage.verdict for _, stage, run in stages}
    bad = session.exec(
        select(FindingRow).where(
            col(FindingRow.run_id).in_({run for run, _ in verdicts}), col(FindingRow.outcome).in_(SEEN_BAD)
        )
    ).all()
    rows: dict[Of, list[FindingRow]] = {}
    for row in bad:
        rows.setdefault((row.run_id, row.stage), []).append(row)
    today = datetime.now(UTC).astimezone().date()
    words = {}
    for one, verdict in verdicts.items():
        if verdict == gate.Gate.GO and one in rows:
            found = [gate.on_the_day(finding_of(row), today) for row in rows[one]]
            words[one] = gate.Gate.NO_GO.value if any(map(gate.shuts, found)) else WAIVED
        elif verdict == gate.Gate.NO_GO and one not in rows:
            words[one] = "UNKNOWN"
    return words


def _outgrown(session: Session, stages: Sequence[Judged], built_in: BuiltIn) -> frozenset[Of]:
    """(run, stage) where gonogo has checks today that the run did not ask; none of a run that says nothing of it."""
    others = {run.id or 0 for _, _, run in stages if run.tools.get("gonogo", built_in.name) != built_in.name}
    if not others:
        return frozenset()
    wanted = frozenset[str]().union(*built_in.stages.values())
    asked = session.exec(
        select(FindingRow.run_id, FindingRow.stage, func.count(func.distinct(FindingRow.check)))
        .where(col(FindingRow.run_id).in_(others), col(FindingRow.check).in_(wanted))
        .group_by(col(FindingRow.run_id), col(FindingRow.stage))
    ).all()
    counted = {(run, stage): count for run, stage, count in asked}
    judged = [(run.id or 0, stage.slug) for _, stage, run in stages if run.id in others]
    return frozenset(one for one in judged if counted.get(one, 0) < len(built_in.stages.get(one[1], ())))


def _trends(session: Session, stages: int) -> tuple[dict[int, tuple[Past, ...]], dict[int, str]]:
    """Service → those of its latest runs that asked all of so many stages, the oldest first; and what was altered.

    A run that was altered since it was written has no verdict.
    """
    latest = (
        select(RunRow.id)
        .where(col(RunRow.service_id) == col(ServiceRow.id), col(RunRow.verdict).is_not(None))
        .order_by(col(RunRow.id).desc())
        .limit(LATEST)
        .correlate(ServiceRow)
        .scalar_subquery()
    )
    rows = session.exec(
        select(ServiceRow.id, RunRow.id, RunRow.verdict, RunRow.started)
        .join(RunRow, col(RunRow.id).in_(latest))
        .where(func.json_array_length(RunRow.stages) >= stages, func.json_array_length(RunRow.only) == 0)
        .order_by(col(RunRow.id))
    ).all()
    found: dict[int, list[Past]] = {}
    for of, run, verdict, started in rows:
        found.setdefault(of or 0, []).append(Past(run=run or 0, verdict=verdict or "", started=started))
    latest_ones = {of: runs[-TREND:] for of, runs in found.items()}
    altered = chain.altered_heads(session, sorted({past.run for runs in latest_ones.values() for past in runs}), RUN)
    told = {of: altered[past.run] for of, runs in latest_ones.items() for past in runs if past.run in altered}
    return {
        of: tuple(replace(past, verdict=ALTERED) if past.run in altered else past for past in runs)
        for of, runs in latest_ones.items()
    }, told


def _signatures(session: Session) -> Signed:
    """The signatures of whole stages, none that was altered."""
    query = select(DecisionRow).where(DecisionRow.kind == SIGNED, DecisionRow.step == "")
    rows = session.exec(query).all()
    found: dict[tuple[int, str, str], list[Decision]] = {}
    for row in chain.whole(session, "decision", rows) if rows else ():
        found.setdefault((row.service_id, row.stage, row.digest), []).append(decision_of(row))
    return found
