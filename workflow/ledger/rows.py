"""Rows and the frozen records that the other rooms see: from one to the other."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, select

from runner.kept import table_of, with_table
from runner.model import Document, Finding, Outcome, Place, Share, Waived
from workflow.ledger.record import Artifact, Decision, Note, Run, RunState, StageResult
from workflow.ledger.tables import (
    ArtifactRow,
    ContentRow,
    DecisionRow,
    FindingRow,
    NoteRow,
    RunRow,
    ServiceRow,
    StageRow,
)


def artifacts_of(session: Session, id: int) -> tuple[Artifact, ...]:
    query = select(ArtifactRow, ContentRow.size).join(ContentRow).where(ArtifactRow.run_id == id)
    return tuple(
        Artifact(
            name=row.name,
            stage=row.stage,
            step=row.step,
            title=row.title,
            media_type=row.media_type,
            sha256=row.sha256,
            size=size,
            told=row.told or {},
        )
        for row, size in session.exec(query.order_by(ArtifactRow.step, ArtifactRow.name))
    )


def run_of(row: RunRow, service: ServiceRow, state: RunState, **parts: Any) -> Run:
    """`parts`: its findings, results, …. What was altered since it was written has no verdict."""
    same = ("root", "asked", "commit", "digest", "interpreter", "host")
    kept = {name: getattr(row, name) for name in same}
    return Run(
        **kept,
        id=row.id or 0,
        service=service.name,
        key=service.key,
        stages=tuple(row.stages),
        only=tuple(row.only),
        state=state,
        verdict=None if parts.get("altered") else row.verdict,
        by=row.by or "",
        demands={} if parts.get("altered") else row.demands or {},
        dirty=tuple(row.dirty),
        tools=row.tools,
        pid=row.pid,
        started=row.started,
        ended=row.ended,
        **parts,
    )


def columns_of(run: Run) -> dict[str, Any]:
    same = ("root", "asked", "state", "verdict", "commit", "digest", "interpreter", "tools", "host", "pid")
    lists = {"stages": list(run.stages), "only": list(run.only), "dirty": list(run.dirty)}
    named = {"by": run.by or None, "demands": run.demands or None}
    return {name: getattr(run, name) for name in (*same, "started", "ended")} | lists | named


def finding_of(row: FindingRow) -> Finding:
    body = dict(row.body)
    table = body.pop("said", {})  # older runs have none: they read in English
    places = tuple(Place(**place) for place in body.pop("places"))
    for name in ("again", "commands", "requirements"):
        body[name] = tuple(body[name])
    body["shares"] = tuple(Share(**one) for one in body.get("shares", ()))  # older runs have none
    body["waivers"] = tuple(Waived(**one) for one in body.get("waivers", ()))
    outcome = Outcome(row.outcome)
    found = Finding(check=row.check, stage=row.stage, step=row.step, outcome=outcome, places=places, **body)
    return with_table(found, table)


def finding_row(run: int, finding: Finding) -> FindingRow:
    body = asdict(finding) | {"places": [place.as_json() for place in finding.places]}
    body |= {"said": table} if (table := table_of(finding)) else {}
    columns = {name: body.pop(name) for name in ("check", "stage", "step", "outcome")}
    return FindingRow(run_id=run, at=datetime.now(UTC), body=body, **columns)


def artifact_row(run: int, document: Document) -> ArtifactRow:
    names = ("stage", "step", "name", "title", "media_type", "sha256")
    told = {language: hashlib.sha256(content).hexdigest() for language, content in document.told}
    return ArtifactRow(run_id=run, told=told or None, **{name: getattr(document, name) for name in names})


def decision_of(row: DecisionRow) -> Decision:
    return Decision(**{one.name: getattr(row, one.name) for one in fields(Decision)})


def note_of(row: NoteRow) -> Note:
    note = Note(at=row.at, text=row.text, kind=row.kind, seconds=row.seconds)
    return with_table(note, row.said or {})


def note_row(run: int, note: Note) -> NoteRow:
    return NoteRow(run_id=run, **asdict(note), said=table_of(note) or None)


def results_of(rows: Sequence[StageRow]) -> tuple[StageResult, ...]:
    return tuple(StageResult(slug=row.slug, verdict=row.verdict, seconds=row.seconds, whole=row.whole) for row in rows)
