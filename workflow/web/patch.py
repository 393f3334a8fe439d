"""How is a change of the specification shown? Its wording is judged, its patch is seen, and then it may be written."""

import hashlib
from collections.abc import Sequence

import streamlit as st

from runner.errors import WorkflowError
from runner.said import say, tell
from runner.specification import Quality, Question, Requirement
from workflow.service import Proposal
from workflow.web.compare import changes
from workflow.web.drafts import Form
from workflow.web.gateway import Gateway
from workflow.web.text import label, plain, prose

SAID = "specification-said"
NEW = say("A new one")


def digest(part: Requirement | Quality | Question) -> str:
    """Fields are new when what is written in the file is."""
    return hashlib.sha256(repr(part).encode()).hexdigest()[:8]


def base_of(old: Requirement | Quality | Question | None) -> str:
    """What a draft changes; a draft of a new part changes nothing."""
    return digest(old) if old else ""


def draw_wording(problems: Sequence[str]) -> None:
    if not problems:
        st.html(
            f'<p class="told" role="status"><span class="outcome passed">✓ {tell("A test can prove it")}</span></p>'
        )
        return
    lines = "".join(f"<li>{prose(one)}</li>" for one in problems)
    lacking = f'<span class="outcome unknown">○ {tell("Wording")}</span>'
    st.html(f'<div role="status" class="told">{lacking}<ul>{lines}</ul></div>')


def draw_patch(proposal: Proposal, gateway: Gateway, form: Form) -> None:
    """What will be written, and the button that writes it and nothing else."""
    if proposal.before == proposal.after:
        return
    st.html(f"{label('The patch')}{changes(proposal.before, proposal.after)}")
    if proposal.problems:
        wrong = tell("It would not be valid: {problem}", problem=proposal.problems[0])
        st.html(f'<p role="alert">{prose(wrong)}</p>')
    st.button(
        plain(tell("Write it to {file}", file=proposal.path.rpartition("/")[2])),
        key=f"write-{form.suffix}",
        type="primary",
        disabled=bool(proposal.problems),
        on_click=write,
        args=(proposal, gateway, form),
    )


def write(proposal: Proposal, gateway: Gateway, form: Form) -> None:
    try:
        gateway.specify(proposal)
    except WorkflowError as error:
        st.session_state[SAID] = gateway.called.text(str(error))
        return
    form.drop()
    st.session_state[SAID] = say("Written to {path}. Commit it as any other change.", path=proposal.path)
