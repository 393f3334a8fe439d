"""The history of runs: filtered before it is cut, so that an old one is found."""

from datetime import UTC, datetime

import streamlit as st

from runner.errors import WorkflowError
from runner.said import say, tell
from runner.words import plural
from stages.catalogue import Catalogue
from workflow.ledger import Only, Run, RunState, StageResult
from workflow.report.outline import WAITS
from workflow.service import Overview
from workflow.web.actions import draw_run_button
from workflow.web.choosing import bind, keep, word_of
from workflow.web.gateway import Gateway
from workflow.web.links import Pages, choice
from workflow.web.live import draw_live
from workflow.web.text import ago, esc, heads, lamp, moment, name, took, verdict

SHOWN, MOST = 25, 1000


def page(view: Overview, gateway: Gateway, pages: Pages) -> None:
    st.html(f'<p class="eyebrow"><b>{name(view.service)}</b></p><h1>{tell("Runs")}</h1>')
    draw_live(view, gateway)
    if view.latest is None:
        st.html(
            f'<p class="lead">{tell("No run yet. The first one proves all seven stages, or type the command.")}</p>'
        )
        draw_run_button(tell("Run the pipeline"), "pipeline", view, gateway, primary=True, key="first")
        return
    words = [one.value for one in Only]
    bind("verdict", words)
    kept = st.segmented_control(
        tell("Which"), words, format_func=tell, key="verdict", label_visibility="collapsed", required=True,
        on_change=keep, args=("verdict", words[0]),
    )  # fmt: skip
    only = Only(kept or Only.ALL)
    limit = wanted(choice("show"))
    found = gateway.runs(limit + 1, only)
    now = datetime.now(UTC)
    with st.container(key="history", gap=None):
        none = f'<p class="muted">{esc(tell("No run is {verdict}.", verdict=say(only.value)))}</p>'
        rows = "".join(f"<li>{row(run, view.catalogue, now)}{over(run, pages)}</li>" for run in found[:limit])
        st.html(f'{run_heads()}<ol class="runs">{rows}</ol>' if found else none)
    if len(found) > limit:
        choices = {"show": str(min(MOST, limit * 2))} | ({} if only is Only.ALL else {"verdict": word_of(only.value)})
        st.html(f'<p><a href="{esc(pages.href("runs", **choices))}" target="_self">{tell("Show older runs")}</a></p>')


def run_heads() -> str:
    titles = heads("Run", "Asked", "Verdict", "Stages", "Commit", "Started", "Took")
    return f'<div class="run-heads">{"".join(f"<span>{one}</span>" for one in titles)}</div>'


def wanted(asked: str | None) -> int:
    return min(int(asked), MOST) if asked and asked.isascii() and asked.isdigit() and 0 < len(asked) < 10 else SHOWN  # noqa: PLR2004


def find_run(asked: str | None, gateway: Gateway) -> Run:
    """A run of this service by its number, the newest where none is named. Raises `WorkflowError` for none."""
    if asked is None:
        newest = gateway.runs(1)
        if not newest:
            raise WorkflowError(say("No run yet."))
        return gateway.run(newest[0].id)
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):  # noqa: PLR2004
        raise WorkflowError(say("No run `{asked}`: a run has a number.", asked=asked))
    return gateway.run(int(asked))


def outcome(run: Run) -> str:
    """The verdict of a finished run, the state of any other."""
    if run.verdict == "GO" and run.unsigned:
        return WAITS
    return (run.verdict or "") if run.state is RunState.FINISHED else run.state.value


def source(run: Run) -> str:
    if run.commit is None:
        return tell("not in git")
    if not run.dirty:
        return run.commit[:7]
    return tell("{commit}, {files} changed", commit=run.commit[:7], files=plural(len(run.dirty), "file"))


def row(run: Run, catalogue: Catalogue, now: datetime) -> str:
    results = ordered(run, catalogue)
    titles = {stage.slug: stage.title for stage in catalogue.stages}
    told = ", ".join(f"{tell(titles.get(one.slug, one.slug))} {one.verdict}" for one in results)
    dots = "".join(lamp(one.verdict) for one in results)
    return (
        f'<div class="run"><span class="number">{run.id}</span>'
        f'<span class="asked"><code>{name(run.asked.removeprefix("invoke "))}</code></span>{verdict(outcome(run))}'
        f'<span class="dots" role="img" aria-label="{esc(told)}" title="{esc(told)}">{dots}</span>'
        f'<span class="muted source">{esc(source(run))}</span>'
        f'<span class="muted when" title="{esc(moment(run.started))}">{ago(run.started, now)}</span>'
        f'<span class="muted took">{took(run.seconds)}</span></div>'
    )


def over(run: Run, pages: Pages) -> str:
    return pages.over("run", tell("Open run {id}", id=run.id), run=str(run.id))


def ordered(run: Run, catalogue: Catalogue) -> list[StageResult]:
    order = {stage.slug: number for number, stage in catalogue.numbered()}
    return sorted(run.results, key=lambda result: order.get(result.slug, len(order)))
