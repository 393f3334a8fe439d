"""How do other people's words get into HTML? As text, each sign of it seen, and never without end."""

import html
import re
from collections.abc import Sequence

from runner.markdown import legible
from runner.said import tell, told

LONGEST = 2_000  # characters of a text that are shown
NAME = 120  # … of a name


def bounded(text: object, most: int = LONGEST) -> str:
    """A text as it can be shown: each sign is seen, and where it was cut it says how much is left out."""
    whole = legible(str(text))
    return (
        whole
        if len(whole) <= most
        else tell("{text}… ({more} more characters)", text=whole[:most], more=f"{len(whole) - most:,}")
    )


def esc(text: object, most: int = LONGEST) -> str:
    """Safe between tags and in quoted attributes."""
    return html.escape(bounded(text, most), quote=True)


def legible_name(text: object) -> str:
    """What something is called: on one line, and no longer than a name is."""
    return bounded(" ".join(str(text).split()), NAME)


def name(text: object) -> str:
    """The same as HTML."""
    return html.escape(legible_name(text), quote=True)


def prose(text: str) -> str:
    """A sentence as HTML: `code` in backticks, all else escaped; line breaks are kept."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", esc(text)).replace("\n", "<br>")


def slug(text: str) -> str:
    """A word fit for a CSS class."""
    return re.sub(r"[^a-z0-9]+", "-", text[:NAME].lower()).strip("-")


def facts(pairs: dict[str, str]) -> str:
    """A list of facts; the values are HTML already."""
    rows = "".join(f"<dt>{esc(name)}</dt><dd>{value}</dd>" for name, value in pairs.items() if value)
    return f'<dl class="facts">{rows}</dl>'


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], kind: str = "plain") -> str:
    """A table; the cells are HTML already."""
    top = "".join(f"<th>{esc(told(name))}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    rows_of = f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="scroll" tabindex="0"><table class="{kind}">{rows_of}</table></div>'
