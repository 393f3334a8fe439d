"""The specification as a guided form: its patch is seen first, then the file that developers edit is written."""

import streamlit as st

from runner.errors import WorkflowError
from runner.said import say, tell, together
from runner.specification import Question, Requirement, Specification
from runner.words import plural
from stages.requirements.checks_wording import problems_of
from stages.requirements.parts import Kind, Parts, parts_of
from workflow.service import (
    Overview,
    SpecificationText,
    answer_changes,
    next_criterion,
    next_id,
    propose,
    question_changes,
    requirement_changes,
)
from workflow.web.actions import draw_problem, draw_run_button
from workflow.web.choosing import bind, keep
from workflow.web.drafts import Form
from workflow.web.gateway import Gateway
from workflow.web.links import Pages
from workflow.web.needs import draw_need
from workflow.web.patch import NEW, SAID, base_of, digest, draw_patch, draw_wording
from workflow.web.text import esc, label, name, plain, prose, quoted

PARTS = (say("Requirements"), say("Quality needs"), say("Questions"))
PRIORITIES = ("must", "should", "could")


def page(view: Overview, gateway: Gateway, pages: Pages) -> None:  # noqa: ARG001 - as each page
    st.html(f'<p class="eyebrow"><b>{name(view.service)}</b></p><h1>{tell("Specification")}</h1>')
    try:
        spec = gateway.specification()
    except WorkflowError as error:
        draw_nothing(error, gateway)
        return
    if written := st.session_state.pop(SAID, ""):
        st.html(f'<p role="status" class="told">{prose(written)}</p>')
    if spec.content is None:
        draw_problems(spec)
        return
    opened = sum(one.status == "open" for one in spec.content.questions)
    there = tell(
        "{requirements}, {needs}, {questions}. What you write here goes into `{path}`, which developers edit; you see "
        "the patch first.",
        requirements=plural(len(spec.content.requirements), "requirement"),
        needs=plural(len(spec.content.quality), "quality need"),
        questions=plural(opened, "open question"),
        path=spec.path,
    )
    st.html(f'<p class="lead">{prose(there)}</p>')
    bind("part", PARTS)
    part = st.segmented_control(
        tell("Part"), PARTS, format_func=tell, key="part", required=True, on_change=keep, args=("part", PARTS[0])
    )
    try:
        match part:
            case "Quality needs":
                draw_need(spec, spec.content, gateway)
            case "Questions":
                draw_question(spec, spec.content, gateway)
            case _:
                draw_requirement(spec, spec.content, gateway)
    except WorkflowError as error:
        draw_problem(error, gateway.called)
    draw_run_button(
        tell("Prove the requirements"), "stage.requirements", view, gateway, primary=False, key="requirements"
    )


def draw_nothing(error: WorkflowError, gateway: Gateway) -> None:
    what = tell(
        "A specification says what the service shall do, who may do it and how fast it must be, in words that a test "
        "can prove. Every later stage holds the service against it."
    )
    st.html(f'<p class="lead">{what}</p>')
    draw_problem(error, gateway.called)


def draw_problems(spec: SpecificationText) -> None:
    """A file that is not valid is mended where it is written: its lines are named."""
    wrong = tell("{path} is not valid. Mend these lines in an editor:", path=spec.path)
    lines = "".join(f"<li><code>{esc(one)}</code> {prose(one.note)}</li>" for one in spec.problems)
    st.html(f'<p role="alert">{esc(wrong)}</p><ul>{lines}</ul>')


def draw_requirement(spec: SpecificationText, content: Specification, gateway: Gateway) -> None:
    """One requirement in its EARS parts, with its criteria; its wording is judged while it is written."""
    known = {one.id: one for one in content.requirements}
    ids = [*known, NEW]
    bind("id", ids)
    asked = st.selectbox(tell("Requirement"), ids, format_func=tell, key="id", on_change=keep, args=("id", ids[0]))
    old = known.get(asked or "")
    draft = new_requirement(content) if old is None else old
    form = Form(id=f"requirement {old.id if old else ''}", suffix=f"{draft.id}-{digest(draft)}", base=base_of(old))
    form.draw_restored()
    id = draft.id if old else st.text_input(tell("Id"), draft.id, key=form.field("id", draft.id)).strip()
    title = st.text_input(tell("Title"), draft.title, key=form.field("title", draft.title), live=True)
    text = draw_sentence(draft.text, form)
    priority = st.segmented_control(
        tell("Priority"),
        PRIORITIES,
        format_func=tell,
        default=draft.priority,
        key=form.field("priority", draft.priority, PRIORITIES.__contains__),
        required=True,
    )
    st.html(label("Acceptance: given …, when …, then …"))
    criteria = [
        one.model_copy(
            update={"text": st.text_input(plain(one.id), one.text, key=form.field(one.id, one.text), live=True).strip()}
        )
        for one in draft.acceptance
    ]
    more = st.text_input(
        tell("One more criterion"), key=form.field("more", ""), live=True, placeholder=tell("Given …, when …, then …")
    )
    told = {"id": id, "title": title, "text": text, "priority": priority, "acceptance": criteria}
    wanted = draft.model_copy(update=told)
    if more.strip():
        wanted = wanted.model_copy(update={"acceptance": (*criteria, next_criterion(wanted, more.strip()))})
    if old is None and id in known:
        raise WorkflowError(say("{id} is there already. Choose it above to change it.", id=id))
    draw_wording(problems_of(wanted))
    if old is None and not text.rpartition(" shall ")[2].strip():
        return
    draw_patch(propose(spec, requirement_changes(content, wanted)), gateway, form)


