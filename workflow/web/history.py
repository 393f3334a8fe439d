"""How did one check fare? A strip of its latest runs, oldest first: first seen, last good."""

from collections.abc import Sequence

import streamlit as st

from runner.said import say, tell
from workflow.gate import GREEN
from workflow.ledger import Asking
from workflow.web.links import Pages
from workflow.web.text import SIGNS, WORDS, esc, label, moment, slug


def draw_history(asked: Sequence[Asking], pages: Pages) -> None:
    """`asked`: the newest first."""
    if asked:
        st.html(strip(asked, pages))


def strip(asked: Sequence[Asking], pages: Pages) -> str:
    cells = "".join(
        f'<a class="sign {slug(one.outcome)}" href="{esc(pages.href("run", run=str(one.run)))}" target="_self" '
        f'title="{said(one)}, {esc(moment(one.started))}" '
        f'aria-label="{said(one)}">{SIGNS[one.outcome]}</a>'
        for one in reversed(asked)
    )
    head = label(say("Its last {number} runs", number=len(asked)))
    return f'{head}<div class="strip">{cells}</div><p class="told">{told(asked)}</p>'


def said(one: Asking) -> str:
    return esc(tell("run {id}: {outcome}", id=one.run, outcome=say(WORDS[one.outcome])))


def told(asked: Sequence[Asking]) -> str:
    """Since when it is as it is, and when it was green last, as HTML."""
    newest = asked[0]
    same = next((n for n, one in enumerate(asked) if (one.outcome in GREEN) != (newest.outcome in GREEN)), len(asked))
    begun = asked[same - 1]
    green = newest.outcome in GREEN
    since = tell("Green since run {run}.", run=_at(begun)) if green else tell("Blocks since run {run}.", run=_at(begun))
    if newest.outcome in GREEN or same == len(asked):
        return since if green else f"{since} {tell('It was never green in these runs.')}"
    return f"{since} {tell('Last green in run {run}.', run=_at(asked[same]))}"


def _at(one: Asking) -> str:
    """Its number, and the commit that it looked at, as HTML."""
    if not one.commit:
        return str(one.run)
    return tell("{id} on {commit}", id=one.run, commit=f"<code>{esc(one.commit[:7])}</code>")
