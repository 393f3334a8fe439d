"""The script that Streamlit runs for every page: find the service, draw the frame, hand over to the page."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from runner.errors import WorkflowError
from runner.said import say, tell
from workflow.called import Called
from workflow.ledger import Known
from workflow.service import Overview
from workflow.web import compare, decisions, documents, drafts, record, runs, services, specification, stage, trace, way
from workflow.web.actions import draw_problem
from workflow.web.gateway import Gateway, LedgerGateway, open_gateway, open_other
from workflow.web.links import LANG, Pages, choice, choose_language
from workflow.web.scripts import LINKS, script
from workflow.web.sidebar import sidebar
from workflow.web.sign_in import draw_sign_in, is_let_in
from workflow.web.text import legible_name

SIGN_IN = say("Sign in to see your team's services.")
STYLE = Path(__file__).parent / "style.css"
Draw = Callable[[Overview, Gateway, Pages], None]


def show(root: str, called: Called) -> None:
    """The whole app, for the service in a folder, with commands in the words of `called`.

    Expected problem is a sentence, never a traceback.
    """
    st.set_page_config(layout="wide", initial_sidebar_state=252)
    choose_language()
    st.html(STYLE)
    script(LINKS)(key=LINKS)
    if not is_let_in():
        st.html(f"<h1>gonogo</h1><p>{tell(SIGN_IN)}</p>")
        draw_sign_in()
        return
    try:
        home = open_gateway(root, called)
        known = home.services()
        gateway = chosen_gateway(choice("service"), home, known)
        view = gateway.overview()
    except WorkflowError as error:
        draw_problem(error, called)
        return
    frame(view, gateway, known, None if gateway is home else gateway.known)
    drafts.draw_keeper(view, gateway)


def chosen_gateway(asked: str | None, home: LedgerGateway, known: tuple[Known, ...]) -> LedgerGateway:
    """Only services of this ledger can be asked for: an address must not make us read any folder."""
    if asked is None:
        return home
    found = next((one for one in known if one.id == asked), None)
    if found is None:
        raise WorkflowError(
            say("No service `{name}` in this ledger. Open the address without `service=…`.", name=asked)
        )
    return home if found.mine else open_other(found, home)  # type: ignore[arg-type]


def frame(view: Overview, gateway: Gateway, known: tuple[Known, ...], other: Known | None, first: str = "way") -> None:
    """Sidebar and page. Every link keeps the chosen service when it is not the first one. `first`: the start page."""
    choose_language()
    drafts.begin()
    kept = {"service": other.id} if other else {}
    drawn = Pages({}, kept | ({LANG: asked} if (asked := choice(LANG)) else {}))
    plain_name = legible_name(view.service)

    def page(path: str, title: str, draw: Draw) -> None:
        whole = f"{tell(title)} · {plain_name} · gonogo"
        body = partial(_guarded, draw, view, gateway, drawn)
        drawn.pages[path] = st.Page(body, title=whole, url_path=path, default=path == first)

    page("way", say("Overview"), way.render)
    for one in view.stages:
        for path in dict.fromkeys((one.stage.task, one.stage.slug)):  # either is typed, as in the terminal
            page(path, one.stage.title, partial(stage.page, one))
    page("runs", say("Runs"), lambda *drawn: record.page(*drawn) if choice("run") else runs.page(*drawn))
    page("run", say("Run"), record.page)
    page("specification", say("Specification"), specification.page)
    page("trace", say("Trace"), trace.page)
    page("compare", say("Compare"), compare.page)
    page("document", say("Document"), documents.page)
    page("services", say("Services"), services.page)
    page("decisions", say("Decisions"), decisions.page)
    page("stage", say("Stage"), by_its_name)  # as addresses of before had it
    chosen = st.navigation(list(drawn.pages.values()), position="hidden")
    here = next(path for path, one in drawn.pages.items() if one == chosen)
    tasks = {one.stage.slug: one.stage.task for one in view.stages}
    with st.sidebar:
        st.html(sidebar(view, known, drawn, tasks.get(here, here)))
    chosen.run()


def by_its_name(view: Overview, gateway: Gateway, pages: Pages) -> None:
    """The stage that the address names behind the question mark; a wrong name is a sentence with the way back."""
    if choice("doc"):
        documents.page(view, gateway, pages)
        return
    try:
        asked = view.stage(choice("stage") or view.stages[0].stage.slug)
    except WorkflowError as error:
        draw_problem(error, gateway.called)
        pages.link("way", tell("Back to the overview"), key="back")
        return
    stage.page(asked, view, gateway, pages)


def _guarded(draw: Draw, view: Overview, gateway: Gateway, pages: Pages) -> None:
    try:
        draw(view, gateway, pages)
    except WorkflowError as error:
        draw_problem(error, gateway.called)


if __name__ == "__main__":
    show(sys.argv[1], Called(word=sys.argv[2], service=sys.argv[3], folder=sys.argv[4]))
