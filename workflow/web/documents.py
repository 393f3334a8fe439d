"""Documents as people read them: one to a page, with a table of contents; the bytes are one button away."""

import base64
import csv
import io
import json
import warnings
from collections.abc import Sequence

import streamlit as st
from PIL import Image

from runner.errors import WorkflowError
from runner.markdown import legible
from runner.said import say, tell
from workflow.ledger import Artifact
from workflow.report.document import CONTENTS, Diagram, Heading, rendered
from workflow.service import Overview
from workflow.web.actions import draw_problem
from workflow.web.bill import draw_bill, is_bill
from workflow.web.contract import draw_contract, is_contract
from workflow.web.dashboard import draw_dashboard, is_dashboard
from workflow.web.gateway import Gateway
from workflow.web.links import Pages, choice
from workflow.web.load import draw_load, is_load
from workflow.web.rehearsal import draw_rehearsal, is_rehearsal
from workflow.web.runs import find_run
from workflow.web.text import esc, name, section, size, table

TRACE = "trace.json"
LONGEST = 400_000  # characters of a text that a page shows
LINE = 2_000  # … of one of its lines
ROWS = 500
LANGUAGES = {"application/yaml": "yaml", "application/sql": "sql", "text/html": "html", "application/toml": "toml"}
PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"}
# Of these gonogo itself writes the diagrams; in any other document mermaid is code.
DRAWN = {
    "er-diagram.md", "technical-requirements.md", "architecture.md", "resource-map.md", "threat-model.md",
    "release-runbook.md",
}  # fmt: skip


def page(view: Overview, gateway: Gateway, pages: Pages) -> None:
    """The document that the address names: of a stage's latest whole run, or of the run that it names."""
    try:
        back, written = _written(view, gateway)
        artifact = _asked(written)
    except WorkflowError as error:
        draw_problem(error, gateway.called)
        pages.link("way", tell("Back to the overview"), key="back")
        return
    page, label, choices = back
    pages.link(page, f"← {label}", key="back", **choices)
    if artifact.media_type != "text/markdown":  # which has its own
        title, _, more = tell(artifact.title).replace("：", ": ").partition(": ")
        lead = f'<p class="lead">{name(more)}</p>' if more else ""
        st.html(f'<h1 class="document-title">{name(title)}</h1>{lead}')
    draw_document(artifact, gateway)
    if others := [one for one in written if one != artifact]:
        scope = {"run": choices["run"]} if choices else {}
        st.html(section("Other documents") + document_list(others, pages, view=view, **scope))


def _written(view: Overview, gateway: Gateway) -> tuple[tuple[str, str, dict[str, str]], tuple[Artifact, ...]]:
    """Where one came from (page, its label, its choices), and the documents that lie there."""
    if asked := choice("run"):
        run = find_run(asked, gateway)
        return ("run", tell("Run {id}", id=run.id), {"run": str(run.id)}), run.artifacts
    stage = view.stage(choice("stage") or view.stages[0].stage.slug)
    written = tuple(artifact for step in stage.steps for artifact in step.artifacts)
    return (stage.stage.task, tell(stage.stage.title), {}), written


def _asked(written: Sequence[Artifact]) -> Artifact:
    """Raises `WorkflowError` where there is none by that name."""
    doc, stage = choice("doc"), choice("of")
    if not written:
        raise WorkflowError(say("No document was written there."))
    found = next((one for one in written if one.name == doc and stage in {None, one.stage}), None)
    if doc and found is None:
        raise WorkflowError(say("No document `{name}` there.", name=doc))
    return found or written[0]


def document_list(
    written: Sequence[Artifact], pages: Pages, stage: str = "", run: str = "", view: Overview | None = None
) -> str:
    """Links to documents: of a run where that is named, else of a stage's latest."""
    tasks = {one.stage.slug: one.stage.task for one in view.stages} if view else {}
    titles = {one.stage.slug: tell(one.stage.title) for one in view.stages} if view else {}
    groups: dict[str, list[Artifact]] = {}
    for one in written:
        groups.setdefault(one.stage if run else "", []).append(one)
    cards = "".join(
        (f'<p class="label">{name(titles.get(group, group))}</p>' if len(groups) > 1 else "")
        + f'<div class="doc-links">{"".join(_card(one, pages, tasks, stage, run) for one in found)}</div>'
        for group, found in groups.items()
    )
    return f'<nav aria-label="{tell("Documents")}">{cards}</nav>'


def _card(one: Artifact, pages: Pages, tasks: dict[str, str], stage: str, run: str) -> str:
    """Its title up to the colon: what stands behind it says more when the pointer rests there."""
    where = esc(address(one, pages, stage=stage or tasks.get(one.stage, one.stage), run=run))
    return (
        f'<a class="doc-link" href="{where}" target="_self" title="{esc(tell(one.title))}">'
        f'<b>{name(short_title(one.title))}</b><span class="muted">{name(one.name)} · {size(one.size)}</span></a>'
    )


def short_title(title: str) -> str:
    """Up to the colon, in the reader's language."""
    return tell(title).replace("：", ": ").partition(": ")[0]


