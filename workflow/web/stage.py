"""A stage's page, as a guide: what blocks first, then the checklist step by step, then the documents that it wrote."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from runner.model import Finding
from runner.words import plural
from workflow.gate import GREEN, blockers
from workflow.service import Lamp, Overview, StageView, StepState, StepView
from workflow.web.actions import draw_run_button
from workflow.web.desk import Desk
from workflow.web.documents import document_list
from workflow.web.findings import draw_blockers, draw_one, line
from workflow.web.history import draw_history
from workflow.web.links import Pages, choice
from workflow.web.live import draw_ended_badly, draw_live
from workflow.web.text import ago, counted, esc, lamp, moment, name, prose, slug, verdict, worked
from workflow.web.words import STALE, standing

MARKS = {StepState.PROVED: "✓", StepState.OPEN: "○", StepState.EMPTY: "·"}


def page(asked: StageView, view: Overview, desk: Desk, pages: Pages) -> None:
    """One stage; `?check=…` in the address opens one check of it."""
    stage = asked
    st.html(head(stage, datetime.now(UTC)))
    task = f"stage.{stage.stage.task}"
    label = "Prove this stage again" if stage.run else "Prove this stage"
    eager = standing(stage) != Lamp.GO.value
    draw_run_button(label, task, view, desk, primary=eager, key=stage.stage.task)
    draw_live(view, desk)
    if view.latest and stage.stage.slug in view.latest.stages:
        draw_ended_badly(view.latest, desk)
    one = draw_asked(choice("check"), stage, desk, pages)
    draw_what_blocks([finding for finding in stage.blockers if finding is not one], stage, view, desk, pages)
    draw_checklist(stage, pages)
    draw_stage_documents(stage, pages)
    if stage.run:
        pages.link("run", f"The record of run {stage.run.id}", key="record", run=str(stage.run.id))


def head(view: StageView, now: datetime) -> str:
    findings = view.run.of_stage(view.stage.slug) if view.run else ()
    stale = f'<p class="stale-line"><b>Stale:</b> {esc(view.stale)}. {_was(view)}</p>' if view.stale else ""
    told = ""
    if view.run:
        when = f'<span title="{esc(moment(view.run.started))}">{ago(view.run.started, now)}</span>'
        parts = (counted(findings), when, worked(view.seconds), f"run {view.run.id}")
        told = f'<p class="muted told">{" · ".join(filter(None, parts))}</p>'
    word = standing(view)
    return (
        f'<p class="eyebrow">Stage {view.number}</p>'
        f'<div class="stage-head {slug(word)}">'
        f"{lamp(word, str(view.number))}<h1>{name(view.stage.title)}</h1>{verdict(word)}</div>"
        f'<p class="lead">{esc(view.stage.question)}</p>{told}{stale}'
    )


def _was(view: StageView) -> str:
    return f"It was {view.lamp.value} then. Prove it again to know." if standing(view) == STALE else ""


def draw_asked(asked: str | None, stage: StageView, desk: Desk, pages: Pages) -> Finding | None:
    """The one check that the address names, with its history; what it is when it was not asked, or is none."""
    if asked is None:
        return None
    id = asked.upper()
    known = next((check for check in stage.stage.checks if check.id == id), None)
    findings = stage.run.of_stage(stage.stage.slug) if stage.run else ()
    found = next((finding for finding in findings if finding.check == id), None)
    pages.link(stage.stage.task, f"← The whole of {stage.stage.title}", key="back")
    if found is not None:
        draw_one(found, stage.stage.task, "asked", desk.called, pages)
    elif known is not None:
        st.html(
            f'<h2 class="claim"><span class="id">{name(known.id)}</span> {prose(known.claim)}</h2>'
            f"<p>Not asked in the latest whole run of this stage.</p>"
            f'<p class="advice">{prose(known.why)}</p>'
        )
    else:
        st.html(f'<p role="alert">No check <code>{name(asked)}</code> in this stage.</p>')
        return None
    draw_history(desk.outcomes(id), pages)
    return found


def draw_what_blocks(shut: Sequence[Finding], stage: StageView, view: Overview, desk: Desk, pages: Pages) -> None:
    if not shut:
        return
    stale = " in another state" if standing(stage) == STALE else ""
    st.html(f'<h2 class="section">What blocks{stale} <span class="count">{len(shut)}</span></h2>')
    draw_blockers(shut, view.catalogue, f"stage-{stage.stage.task}", desk.called, pages)


def draw_checklist(stage: StageView, pages: Pages) -> None:
    """Each step is one line; those in which nothing blocks are folded."""
    st.html('<h2 class="section">Checklist</h2>')
    st.html("".join(step_of(step, stage, pages) for step in stage.steps))


def step_of(step: StepView, stage: StageView, pages: Pages) -> str:
    shut = blockers(step.findings)
    tone, mark = ("blocked", "✕") if shut else (slug(step.state), MARKS[step.state])
    head = (
        f'<span class="mark">{mark}</span><span class="number">{esc(step.step.id)}</span>'
        f'<span class="what"><b>{name(step.step.title)}</b> <span class="muted">{step_state(step, stage)}</span></span>'
    )
    written = ", ".join(
        f'<a href="{esc(pages.href("document", stage=stage.stage.task, doc=one.name))}" target="_self">'
        f"{name(one.title)}</a>"
        for one in step.artifacts
    )
    wrote = f'<p class="muted told">Wrote {written}</p>' if written else ""
    lines = "".join(
        line(finding, stage.stage.task, pages, short=finding.outcome not in GREEN)
        for finding in (*shut, *(one for one in step.findings if one.outcome in GREEN))
    )
    if not lines and not wrote:
        return f'<div class="step {tone}"><div class="step-head">{head}</div></div>'
    inside = f'{f"""<div class="lines">{lines}</div>""" if lines else ""}{wrote}'
    return (
        f'<details class="step {tone}"{" open" if shut else ""}><summary class="step-head">{head}</summary>'
        f"{inside}</details>"
    )


def step_state(step: StepView, stage: StageView) -> str:
    """The state in words: what was counted, or what is still to be asked."""
    if step.findings:
        return counted(step.findings)
    ready = sum(check.step == step.step.id for check in stage.stage.checks)
    if not ready:
        return "nothing to prove yet"
    words = {Lamp.RUNNING: "under way", Lamp.QUEUED: "queued"}
    return f"{plural(ready, 'check')} {words.get(stage.lamp, 'to ask')}"


def draw_stage_documents(stage: StageView, pages: Pages) -> None:
    written = tuple(artifact for step in stage.steps for artifact in step.artifacts)
    if written:
        st.html('<h2 class="section">Documents</h2>' + document_list(written, pages, stage=stage.stage.task))
    elif stage.stage.artifacts and stage.lamp not in {Lamp.RUNNING, Lamp.QUEUED}:
        titles = ", ".join(artifact.title for artifact in stage.stage.artifacts)
        st.html(f'<h2 class="section">Documents</h2><p class="muted">A run of this stage writes: {esc(titles)}.</p>')
