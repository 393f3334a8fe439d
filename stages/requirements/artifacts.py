"""Documents of the requirements stage: evidence → text."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from runner.evidence.agreed.mentions import Mentions
from runner.evidence.agreed.specification import Spec
from runner.markdown import below, cell, heads
from runner.model import artifact
from runner.said import tell
from runner.specification import ANONYMOUS, Requirement, Resource, Specification
from stages.requirements.ears import Form
from stages.requirements.wording import form

REFUSED = "·"
METRICS = {"latency": "latency", "throughput": "throughput", "error_rate": "error rate"}
WORDS = {
    "must": "must", "should": "should", "could": "could", Form.UBIQUITOUS: "ubiquitous", Form.EVENT: "event",
    Form.STATE: "state", Form.UNWANTED: "unwanted", Form.OPTION: "option", Form.COMPLEX: "complex",
}  # fmt: skip


@artifact("technical-requirements.md", step="1.1a")
def technical_requirements(spec: Spec, mentions: Mentions) -> str:
    """Technical requirements."""
    content = spec.content
    return _template("technical-requirements.md.j2").render(
        spec=content,
        groups=list(_groups(content)),
        roles=[role.id for role in content.roles],
        matrix=[(row.endpoint, _cells(content, row.allow)) for row in content.permissions],
        trace=list(_trace(content, mentions)),
        counts={p: sum(r.priority == p for r in content.requirements) for p in ("must", "should", "could")},
        open=[q for q in content.questions if q.status == "open"],
        form=form,
        cell=cell,
        below=below,
    )


@artifact("open-questions.md", step="1.1a")
def open_questions(spec: Spec) -> str:
    """Open questions, and what was answered."""
    content = spec.content
    return _template("open-questions.md.j2").render(
        spec=content,
        open=[q for q in content.questions if q.status == "open"],
        answered=[q for q in content.questions if q.status == "answered"],
        waiting={q.id: [r.id for r in content.requirements if r.id in q.about] for q in content.questions},
        cell=cell,
        below=below,
    )


@artifact("spec.schema.json", step="1.1a")
def specification_schema(spec: Spec) -> str:  # noqa: ARG001 - written beside a specification, the same for each
    """JSON schema of spec.yaml, for editors."""
    return schema()


def schema() -> str:
    """The JSON schema of the specification's format; docs/spec.schema.json holds the same bytes."""
    found = Specification.model_json_schema()
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gonogo specification",
        "description": "The shape of spec.yaml, format 1.",
    }
    return json.dumps(head | {k: v for k, v in found.items() if k not in head}, indent=2, ensure_ascii=False) + "\n"


def _groups(content: Specification) -> Iterable[tuple[Resource | None, list[Requirement]]]:
    """Requirements by resource, in the order of the resources; those of none at the end."""
    known = {resource.id for resource in content.resources}
    for resource in content.resources:
        yield resource, [r for r in content.requirements if r.resource == resource.id]
    rest = [r for r in content.requirements if r.resource not in known]
    if rest:
        yield None, rest


def _cells(content: Specification, allow: Mapping[str, str]) -> list[str]:
    everyone = allow.get(ANONYMOUS)
    columns = [ANONYMOUS, *(role.id for role in content.roles)]
    return [allow.get(role) or everyone or REFUSED for role in columns]


def _trace(content: Specification, mentions: Mentions) -> Iterable[tuple[Requirement, list[str], list[str]]]:
    """Each requirement with the quality needs that measure it and the tests that name it."""
    for requirement in content.requirements:
        needs = [q.id for q in content.quality if q.endpoint in requirement.endpoints]
        names = [requirement.id, *(a.id for a in requirement.acceptance)]
        places = {place for name in names for place in mentions.places.get(name, ())}
        yield requirement, needs, [str(p) for p in sorted(places, key=lambda p: (p.path or "", p.line or 0))]


@cache
def _environment() -> Environment:
    folder = Path(__file__).with_name("templates")
    made = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Markdown, not HTML
    )
    made.globals |= {"tell": tell, "heads": heads, "METRICS": METRICS, "WORDS": WORDS}
    return made


def _template(name: str) -> Template:
    return _environment().get_template(name)