def address(one: Artifact, pages: Pages, *, stage: str, run: str = "") -> str:
    """Where a document is read: of a run where that is named, else the newest of a stage. The trace has a page."""
    if run:
        return pages.href("document", run=run, of=one.stage, doc=one.name)
    return pages.href("trace") if one.name == TRACE else pages.href("document", stage=stage, doc=one.name)


def draw_document(artifact: Artifact, gateway: Gateway) -> None:
    try:
        content = gateway.content(artifact.read)
    except WorkflowError as error:
        draw_problem(error, gateway.called)
        return
    with st.container(key="document-head", horizontal=True, vertical_alignment="center"):
        step = tell("step {id}", id=artifact.step)
        about = f"<code>{name(artifact.name)}</code> · {step} · {size(artifact.size)}"
        st.html(f'<span class="muted">{about} · <code>{esc(artifact.sha256[:12])}</code></span>')
        st.download_button(
            tell("Download"),
            content,
            file_name=artifact.name,
            mime=artifact.media_type,
            on_click="ignore",
            key=f"download-{artifact.stage}-{artifact.name}",
        )
    with st.container(key="document"):
        draw_content(artifact, content, gateway)


def draw_content(artifact: Artifact, content: bytes, gateway: Gateway) -> None:
    if artifact.media_type.startswith("image/"):
        st.html(picture(artifact, content))
        return
    text = content.decode(errors="replace")
    if len(text) > LONGEST:
        cut = tell("Only its beginning is shown; the download is whole ({size}).", size=size(artifact.size))
        st.html(f'<p class="muted">{cut}</p>')
        text = text[:LONGEST]
    match artifact.media_type:
        case "text/markdown":
            draw_markdown(gateway.called.text(text), diagrams=artifact.name in DRAWN)
        case "application/json":
            draw_json(text)
        case "text/csv":
            draw_csv(text)
        case other:
            draw_code(text, LANGUAGES.get(other))


def draw_markdown(text: str, *, diagrams: bool) -> None:
    """The document and, beside it, what leads into it."""
    document = rendered(text, diagrams=diagrams)
    with st.container(key="reading"):
        if told := contents(document.headings):
            st.html(told)
        with st.container(key="article"):
            for part in document.parts:
                if isinstance(part, Diagram):
                    st.mermaid_chart(part.text)
                else:
                    st.html(f'<article class="document">{part.text}</article>')


def contents(headings: Sequence[Heading]) -> str:
    """The table of contents; none for a document of a heading or two."""
    shown = [one for one in headings if 1 < one.level <= CONTENTS]
    if len(shown) < 3:  # noqa: PLR2004
        return ""
    top = min(one.level for one in shown)
    rows = "".join(
        f'<li class="level-{one.level - top}"><a href="#{esc(one.id)}" target="_self">{name(one.title)}</a></li>'
        for one in shown
    )
    return f'<details class="contents" open><summary>{tell("Contents")}</summary><nav><ul>{rows}</ul></nav></details>'


def picture(artifact: Artifact, content: bytes) -> str:
    """As HTML. Only the browser draws it, as a picture: a script in it does nothing, and it asks for nothing."""
    if artifact.media_type not in PICTURES or len(content) > LONGEST * 10 or not _is_picture(artifact, content):
        wrong = tell("This picture can't be read: the file is damaged or of another kind. Download it.")
        return f'<p role="alert">{wrong}</p>'
    data = base64.b64encode(content).decode()
    return f'<img class="picture" alt="{name(artifact.title)}" src="data:{esc(artifact.media_type)};base64,{data}">'


def _is_picture(artifact: Artifact, content: bytes) -> bool:
    if artifact.media_type == "image/svg+xml":
        return b"<svg" in content
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content)) as image:
                image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return False
    return True


def draw_json(text: str) -> None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        draw_code(text, "json")
        return
    for fits, draw in (
        (is_contract, draw_contract), (is_load, draw_load), (is_bill, draw_bill), (is_rehearsal, draw_rehearsal),
        (is_dashboard, draw_dashboard),
    ):  # fmt: skip
        if fits(data):
            draw(data)
            with st.expander(tell("As JSON")):
                draw_code(json.dumps(data, indent=2, ensure_ascii=False)[:LONGEST], "json")
            return
    draw_code(json.dumps(data, indent=2, ensure_ascii=False)[:LONGEST], "json")


def draw_code(text: str, language: str | None) -> None:
    """As written, with each sign seen; a line without end is cut."""
    lines = (line if len(line) <= LINE else f"{line[:LINE]}…" for line in legible(text).splitlines())
    st.code("\n".join(lines), language=language, wrap_lines=True)


def draw_csv(text: str) -> None:
    head, *rows = list(csv.reader(io.StringIO(text))) or [[]]
    cells = [tuple(esc(cell) for cell in row) for row in rows[:ROWS]]
    st.html(table(tuple(head), cells))
    if len(rows) > ROWS:
        more = tell("{number} rows; the first {shown} are shown.", number=f"{len(rows):,}", shown=ROWS)
        st.html(f'<p class="muted">{more}</p>')
