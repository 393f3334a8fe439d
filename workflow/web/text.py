"""How do other people's words get on a page? As text: never as HTML, never as Markdown."""

import html
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from runner.model import Finding, Outcome
from runner.words import lasted
from workflow.report.outline import WORK
from workflow.service import Lamp

MINUTE, HOUR, DAY = 60, 3600, 86400
WORDS = {
    Outcome.PASSED: "proved",
    Outcome.FAILED: "failed",
    Outcome.UNKNOWN: "not seen",
    Outcome.NOT_APPLICABLE: "not applicable",
    Outcome.BROKEN: "our bug",
}
SIGNS = {
    Outcome.PASSED: "✓",
    Outcome.FAILED: "✕",
    Outcome.UNKNOWN: "?",
    Outcome.NOT_APPLICABLE: "–",
    Outcome.BROKEN: "!",
}


def esc(text: object) -> str:
    """Safe between tags and in quoted attributes."""
    return html.escape(str(text), quote=True)


def prose(text: str) -> str:
    """A sentence as HTML: `code` in backticks, all else escaped; line breaks are kept."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", esc(text)).replace("\n", "<br>")


def plain(text: str) -> str:
    """A text inside a widget's label, where Streamlit reads Markdown: every sign that means something is escaped."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=])", r"\\\1", text.replace("\n", " "))


def slug(text: str) -> str:
    """A word fit for a CSS class."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def ago(when: datetime, now: datetime) -> str:
    """How long ago, in the words that people use."""
    seconds = (now - when).total_seconds()
    if seconds < MINUTE:
        return "just now"
    if seconds < HOUR:
        return f"{seconds // MINUTE:.0f} min ago"
    if seconds < DAY:
        return f"{seconds // HOUR:.0f} h ago"
    days = int(seconds // DAY)
    return "yesterday" if days == 1 else f"{days} days ago" if days < 30 else f"{when:%d %b %Y}"  # noqa: PLR2004


def moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def took(seconds: float | None) -> str:
    return "—" if seconds is None else lasted(seconds)


def worked(seconds: float) -> str:
    """A stage's time as HTML, with what it means; empty when nothing was looked at."""
    return f'<span title="{esc(WORK)}">{took(seconds)} of work</span>' if seconds else ""


def size(count: int) -> str:
    return f"{count} B" if count < 1024 else f"{count / 1024:.1f} kB"  # noqa: PLR2004


def counted(findings: tuple[Finding, ...]) -> str:
    """`10 proved · 1 failed`, only what there is."""
    numbers = {outcome: sum(f.outcome is outcome for f in findings) for outcome in WORDS}
    return " · ".join(f"{number} {WORDS[outcome]}" for outcome, number in numbers.items() if number)


def lamp(which: Lamp | str, text: str = "") -> str:
    """A lamp as HTML; the word beside it says the same to those who don't see colours."""
    return f'<span class="lamp {slug(which)}" aria-hidden="true">{esc(text)}</span>'


def verdict(which: Lamp | str) -> str:
    return f'<span class="verdict {slug(which)}">{esc(which)}</span>'


def facts(pairs: dict[str, str]) -> str:
    """A list of facts; the values are HTML already."""
    rows = "".join(f"<dt>{esc(name)}</dt><dd>{value}</dd>" for name, value in pairs.items() if value)
    return f'<dl class="facts">{rows}</dl>'


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], kind: str = "plain") -> str:
    """A table; the cells are HTML already."""
    top = "".join(f"<th>{esc(name)}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table class="{kind}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
