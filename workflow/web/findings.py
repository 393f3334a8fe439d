"""How does a finding look? A blocker open, with everything needed to mend it; what is proved as one line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import streamlit as st

from runner.model import Finding, Outcome, Place
from runner.said import tell, together, told
from runner.words import plural
from stages.catalogue import Catalogue
from workflow.called import Called, is_sql
from workflow.gate import blockers, shuts
from workflow.report.causes import blockers_of
from workflow.report.outline import blanks, judged, only
from workflow.web.links import Pages
from workflow.web.text import SIGNS, WORDS, bounded, esc, heads, label, name, plain, prose, slug, table, took

SHOWN = 12  # places before the rest is folded away
MOST_CARDS = 40  # causes; more are lines that lead to their cards
MOST_LINES = 300  # findings of one list
OPEN = 4  # commands that stand open


def draw_blockers(findings: Sequence[Finding], catalogue: Catalogue, key: str, called: Called, pages: Pages) -> None:
    """A card for each cause, the heaviest first, with the checks that wait for it."""
    tasks = {stage.slug: stage.task for stage in catalogue.stages}
    titles = {stage.slug: stage.title for stage in catalogue.stages}
    causes = blockers_of(findings)
    for blocker in causes[:MOST_CARDS]:
        if blocker.unseen and blocker.waiting:
            draw_unseen(blocker.findings, tasks, key, called, pages)
            continue
        draw_one(blocker.head, tasks.get(blocker.head.stage, ""), key, called, pages)
        if others := (*blocker.waiting, *blocker.again):
            lines = "".join(line(one, tasks.get(one.stage, ""), pages, short=True) for one in others)
            st.html(f'<details class="green"><summary>{esc(tell(blocker.waited(titles)))}</summary>{lines}</details>')
    if more := [one for blocker in causes[MOST_CARDS:] for one in blocker.findings]:
        lines = "".join(line(one, tasks.get(one.stage, ""), pages, short=True) for one in more)
        told = tell("{findings} more, each with its own page", findings=plural(len(more), "finding"))
        st.html(f'<details class="green"><summary>{esc(told)}</summary>{lines}</details>')


def draw_unseen(group: Sequence[Finding], tasks: Mapping[str, str], key: str, called: Called, pages: Pages) -> None:
    """Several checks that could not look for one and the same reason: the reason once, one command for each stage."""
    first = group[0]
    by_stage: dict[str, list[str]] = {}
    for finding in group:
        by_stage.setdefault(finding.stage, []).append(finding.check)
    with st.container(key=f"{key}-finding-unknown-{slug(first.check)}"):
        st.html(unseen(group, tasks, pages))
        draw_commands(tuple(only(tasks.get(stage, stage), ids, called) for stage, ids in by_stage.items()), called)
        if commands := tuple(dict.fromkeys(line for finding in group for line in finding.commands)):
            st.html(ran(replace(first, commands=commands, seconds=sum(finding.seconds for finding in group))))


def unseen(group: Sequence[Finding], tasks: Mapping[str, str], pages: Pages) -> str:
    first = group[0]
    alike = tell("{checks} could not look, for one reason", checks=plural(len(group), "check"))
    rows = [(linked(one.check, tasks.get(one.stage, ""), pages), prose(one.claim)) for one in group]
    return (
        f'<div class="finding-head">{sign(first.outcome)}<span class="outcome {slug(first.outcome)}">'
        f"{esc(tell(WORDS[first.outcome]))}</span></div>"
        f'<h3 class="claim">{esc(alike)}</h3>'
        f'<p class="message">{prose(first.message)}</p>{table(heads("Check", "Claim"), rows)}'
    )


def draw_one(finding: Finding, task: str, key: str, called: Called, pages: Pages) -> None:
    """All that is known of one finding, and the commands that show it again."""
    with st.container(key=f"{key}-finding-{slug(finding.outcome)}-{slug(finding.check)}"):
        st.html(head(finding, task, pages) + body(finding))
        draw_commands((only(task, [finding.check], called), *finding.again), called)
        if finding.commands:
            st.html(ran(finding))


def draw_commands(commands: tuple[str, ...], called: Called) -> None:
    """Commands that show it again, each with its copy button."""
    st.html(label("See it again"))
    for command in commands[:OPEN]:
        st.code(bounded(command), language=language(command), wrap_lines=True)
    if rest := commands[OPEN:]:
        with st.expander(plain(tell(plural(len(rest), "more command")))):
            for command in rest:
                st.code(bounded(command), language=language(command), wrap_lines=True)
    if lacking := blanks(commands, called):
        st.html(f'<p class="muted told">{prose(lacking)}</p>')


def language(command: str) -> str:
    return "sql" if is_sql(command) else "bash"


def sign(outcome: Outcome) -> str:
    word = esc(tell(WORDS[outcome]))
    return f'<span class="sign {slug(outcome)}" role="img" aria-label="{word}" title="{word}">{SIGNS[outcome]}</span>'


def head(finding: Finding, task: str, pages: Pages) -> str:
    traced = "".join(f'<span class="tag">{name(id)}</span>' for id in finding.requirements)
    return (
        f'<div class="finding-head">{sign(finding.outcome)}<span class="outcome {slug(finding.outcome)}">'
        f"{esc(tell(WORDS[finding.outcome]))}</span>{linked(finding.check, task, pages)}{traced}</div>"
        f'<h3 class="claim">{prose(finding.claim)}</h3><p class="message">{prose(finding.message)}</p>'
        f"{looked(finding)}{when(finding)}"
    )


def linked(check: str, task: str, pages: Pages) -> str:
    """A check's id, which leads to its own address."""
    return f'<a class="id" href="{esc(pages.href(task, check=check))}" target="_self">{name(check)}</a>'


