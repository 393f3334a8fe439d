"""A stage's page: where it stands, its checklist step by step, and the documents that it wrote."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from runner.errors import WorkflowError
from runner.model import Finding
from runner.words import plural
from workflow.called import Called
from workflow.gate import blockers
from workflow.report.causes import alike
from workflow.service import Lamp, Overview, StageView, StepState, StepView
from workflow.web.actions import draw_run_button, say
from workflow.web.desk import Desk
from workflow.web.documents import draw_documents
from workflow.web.findings import draw_findings, draw_unseen
from workflow.web.links import Pages, choice
from workflow.web.live import draw_ended_badly, draw_live
from workflow.web.text import ago, counted, esc, lamp, moment, slug, verdict, worked

MARKS = {StepState.PROVED: "✓", StepState.OPEN: "○", StepState.EMPTY: "·"}


def page(view: Overview, desk: Desk, pages: Pages) -> None:
    """The stage that the address names; a wrong name is a sentence with the way back."""
    asked = choice("stage") or view.stages[0].stage.task
    try:
        stage = view.stage(asked)
    except WorkflowError as error:
        say(error, desk.called)
        pages.link("way", "Back to the overview", key="back")
        return
    render(stage, view, desk, pages)


def render(stage: StageView, view: Overview, desk: Desk, pages: Pages) -> None:
    st.html(head(stage, datetime.now(UTC)))
    task = f"stage.{stage.stage.task}"
    label = "Prove this stage again" if stage.run else "Prove this stage"
    eager = stage.lamp is not Lamp.GO or bool(stage.stale)
    draw_run_button(label, task, view, desk, primary=eager, key=stage.stage.task)
    draw_live(view, desk)
    if view.latest and stage.stage.slug in view.latest.stages:
        draw_ended_badly(view.latest, desk)
    st.html('<h2 class="section">Checklist</h2>')
    together = [group for group in alike(stage.blockers) if len(group) > 1]
    for group in together:
        draw_unseen(group, stage.stage.task, f"stage-{stage.stage.task}", desk.called)
    told = [finding for group in together for finding in group]
    for step in stage.steps:
        draw_step(step, stage, told, desk.called)
    draw_stage_documents(stage, desk)
    if stage.run:
        pages.link("runs", f"The record of run {stage.run.id}", key="record", run=str(stage.run.id))


def head(view: StageView, now: datetime) -> str:
    findings = view.run.of_stage(view.stage.slug) if view.run else ()
    stale = f'<p class="stale-line"><b>Stale:</b> {esc(view.stale)}. Prove it again to know.</p>' if view.stale else ""
    told = ""
    if view.run:
        when = f'<span title="{esc(moment(view.run.started))}">{ago(view.run.started, now)}</span>'
        parts = (counted(findings), when, worked(view.seconds), f"run {view.run.id}")
        told = f'<p class="muted told">{" · ".join(filter(None, parts))}</p>'
    return (
        f'<p class="eyebrow">Stage {view.number}</p>'
        f'<div class="stage-head {slug(view.lamp)}{" stale" if view.stale else ""}">'
        f"{lamp(view.lamp, str(view.number))}<h1>{esc(view.stage.title)}</h1>{verdict(view.lamp)}</div>"
        f'<p class="lead">{esc(view.stage.question)}</p>{told}{stale}'
    )


def draw_step(step: StepView, stage: StageView, told: Sequence[Finding], called: Called) -> None:
    with st.container(key=f"step-{slug(step.step.id)}"):
        st.html(step_head(step, stage))
        draw_findings(step.findings, stage.stage.task, f"step-{slug(step.step.id)}", called, told)


def step_head(step: StepView, stage: StageView) -> str:
    blocked = bool(blockers(step.findings))
    tone, mark = ("blocked", "✕") if blocked else (slug(step.state), MARKS[step.state])
    return (
        f'<div class="step {tone}"><span class="mark">{mark}</span>'
        f'<span class="number">{esc(step.step.id)}</span><span class="what">'
        f'<b>{esc(step.step.title)}</b><span class="muted">{step_state(step, stage)}</span></span></div>'
    )


def step_state(step: StepView, stage: StageView) -> str:
    """The state in words: what was counted, or what is still to be asked."""
    if step.findings:
        return counted(step.findings)
    ready = sum(check.step == step.step.id for check in stage.stage.checks)
    if not ready:
        return "nothing to prove yet"
    return f"{plural(ready, 'check')} {'under way' if stage.lamp is Lamp.RUNNING else 'to ask'}"


def draw_stage_documents(stage: StageView, desk: Desk) -> None:
    written = tuple(artifact for step in stage.steps for artifact in step.artifacts)
    if not written:
        if stage.stage.artifacts and stage.lamp is not Lamp.RUNNING:
            titles = ", ".join(artifact.title for artifact in stage.stage.artifacts)
            st.html(
                f'<h2 class="section">Documents</h2><p class="muted">A run of this stage writes: {esc(titles)}.</p>'
            )
        return
    st.html('<h2 class="section">Documents</h2>')
    draw_documents(written, desk, key=stage.stage.task)
