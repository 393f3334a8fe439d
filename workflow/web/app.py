"""The script that Streamlit runs for every page: find the service, draw the frame, hand over to the page."""

import sys
from pathlib import Path

import streamlit as st

from runner.errors import WorkflowError
from workflow.called import Called
from workflow.service import Overview
from workflow.web import runs, stage, way
from workflow.web.actions import say
from workflow.web.desk import Desk, open_desk
from workflow.web.links import Pages, choice
from workflow.web.text import esc, slug

STYLE = Path(__file__).parent / "style.css"


def show(root: str, called: Called) -> None:
    """The whole app, for the service in a folder, with commands in the words of `called`.

    Expected trouble is a sentence, never a traceback.
    """
    st.set_page_config(page_title="gonogo", layout="wide", initial_sidebar_state=252)
    st.html(STYLE)
    try:
        chosen = choice("service") or root
        home = open_desk(root, called)
        services = home.services()
        called = called if chosen == root else called.of(Path(known(chosen, root, services)))
        desk = home if chosen == root else open_desk(chosen, called)
        view = desk.overview()
    except WorkflowError as error:
        say(error, called)
        return
    frame(view, desk, services, root)


def known(chosen: str, root: str, services: tuple[tuple[str, str], ...]) -> str:
    """Only services of this ledger can be asked for: an address must not make us read any folder."""
    roots = [folder for _, folder in services]
    if chosen in roots:
        return chosen
    raise WorkflowError(f"No service `{chosen}` in this ledger. Open {root} without `?service=…`.")


def frame(view: Overview, desk: Desk, services: tuple[tuple[str, str], ...], root: str) -> None:
    """Sidebar and page. Every link keeps the chosen service when it is not the first one."""
    drawn = Pages({}, {} if view.root == root else {"service": view.root})
    drawn.pages.update(
        way=st.Page(lambda: _guarded(way.render, view, desk, drawn), title="Overview", url_path="way", default=True),
        stage=st.Page(lambda: _guarded(stage.page, view, desk, drawn), title="Stage", url_path="stage"),
        runs=st.Page(lambda: _guarded(runs.page, view, desk, drawn), title="Runs", url_path="runs"),
    )
    page = st.navigation(list(drawn.pages.values()), position="hidden")
    with st.sidebar:
        draw_sidebar(view, services, drawn, page.title)
    page.run()


def _guarded(draw, view: Overview, desk: Desk, pages: Pages) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    try:
        draw(view, desk, pages)
    except WorkflowError as error:
        say(error, desk.called)


def draw_sidebar(view: Overview, services: tuple[tuple[str, str], ...], pages: Pages, here: str) -> None:
    st.html('<div class="brand"><i></i><i></i><i></i><b>gonogo</b></div>')
    if len(services) > 1:
        draw_switch(view, services)
    else:
        st.html(f'<p class="service">{esc(view.service)}</p>')
    with st.container(key="nav-way" + ("-here" if here == "Overview" else ""), gap=None):
        pages.link("way", "Overview", key="nav-way")
    asked = choice("stage") or view.stages[0].stage.task
    with st.container(key="rail", gap=None):
        for one in view.stages:
            at = here == "Stage" and asked in {one.stage.task, one.stage.slug}
            tone = f"{slug(one.lamp)}{'-stale' if one.stale else ''}{'-here' if at else ''}"
            with st.container(key=f"rail-{one.stage.task}-{tone}", gap=None):
                pages.link("stage", one.stage.title, key=f"nav-{one.stage.task}", stage=one.stage.task)
    with st.container(key="nav-runs" + ("-here" if here == "Runs" else ""), gap=None):
        pages.link("runs", "Runs", key="nav-runs")


def draw_switch(view: Overview, services: tuple[tuple[str, str], ...]) -> None:
    """Which service; the choice stands in the address."""
    names = {root: name for name, root in services}
    roots = list(names) if view.root in names else [view.root, *names]
    names.setdefault(view.root, view.service)
    twice = {name for name in names.values() if list(names.values()).count(name) > 1}
    label = {root: f"{name} ({root})" if name in twice else name for root, name in names.items()}
    chosen = st.selectbox(
        "Service", roots, index=roots.index(view.root), format_func=lambda root: label[root],
        key=f"service-of-{view.root}",
    )  # fmt: skip
    if chosen != view.root:
        st.query_params.from_dict({"service": chosen})
        st.rerun()


if __name__ == "__main__":
    show(sys.argv[1], Called(word=sys.argv[2], service=sys.argv[3], folder=sys.argv[4]))
