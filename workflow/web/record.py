"""One run's record: what blocks first, then all that is known of it."""

import streamlit as st

from runner.errors import WorkflowError
from runner.said import say, tell
from runner.words import plural
from stages.catalogue import Catalogue
from workflow.called import Called
from workflow.gate import blockers
from workflow.ledger import Run
from workflow.report import as_html, stages_of
from workflow.report.outline import signed
from workflow.service import Overview
from workflow.web.actions import draw_problem
from workflow.web.documents import document_list
from workflow.web.findings import all_lines, draw_blockers
from workflow.web.gateway import Gateway
from workflow.web.links import Pages, choice
from workflow.web.live import draw_ended_badly, draw_live
from workflow.web.runs import find_run, outcome
from workflow.web.text import (
    counted,
    esc,
    facts,
    heads,
    moment,
    name,
    plain,
    prose,
    section,
    slug,
    table,
    took,
    verdict,
)


def page(view: Overview, gateway: Gateway, pages: Pages) -> None:
    """The run that the address names; what it names wrongly is a sentence with the way back."""
    try:
        run = find_run(choice("run"), gateway)
    except WorkflowError as error:
        draw_problem(error, gateway.called)
        pages.link("runs", tell("Back to the runs"), key="back")
        return
    render(run, view, gateway, pages)


def render(run: Run, view: Overview, gateway: Gateway, pages: Pages) -> None:
    pages.link("runs", tell("← All runs"), key="back")
    st.html(head(run, view.catalogue, gateway.called))
    draw_live(view, gateway)
    draw_ended_badly(run, gateway)
    draw_actions(run, view, gateway, pages)
    if shut := blockers(run.findings):
        st.html(section("What blocks", f'<span class="count">{len(shut)}</span>'))
        draw_blockers(run.findings, view.catalogue, f"of-{run.id}", gateway.called, pages)
    st.html(section("Findings") + results(run, view.catalogue, gateway.called, pages))
    if run.artifacts:
        st.html(section("Documents") + document_list(run.artifacts, pages, run=str(run.id), view=view))
    st.html(section("About this run") + about(run))
    if run.notes:
        with st.expander(plain(tell("Timeline · {entries}", entries=plural(len(run.notes), "entry")))):
            st.html(timeline(run))


def head(run: Run, catalogue: Catalogue, called: Called) -> str:
    told = "".join(f"<p>{prose(told)}.</p>" for report in stages_of(run, catalogue, called) if (told := signed(report)))
    return (
        f'<div class="stage-head"><h1>{tell("Run {id}", id=run.id)}</h1>{verdict(outcome(run))}</div>'
        f'<p class="lead"><code>{name(run.asked)}</code></p><p class="muted told">{counted(run.findings)}</p>{told}'
    )


def draw_actions(run: Run, view: Overview, gateway: Gateway, pages: Pages) -> None:
    """What one does with a run: compare it, send it."""
    earlier = next((one for one in gateway.runs(50) if one.id < run.id and set(run.stages) <= set(one.stages)), None)
    with st.container(horizontal=True, vertical_alignment="center", key="run-actions"):
        if earlier:
            choices = {"run": str(run.id), "with": str(earlier.id)}
            pages.link("compare", tell("Compare with run {id}", id=earlier.id), key="compare", **choices)
        if not run.live:
            st.download_button(
                tell("Download as one HTML file"),
                lambda: as_html(run, view.catalogue, gateway.called, gateway.content),
                file_name=f"{slug(view.service) or 'service'}-run-{run.id}.html",
                mime="text/html",
                on_click="ignore",
                key=f"html-{run.id}",
            )


def results(run: Run, catalogue: Catalogue, called: Called, pages: Pages) -> str:
    """The findings by stage, folded: what blocks stands above."""
    verdicts = {result.slug: result for result in run.results}
    rows = []
    for stage in (stage for stage in catalogue.stages if stage.slug in run.stages):
        findings, result = run.of_stage(stage.slug), verdicts.get(stage.slug)
        spent = tell("{time} of work", time=took(result.seconds)) if result else tell("not finished")
        lines = all_lines(findings, stage.task, pages, called.text(f"invoke show {run.id}"))
        inside = lines or f'<p class="muted">{tell("Nothing was asked of this stage.")}</p>'
        rows.append(
            f'<details class="step"><summary class="step-head"><span class="what"><b>{name(tell(stage.title))}</b> '
            f'<span class="muted">{" · ".join(filter(None, (spent, counted(findings))))}</span></span>'
            f'{verdict(result.verdict) if result else ""}</summary><div class="lines">{inside}</div></details>'
        )
    return "".join(rows)


def about(run: Run) -> str:
    tools = " · ".join(f"{name(one)}&nbsp;{name(version)}" for one, version in sorted(run.tools.items()))
    dirty = "<br>".join(f"<code>{esc(path, 200)}</code>" for path in run.dirty[:20])
    more = f"<br>{tell('and {number} more', number=len(run.dirty) - 20)}" if len(run.dirty) > 20 else ""  # noqa: PLR2004
    return facts(
        {
            say("Started"): esc(moment(run.started)),
            say("Took"): took(run.seconds),
            say("Commit"): f"<code>{name(run.commit)}</code>" if run.commit else tell("not in git"),
            say("Changed files"): dirty + more,
            say("State of the files"): f"<code>{esc(run.digest[:16])}</code>",
            say("Only"): esc(", ".join(run.only)),
            say("Service"): f"<code>{esc(run.root)}</code>",
            say("Python"): name(run.interpreter),
            say("Tools"): tools,
            say("Process"): tell("{pid} on {host}", pid=run.pid, host=name(run.host)),
        }
    )


def timeline(run: Run) -> str:
    rows = [
        (f"{(note.at - run.started).total_seconds():.1f} s", esc(tell(note.kind)), prose(note.text), took(note.seconds))
        for note in run.notes
        if note.kind != "collecting"
    ]
    return table(heads("At", "What", "Evidence", "Took"), rows)
