"""Which specification would describe the service as it is? A proposal for people to decide on, line by line."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from runner.evidence.contract.contract import Contract, Operation
from runner.said import say, told
from runner.specification import Permission, Resource, Role, Scope, ServiceHead, Specification
from runner.vocabulary.health import is_about_itself
from stages.requirements.proposed_access import row
from stages.requirements.proposed_questions import Looked, questions
from stages.requirements.proposed_requirements import Group, groups, requirements

WIDTH = 120
NAMEABLE = re.compile(r"^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) /\S*$")  # as `Endpoint` wants it
HEAD = say("""\
# A proposal, written by `invoke adopt` from what {name} serves today. Nobody has agreed to it yet.
#
# It says what is, not what should be: a mistake of the service stands here like a wish. Every line wants a yes.
#   1. Answer the questions at the end: write `answer:`, `owner:` and `status: answered`, and mend what follows from it.
#   2. Read each requirement and each permission with those who know; strike out or correct what is not meant.
#   3. Write down the quality needs with numbers, and the rows under `data`.
#   4. Run `invoke stage.requirements`: it names what still blocks. Then delete this head.
""")
COMMENTS = {
    "service": say("The summary is the contract's own; the owner is a question."),
    "scope": say("What is there. What is left out on purpose, only people know."),
    "roles": say("Those that could be signed in, least powerful first."),
    "resources": say("The first fixed word of each path. `owner:`, the role that answers for it, is a question."),
    "requirements": say("One per operation, then one per way of refusing. `rationale` says whether it was seen."),
    "permissions": say("Who got in when gonogo asked with every role. An operation without a row could not be judged."),
    "data": say("Rows per table at which the quality needs hold."),
    "questions": say("What nobody can see from outside. Each one blocks until somebody owns it."),
}


def propose(looked: Looked) -> Specification:
    """The whole proposal. What was not seen is a question in it."""
    known = [o for o in looked.contract.operations if NAMEABLE.match(o.endpoint)]
    grouped = groups(known)
    rows = {o.endpoint: row(looked.access, o.endpoint) for o in known}
    return Specification(
        gonogo=1,
        service=_head(looked, len(known), len(grouped)),
        scope=Scope(included=tuple(_included(group) for group in grouped)),
        roles=tuple(Role(id=role, description=_role(looked, role)) for role in looked.access.roles),
        resources=tuple(Resource(id=group.id, description=_described(looked.contract, group)) for group in grouped),
        requirements=tuple(r for group in grouped for r in requirements(looked.contract, group, rows)),
        permissions=tuple(Permission(endpoint=one.endpoint, allow=one.allow) for one in rows.values() if one.told),
        questions=questions(looked, grouped, rows),
    )


def as_yaml(proposal: Specification) -> str:
    """The file: a head that says what it is, and a comment above each part."""
    data = proposal.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    parts = [told(HEAD).format(name=proposal.service.name), block({"gonogo": data.pop("gonogo")})]
    named = [name for name in ("service", "scope", "roles", "resources", "requirements", "permissions") if name in data]
    parts += [f"# {told(COMMENTS[name])}\n{block({name: data[name]})}" for name in named]
    parts += [_quality_to_agree(proposal), f"# {told(COMMENTS['data'])}\ndata: {{}}\n"]
    parts.append(f"# {told(COMMENTS['questions'])}\n{block({'questions': data['questions']})}")
    return "\n".join(parts)


class _Short(list[Any]):
    """A list on one line."""


class _Row(dict[str, Any]):
    """A mapping on one line."""


class _Dumper(yaml.SafeDumper):
    """YAML as people write it: entries of a list are indented below its name."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        super().increase_indent(flow, False)  # noqa: FBT003


_Dumper.add_representer(_Short, lambda d, data: d.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True))
_Dumper.add_representer(_Row, lambda d, data: d.represent_mapping("tag:yaml.org,2002:map", data, flow_style=True))


def block(data: Mapping[str, Any]) -> str:
    """A part of a specification, as people write YAML."""
    return yaml.dump(_laid_out(data), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)


def _laid_out(node: Any, name: str = "") -> Any:
    """The same data, with what is read as one line marked so: a permission, the roles of a requirement."""
    if isinstance(node, Mapping):
        laid = {key: _laid_out(value, key) for key, value in node.items()}
        return _Row(laid) if {"allow", "type"} & set(laid) or name in {"allow", "load", "states"} else laid
    if isinstance(node, list):
        on_a_line = name == "roles" and all(isinstance(one, str) for one in node)
        return _Short(node) if on_a_line else [_laid_out(one) for one in node]
    return node


def _head(looked: Looked, operations: int, resources: int) -> ServiceHead:
    info = looked.contract.document.get("info", {})
    said = next((line.strip() for line in str(info.get("description") or "").splitlines() if line.strip()), "")
    title = str(info.get("title") or looked.name).strip()
    summary = said or f"{title}: {operations} operations on {resources} resources."
    return ServiceHead(name=looked.name, summary=summary, owner="nobody yet (Q-001)")


def _included(group: Group) -> str:
    methods = ", ".join(dict.fromkeys(operation.method for operation in group.operations))
    many = "operation" if len(group.operations) == 1 else "operations"
    return f"{group.id}: {len(group.operations)} {many} ({methods})"


def _role(looked: Looked, role: str) -> str:
    if role not in looked.access.named:
        return "Whoever signs up. No one has said yet what else there is."
    return "A role that the service lists. No one has described it yet."


def _described(contract: Contract, group: Group) -> str:
    """The contract's own words for a tag of this name, else what it takes and gives."""
    tags = {str(t.get("name")): str(t.get("description") or "") for t in contract.document.get("tags", ())}
    words = next((tags[tag] for o in group.operations for tag in o.tags if tags.get(tag)), "")
    return " ".join(words.split()) or f"What stands below /{group.id}. No one has described it yet."


def _quality_to_agree(proposal: Specification) -> str:
    """An example to start from, commented out: a number that nobody agreed to must not gate."""
    reads = [r.endpoints[0] for r in proposal.requirements if r.endpoints[0].startswith("GET ")]
    endpoint = _plainest(reads) or proposal.requirements[0].endpoints[0]
    text = f"While 20 users read and write, the service shall answer {endpoint} within 250 ms at the 95th percentile."
    example = {
        "id": "QN-001",
        "text": text,
        "metric": "latency",
        "endpoint": endpoint,
        "percentile": 95,
        "limit": 250,
        "unit": "ms",
        "load": {"users": 20, "seconds": 12},
    }
    lines = block({"quality": [example]}).splitlines()
    head = say("Quality needs: none can be seen. The form, with numbers to be agreed (also throughput, error_rate):")
    return "\n".join([f"# {told(head)}", *(f"#   {line}" for line in lines), "quality: []", ""])


def _plainest(endpoints: Sequence[str]) -> str:
    lists = [endpoint for endpoint in endpoints if "{" not in endpoint and not _is_apart(endpoint)]
    return next(iter([*lists, *endpoints]), "")


def _is_apart(endpoint: str) -> bool:
    """No load is worth agreeing on there first."""
    return is_about_itself(endpoint.partition(" ")[2]) or endpoint.endswith("/me")


def unnameable(operations: Sequence[Operation]) -> tuple[str, ...]:
    """Operations that the specification's format can't name: TRACE, a space in the path."""
    return tuple(operation.endpoint for operation in operations if not NAMEABLE.match(operation.endpoint))
