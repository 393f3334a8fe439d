"""Where else can one go? The way, small, and what stands beside it: one piece of HTML, drawn with every page."""

from urllib.parse import urlencode

import streamlit as st

from runner.said import LANGUAGES, reader, tell
from workflow.ledger import Known
from workflow.service import Overview
from workflow.web.links import LANG, Pages
from workflow.web.text import LAMPS, esc, name, slug
from workflow.web.words import standing

OF_RUNS = {"run": "runs", "compare": "runs"}  # a page that is told by another one's link


def sidebar(view: Overview, known: tuple[Known, ...], pages: Pages, here: str) -> str:
    """All of it as HTML; `here` is the page that is read."""
    here = OF_RUNS.get(here, here)
    stages = "".join(_stage(one.stage.task, tell(one.stage.title), standing(one), pages, here) for one in view.stages)
    others = [
        ("specification", tell("Specification")), ("trace", tell("Trace")), ("runs", tell("Runs")),
        ("decisions", tell("Decisions")),
    ]  # fmt: skip
    if len(known) > 1:
        others.append(("services", tell("All {number} services", number=len(known))))
    links = "".join(_link(page, name(title), pages, here) for page, title in others)
    return (
        '<div class="brand"><i></i><i></i><i></i><b>gonogo</b></div>'
        f'<p class="service">{name(view.service)}</p>'
        f'<nav class="ways" aria-label="gonogo">{_link("way", tell("Overview"), pages, here)}'
        f'<div class="rail">{stages}</div>{links}</nav>{languages()}'
    )


def _stage(task: str, title: str, word: str, pages: Pages, here: str) -> str:
    """Its lamp says by a sign how it stands, and who rests on it or hears the page is told in words."""
    lamp = f'<i class="small lamp {slug(word)}" data-sign="{LAMPS.get(word.upper(), "")}" aria-hidden="true"></i>'
    return _link(task, lamp + name(title), pages, here, f' title="{name(title)}: {esc(tell(word))}"')


def _link(page: str, inside: str, pages: Pages, here: str, more: str = "") -> str:
    current = ' class="here" aria-current="page"' if page == here else ""
    return f'<a href="{esc(pages.href(page))}" target="_self"{current}{more}>{inside}</a>'


def languages() -> str:
    """The same page in each language; the choice stands in the address."""
    here = {name: str(st.query_params[name]) for name in st.query_params if name != LANG}
    links = " · ".join(
        f'<span lang="{tag}" aria-current="true">{title}</span>'
        if reader() == language
        else f'<a lang="{tag}" hreflang="{tag}" href="?{esc(urlencode(here | {LANG: tag}))}" target="_self">{title}</a>'
        for language, title in LANGUAGES.items()
        for tag in [language.replace("_", "-")]
    )
    return f'<nav class="languages" aria-label="{tell("Language")}">{links}</nav>'
