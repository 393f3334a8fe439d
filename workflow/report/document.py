"""How does a Markdown document become HTML that does nothing? Text, tables, code, links; the rest stays as it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from runner.markdown import legible
from workflow.report.diagram import is_diagram

SCHEMES = {"http", "https", "mailto"}
BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
WORD = 2_000  # characters of a word; a longer one is cut
ENDLESS = re.compile(rf"(\S{{{WORD}}})\S+")
PREFIX = "doc-"  # an id of its own can't stand for anything of the page
CONTENTS = 3  # levels of headings that a table of contents has
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
TAGS = {
    *HEADINGS, "p", "br", "hr", "em", "strong", "s", "a", "code", "pre", "blockquote", "ul", "ol", "li",
    "table", "thead", "tbody", "tr", "th", "td", "div",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Html:
    text: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """Mermaid as our own generators write it."""

    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document in its order, and the headings that lead into it."""

    parts: tuple[Html | Diagram, ...]
    headings: tuple[Heading, ...]


def rendered(text: str, *, diagrams: bool, within: str = "") -> Rendered:
    """A Markdown document of any origin. Without `diagrams`, mermaid is code as well.

    `within` keeps the ids of several documents on one page apart.
    """
    env: EnvType = {}
    prefix = f"{PREFIX}{within}-" if within else PREFIX
    reader = _reader(prefix)
    tokens = reader.parse(ENDLESS.sub(r"\1…", legible(text)), env)
    headings = _headings(tokens, prefix)
    parts: list[Html | Diagram] = []
    begun = 0
    for place, token in enumerate(tokens):
        if diagrams and token.type == "fence" and token.level == 0 and _drawn(token):
            parts += [*_html(reader, tokens[begun:place], env), Diagram(token.content)]
            begun = place + 1
    return Rendered((*parts, *_html(reader, tokens[begun:], env)), headings)


def clean(html: str) -> str:
    """Only what a document needs, whatever the renderer let through."""
    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags={"script", "style"},
        attributes={"a": {"href", "title", "target"}, "div": {"class"}, "code": {"class"}, "ol": {"start"}}
        | {name: {"id"} for name in HEADINGS}
        | {name: {"style"} for name in ("th", "td")},
        filter_style_properties={"text-align"},
        set_tag_attribute_values={
            "pre": {"tabindex": "0"},
            "div": {"tabindex": "0"},
        },  # what is wider than the page is scrolled by key as well
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
    )


def _reader(prefix: str) -> MarkdownIt:
    """No HTML, no pictures: a page asks nobody for anything. `<br>`, as our tables have it, breaks the line."""
    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    reader.validateLink = _may_be_followed  # type: ignore[method-assign]
    reader.inline.ruler.before("html_inline", "line_break", _line_break)
    reader.add_render_rule("table_open", _table_open)
    reader.add_render_rule("table_close", _table_close)

    def link_open(
        renderer: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType
    ) -> str:
        """A link into the document stays in it, any other opens beside it."""
        url = str(tokens[place].attrs.get("href", ""))
        if url.startswith("#"):
            tokens[place].attrSet("href", f"#{prefix}{url[1:]}")
        else:
            tokens[place].attrSet("target", "_blank")
        return renderer.renderToken(tokens, place, options, env)

    reader.add_render_rule("link_open", link_open)
    return reader


def _may_be_followed(url: str) -> bool:
    try:
        return url.startswith("#") or urlsplit(url).scheme.lower() in SCHEMES
    except ValueError:
        return False


def _line_break(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls it
    found = BREAK.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("hardbreak", "br", 0)
    state.pos = found.end()
    return True


def _table_open(renderer: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    return '<div class="scroll">' + renderer.renderToken(tokens, place, options, env)


def _table_close(
    renderer: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType
) -> str:
    return renderer.renderToken(tokens, place, options, env) + "</div>"


def _headings(tokens: Sequence[Token], prefix: str) -> tuple[Heading, ...]:
    """Gives each heading an id, as GitHub does: its words, and a number where they stand twice."""
    found: list[Heading] = []
    for place, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        title = "".join(
            child.content for child in tokens[place + 1].children or () if child.type in {"text", "code_inline"}
        )
        words = _anchor(title)
        before = sum(_anchor(one.title) == words for one in found)
        id = f"{prefix}{words}{f'-{before}' if before else ''}"
        token.attrSet("id", id)
        found.append(Heading(int(token.tag[1]), id, title))
    return tuple(found)


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")[:80]


def _drawn(token: Token) -> bool:
    return token.info.strip() == "mermaid" and is_diagram(token.content)


def _html(reader: MarkdownIt, tokens: Sequence[Token], env: EnvType) -> list[Html]:
    text = clean(reader.renderer.render(tokens, reader.options, env)).strip()
    return [Html(text)] if text else []
