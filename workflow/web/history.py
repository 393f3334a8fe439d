"""How did one check fare? A strip of its latest runs, oldest first: first seen, last good."""

from collections.abc import Sequence

import streamlit as st

from workflow.gate import GREEN
from workflow.ledger import Asking
from workflow.web.links import Pages
from workflow.web.text import SIGNS, WORDS, esc, moment, slug


def draw_history(asked: Sequence[Asking], pages: Pages) -> None:
    """`asked`: the newest first."""
    if asked:
        st.html(strip(asked, pages))


def strip(asked: Sequence[Asking], pages: Pages) -> str:
    cells = "".join(
        f'<a class="sign {slug(one.outcome)}" href="{esc(pages.href("run", run=str(one.run)))}" target="_self" '
        f'title="run {one.run}: {esc(WORDS[one.outcome])}, {esc(moment(one.started))}" '
        f'aria-label="run {one.run}: {esc(WORDS[one.outcome])}">{SIGNS[one.outcome]}</a>'
        for one in reversed(asked)
    )
    head = f'<p class="label">Its last {len(asked)} runs</p>'
    return f'{head}<div class="strip">{cells}</div><p class="told">{told(asked)}</p>'


def told(asked: Sequence[Asking]) -> str:
    """Since when it is as it is, and when it was green last, as HTML."""
    newest = asked[0]
    same = next((n for n, one in enumerate(asked) if (one.outcome in GREEN) != (newest.outcome in GREEN)), len(asked))
    begun = asked[same - 1]
    since = f"{'Green' if newest.outcome in GREEN else 'Blocks'} since run {begun.run}{_at(begun)}."
    if newest.outcome in GREEN or same == len(asked):
        return since if newest.outcome in GREEN else f"{since} It was never green in these runs."
    return f"{since} Last green in run {asked[same].run}{_at(asked[same])}."


def _at(one: Asking) -> str:
    return f" on <code>{esc(one.commit[:7])}</code>" if one.commit else ""
