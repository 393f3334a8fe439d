"""The history of runs, and one run's record: all that is known of it."""

from datetime import UTC, datetime

import streamlit as st

from runner.errors import WorkflowError
from runner.words import plural
from stages.catalogue import Catalogue
from workflow.called import Called
from workflow.ledger import Run, RunState
from workflow.service import Overview
from workflow.web.actions import draw_run_button, say
from workflow.web.desk import Desk
from workflow.web.documents import draw_documents
from workflow.web.findings import draw_findings
from workflow.web.links import Pages, choice
from workflow.web.live import draw_ended_badly, draw_live
from workflow.web.text import ago, counted, esc, facts, lamp, moment, plain, prose, slug, table, took, verdict

SHOWN = 25
ALL, UNFINISHED = "All", "Unfinished"
HEADS = '<div class="run-heads">{}</div>'.format(
    "".join(f"<span>{name}</span>" for name in ("Run", "Asked", "Verdict", "Stages", "Commit", "Started", "Took"))
)
FILTERS = (ALL, "GO", "NO-GO", UNFINISHED)


def page(view: Overview, desk: Desk, pages: Pages) -> None:
    """The run that the address names, else the history."""
    asked = choice("run")
    if asked is None:
        render_history(view, desk, pages)
        return
    try:
        run = find_run(asked, desk)
    except WorkflowError as error:
        say(error, desk.called)
        pages.link("runs", "Back to the runs", key="back")
        return
    render_record(run, view, desk, pages)


def find_run(asked: str, desk: Desk) -> Run:
    """A run of this service by its number. Raises `WorkflowError` when there is none."""
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):  # noqa: PLR2004
        raise WorkflowError(f"No run `{asked}`: a run has a number.")
    return desk.run(int(asked))


# --- history


def render_history(view: Overview, desk: Desk, pages: Pages) -> None:
    st.html(f'<p class="eyebrow"><b>{esc(view.service)}</b></p><h1>Runs</h1>')
    draw_live(view, desk)
    limit = wanted(choice("show"))
    found = desk.runs(limit + 1)
    if not found:
        st.html('<p class="lead">No run yet. The first one proves all seven stages, or type the command.</p>')
        draw_run_button("Run the pipeline", "pipeline", view, desk, primary=True, key="first")
        return
    kept = st.segmented_control(
        "Which",
        FILTERS,
        default=ALL,
        key="verdict",
        label_visibility="collapsed",
        bind="query-params",
        required=True,
    )
    now = datetime.now(UTC)
    with st.container(key="history", gap=None):
        st.html(HEADS)
        for run in (run for run in found[:limit] if fits(run, kept or ALL)):
            with st.container(key=f"run-{run.id}"):
                st.html(row(run, view.catalogue, now))
                pages.link("runs", f"Open run {run.id}", key=f"over-run-{run.id}", run=str(run.id))
    if len(found) > limit:
        pages.link("runs", "Show older runs", key="older", show=str(limit * 2))


def wanted(asked: str | None) -> int:
    return min(int(asked), 1000) if asked and asked.isascii() and asked.isdigit() and int(asked) > 0 else SHOWN


def fits(run: Run, kept: str) -> bool:
    return kept == ALL or (run.state is not RunState.FINISHED if kept == UNFINISHED else run.verdict == kept)


def outcome(run: Run) -> str:
    """The verdict of a finished run, the state of any other."""
    return (run.verdict or "") if run.state is RunState.FINISHED else run.state.value


def source(run: Run) -> str:
    if run.commit is None:
        return "not in git"
    changed = f", {plural(len(run.dirty), 'file')} changed" if run.dirty else ""
    return f"{run.commit[:7]}{changed}"


def row(run: Run, catalogue: Catalogue, now: datetime) -> str:
    dots = "".join(lamp(result.verdict) for result in ordered(run, catalogue))
    return (
        f'<div class="run"><span class="number">{run.id}</span><span class="asked"><code>{esc(run.asked)}</code></span>'
        f'{verdict(outcome(run))}<span class="dots">{dots}</span><span class="muted source">{esc(source(run))}</span>'
        f'<span class="muted when" title="{esc(moment(run.started))}">{ago(run.started, now)}</span>'
        f'<span class="muted took">{took(run.seconds)}</span></div>'
    )


def ordered(run: Run, catalogue: Catalogue) -> list:  # type: ignore[type-arg]
    order = {stage.slug: number for number, stage in catalogue.numbered()}
    return sorted(run.results, key=lambda result: order.get(result.slug, len(order)))


# --- one run


def render_record(run: Run, view: Overview, desk: Desk, pages: Pages) -> None:
    pages.link("runs", "← All runs", key="back")
    st.html(record_head(run))
    draw_live(view, desk)
    draw_ended_badly(run, desk)
    st.html(about(run))
    draw_results(run, view.catalogue, desk.called)
    if run.artifacts:
        st.html('<h2 class="section">Documents</h2>')
        draw_documents(run.artifacts, desk, key=f"run-{run.id}")
    if run.notes:
        with st.expander(plain(f"Timeline · {plural(len(run.notes), 'entry')}")):
            st.html(timeline(run))


def record_head(run: Run) -> str:
    return (
        f'<div class="stage-head"><h1>Run {run.id}</h1>{verdict(outcome(run))}</div>'
        f'<p class="lead"><code>{esc(run.asked)}</code></p><p class="muted told">{counted(run.findings)}</p>'
    )


def about(run: Run) -> str:
    tools = " · ".join(f"{esc(name)}&nbsp;{esc(version)}" for name, version in sorted(run.tools.items()))
    dirty = "<br>".join(f"<code>{esc(path)}</code>" for path in run.dirty[:20])
    more = f"<br>and {len(run.dirty) - 20} more" if len(run.dirty) > 20 else ""  # noqa: PLR2004
    return facts(
        {
            "Started": esc(moment(run.started)),
            "Took": took(run.seconds),
            "Commit": f"<code>{esc(run.commit)}</code>" if run.commit else "not in git",
            "Changed files": dirty + more,
            "State of the files": f"<code>{esc(run.digest[:16])}</code>",
            "Only": esc(", ".join(run.only)),
            "Service": f"<code>{esc(run.root)}</code>",
            "Python": esc(run.interpreter),
            "Tools": tools,
            "Process": f"{run.pid} on {esc(run.host)}",
        }
    )


def draw_results(run: Run, catalogue: Catalogue, called: Called) -> None:
    """The findings by stage; a stage that is blocked stands open."""
    st.html('<h2 class="section">Findings</h2>')
    verdicts = {result.slug: result for result in run.results}
    for stage in (stage for stage in catalogue.stages if stage.slug in run.stages):
        findings, result = run.of_stage(stage.slug), verdicts.get(stage.slug)
        told = f"{result.verdict} · {took(result.seconds)} of work" if result else "not finished"
        label = f"**{plain(stage.title)}** {plain(' · '.join(filter(None, (told, counted(findings)))))}"
        with st.expander(label, expanded=bool(result and result.verdict != "GO")):
            if findings:
                draw_findings(findings, stage.task, f"of-{slug(stage.slug)}", called)
            else:
                st.html('<p class="muted">Nothing was asked of this stage.</p>')


def timeline(run: Run) -> str:
    rows = [
        (f"{(note.at - run.started).total_seconds():.1f} s", esc(note.kind), prose(note.text), took(note.seconds))
        for note in run.notes
        if note.kind != "collecting"
    ]
    return table(("At", "What", "Evidence", "Took"), rows)
