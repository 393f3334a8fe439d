"""A stage's page, as a guide: what blocks first, then the checklist step by step, then the documents that it wrote."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from runner.model import Artifact, Check, Finding
from runner.said import say, tell, together
from runner.words import plural
from stages.guide import guide_of, looks_at
from workflow.called import Called
from workflow.gate import blockers
from workflow.ledger import Artifact as Written
from workflow.report.outline import WAITS, signer_of
from workflow.service import Lamp, Overview, StageView, StepState, StepView
from workflow.web.actions import draw_run_button
from workflow.web.decisions import draw_decisions
from workflow.web.documents import address, document_list, short_title
from workflow.web.findings import all_lines, draw_blockers, draw_one
from workflow.web.gateway import Gateway
from workflow.web.history import draw_history
from workflow.web.links import Pages, choice
from workflow.web.live import draw_ended_badly, draw_live
from workflow.web.text import ago, counted, esc, facts, label, lamp, moment, name, prose, section, slug, verdict, worked
from workflow.web.words import STALE, standing

MARKS = {StepState.PROVED: "✓", StepState.OPEN: "○", StepState.EMPTY: "·"}


def page(asked: StageView, view: Overview, gateway: Gateway, pages: Pages) -> None:
    """One stage; `?check=…` in the address opens one check of it."""
    stage = asked
    st.html(head(stage, datetime.now(UTC)))
    task = f"stage.{stage.stage.task}"
    pressed = tell("Prove this stage again") if stage.run else tell("Prove this stage")
    eager = standing(stage) not in {Lamp.GO.value, WAITS}
    draw_run_button(pressed, task, view, gateway, primary=eager, key=stage.stage.task)
    draw_live(view, gateway)
    if view.latest and stage.stage.slug in view.latest.stages:
        draw_ended_badly(view.latest, gateway)
    one = draw_asked(choice("check"), stage, view, gateway, pages)
    draw_what_blocks([finding for finding in stage.blockers if finding is not one], stage, view, gateway, pages)
    draw_decisions(stage, one, gateway)
    draw_checklist(stage, gateway.called, pages)
    draw_stage_documents(stage, pages)
    if stage.run:
        pages.link("run", tell("The record of run {id}", id=stage.run.id), key="record", run=str(stage.run.id))


def head(view: StageView, now: datetime) -> str:
    findings = view.run.of_stage(view.stage.slug) if view.run else ()
    stale = (
        f'<p class="stale-line"><b>{tell("Stale:")}</b> {esc(tell(view.stale))}. {_was(view)}</p>' if view.stale else ""
    )
    said = ""
    if view.run:
        when = f'<span title="{esc(moment(view.run.started))}">{ago(view.run.started, now)}</span>'
        parts = (counted(findings), when, worked(view.seconds), tell("run {id}", id=view.run.id))
        said = f'<p class="muted told">{" · ".join(filter(None, parts))}</p>'
    if view.demanded:
        waits = tell("It waits for the signature of a {role}.", role=say(view.demanded))
        said += f'<p class="stale-line">{esc(waits)}</p>'
    elif view.signature:
        signed = tell("Signed by {who}.", who=signer_of(view.signature))
        said += f'<p class="muted told">{esc(signed)}</p>'
    word = standing(view)
    return (
        f'<p class="eyebrow">{tell("Stage {number}", number=view.number)}</p>'
        f'<div class="stage-head {slug(word)}">'
        f"{lamp(word, str(view.number))}<h1>{name(tell(view.stage.title))}</h1>{verdict(word)}</div>"
        f'<p class="lead">{esc(tell(view.stage.question))}</p>{said}{stale}'
    )


def _was(view: StageView) -> str:
    return (
        tell("It was {verdict} then. Prove it again to know.", verdict=view.lamp.value)
        if standing(view) == STALE
        else ""
    )


def draw_asked(asked: str | None, stage: StageView, view: Overview, gateway: Gateway, pages: Pages) -> Finding | None:
    """The one check that the address names, with its history; what it is when it was not asked, or is none."""
    if asked is None:
        return None
    id = asked.upper()
    known = next((check for check in stage.stage.checks if check.id == id), None)
    findings = stage.run.of_stage(stage.stage.slug) if stage.run else ()
    found = next((finding for finding in findings if finding.check == id), None)
    pages.link(stage.stage.task, tell("← The whole of {stage}", stage=stage.stage.title), key="back")
    if found is not None:
        draw_one(found, stage.stage.task, "asked", gateway.called, pages)
        draw_judged_from(known)
    elif known is not None:
        st.html(
            f'<h2 class="claim"><span class="id">{name(known.id)}</span> {prose(known.claim)}</h2>'
            f"<p>{tell('Not asked in the latest whole run of this stage.')}</p>"
            f'<p class="advice">{prose(known.why)}</p>'
        )
        draw_judged_from(known)
    else:
        wrong = tell("No check `{check}` in this stage.", check=asked)
        st.html(f'<p role="alert">{prose(wrong)}</p>')
        return None
    if known is not None:
        again = f"stage.{stage.stage.task} --only {known.id}"
        draw_run_button(tell("Ask this check again"), again, view, gateway, primary=False, key="again")
    draw_history(gateway.outcomes(id), pages)
    return found


def draw_judged_from(known: Check[...] | None) -> None:
    """The facts that a check is judged from, by their titles."""
    if known is not None:
        looks = "".join(f"<li>{esc(tell(kind.title()))}</li>" for kind in known.needs.values())
        st.html(f'{label("Judged from")}<ul class="told">{looks}</ul>')


def draw_what_blocks(shut: Sequence[Finding], stage: StageView, view: Overview, gateway: Gateway, pages: Pages) -> None:
    if not shut:
        return
    title = say("What blocks in another state") if standing(stage) == STALE else say("What blocks")
    st.html(section(title, f'<span class="count">{len(shut)}</span>'))
    draw_blockers(shut, view.catalogue, f"stage-{stage.stage.task}", gateway.called, pages)


def draw_checklist(stage: StageView, called: Called, pages: Pages) -> None:
    """Each step is one line, folded, but for those in which something blocks and the first that is to be done."""
    st.html(section("Checklist"))
    first = next((step for step in stage.steps if step.state is not StepState.PROVED and not step.findings), None)
    st.html("".join(step_of(step, stage, called, pages, begun=step is first) for step in stage.steps))


def step_of(step: StepView, stage: StageView, called: Called, pages: Pages, *, begun: bool) -> str:
    """A step: its state in words, what goes in, what to do, what comes out, and what was found."""
    shut = blockers(step.findings)
    tone, mark = ("blocked", "✕") if shut else (slug(step.state), MARKS[step.state])
    whole = called.text(f"invoke show {stage.run.id}") if stage.run else ""
    lines = all_lines(step.findings, stage.stage.task, pages, whole)
    found = f'{label("What was found")}<div class="lines">{lines}</div>' if lines else ""
    return (
        f'<details class="step {tone}"{" open" if shut or begun else ""}><summary class="step-head">'
        f'<span class="mark" role="img" aria-label="{tell(state_word(step))}">{mark}</span>'
        f'<span class="number">{esc(step.step.id)}</span>'
        f'<span class="what"><b>{name(tell(step.step.title))}</b> {_tag(step)}'
        f'<span class="muted">{step_state(step, stage)}</span></span></summary>'
        f'<div class="guide">{guide(step, stage, called, pages)}{found}</div></details>'
    )


def state_word(step: StepView) -> str:
    """Derived, never ticked: by checks, by a document that was written, or not yet."""
    if step.state is StepState.PROVED:
        return "proved"
    return "written" if step.artifacts and not step.findings else "open"


def _tag(step: StepView) -> str:
    """The state where the count beside it does not say it."""
    return "" if step.state is StepState.PROVED else f'<span class="tag">{tell(state_word(step))}</span> '


def guide(step: StepView, stage: StageView, called: Called, pages: Pages) -> str:
    """What goes in, what to do with an example, what comes out."""
    lines = guide_of(step.step)
    looked = looks_at(stage.stage, step.step)
    seen = "".join(f"<li>{esc(tell(title))}</li>" for title in looked)
    things = tell("gonogo looks at {things}", things=plural(len(looked), "thing"))
    more = f"<details><summary>{things}</summary><ul>{seen}</ul></details>"
    out = comes_out(step, stage, pages) + (more if looked else "")
    if lines is None:
        return facts({say("Comes out"): out})
    example = f'<pre class="query">{esc(called.text(lines.example.strip()))}</pre>'
    do = f"{prose(called.text(say(lines.do)))}{example}"
    return facts({say("Goes in"): prose(called.text(say(lines.takes))), say("To do"): do, say("Comes out"): out})


def comes_out(step: StepView, stage: StageView, pages: Pages) -> str:
    """The documents that were written, else those that will be; and how many claims are proved."""
    written = {one.name: one for one in step.artifacts}
    documents = [one for one in stage.stage.artifacts if one.step == step.step.id]
    links = [_leading(one, written.get(one.name), stage.stage.task, pages) for one in documents]
    claims = sum(check.step == step.step.id for check in stage.stage.checks)
    return tell(", ").join(
        [*links, *([tell("{claims} that gonogo proves", claims=plural(claims, "claim"))] if claims else [])]
    )


def _leading(one: Artifact[...], written: Written | None, task: str, pages: Pages) -> str:
    """Its title up to the colon; a link where it was written."""
    title = esc(short_title(one.title))
    return f'<a href="{esc(address(written, pages, stage=task))}" target="_self">{title}</a>' if written else title


def step_state(step: StepView, stage: StageView) -> str:
    """The state in words: what was counted, or what is still to be asked."""
    if step.findings:
        return counted(step.findings)
    ready = sum(check.step == step.step.id for check in stage.stage.checks)
    if not ready:
        return tell("nothing to prove yet")
    checks = plural(ready, "check")
    match stage.lamp:
        case Lamp.RUNNING:
            return tell("{checks} under way", checks=checks)
        case Lamp.QUEUED:
            return tell("{checks} queued", checks=checks)
    return tell("{checks} to ask", checks=checks)


def draw_stage_documents(stage: StageView, pages: Pages) -> None:
    written = tuple(artifact for step in stage.steps for artifact in step.artifacts)
    if written:
        st.html(section("Documents") + document_list(written, pages, stage=stage.stage.task))
    elif stage.stage.artifacts and stage.lamp not in {Lamp.RUNNING, Lamp.QUEUED}:
        titles = together(say(artifact.title) for artifact in stage.stage.artifacts)
        writes = tell("A run of this stage writes: {titles}.", titles=titles)
        st.html(f'{section("Documents")}<p class="muted">{esc(writes)}</p>')
