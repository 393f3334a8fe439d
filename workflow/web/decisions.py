"""What people decide, in the browser. A page offers; whether somebody may is looked at in `workflow.service`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import streamlit as st

from runner.errors import WorkflowError
from runner.model import Finding, Outcome
from runner.said import tell
from runner.words import plural
from workflow.gate import is_waived
from workflow.ledger import Decision
from workflow.report.decided import decided
from workflow.report.outline import waiver_of
from workflow.service import Kind, Lamp, Overview, StageView
from workflow.service.waivers import today
from workflow.web.actions import draw_problem
from workflow.web.drafts import Form
from workflow.web.gateway import Gateway
from workflow.web.links import Pages
from workflow.web.sign_in import draw_sign_in
from workflow.web.text import esc, heads, moment, name, prose, section, table

SHOWN = 200  # decisions on one page
REFUSED = "decision-refused"
Words = Mapping[str, tuple[str, str, str | date]]


def page(_: Overview, gateway: Gateway, __: Pages) -> None:
    """Every decision, newest first, and a look at the whole ledger."""
    st.html(f"<h1>{tell('Decisions')}</h1>")
    draw_who(gateway)
    draw_list(gateway.decisions()[:SHOWN])
    if st.button(tell("Verify the ledger"), key="verify"):
        found = gateway.verify()
        if found.altered:
            rows = "".join(f"<li>{prose(one)}</li>" for one in found.altered[:SHOWN])
            st.html(f'<p role="alert">{tell("The ledger is not as it was written. First:")}</p><ol>{rows}</ol>')
        else:
            links = plural(found.links, "link")
            told = tell("{links}, and each row is as it was written. The newest:", links=links)
            st.html(f"<p>{told} <code>{name(found.head)}</code></p>")


def draw_who(gateway: Gateway) -> None:
    actor = gateway.actor
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


def draw_decisions(stage: StageView, finding: Finding | None, gateway: Gateway) -> None:
    """On a stage's page: its waivers and decisions; a signature of the stage, or what can be decided of one finding."""
    if gateway.actor is None:
        return
    found = gateway.decisions()
    waived = [one for step in stage.steps for one in step.findings if is_waived(one)]
    lines = "".join(f"<li><b>{name(one.check)}</b> {tell('failed')}; {prose(waiver_of(one))}</li>" for one in waived)
    if lines:
        st.html(f"{section('Waived')}<ul>{lines}</ul>")
    about = [one for one in found if one.stage == stage.stage.slug and (finding is None or one.check == finding.check)]
    refused: WorkflowError | None = st.session_state.pop(REFUSED, None)
    forms = forms_of(finding) if finding else ()
    opened = refused is not None or any(one.form.restored for one in forms)
    with st.expander(tell("Decisions ({number})", number=len(about)), expanded=opened):
        draw_who(gateway)
        if refused is not None:
            draw_problem(refused, gateway.called)
        draw_list(tuple(about[:SHOWN]))
        for one in forms:
            draw_form(one, gateway)
        if finding is None and stage.lamp is Lamp.GO:
            _button(tell("Sign this stage"), f"sign-{stage.stage.task}", gateway, Kind.SIGNATURE, stage.stage.task)
        elif finding is not None and finding.outcome is Outcome.FAILED:
            _button(tell("Approve its waiver"), f"approve-{finding.check}", gateway, Kind.APPROVAL, finding.check)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A form of one decision. `words`: for each that `decide` takes, its field, its label, and what stands there."""

    kind: Kind
    about: str
    button: str
    words: Words

    @property
    def form(self) -> Form:
        return Form(id=f"{self.kind.value} {self.about}", suffix=self.about)


def forms_of(finding: Finding) -> tuple[Asked, ...]:
    """For one finding: comment, assign, ask for a waiver of what failed."""
    week, month = today() + timedelta(days=7), today() + timedelta(days=30)
    text: Words = {"reason": ("comment-text", tell("Comment"), "")}
    mend: Words = {
        "assignee": ("assign-to", tell("Who mends it (e-mail address)"), ""), "until": ("assign-due", tell("By"), week)
    }  # fmt: skip
    waive: Words = {
        "reason": ("waive-why", tell("Why it is accepted for a while"), ""),
        "until": ("waive-until", tell("Until"), month),
    }
    forms = (
        Asked(kind=Kind.COMMENT, about=finding.check, button=tell("Comment"), words=text),
        Asked(kind=Kind.ASSIGNMENT, about=finding.check, button=tell("Assign"), words=mend),
        Asked(kind=Kind.WAIVER, about=finding.check, button=tell("Ask for a waiver"), words=waive),
    )
    return forms if finding.outcome is Outcome.FAILED else forms[:2]


def draw_form(asked: Asked, gateway: Gateway) -> None:
    form, keys = asked.form, {}
    form.draw_restored()
    with st.form(f"form-{asked.kind.value}-{asked.about}"):
        for word, (field, title, usual) in asked.words.items():
            keys[word] = form.field(field, usual)
            if isinstance(usual, date):
                st.date_input(title, usual, key=keys[word])
            elif word == "reason":
                st.text_area(title, key=keys[word])
            else:
                st.text_input(title, key=keys[word])
        args = (gateway, asked.kind, asked.about, keys, form)
        st.form_submit_button(asked.button, on_click=_decide, args=args)


def _button(title: str, key: str, gateway: Gateway, kind: Kind, about: str) -> None:
    st.button(title, key=key, on_click=_decide, args=(gateway, kind, about))


def _decide(
    gateway: Gateway, kind: Kind, about: str, keys: Mapping[str, str] | None = None, form: Form | None = None
) -> None:
    """In a callback: what was typed is gone once it is decided, and stays where it was refused."""
    try:
        gateway.decide(kind, about, **{word: str(st.session_state[key]) for word, key in (keys or {}).items()})
    except WorkflowError as error:
        st.session_state[REFUSED] = error
        return
    if form is not None:
        form.drop()
