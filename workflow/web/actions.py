"""The buttons that start something: they start what a developer would type, as a process of its own."""

import streamlit as st

from runner.errors import WorkflowError
from runner.said import tell
from workflow.called import Called
from workflow.service import Overview
from workflow.web.gateway import Gateway
from workflow.web.text import esc, plain, prose


def draw_run_button(label: str, task: str, view: Overview, gateway: Gateway, *, primary: bool, key: str) -> None:
    """A button with the command beside it in words. While a run is live it can't be pressed.

    Where the service's folder is not on this machine, the command is all there is.
    """
    if not view.here:
        st.html(
            f'<p class="muted told">{tell("Nothing can be started from here. Where its folder is:")} '
            f'<code class="command">{esc(gateway.called.text(f"invoke {task}"))}</code></p>'
        )
        return
    busy = view.running is not None
    why = tell("Run {id} is under way. Cancel it, or wait for its end.", id=view.running.id) if view.running else None
    with st.container(horizontal=True, vertical_alignment="center", width="content", key=f"act-{key}"):
        pressed = st.button(
            plain(label),
            key=f"start-{key}",
            type="primary" if primary else "secondary",
            disabled=busy,
            help=why,
        )
        st.html(f'<code class="command">{esc(gateway.called.text(f"invoke {task}"))}</code>', width="content")
    if pressed:
        start(task, gateway)


def start(task: str, gateway: Gateway) -> None:
    try:
        gateway.start(task)
    except WorkflowError as error:
        draw_problem(error, gateway.called)
        return
    st.rerun()


def draw_problem(error: WorkflowError, called: Called) -> None:
    """Expected problem, as a sentence."""
    with st.container(key="problem"):
        st.html(f'<p role="alert">{prose(called.text(str(error)))}</p>')
