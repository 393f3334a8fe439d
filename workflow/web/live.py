"""What is a run doing right now? A panel that looks into the ledger every second; it never runs anything itself."""

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from runner.errors import WorkflowError
from runner.model import Finding
from runner.said import reader, speaking, tell, told
from runner.words import plural
from workflow.gate import shuts
from workflow.ledger import Run, RunState
from workflow.service import Overview, collecting
from workflow.web.findings import sign
from workflow.web.gateway import Gateway
from workflow.web.text import LONGEST, bounded, counted, esc, name, plain, prose, took

BEAT = 1.0  # seconds between two looks while a run is live
IDLE = 5.0  # while none is: someone may type `invoke pipeline`
LATEST = 5  # findings in the panel


def draw_live(view: Overview, gateway: Gateway) -> None:
    """The live run's panel, or an unseen watch for the next run. Redraws the page when there is news."""
    drawn = mark(view.running or view.latest)
    if view.running is None:
        _every(IDLE, lambda: mark(next(iter(gateway.runs(1)), None)), drawn, lambda: None)
        return
    id = view.running.id
    _every(BEAT, lambda: mark(gateway.run(id)), drawn, lambda: draw_panel(gateway.run(id), gateway))


def mark(run: Run | None) -> tuple[object, ...]:
    """What a page was drawn from: another mark means that the page is out of date."""
    return (run.id, run.state, len(run.results)) if run else ()


def _every(
    seconds: float, look: Callable[[], tuple[object, ...]], drawn: tuple[object, ...], draw: Callable[[], None]
) -> None:
    first, language = [True], reader()

    @st.fragment(run_every=seconds)
    def beat() -> None:
        if not first and look() != drawn:
            st.rerun()
        first.clear()
        with speaking(language):  # a fragment runs in a thread of its own
            draw()

    beat()


def draw_panel(run: Run, gateway: Gateway) -> None:
    with st.container(key="live"):
        st.html(panel(run, datetime.now(UTC)))
        st.html(spoken(run))
        stopping = st.session_state.get("cancelled") == run.id
        st.button(
            tell("Stopping…") if stopping else tell("Cancel"),
            key="cancel",
            disabled=stopping,
            on_click=ask_to_cancel,
            args=(run, gateway),
        )


def ask_to_cancel(run: Run, gateway: Gateway) -> None:
    try:
        gateway.cancel(run)
    except WorkflowError as error:
        st.toast(plain(told(gateway.called.text(str(error))), LONGEST))
        return
    st.session_state["cancelled"] = run.id


def panel(run: Run, now: datetime) -> str:
    """The panel as HTML: elapsed time, stages that are done, what is being looked at, the latest findings."""
    head = (
        f'<div class="live-head"><span class="pulse"></span><b>{tell("Run {id}", id=run.id)}</b> '
        f"<code>{esc(run.asked)}</code>"
        f'<span class="muted">{took((now - run.started).total_seconds())}</span></div>'
    )
    done, whole = len(run.results), max(1, len(run.stages))
    bar = f'<progress max="{whole}" value="{done}" aria-label="{tell("stages that are done")}"></progress>'
    said = " · ".join(filter(None, (stages_done(run), counted(run.findings))))
    latest = "".join(_latest(finding) for finding in pick(run.findings))
    return f'{head}{bar}<p class="now">{doing(run)}</p><p class="muted told">{said}</p><ul class="latest">{latest}</ul>'


def spoken(run: Run) -> str:
    """What a screen reader says while it runs: when a stage is done or a check blocks, and not each second."""
    shut = sum(map(shuts, run.findings))
    checks = plural(shut, "check")
    blocks = tell("{checks} blocks", checks=checks) if shut == 1 else tell("{checks} block", checks=checks)
    said = tell("Run {id}: {done}.", id=run.id, done=f"{stages_done(run)}, {blocks}" if shut else stages_done(run))
    return f'<p class="unseen" role="status" aria-live="polite">{said}</p>'


def stages_done(run: Run) -> str:
    return tell("{done} of {stages} done", done=len(run.results), stages=plural(max(1, len(run.stages)), "stage"))


def pick(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The latest few, blockers before what is proved."""
    shut = [finding for finding in findings if shuts(finding)]
    calm = [finding for finding in findings if not shuts(finding)]
    return tuple([*reversed(shut), *reversed(calm)][:LATEST])


def doing(run: Run) -> str:
    """What is being collected at this moment, as HTML."""
    if run.state is RunState.STARTING:
        return tell("Starting…")
    begun = collecting(run)
    if not begun:
        return tell("Judging…") if run.notes else tell("Starting…")
    return f"{tell('Looking at:')} {' · '.join(map(prose, begun))}"


def _latest(finding: Finding) -> str:
    return (
        f'<li>{sign(finding.outcome)}<span class="id">{name(finding.check)}</span>'
        f'<span class="what">{prose(finding.claim)} <span class="muted">{prose(finding.message)}</span></span></li>'
    )


def draw_ended_badly(run: Run | None, gateway: Gateway) -> None:
    """The newest run was interrupted or cancelled: say so, and what to do."""
    if run is None or run.state not in {RunState.INTERRUPTED, RunState.CANCELLED}:
        return
    with st.container(key=f"ended-{run.state.value}"):
        st.html(ended_badly(run))
        if run.state is RunState.INTERRUPTED and (tail := gateway.log_tail(run.id)):
            with st.expander(tell("The last that its process said")):
                st.code(bounded(tail, 16_000), language=None, wrap_lines=True)


def ended_badly(run: Run) -> str:
    if run.state is RunState.CANCELLED:
        kept = tell(
            "What it had found until then is kept in its record; stages that it had not finished stand as before."
        )
        return f"<p><b>{tell('Run {id} was cancelled.', id=run.id)}</b> {kept}</p>"
    gone = tell(
        "Its process is gone and never said why (the machine went down, or somebody killed it). What it had found is "
        "kept. Start it again:"
    )
    return f"<p><b>{tell('Run {id} was interrupted.', id=run.id)}</b> {gone} <code>{esc(run.asked)}</code></p>"
