"""What belongs to what? One row for each requirement, operation, table, test or need, with all that it leads to.

What is looked for stands in the address, and each name leads to where it is proved.
"""

from collections.abc import Sequence
from enum import StrEnum

import streamlit as st

from runner.errors import WorkflowError
from runner.said import say, tell, together
from runner.words import plural
from workflow.gate import GREEN
from workflow.service import Item, Overview, Traced, traced_service
from workflow.web.actions import draw_problem, draw_run_button
from workflow.web.choosing import bind, keep
from workflow.web.findings import linked, sign
from workflow.web.gateway import Gateway
from workflow.web.links import Pages
from workflow.web.text import esc, name, prose, quoted

WORDS = {"criterion": "criterion", "endpoint": "operation", "need": "quality need"}
ROWS: dict[str, str] = {
    say("Requirements"): "requirement",
    say("Operations"): "endpoint",
    say("Tables"): "table",
    say("Tests"): "test",
    say("Quality needs"): "need",
}
COLUMNS = ("requirement", "endpoint", "table", "test", "need")
OPEN, MOST = 4, 200  # names of a cell that stand open; rows of a page
# Where a kind is proved: the stage, its document.
PROOFS = {
    "requirement": ("requirements", "technical-requirements.md"),
    "criterion": ("testing", "requirement-trace.md"),
    "endpoint": ("design", "contract.json"),
    "table": ("database", "data-dictionary.md"),
    "test": ("testing", "test-report.md"),
    "need": ("performance", "load.json"),
}


class Which(StrEnum):
    ALL = "all"
    ALONE = "stands alone"
    BLOCKED = "blocked"


def page(view: Overview, gateway: Gateway, pages: Pages) -> None:
    st.html(f'<p class="eyebrow"><b>{name(view.service)}</b></p><h1>{tell("Trace")}</h1>')
    try:
        traced = traced_service(view, gateway.content)
    except WorkflowError as error:
        draw_nothing(error, view, gateway)
        return
    st.html(lead(traced, pages))
    kind, which, asked = draw_choices()
    rows = [item for item in traced.of(kind) if wanted(item, traced, which, asked)]
    where = proofs(view, pages)
    if not rows:
        none = tell("No {thing} fits what is chosen above.", thing=tell(WORDS.get(kind, kind)))
        st.html(f'<p class="muted told">{none}</p>')
        return
    word = WORDS.get(kind, kind)
    shown = tell("{rows} of {number}", rows=plural(len(rows), word), number=len(traced.of(kind)))
    st.html(f'<p class="muted told" role="status">{shown}</p>')
    st.html(grid(rows[:MOST], kind, traced, where, view, pages))
    if len(rows) > MOST:
        first = tell("The first {number} are shown; look for a word to see others.", number=MOST)
        st.html(f'<p class="muted told">{first}</p>')


def draw_nothing(error: WorkflowError, view: Overview, gateway: Gateway) -> None:
    """What a trace is for, and how there comes to be one."""
    what = tell(
        "A trace says what each requirement leads to: the operations that answer for it, the tables that they touch, "
        "the tests that prove it, the numbers that it must hold. And back: why a table is there, what a failing test "
        "endangers."
    )
    st.html(f'<p class="lead">{what}</p>')
    draw_problem(error, gateway.called)
    draw_run_button(tell("Prove the tests"), "stage.tests", view, gateway, primary=True, key="trace")


def lead(traced: Traced, pages: Pages) -> str:
    alone = [traced.items[key].kind for key in traced.orphans if key in traced.items]
    told = [plural(alone.count(kind), WORDS.get(kind, kind)) for kind in dict.fromkeys(alone)]
    said = (
        tell("Without a counterpart: {things}.", things=together(told))
        if told
        else tell("Nothing stands alone: each has its counterpart.")
    )
    unseen = tell("Which tables are touched is not known: {why}.", why=traced.blind)
    blind = f'<p class="stale-line">{prose(unseen)}</p>' if traced.blind else ""
    run = tell("run {id}", id=traced.run.id)
    link = f'<a href="{esc(pages.href("run", run=str(traced.run.id)))}" target="_self">{run}</a>'
    return f'<p class="lead">{esc(said)}</p><p class="muted told">{tell("As {run} saw it.", run=link)}</p>{blind}'


