"""How is an artifact read? Rendered by what it is; the bytes are one button away."""

import csv
import io
import json
import re
from collections.abc import Sequence

import streamlit as st

from runner.errors import WorkflowError
from workflow.ledger import Artifact
from workflow.web.actions import say
from workflow.web.contract import draw_contract, is_contract
from workflow.web.desk import Desk
from workflow.web.links import choice
from workflow.web.load import draw_load, is_load
from workflow.web.text import esc, plain, size

LONGEST = 400_000  # characters of a text that a page shows
ROWS = 2_000
LANGUAGES = {"application/yaml": "yaml", "application/sql": "sql", "text/html": "html", "application/toml": "toml"}


def draw_documents(written: Sequence[Artifact], desk: Desk, key: str) -> None:
    """One at a time, chosen by its title; the choice stands in the address."""
    by_name = {artifact.name: artifact for artifact in written}
    names, asked = list(by_name), choice("doc")
    chosen = st.pills(
        "Document",
        names,
        default=asked if asked in by_name else names[0],
        format_func=lambda name: plain(by_name[name].title),
        label_visibility="collapsed",
        required=True,
        key=f"doc-{key}",
    )
    if chosen and chosen != asked and (asked or chosen != names[0]):
        st.query_params["doc"] = chosen
    draw_document(by_name[chosen or names[0]], desk)


def draw_document(artifact: Artifact, desk: Desk) -> None:
    try:
        content = desk.content(artifact.sha256)
    except WorkflowError as error:
        say(error, desk.called)
        return
    with st.container(key="document-head", horizontal=True, vertical_alignment="center"):
        about = f"<code>{esc(artifact.name)}</code> · step {esc(artifact.step)} · {size(artifact.size)}"
        st.html(f'<span class="muted">{about} · <code>{artifact.sha256[:12]}</code></span>')
        st.download_button(
            "Download",
            content,
            file_name=artifact.name,
            mime=artifact.media_type,
            on_click="ignore",
            key=f"download-{artifact.stage}-{artifact.name}",
        )
    with st.container(border=True, key="document"):
        draw_content(artifact, content)


def draw_content(artifact: Artifact, content: bytes) -> None:
    if artifact.media_type.startswith("image/"):
        st.image(content if artifact.media_type != "image/svg+xml" else content.decode(errors="replace"))
        return
    text = content.decode(errors="replace")
    if len(text) > LONGEST:
        st.html(f'<p class="muted">Only its beginning is shown; the download is whole ({size(artifact.size)}).</p>')
        text = text[:LONGEST]
    match artifact.media_type:
        case "text/markdown":
            draw_markdown(text)
        case "text/vnd.mermaid":
            st.mermaid_chart(text)
        case "application/json":
            draw_json(text)
        case "text/csv":
            draw_csv(text)
        case other:
            st.code(text, language=LANGUAGES.get(other), wrap_lines=False)


def draw_markdown(text: str) -> None:
    """As written, but for pictures that would be asked of another machine; HTML stays text."""
    st.markdown(without_pictures(text), unsafe_allow_html=False)


def without_pictures(text: str) -> str:
    """Pictures become links: a page must ask nobody but us. Nothing in a document needs them: plots are drawn here."""
    return re.sub(r"!(?=\[)", r"\\!", text)


def draw_json(text: str) -> None:
    try:
        data = json.loads(text)
    except ValueError:
        st.code(text, language="json")
        return
    if is_contract(data):
        draw_contract(data)
    elif is_load(data):
        draw_load(data)
    else:
        st.json(data, expanded=2)
        return
    with st.expander("As JSON"):
        st.json(data, expanded=1)


def draw_csv(text: str) -> None:
    head, *rows = list(csv.reader(io.StringIO(text))) or [[]]
    st.dataframe([dict(zip(head, row, strict=False)) for row in rows[:ROWS]], hide_index=True)
    if len(rows) > ROWS:
        st.html(f'<p class="muted">{len(rows):,} rows; the first {ROWS:,} are shown.</p>')
