"""How do other people's words get on a page? As text: never as HTML, never as Markdown, and never without end."""

import re
from datetime import UTC, datetime

from runner.model import Finding, Outcome
from runner.words import lasted
from workflow.report.markup import LONGEST, NAME, bounded, esc, facts, legible_name, name, prose, slug, table
from workflow.report.outline import WAITS, WORK

__all__ = ["LONGEST", "NAME", "bounded", "esc", "facts", "legible_name", "name", "prose", "slug", "table"]

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

LAMPS = {"GO": "✓", "NO-GO": "✕", "STALE": "~", "RUNNING": "…", "QUEUED": "·", WAITS.upper(): "✎", "ALTERED": "!"}


def plain(text: str, most: int = NAME) -> str:
    """A text inside a widget's label, where Streamlit reads Markdown: every sign that means something is escaped."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=])", r"\\\1", bounded(" ".join(text.split()), most))


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


def lamp(which: str, text: str = "") -> str:
    """A lamp as HTML, with a sign, as colour alone tells nothing to some; the word beside it says the same."""
    sign = f'<span class="lamp-sign">{LAMPS.get(which.upper(), "")}</span>'
    return f'<span class="lamp {slug(which)}" title="{esc(which)}" aria-hidden="true">{esc(text)}{sign}</span>'


def verdict(which: str) -> str:
    sign = LAMPS.get(which.upper(), "")
    return f'<span class="verdict {slug(which)}">{f"{sign} " if sign else ""}{esc(which)}</span>'
