"""What changed: between two runs, and since the last GO."""

import difflib
from collections.abc import Sequence

import streamlit as st

from runner.errors import WorkflowError
from runner.model import Finding, Place
from runner.said import say, tell, together
from runner.words import plural
from workflow.ledger import Run
from workflow.service import Changed, Difference, Overview, Still, changed_documents, difference
from workflow.web.actions import draw_problem
from workflow.web.findings import line
from workflow.web.gateway import Gateway
from workflow.web.links import Pages, choice
from workflow.web.runs import find_run, outcome, source
from workflow.web.text import esc, moment, name, section, verdict

OFFERED = 50  # runs to choose from
LINES = 400  # of a document's difference
LARGEST = 400_000  # bytes of a document that is compared


def page(view: Overview, gateway: Gateway, pages: Pages) -> None:
    """Two runs that the address names: `run`, and the older one, `with`."""
    pages.link("runs", tell("← All runs"), key="back")
    try:
        now = find_run(choice("run"), gateway)
        then = find_run(choice("with") or str(_before(now, gateway)), gateway)
    except WorkflowError as error:
        draw_problem(error, gateway.called)
        return
    st.html(f"<h1>{tell('Run {then} → run {now}', then=then.id, now=now.id)}</h1>" + _both(then, now))
    draw_choice(then, now, gateway)
    shared = [stage for stage in view.catalogue.stages if stage.slug in then.stages and stage.slug in now.stages]
    slugs = {stage.slug for stage in shared}
    found = difference(*([one for one in run.findings if one.stage in slugs] for run in (then, now)))
    tasks = {stage.slug: stage.task for stage in view.catalogue.stages}
    st.html(told(found, tasks, pages))
    if alone := [
        say(stage.title) for stage in view.catalogue.stages if (stage.slug in then.stages) != (stage.slug in now.stages)
    ]:
        which = tell("Not compared, as only one of them asked: {stages}.", stages=together(alone))
        st.html(f'<p class="muted told">{esc(which)}</p>')
    draw_documents(changed_documents(then.artifacts, now.artifacts), gateway)


def _before(run: Run, gateway: Gateway) -> int:
    """The newest older run that asked as much. Raises `WorkflowError` when there is none."""
    older = [one for one in gateway.runs(OFFERED) if one.id < run.id]
    found = next((one for one in older if set(run.stages) <= set(one.stages)), next(iter(older), None))
    if found is None:
        raise WorkflowError(say("Run {id} has no older one to be compared with.", id=run.id))
    return found.id


def _both(then: Run, now: Run) -> str:
    rows = "".join(
        f'<div class="pair"><b>{tell("Run {id}", id=run.id)}</b> {verdict(outcome(run))} '
        f'<code>{name(source(run))}</code> <span class="muted">{esc(moment(run.started))}</span></div>'
        for run in (then, now)
    )
    return f'<div class="pairs">{rows}</div>'


def draw_choice(then: Run, now: Run, gateway: Gateway) -> None:
    """Another older run; the choice stands in the address."""
    older = [one.id for one in gateway.runs(OFFERED) if one.id < now.id]
    if then.id not in older:
        older = [then.id, *older]
    key = f"with-{now.id}-{then.id}"

    def choose() -> None:
        st.query_params.from_dict({**st.query_params.to_dict(), "run": str(now.id), "with": str(st.session_state[key])})

    st.selectbox(
        tell("Compare with"), older, index=older.index(then.id), format_func=lambda id: tell("Run {id}", id=id),
        key=key, on_change=choose, width=260,
    )  # fmt: skip


def told(found: Difference, tasks: dict[str, str], pages: Pages) -> str:
    """The difference as HTML: what is new first, what is unchanged as a number."""
    parts = [
        _group(say("New"), say("it blocks now"), found.new, tasks, pages),
        _group(say("Gone"), say("it blocked, and is green now"), found.gone, tasks, pages),
        _still(found.still, tasks, pages),
        _group(say("Not asked any more"), "", found.dropped, tasks, pages),
        _group(say("Asked for the first time, and green"), "", found.added, tasks, pages),
    ]
    green = (
        f'<p class="muted told">{tell("{checks} green in both.", checks=plural(found.green, "check"))}</p>'
        if found.green
        else ""
    )
    same = f'<p class="lead">{tell("Nothing has changed.")}</p>' if found.nothing else ""
    return same + "".join(parts) + green


