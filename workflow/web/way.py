"""The first page: the way with its seven lamps, where it stops, and the one thing to do next."""

from datetime import UTC, datetime

import streamlit as st

from runner.said import tell
from runner.words import plural
from workflow.ledger import Run
from workflow.report.outline import WORK
from workflow.service import Lamp, Overview, StageView
from workflow.web.actions import draw_run_button
from workflow.web.compare import draw_since
from workflow.web.findings import sign
from workflow.web.gateway import Gateway
from workflow.web.links import Pages
from workflow.web.live import draw_ended_badly, draw_live
from workflow.web.text import ago, counted, esc, label, lamp, name, prose, slug, took, verdict, worked
from workflow.web.words import STALE, standing, whole


def render(view: Overview, gateway: Gateway, pages: Pages) -> None:
    st.html(head(view))
    draw_next(view, gateway, pages)
    draw_live(view, gateway)
    draw_ended_badly(view.latest, gateway)
    now, told = datetime.now(UTC), shared_reason(view)
    stops = "".join(f"<li>{stop(stage, now, told)}{over(stage, pages)}</li>" for stage in view.stages)
    st.html(f'<ol class="way">{stops}</ol>')
    if view.latest and not view.running:
        draw_since(view, gateway, pages)


def head(view: Overview) -> str:
    dirty = f'<span title="{esc(chr(10).join(view.source.dirty))}">{esc(tell(view.source.label))}</span>'
    blocking = sum(len(stage.blockers) for stage in view.stages)
    asked = sum(sum(stage.counts.values()) for stage in view.stages)
    go = sum(stage.lamp is Lamp.GO and not stage.stale for stage in view.stages)
    big, tone = whole(view)
    stages = plural(len(view.stages), "stage")
    if view.latest is None:
        told = tell("Nothing has been proved. The first run takes about two minutes.")
    elif view.running:
        told = tell("{go} of {stages} GO so far.", go=go, stages=stages)
    elif big == STALE:
        old = sum(standing(stage) == STALE for stage in view.stages)
        reason = shared_reason(view)
        told = (
            tell("{old} of {stages} were judged in another state: {reason}.", old=old, stages=stages, reason=reason)
            if reason
            else tell("{old} of {stages} were judged in another state.", old=old, stages=stages)
        )
        told = f"{esc(told)} {tell('Until they are proved again, it is NO-GO.')}"
    elif blocking and tone == "no-go":
        checks = plural(asked, "check")
        told = (
            tell("{number} of {checks} blocks.", number=blocking, checks=checks)
            if blocking == 1
            else tell("{number} of {checks} block.", number=blocking, checks=checks)
        )
    else:
        told = tell("{go} of {stages} GO for this state of the service.", go=go, stages=stages)
    elsewhere = tell("Its folder is not on this machine: this is what its runs found.")
    away = "" if view.here else f'<p class="told">{elsewhere}</p>'
    return (
        f'<p class="eyebrow"><b>{name(view.service)}</b> · {dirty}</p>'
        f'<h1 class="big {tone}">{esc(tell(big))}</h1><p class="lead">{told}</p>{away}{_time(view)}'
    )


def shared_reason(view: Overview) -> str:
    """Why stages are stale, where it is one reason for all of them; empty where it is not."""
    reasons = {stage.stale for stage in view.stages if stage.stale}
    return reasons.pop() if len(reasons) == 1 and view.running is None else ""


def _time(view: Overview) -> str:
    """How long the latest run took, and why its stages' times add up to something else."""
    run = view.latest
    if run is None or run.seconds is None:
        return ""
    more = f" {esc(tell(WORK))}" if len(run.stages) > 1 else ""
    return f'<p class="muted told">{tell("Run {id} took {time}.", id=run.id, time=took(run.seconds))}{more}</p>'


