"""All services of the ledger at a glance: seven lamps each, as their newest whole runs left them."""

from datetime import UTC, datetime

import streamlit as st

from runner.said import ENGLISH, reader, say, tell
from runner.words import listed, plural
from stages.catalogue import Catalogue
from workflow.ledger import ALTERED, RunState, Standing
from workflow.report.outline import WAITS
from workflow.service import Overview
from workflow.web.choosing import bind, keep
from workflow.web.gateway import Gateway
from workflow.web.links import Pages
from workflow.web.text import ago, esc, lamp, legible_name, moment, name, prose, slug
from workflow.web.words import STALE

SORTS = (say("Blocked first"), say("Name"), say("Newest run"))
MOST = 500
BLOCKED = ("NO-GO", "UNKNOWN")


def page(view: Overview, gateway: Gateway, _pages: Pages) -> None:
    st.html(f"<h1>{tell('Services')}</h1>")
    left, right = st.columns([2, 1])
    with left:
        asked = st.text_input(
            tell("Find"),
            placeholder=tell("Find a service"),
            key="find",
            bind="query-params",
            label_visibility="collapsed",
        )
    with right:
        bind("order", SORTS)
        sort = st.selectbox(
            tell("Order"), SORTS, format_func=tell, key="order", label_visibility="collapsed", on_change=keep,
            args=("order", SORTS[0]),
        )  # fmt: skip
    found = ordered([one for one in gateway.fleet() if (asked or "").lower() in one.name.lower()], sort or SORTS[0])
    st.html(summary(found, asked or ""))
    mine = {one.key for one in gateway.services() if one.mine}
    st.html(heat_map(found[:MOST], view.catalogue, mine, datetime.now(UTC)))
    if len(found) > MOST:
        st.html(f'<p class="muted">{tell("The first {number} are shown: find one by its name.", number=MOST)}</p>')


def words_of(one: Standing) -> list[str]:
    return [word_of(one, slug) for slug in one.lamps]


def word_of(one: Standing, slug: str) -> str:
    verdict, stale = one.lamps.get(slug, ("not run", False))
    if verdict == ALTERED:
        return ALTERED
    return STALE if stale else WAITS if slug in one.waits else verdict


def ordered(found: list[Standing], sort: str) -> list[Standing]:
    if sort == SORTS[1]:
        return sorted(found, key=lambda one: one.name.lower())
    if sort == SORTS[2]:
        return sorted(found, key=lambda one: one.started, reverse=True)
    return sorted(
        found,
        key=lambda one: (
            not one.altered,
            *(-words_of(one).count(word) for word in (*BLOCKED, STALE)),
            one.name.lower(),
        ),
    )


def summary(found: list[Standing], asked: str) -> str:
    blocked = sum(any(word in BLOCKED for word in words_of(one)) for one in found)
    if found:
        said = esc(tell("{services}, {number} blocked.", services=plural(len(found), "service"), number=blocked))
    else:
        said = esc(tell("No service with {word} in its name.", word=asked) if asked else tell("No service"))
    wrong = next((one for one in found if one.altered), None)
    alarm = f'<p role="alert">{prose(altered_since(wrong))}</p>' if wrong else ""
    return f'<p class="muted told">{said}</p>{alarm}'


def altered_since(one: Standing) -> str:
    return tell(
        "The ledger was altered: {what} since it was written, of {service}. What hangs on it proves nothing.",
        what=one.altered, service=legible_name(one.name),
    )  # fmt: skip


def heat_map(found: list[Standing], catalogue: Catalogue, mine: set[str], now: datetime) -> str:
    turned = " turned" if reader() == ENGLISH else ""  # long words stand upright; Chinese ones are short
    heads = "".join(
        f'<th class="stage{turned}"><span>{name(tell(stage.title))}</span></th>' for stage in catalogue.stages
    )
    rows = "".join(_row(one, catalogue, one.key in mine, now) for one in found)
    return (
        f'<div class="scroll" tabindex="0"><table class="plain fleet"><thead><tr><th>{tell("Service")}</th>{heads}'
        f"<th>{tell('Since')}</th><th>{tell('Latest runs')}</th><th>{tell('Signatures')}</th>"
        f"<th>{tell('Newest run')}</th></tr>"
        f"</thead><tbody>{rows}</tbody></table></div>"
    )


def _row(one: Standing, catalogue: Catalogue, mine: bool, now: datetime) -> str:  # noqa: FBT001
    home = Pages({}, {} if mine else {"service": one.id})
    cells = "".join(_cell(one, stage.slug, stage.task, stage.title, home) for stage in catalogue.stages)
    live = f" · {tell('running')}" if one.state in {RunState.STARTING, RunState.RUNNING} else ""
    commit = f" · <code>{esc(one.commit[:7])}</code>" if one.commit else ""
    return (
        f'<tr><td><a href="{esc(home.href("way"))}" target="_self"><b>{name(one.name)}</b></a></td>{cells}'
        f"<td>{_since(one, now)}</td><td>{_trend(one)}</td><td>{_signatures(one)}</td>"
        f'<td><a class="muted" href="{esc(home.href("run", run=str(one.run)))}" target="_self" '
        f'title="{esc(moment(one.started))}">{ago(one.started, now)}</a>{commit}{live}</td></tr>'
    )


def _since(one: Standing, now: datetime) -> str:
    """`NO-GO · 3 days ago`: its verdict as a whole, and when it became that."""
    if not one.since:
        return '<span class="muted">–</span>'
    when = f'<span class="muted" title="{esc(moment(one.since.started))}">{ago(one.since.started, now)}</span>'
    return f"{esc(tell(one.since.verdict))} · {when}"


def _trend(one: Standing) -> str:
    """A bar for each of its latest runs of all stages, the oldest first: high and full where it was GO."""
    if not one.trend:
        return '<span class="muted">–</span>'
    go = sum(past.verdict == "GO" for past in one.trend)
    said = esc(tell("{go} of the last {runs} were GO", go=go, runs=plural(len(one.trend), "run")))
    bars = "".join(f'<i class="{slug(past.verdict)}"></i>' for past in one.trend)
    return f'<span class="trend" role="img" title="{said}" aria-label="{said}">{bars}</span>'


def _signatures(one: Standing) -> str:
    """Whose signatures it waits for, else who signed."""
    if one.waits:
        roles = listed(sorted({tell(role) for role in one.waits.values()}))
        return f'<span class="waits">{esc(tell("waits for: {roles}", roles=roles))}</span>'
    names = sorted(set(one.signers.values()))
    return name(listed(names)) if names else '<span class="muted">–</span>'


def _cell(one: Standing, slug: str, task: str, title: str, home: Pages) -> str:
    word = word_of(one, slug)
    return (
        f'<td><a href="{esc(home.href(task))}" target="_self" title="{name(tell(title))}: {esc(tell(word))}" '
        f'aria-label="{name(one.name)}, {name(tell(title))}: {esc(tell(word))}">{lamp(word)}</a></td>'
    )