def _group(title: str, what: str, findings: Sequence[Finding], tasks: dict[str, str], pages: Pages) -> str:
    if not findings:
        return ""
    lines = "".join(line(one, tasks.get(one.stage, "way"), pages) for one in findings)
    note = f' <span class="muted told">· {tell(what)}</span>' if what else ""
    return (
        f'<h2 class="section">{tell(title)} <span class="count">{len(findings)}</span>{note}</h2>'
        f'<div class="lines">{lines}</div>'
    )


def _still(found: Sequence[Still], tasks: dict[str, str], pages: Pages) -> str:
    if not found:
        return ""
    rows = "".join(
        line(one.now, tasks.get(one.now.stage, "way"), pages)
        + _places(say("new"), one.new)
        + _places(say("gone"), one.gone)
        for one in found
    )
    return (
        f'<h2 class="section">{tell("Unchanged")} <span class="count">{len(found)}</span> '
        f'<span class="muted told">· {tell("it blocks in both")}</span></h2><div class="lines">{rows}</div>'
    )


def _places(word: str, places: Sequence[Place]) -> str:
    if not places:
        return ""
    named = ", ".join(f"<code>{esc(place, 200)}</code>" for place in places[:6])
    more = f" {tell('and {number} more', number=len(places) - 6)}" if len(places) > 6 else ""  # noqa: PLR2004
    return f'<p class="muted told change">{tell(word)}: {named}{more}</p>'


def draw_documents(changed: Sequence[Changed], gateway: Gateway) -> None:
    if not changed:
        return
    st.html(section("Documents", f'<span class="count">{len(changed)}</span>'))
    st.html("".join(_document(one, gateway) for one in changed))


def _document(one: Changed, gateway: Gateway) -> str:
    written = one.now or one.then
    if written is None:
        return ""
    word = tell("new") if one.then is None else tell("gone") if one.now is None else tell("changed")
    head = f'<b>{name(tell(written.title))}</b> <span class="muted">{name(written.name)} · {word}</span>'
    if one.then is None or one.now is None:
        return f'<div class="step"><div class="step-head"><span class="what">{head}</span></div></div>'
    return (
        f'<details class="step"><summary class="step-head"><span class="what">{head}</span></summary>'
        f"{changes(*(text_of(half.read, half.size, gateway) for half in (one.then, one.now)))}</details>"
    )


def text_of(sha256: str, size: int, gateway: Gateway) -> str | None:
    """A document as text; None for what is none, or too large."""
    try:
        return gateway.content(sha256).decode() if size <= LARGEST else None
    except (WorkflowError, UnicodeDecodeError):
        return None


def changes(then: str | None, now: str | None) -> str:
    """The lines that changed, with those around them, as HTML."""
    if then is None or now is None:
        return f'<p class="muted">{tell("These two can only be compared whole: open them.")}</p>'
    lines = list(difflib.unified_diff(then.splitlines(), now.splitlines(), lineterm="", n=2))[2:]
    tones = {"+": "plus", "-": "minus", "@": "at"}
    shown = "\n".join(f'<span class="{tones.get(one[:1], "same")}">{esc(one, 400)}</span>' for one in lines[:LINES])
    more = (
        f'<p class="muted">{tell("and {number} more lines", number=len(lines) - LINES)}</p>'
        if len(lines) > LINES
        else ""
    )
    return f'<pre class="diff">{shown}</pre>{more}'


def draw_since(view: Overview, gateway: Gateway, pages: Pages) -> None:
    """Since the last run in which all stages were GO: what is new, gone and unchanged."""
    last = gateway.last_go()
    if last is None or (view.latest and last.id == view.latest.id and not any(stage.stale for stage in view.stages)):
        return
    now = [finding for stage in view.stages if stage.run for finding in stage.run.of_stage(stage.stage.slug)]
    found = difference(last.findings, now)
    tasks = {stage.stage.slug: stage.stage.task for stage in view.stages}
    st.html(
        f'<h2 class="section">{tell("Since the last GO")} <span class="muted told">{tell("run {id}", id=last.id)}, '
        f"<code>{name(source(last))}</code>, {esc(moment(last.started))}</span></h2>"
        f'<div class="since">{told(found, tasks, pages)}</div>'
    )