def new_requirement(content: Specification) -> Requirement:
    """An empty one with the next id of its kind."""
    stem = content.requirements[-1].id.rpartition("-")[0] if content.requirements else "REQ"
    number = sum(one.id.startswith(f"{stem}-") for one in content.requirements) + 1
    return Requirement.model_construct(
        id=f"{stem}-{number:03}", title="", text="When , the service shall ", priority="must"
    )


def draw_sentence(text: str, form: Form) -> str:
    """The sentence from its parts; one that has none is written as a whole."""
    parts = parts_of(text) if not text.startswith("When ,") else Parts(kind=Kind.EVENT)
    if parts is None:
        return st.text_area(tell("Text"), text, key=form.field("text", text)).strip()
    kinds = [one.value for one in Kind]
    chosen = form.field("kind", parts.kind.value, kinds.__contains__)
    kind = Kind(st.selectbox(tell("It holds"), kinds, kinds.index(parts.kind.value), key=chosen, format_func=tell))
    condition = ""
    if kind is not Kind.ALWAYS:
        condition = st.text_input(
            tell("What happens, or lasts"), parts.condition, key=form.field("condition", parts.condition),
            live=True, placeholder=tell("a buyer submits a cart"),
        )  # fmt: skip
    actor = st.text_input(tell("Who acts"), parts.actor, key=form.field("actor", parts.actor), live=True)
    act = st.text_input(
        tell("What it shall do"),
        parts.act,
        key=form.field("act", parts.act),
        live=True,
        placeholder=tell("store the order and answer 201."),
    )
    sentence = Parts(kind=kind, condition=condition, actor=actor, act=act).sentence
    st.html(f'{label("As it will read")}<p class="sentence">{quoted(sentence)}</p>')
    return sentence


def draw_question(spec: SpecificationText, content: Specification, gateway: Gateway) -> None:
    """An open question, and its answer; or one more that somebody must answer."""
    known = {one.id: one for one in sorted(content.questions, key=lambda one: one.status != "open")}
    ids = [*known, NEW]
    bind("question", ids)
    asked = st.selectbox(
        tell("Question"), ids, key="question", on_change=keep, args=("question", ids[0]),
        format_func=lambda id: f"{id} · {tell(known[id].status)}" if id in known else tell(id),
    )  # fmt: skip
    old: Question | None = known.get(asked or "")
    if old is None:
        draw_new_question(spec, content, gateway)
        return
    waiting = " " + tell("{requirements} waits for it.", requirements=together(old.about)) if old.about else ""
    owner = tell("Owner: {who}.", who=old.owner or say("nobody")) + waiting
    st.html(f'<p class="sentence">{quoted(old.text)}</p><p class="muted told">{esc(owner)}</p>')
    form = Form(id=f"answer {old.id}", suffix=f"{old.id}-{digest(old)}", base=base_of(old))
    form.draw_restored()
    said = old.answer or ""
    answer = st.text_area(tell("Answer"), said, key=form.field("answer", said)).strip()
    if answer:
        draw_patch(propose(spec, answer_changes(content, old.id, answer)), gateway, form)


def draw_new_question(spec: SpecificationText, content: Specification, gateway: Gateway) -> None:
    about_it = tell("What nobody decided yet, who must, and which requirements wait for it.")
    st.html(f'<p class="muted told">{about_it}</p>')
    id = next_id((one.id for one in content.questions), "Q-001")
    form = Form(id="question", suffix=id)
    form.draw_restored()
    text = st.text_area(
        tell("What is asked"), key=form.field("asked", ""), placeholder=tell("May a cart be empty?")
    ).strip()
    roles = [one.id for one in content.roles]
    if content.service.owner not in roles:
        roles = [content.service.owner, *roles]
    owner = st.selectbox(tell("Who must answer"), roles, key=form.field("owner", roles[0], roles.__contains__))
    known = [one.id for one in content.requirements]
    about = st.multiselect(
        tell("Which requirements wait"), known, key=form.field("about", [], lambda found: set(found) <= set(known))
    )
    if text:
        wanted = Question(id=id, text=text, status="open", owner=owner, about=tuple(about))
        draw_patch(propose(spec, question_changes(content, wanted)), gateway, form)
