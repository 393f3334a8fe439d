"""What people decide, in the browser. A page offers; whether somebody may is looked at in `workflow.service`."""

from datetime import timedelta

import streamlit as st

from runner.errors import WorkflowError
from runner.model import Finding, Outcome
from runner.said import tell
from runner.words import plural
from workflow.called import Called
from workflow.gate import is_waived
from workflow.ledger import Decision
from workflow.report.decided import decided
from workflow.report.outline import waiver_of
from workflow.service import Kind, Lamp, Overview, StageView
from workflow.service.waivers import today
from workflow.web.actions import draw_problem
from workflow.web.desk import Desk
from workflow.web.links import Pages
from workflow.web.sign_in import draw_sign_in
from workflow.web.text import esc, heads, moment, name, prose, section, table

SHOWN = 200  # decisions on one page


def page(_: Overview, desk: Desk, __: Pages) -> None:
    """Every decision, newest first, and a look at the whole ledger."""
    st.html(f"<h1>{tell('Decisions')}</h1>")
    draw_who(desk)
    draw_list(desk.decisions()[:SHOWN])
    if st.button(tell("Verify the ledger"), key="verify"):
        found = desk.verify()
        if found.altered:
            rows = "".join(f"<li>{prose(one)}</li>" for one in found.altered[:SHOWN])
            st.html(f'<p role="alert">{tell("The ledger is not as it was written. First:")}</p><ol>{rows}</ol>')
        else:
            links = plural(found.links, "link")
            told = tell("{links}, and each row is as it was written. The newest:", links=links)
            st.html(f"<p>{told} <code>{name(found.head)}</code></p>")


def draw_who(desk: Desk) -> None:
    actor = desk.actor
    if actor:
        you = tell("You are {actor}, {role} ({known}).", actor=actor, role=actor.role, known=tell(actor.known))
        st.html(f'<p class="muted told">{esc(you)}</p>')
    draw_sign_in()


def draw_list(found: tuple[Decision, ...]) -> None:
    rows = [(esc(moment(one.at)) if one.at else "", prose(decided(one))) for one in found]
    st.html(
        table(heads("When", "What"), rows)
        if rows
        else f'<p class="muted">{tell("Nobody has decided anything yet.")}</p>'
    )


def draw_decisions(stage: StageView, finding: Finding | None, desk: Desk) -> None:
    """On a stage's page: its waivers and decisions; a signature of the stage, or what can be decided of one finding."""
    if desk.actor is None:
        return
    found = desk.decisions()
    waived = [one for step in stage.steps for one in step.findings if is_waived(one)]
    lines = "".join(f"<li><b>{name(one.check)}</b> {tell('failed')}; {prose(waiver_of(one))}</li>" for one in waived)
    if lines:
        st.html(f"{section('Waived')}<ul>{lines}</ul>")
    about = [one for one in found if one.stage == stage.stage.slug and (finding is None or one.check == finding.check)]
    with st.expander(tell("Decisions ({number})", number=len(about))):
        draw_who(desk)
        draw_list(tuple(about[:SHOWN]))
        if finding is not None:
            draw_finding(finding, desk)
        elif stage.lamp is Lamp.GO and st.button(tell("Sign this stage"), key=f"sign-{stage.stage.task}"):
            _decide(desk, Kind.SIGNATURE, stage.stage.task)


def draw_finding(finding: Finding, desk: Desk) -> None:
    """Forms for one finding: comment, assign, ask for a waiver, approve."""
    check = finding.check
    with st.form(f"comment-{check}", clear_on_submit=True):
        text = st.text_area(tell("Comment"), key=f"comment-text-{check}")
        if st.form_submit_button(tell("Comment")):
            _decide(desk, Kind.COMMENT, check, reason=text)
    with st.form(f"assign-{check}"):
        to = st.text_input(tell("Who mends it (e-mail address)"), key=f"assign-to-{check}")
        due = st.date_input(tell("By"), today() + timedelta(days=7), key=f"assign-due-{check}")
        if st.form_submit_button(tell("Assign")):
            _decide(desk, Kind.ASSIGNMENT, check, assignee=to, until=str(due))
    if finding.outcome is not Outcome.FAILED:
        return
    with st.form(f"waive-{check}"):
        why = st.text_area(tell("Why it is accepted for a while"), key=f"waive-why-{check}")
        until = st.date_input(tell("Until"), today() + timedelta(days=30), key=f"waive-until-{check}")
        if st.form_submit_button(tell("Ask for a waiver")):
            _decide(desk, Kind.WAIVER, check, reason=why, until=str(until))
    if st.button(tell("Approve its waiver"), key=f"approve-{check}"):
        _decide(desk, Kind.APPROVAL, check)


def _decide(desk: Desk, kind: Kind, about: str, **words: str) -> None:
    called: Called = desk.called
    try:
        desk.decide(kind, about, **words)
    except WorkflowError as error:
        draw_problem(error, called)
        return
    st.rerun()
