"""Where every service of a ledger stands, with a few questions for all of them."""

from collections.abc import Callable, Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select

from workflow.ledger import chain
from workflow.ledger.record import SIGNED, BuiltIn, Decision, RunState, Standing
from workflow.ledger.rows import decision_of
from workflow.ledger.tables import DecisionRow, FindingRow, RunRow, ServiceRow, StageRow

ALTERED = "altered"  # instead of the verdict of a run whose record is not as it was written
Judged = tuple[int, StageRow, RunRow]  # the service, and its newest whole run of a stage


def standings(
    session: Session, state: Callable[[RunRow], RunState], built_in: BuiltIn | None = None
) -> tuple[Standing, ...]:
    """Each stage of each service by its newest whole run.

    What is drawn from a run that was altered since it was written says so. `built_in`: gonogo's checks of today; a run
    of a gonogo with other ones, which did not ask all of a stage's, is stale there.
    """
    last = select(func.max(RunRow.id)).group_by(col(RunRow.service_id))
    heads = {row.service_id: row for row in session.exec(select(RunRow).where(col(RunRow.id).in_(last))).all()}
    stages = _newest(session)
    drawn = {run.id or 0 for _, _, run in stages} | {head.id or 0 for head in heads.values()}
    altered = chain.altered_heads(session, sorted(drawn))
    signed = _signatures(session)
    outgrown = _outgrown(session, stages, built_in) if built_in else frozenset()
    lamps: dict[int, dict[str, tuple[str, bool]]] = {}
    waits: dict[int, dict[str, str]] = {}
    wrong: dict[int, str] = {}
    for of, stage, run in stages:
        stale = run.digest != heads[of].digest or (run.id or 0, stage.slug) in outgrown
        if told := altered.get(run.id or 0, ""):
            wrong[of] = told
            lamps.setdefault(of, {})[stage.slug] = (ALTERED, stale)
            continue
        lamps.setdefault(of, {})[stage.slug] = (stage.verdict, stale)
        role = (run.demands or {}).get(stage.slug, "")
        given = signed.get((of, stage.slug, run.digest), [])
        if role and stage.verdict == "GO" and not any(one.may_sign_for(role) for one in given):
            waits.setdefault(of, {})[stage.slug] = role
    return tuple(
        Standing(
            key=service.key, name=service.name, root=service.root, run=head.id or 0, commit=head.commit,
            started=head.started, state=state(head), lamps=lamps.get(service.id or 0, {}),
            waits=waits.get(service.id or 0, {}),
            altered=wrong.get(service.id or 0, "") or altered.get(head.id or 0, ""),
        )
        for service in session.exec(select(ServiceRow).order_by(col(ServiceRow.name), col(ServiceRow.id)))
        if (head := heads.get(service.id or 0))
    )  # fmt: skip


def _newest(session: Session) -> Sequence[Judged]:
    newest = (
        select(col(RunRow.service_id).label("of"), StageRow.slug, func.max(RunRow.id).label("id"))
        .join(StageRow, col(StageRow.run_id) == col(RunRow.id))
        .where(col(StageRow.whole).is_(True))
        .group_by(col(RunRow.service_id), col(StageRow.slug))
        .subquery()
    )
    return session.exec(
        select(newest.c.of, StageRow, RunRow)
        .join(StageRow, (col(StageRow.run_id) == newest.c.id) & (col(StageRow.slug) == newest.c.slug))
        .join(RunRow, col(RunRow.id) == newest.c.id)
    ).all()


def _outgrown(session: Session, stages: Sequence[Judged], built_in: BuiltIn) -> frozenset[tuple[int, str]]:
    """(run, stage) where gonogo has checks today that the run did not ask; none of a run that says nothing of it."""
    others = {run.id or 0 for _, _, run in stages if run.tools.get("gonogo", built_in.name) != built_in.name}
    if not others:
        return frozenset()
    wanted = frozenset().union(*built_in.stages.values())
    asked = session.exec(
        select(FindingRow.run_id, FindingRow.stage, func.count(func.distinct(FindingRow.check)))
        .where(col(FindingRow.run_id).in_(others), col(FindingRow.check).in_(wanted))
        .group_by(col(FindingRow.run_id), col(FindingRow.stage))
    ).all()
    counted = {(run, stage): count for run, stage, count in asked}
    judged = {(run.id or 0, stage.slug) for _, stage, run in stages} & {
        (run, slug) for run in others for slug in built_in.stages
    }
    return frozenset(one for one in judged if counted.get(one, 0) < len(built_in.stages[one[1]]))


def _signatures(session: Session) -> dict[tuple[int, str, str], list[Decision]]:
    """(service, stage, state) → the signatures of the whole of it, none that was altered."""
    query = select(DecisionRow).where(DecisionRow.kind == SIGNED, DecisionRow.step == "")
    rows = session.exec(query).all()
    found: dict[tuple[int, str, str], list[Decision]] = {}
    for row in chain.whole(session, "decision", rows) if rows else ():
        found.setdefault((row.service_id, row.stage, row.digest), []).append(decision_of(row))
    return found
