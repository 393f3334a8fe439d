"""How do other people's words get on a page? As text: never as HTML, never as Markdown, and never without end."""

import re
from datetime import UTC, datetime

from runner.model import Finding, Outcome
from runner.said import ENGLISH, reader, tell, told
from runner.words import lasted
from workflow.report import markup
from workflow.report.markup import LONGEST, NAME, bounded, esc, legible_name, name, slug, table
from workflow.report.outline import WAITS, WORK

__all__ = ["LONGEST", "NAME", "bounded", "esc", "legible_name", "name", "slug", "table"]

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

LAMPS = {"GO": "✓", "NO-GO": "✕", "STALE": "~", "RUNNING": "…", "QUEUED": "·", WAITS.upper(): "✎", "ALTERED": "!",
         "GO WITH WAIVERS": "⚑", "UNKNOWN": "?"}  # fmt: skip


def prose(text: str) -> str:
    """A sentence as its reader reads it, as HTML."""
    return markup.prose(told(text))


def quoted(text: str) -> str:
    """A text of the service's own, as HTML: in the language in which it was written."""
    return markup.prose(text)


def label(text: str) -> str:
    """The small head of what stands below it, as HTML."""
    return f'<p class="label">{esc(told(text))}</p>'


def section(text: str, more: str = "") -> str:
    """The head of a part of a page, as HTML; `more` is HTML already."""
    return f'<h2 class="section">{esc(told(text))}{f" {more}" if more else ""}</h2>'


def facts(pairs: dict[str, str]) -> str:
    """A list of facts, each name as its reader reads it; the values are HTML already."""
    return markup.facts({told(key): value for key, value in pairs.items()})


def heads(*titles: str) -> tuple[str, ...]:
    """The head of a table, as its reader reads it."""
    return tuple(map(told, titles))


def plain(text: str, most: int = NAME) -> str:
    """A text inside a widget's label, where Streamlit reads Markdown: every sign that means something is escaped."""
    return re.sub(r"([\\`*_{}\[\]()#+.!|<>~$:&^=]|(?<!\w)-|-(?!\w))", r"\\\1", bounded(" ".join(text.split()), most))


def ago(when: datetime, now: datetime) -> str:
    """How long ago, in the words that people use."""
    seconds = (now - when).total_seconds()
    if seconds < MINUTE:
        return tell("just now")
    if seconds < HOUR:
        return tell("{number} min ago", number=int(seconds // MINUTE))
    if seconds < DAY:
        return tell("{number} h ago", number=int(seconds // HOUR))
    days = int(seconds // DAY)
    if days >= 30:  # noqa: PLR2004
        return f"{when:%d %b %Y}" if reader() == ENGLISH else f"{when:%Y-%m-%d}"
    return tell("yesterday") if days == 1 else tell("{number} days ago", number=days)


def moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def took(seconds: float | None) -> str:
    return "—" if seconds is None else lasted(seconds)


def worked(seconds: float) -> str:
    """A stage's time as HTML, with what it means; empty when nothing was looked at."""
    return f'<span title="{esc(tell(WORK))}">{tell("{time} of work", time=took(seconds))}</span>' if seconds else ""


def size(count: int) -> str:
    return f"{count} B" if count < 1024 else f"{count / 1024:.1f} kB"  # noqa: PLR2004


def counted(findings: tuple[Finding, ...]) -> str:
    """`10 proved · 1 failed`, only what there is."""
    numbers = {outcome: sum(f.outcome is outcome for f in findings) for outcome in WORDS}
    return " · ".join(f"{number} {tell(WORDS[outcome])}" for outcome, number in numbers.items() if number)


def lamp(which: str, text: str = "") -> str:
    """A lamp as HTML, with a sign, as colour alone tells nothing to some; the word beside it says the same."""
    sign = f'<span class="lamp-sign">{LAMPS.get(which.upper(), "")}</span>'
    return f'<span class="lamp {slug(which)}" title="{esc(tell(which))}" aria-hidden="true">{esc(text)}{sign}</span>'


def verdict(which: str) -> str:
    sign = LAMPS.get(which.upper(), "")
    return f'<span class="verdict {slug(which)}">{f"{sign} " if sign else ""}{esc(tell(which))}</span>'