def looked(finding: Finding) -> str:
    more = [one for one in finding.shares if not one.said_in(finding.message)]
    share = together(map(str, more)) if more else ""
    parts = [
        esc(tell("Judged {share}.", share=share)) if share else "",
        prose(tell("Looked at {what}.", what=finding.looked)) if finding.looked else "",
    ]
    found = " ".join(filter(None, parts))
    return f'<p class="muted told">{found}</p>' if found else ""


def when(finding: Finding) -> str:
    """Of what was not looked at again: since when it stands."""
    if not finding.reused:
        return ""
    seen = tell("As seen in run {id}: nothing that it depends on has changed since.", id=finding.reused)
    return f'<p class="muted reused">{seen}</p>'


def body(finding: Finding) -> str:
    """Places, why it matters and how to mend it."""
    advice = "".join(
        f'{title}<p class="advice">{prose(begun(tell(text)))}</p>'
        for title, text in ((label("Why it matters"), finding.why), (label("Fix"), finding.fix))
        if text
    )
    return places(finding.places) + f'<div class="advices">{advice}</div>'


def begun(text: str) -> str:
    """As a sentence begins; a name in backticks stays what is typed."""
    return text[:1].upper() + text[1:]


def places(found: tuple[Place, ...]) -> str:
    """A small table; a long one keeps its tail folded."""
    if not found:
        return ""
    shown, rest = found[:SHOWN], found[SHOWN:]
    more = (
        f"<details><summary>{tell(plural(len(rest), 'more place'))}</summary>{_places(rest)}</details>" if rest else ""
    )
    return f"{label(plural(len(found), 'place'))}{_places(shown)}{more}"


def _places(found: tuple[Place, ...]) -> str:
    """On a narrow screen the two columns stand below each other."""
    rows = [(f"<code>{esc(place)}</code>{_beside(place)}", prose(place.note)) for place in found]
    return table(heads("Where", "What"), rows, "plain places")


def _beside(place: Place) -> str:
    """The other names of a place, below the one it is known by."""
    whole = f"{place.path}:{place.line}" if place.path and place.line else place.path
    others = [other for other in (whole, place.endpoint, place.item) if other and other != str(place)]
    return "".join(f'<br><span class="beside">{esc(other)}</span>' for other in others)


def all_lines(findings: Iterable[Finding], task: str, pages: Pages, whole: str) -> str:
    """A line of each, what blocks first; of very many the first. `whole`: the command that tells all of them."""
    findings = tuple(findings)
    order = (*blockers(findings), *(one for one in findings if not shuts(one)))
    lines = "".join(line(one, task, pages, short=shuts(one)) for one in order[:MOST_LINES])
    if len(order) <= MOST_LINES:
        return lines
    more = tell("and {number} more. All of them: `{command}`", number=len(order) - MOST_LINES, command=whole)
    return f'{lines}<p class="muted">{prose(more)}</p>'


def line(finding: Finding, task: str, pages: Pages, *, short: bool = False) -> str:
    """One line: sign, id, claim, and what was found; opens to the rest. `short`: all that stands above already.

    What is clicked to open holds no link: one element does one thing, also for who hears the page.
    """
    if short:
        link = linked(finding.check, task, pages)
        return f'<div class="line">{sign(finding.outcome)}{link}<span class="what">{prose(finding.claim)}</span></div>'
    head = f'{sign(finding.outcome)}<span class="id">{name(finding.check)}</span>'
    inside = (
        f"<span class='what'>{prose(finding.claim)} "
        f"<span class='muted'>{prose(finding.message + judged(finding))}</span></span>"
    )
    seen = f'<p class="advice">{prose(tell("Looked at {what}.", what=finding.looked))}</p>' if finding.looked else ""
    rest = (
        when(finding)
        + seen
        + places(finding.places)
        + (f'<p class="advice">{prose(finding.why)}</p>' if finding.why else "")
    )
    where = esc(pages.href(task, check=finding.check))
    own = f'<p><a href="{where}" target="_self">{tell("Its page and history")}</a></p>'
    return f'<details><summary>{head}{inside}</summary><div class="inside">{rest}{own}{ran(finding)}</div></details>'


def ran(finding: Finding) -> str:
    """What gonogo itself ran to learn it."""
    if not finding.commands:
        return ""
    lines = "\n".join(esc(told(command)) for command in finding.commands)
    number = plural(len(finding.commands), "command")
    said = tell("gonogo ran {commands} · {time}", commands=number, time=took(finding.seconds))
    return f'<details class="ran"><summary>{said}</summary><pre>{lines}</pre></details>'
