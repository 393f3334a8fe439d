"""A quality need as a form: a number in its unit, and the load under which it holds."""

import streamlit as st

from runner.said import say, tell
from runner.specification import LoadShape, Quality, Specification
from stages.requirements.document.sentence import Kind
from stages.requirements.needs import UNITS, gaps, sentence_of
from stages.requirements.sentences import said_of, unprovable
from workflow.service import SpecificationText, need_changes, next_id, propose
from workflow.web.choosing import bind, keep
from workflow.web.drafts import Form
from workflow.web.gateway import Gateway
from workflow.web.patch import NEW, base_of, digest, draw_patch, draw_wording
from workflow.web.text import label, quoted

ALL = say("all requests together")
METRICS = {
    "latency": say("How fast it answers"),
    "throughput": say("How much it answers"),
    "error_rate": say("How much may fail"),
}
USUAL = {"latency": 250.0, "throughput": 100.0, "error_rate": 1.0}  # in the unit of each
PERCENTILE = 95.0


def draw_need(spec: SpecificationText, content: Specification, gateway: Gateway) -> None:
    """One need that is there, or a new one; its text and its numbers are held against each other."""
    known = {one.id: one for one in content.quality}
    ids = [*known, NEW]
    bind("need", ids)
    asked = st.selectbox(tell("Quality need"), ids, format_func=tell, key="need", on_change=keep, args=("need", ids[0]))
    old = known.get(asked or "")
    draft = new_need(content) if old is None else old
    form = Form(id=f"need {old.id if old else ''}", suffix=f"{draft.id}-{digest(draft)}", base=base_of(old))
    form.draw_restored()
    wanted = draw_numbers(draft, content, form)
    said = old.text if old else ""
    text = st.text_area(
        tell("Text"), said, key=form.field("text", said), placeholder="" if old else sentence_of(wanted)
    ).strip()
    wanted = wanted.model_copy(update={"text": text or sentence_of(wanted)})
    if old is None:
        st.html(f'{label("As it will read")}<p class="sentence">{quoted(wanted.text)}</p>')
    draw_wording(problems_of_need(wanted))
    draw_patch(propose(spec, need_changes(content, wanted)), gateway, form)


def new_need(content: Specification) -> Quality:
    """A latency of all requests, with the next id."""
    return Quality(
        id=next_id((one.id for one in content.quality), "QN-1"), text="-", metric="latency", percentile=PERCENTILE,
        limit=USUAL["latency"], unit="ms", load=LoadShape(users=20, seconds=12),
    )  # fmt: skip


def draw_numbers(draft: Quality, content: Specification, form: Form) -> Quality:
    """What is measured, of what, and the number that must hold; the unit follows from what is measured."""
    shape = draft.load or LoadShape(users=20, seconds=12)
    with st.container(horizontal=True):
        metrics = list(METRICS)
        metric = st.selectbox(
            tell("What is measured"),
            metrics,
            metrics.index(draft.metric),
            key=form.field("metric", draft.metric, metrics.__contains__),
            format_func=lambda one: tell(METRICS[one]),
        )
        endpoints = endpoints_of(content, draft)
        of = st.selectbox(
            tell("Of which requests"),
            endpoints,
            endpoints.index(draft.endpoint or ALL),
            key=form.field("of", draft.endpoint or ALL, endpoints.__contains__),
            format_func=tell,
        )
    same = metric == draft.metric
    with st.container(horizontal=True):
        usual = draft.limit if same else USUAL[metric]
        limit = st.number_input(
            tell("Limit, in {unit}", unit=UNITS[metric]), 0.0, None, usual, format="%g",
            key=form.field(f"limit-{metric}", usual, lambda found: found >= 0),
        )  # fmt: skip
        percentile = None
        if metric == "latency":
            usual = draft.percentile or PERCENTILE
            percentile = st.number_input(
                tell("Percentile"), 1.0, 99.99, usual, format="%g",
                key=form.field("p", usual, lambda found: 1 <= found <= 99.99),  # noqa: PLR2004 - as the line above
            )  # fmt: skip
        one = form.field("users", shape.users, lambda found: found >= 1)
        users = st.number_input(tell("Users"), 1, None, shape.users, key=one)
        one = form.field("seconds", shape.seconds, lambda found: found >= 1)
        seconds = st.number_input(tell("Seconds"), 1.0, None, shape.seconds, key=one, format="%g")
    told = {"metric": metric, "unit": UNITS[metric], "endpoint": None if of == ALL else of, "limit": limit}
    if same and metric != "latency":
        percentile = draft.percentile  # as somebody wrote it
    return draft.model_copy(update={**told, "percentile": percentile, "load": LoadShape(users=users, seconds=seconds)})


def endpoints_of(content: Specification, draft: Quality) -> list[str]:
    """All together, then each that the specification names."""
    named = {one for requirement in content.requirements for one in requirement.endpoints}
    named |= {one.endpoint for one in (*content.quality, draft) if one.endpoint}
    return [ALL, *sorted(named, key=lambda one: (one.partition(" ")[2], one))]


def problems_of_need(need: Quality) -> list[str]:
    lacks = gaps(need)
    words = map(said_of, unprovable(need.text, Kind.QUALITY))
    return [*([lacks] if lacks else []), *words]