def draw_choices() -> tuple[str, Which, str]:
    """What stands in the rows, which of them, and the word that is looked for."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="choices"):
        kinds, ways = ["Requirements", *(one for one in ROWS if one != "Requirements")], [one.value for one in Which]
        bind("rows", kinds)
        bind("which", ways)
        rows = st.segmented_control(
            tell("Rows"), list(ROWS), format_func=tell, key="rows", required=True, on_change=keep,
            args=("rows", kinds[0]),
        )  # fmt: skip
        which = st.segmented_control(
            tell("Which"),
            ways,
            format_func=tell,
            key="which",
            required=True,
            on_change=keep,
            args=("which", ways[0]),
        )
    asked = st.text_input(
        tell("Look for"), key="about", bind="query-params",
        placeholder=tell("REQ-POST-001, GET /posts, a table, a test"),
        type="search",
    )  # fmt: skip
    return ROWS[rows or "Requirements"], Which(which or Which.ALL), (asked or "").strip().lower()


def wanted(item: Item, traced: Traced, which: Which, asked: str) -> bool:
    """Does a row fit? A word may stand in it, or in anything that belongs to it."""
    if which is Which.ALONE and not alone_in(item, traced):
        return False
    if which is Which.BLOCKED and all(one.outcome in GREEN for one in traced.findings(item)):
        return False
    if not asked:
        return True
    around = [item, *(one for kind in (*COLUMNS, "criterion") for one in traced.around(item, kind))]
    found = [one.check for one in traced.findings(item)]
    return any(asked in text.lower() for text in (*(f"{one.id} {one.text}" for one in around), *found))


def alone_in(item: Item, traced: Traced) -> list[str]:
    """Why it stands alone; of a requirement also its criteria that do."""
    inner = traced.around(item, "criterion") if item.kind == "requirement" else ()
    told = [f"{one.id}: {traced.orphans[one.key]}" for one in inner if one.key in traced.orphans]
    return [*([traced.orphans[item.key]] if item.key in traced.orphans else []), *told]


def proofs(view: Overview, pages: Pages) -> dict[str, str]:
    """The address of the document that proves each kind, where one was written."""
    found = {}
    for kind, (slug, document) in PROOFS.items():
        stage = view.stage(slug)
        if any(one.name == document for step in stage.steps for one in step.artifacts):
            found[kind] = pages.href("document", stage=stage.stage.task, doc=document)
    return found


def grid(rows: Sequence[Item], kind: str, traced: Traced, where: dict[str, str], view: Overview, pages: Pages) -> str:
    columns = [one for one in COLUMNS if one != kind]
    titles = [*map(title, (kind, *columns)), tell("Findings")]
    head = "".join(f'<th scope="col">{esc(one)}</th>' for one in titles)
    tasks = {stage.stage.slug: stage.stage.task for stage in view.stages}
    body = "".join(f"<tr>{row(item, columns, traced, where, tasks, pages)}</tr>" for item in rows)
    table = f'<table class="plain trace"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="scroll" tabindex="0">{table}</div>'


def title(kind: str) -> str:
    return tell(next(title for title, one in ROWS.items() if one == kind))


def row(
    item: Item, columns: Sequence[str], traced: Traced, where: dict[str, str], tasks: dict[str, str], pages: Pages
) -> str:
    alone = "".join(
        f'<p class="alone"><span aria-hidden="true">○</span> {esc(tell(why))}</p>' for why in alone_in(item, traced)
    )
    first = f'<th scope="row">{named(item, where)}<p class="muted">{quoted(item.text)}</p>{alone}</th>'
    cells = "".join(
        f'<td data-label="{esc(title(kind))}">{cell(traced.around(item, kind), where)}</td>' for kind in columns
    )
    found = "".join(
        f'<span class="found">{sign(one.outcome)}{linked(one.check, tasks.get(one.stage, one.stage), pages)}</span>'
        for one in traced.findings(item)
    )
    return f'{first}{cells}<td data-label="{tell("Findings")}">{found or nothing()}</td>'


def nothing() -> str:
    return f'<span class="muted" role="img" aria-label="{tell("none")}">–</span>'


def cell(found: Sequence[Item], where: dict[str, str]) -> str:
    """The first few names, what did not pass before the rest; the others fold away."""
    if not found:
        return nothing()
    ordered = sorted(found, key=lambda one: one.kind != "test" or one.state == "passed")
    lines = [f"<li>{named(one, where)}</li>" for one in ordered]
    rest = "".join(lines[OPEN:])
    more = (
        f"<details><summary>{tell('{number} more', number=len(lines) - OPEN)}</summary><ul>{rest}</ul></details>"
        if rest
        else ""
    )
    return f"<ul>{''.join(lines[:OPEN])}</ul>{more}"


def named(item: Item, where: dict[str, str]) -> str:
    """Its name, which leads to its proof; beside a test how it ended, where it did not pass."""
    short = item.id.rpartition("::")[2] if item.kind == "test" else item.id
    told = f"<code>{esc(short).replace('_', '_<wbr>')}</code>"
    bad = item.kind == "test" and item.state != "passed"
    gone = item.kind == "endpoint" and item.state != "served"
    state = f' <span class="outcome failed">✕ {esc(tell(item.state))}</span>' if bad or gone else ""
    if item.kind not in where:
        return told + state
    return f'<a href="{esc(where[item.kind])}" target="_self" title="{esc(hint(item))}">{told}</a>{state}'


def hint(item: Item) -> str:
    place = f"{item.path}:{item.line}" if item.path and item.line else item.path
    return " · ".join(filter(None, (item.id, item.text, place)))
