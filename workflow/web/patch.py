"""How is a change of the specification shown? Its wording is judged, its patch is seen, and then it may be written."""

import hashlib
from collections.abc import Sequence

import streamlit as st

from runner.errors import WorkflowError
from runner.specification import Quality, Question, Requirement
from workflow.service import Proposal
from workflow.web.compare import changes
from workflow.web.desk import Desk
from workflow.web.text import plain, prose

SAID = "specification-said"
NEW = "A new one"


def digest(part: Requirement | Quality | Question) -> str:
    """Fields are new when what is written in the file is."""
    return hashlib.sha256(repr(part).encode()).hexdigest()[:8]


def draw_wording(problems: Sequence[str]) -> None:
    if not problems:
        st.html('<p class="told" role="status"><span class="outcome passed">✓ A test can prove it</span></p>')
        return
    lines = "".join(f"<li>{prose(one)}</li>" for one in problems)
    st.html(f'<div role="status" class="told"><span class="outcome unknown">○ Wording</span><ul>{lines}</ul></div>')


def draw_patch(proposal: Proposal, desk: Desk, key: str) -> None:
    """What will be written, and the button that writes it and nothing else."""
    if proposal.before == proposal.after:
        return
    st.html(f'<p class="label">The patch</p>{changes(proposal.before, proposal.after)}')
    if proposal.problems:
        st.html(f'<p role="alert">It would not be valid: {prose(proposal.problems[0])}</p>')
    st.button(
        plain(f"Write it to {proposal.path.rpartition('/')[2]}"),
        key=f"write-{key}",
        type="primary",
        disabled=bool(proposal.problems),
        on_click=write,
        args=(proposal, desk),
    )


def write(proposal: Proposal, desk: Desk) -> None:
    try:
        desk.specify(proposal)
    except WorkflowError as error:
        st.session_state[SAID] = desk.called.text(str(error))
        return
    st.session_state[SAID] = f"Written to {proposal.path}. Commit it as any other change."