def draw_next(view: Overview, gateway: Gateway, pages: Pages) -> None:
    """The next action: a sentence, and the button that does it."""
    if view.running:
        return
    with st.container(key="next"):
        if view.latest is None:
            sentence = tell("Prove the seven stages against the real service.")
            st.html(f'{label("Next")}<p class="sentence">{sentence}</p>')
            draw_run_button(tell("Run the pipeline"), "pipeline", view, gateway, primary=True, key="first")
            return
        st.html(f'{label("Next")}<p class="sentence">{prose(view.next_action)}</p>')
        with st.container(horizontal=True, vertical_alignment="center", key="buttons", gap="medium"):
            draw_buttons(view, gateway, pages)


def draw_buttons(view: Overview, gateway: Gateway, pages: Pages) -> None:
    check = view.next_command.removeprefix("invoke explain ")
    stopped = next((one for one in view.stages if any(found.check == check for found in one.blockers)), None)
    if stopped:
        with st.container(horizontal=True, vertical_alignment="center", width="content", key="act-next"):
            pages.link(stopped.stage.task, tell("Open {stage}", stage=stopped.stage.title), key="button", check=check)
            st.html(f'<code class="command">{esc(gateway.called.text(view.next_command))}</code>', width="content")
    elif view.whole:
        with st.container(horizontal=True, vertical_alignment="center", width="content", key="act-next"):
            pages.link(
                "run", tell("Open the record of run {id}", id=view.whole.id), key="button", run=str(view.whole.id)
            )
    elif view.next_command.startswith("invoke sign "):
        waiting = next(one for one in view.stages if one.demanded)
        with st.container(horizontal=True, vertical_alignment="center", width="content", key="act-next"):
            pages.link(waiting.stage.task, tell("Open {stage}", stage=waiting.stage.title), key="button")
            st.html(f'<code class="command">{esc(gateway.called.text(view.next_command))}</code>', width="content")
    elif view.next_command != "invoke pipeline":
        task = view.next_command.removeprefix("invoke ")
        title = next((s.stage.title for s in view.stages if s.command == view.next_command), task)
        draw_run_button(tell("Prove {stage}", stage=title), task, view, gateway, primary=True, key="next")
    primary = view.next_command == "invoke pipeline"
    draw_run_button(tell("Run the pipeline"), "pipeline", view, gateway, primary=primary, key="all")


def over(view: StageView, pages: Pages) -> str:
    return pages.over(view.stage.task, tell("Open {stage}", stage=view.stage.title))


def stop(view: StageView, now: datetime, told: str = "") -> str:
    """One stop of the way: its lamp, its question, what was counted, how fresh that is. `told`: what stands above."""
    word = standing(view)
    lines = "".join(
        f'<div class="block">{sign(f.outcome)}<span class="id">{name(f.check)}</span>'
        f'<span class="what">{prose(f.claim)} <span class="muted">{prose(f.message)}</span></span></div>'
        for f in view.blockers[:1]
    )
    if len(view.blockers) > 1:
        more = tell("and {blockers}", blockers=plural(len(view.blockers) - 1, "more blocker"))
        lines += f'<div class="block muted">{more}</div>'
    return (
        f'<div class="stop {slug(word)}">{lamp(word, str(view.number))}<div class="middle">'
        f'<div class="title"><b>{name(tell(view.stage.title))}</b>{verdict(word)}</div>'
        f'<div class="question">{esc(tell(view.stage.question))}</div>{lines}</div>'
        f'<div class="side">{side(view, now, told)}</div></div>'
    )


def side(view: StageView, now: datetime, told: str = "") -> str:
    if view.run is None:
        return f'<span class="muted">{tell("not run")}</span>'
    findings = view.run.of_stage(view.stage.slug)
    was = tell("was {verdict}", verdict=view.lamp.value) if standing(view) == STALE else ""
    note = ", ".join(filter(None, (was, "" if view.stale == told else tell(view.stale))))
    stale = f'<span class="stale-note">{esc(note)}</span>' if note else ""
    return f"<span>{counted(findings)}</span>{stale}{_when(view.run, now, view.seconds)}"


def _when(run: Run, now: datetime, seconds: float) -> str:
    parts = (ago(run.started, now), worked(seconds))
    return f'<span class="muted">{" · ".join(filter(None, parts))}</span>'
