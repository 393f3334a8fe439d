"""Documents of the design stage: evidence → text."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping

from runner.evidence.agreed.specification import Spec
from runner.evidence.contract.contract import Contract, Operation, Schema
from runner.evidence.contract.routes import Routes
from runner.markdown import Marked, below, code, table
from runner.model import artifact
from runner.said import say, tell, together
from runner.specification import ANONYMOUS
from runner.words import plural
from stages.design.schema_words import kind, limits, name_of

REFUSED = "·"
MANY = 6  # operations that are still listed by name


@artifact("contract.json", step="2.1")
def contract_as_served(contract: Contract) -> str:
    """The contract as the app serves it."""
    return json.dumps(contract.document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


@artifact("resource-map.md", step="2.1")
def resource_map(contract: Contract) -> str:
    """The map of resources."""
    groups = by_resource(contract)
    paths = len({o.path for o in contract.operations})
    counted = tell(
        "{resources}, {paths}, {operations}.",
        resources=plural(len(groups), "resource"),
        paths=plural(paths, "path"),
        operations=plural(len(contract.operations), "operation"),
    )
    parts = [f"# {tell('Resources')}\n\n{counted}"]
    parts.append(_picture(groups))
    for resource, operations in groups.items():
        rows = [
            (o.method, o.path, o.summary or "·", _answers(o), say("signed in") if o.is_protected else say("open"))
            for o in operations
        ]
        parts.append(f"## {resource}\n\n" + table(("method", "path", "what it does", "answers", "who"), list(rows)))
    return "\n\n".join(parts) + "\n"


def by_resource(contract: Contract) -> dict[str, list[Operation]]:
    """Operations by the first fixed word of their path, versions and `api` left out."""
    groups: dict[str, list[Operation]] = defaultdict(list)
    for operation in contract.operations:
        words = [
            w for w in operation.path.split("/") if w and not w.startswith("{") and not re.fullmatch(r"api|v\d+", w)
        ]
        groups[words[0] if words else "/"].append(operation)
    return dict(groups)


def _picture(groups: Mapping[str, list[Operation]]) -> str:
    lines = ["```mermaid", "flowchart LR", '    api(["API"])']
    for number, (resource, operations) in enumerate(groups.items()):
        lines.append(f'    api --> r{number}["{resource}"]')
        paths = list(dict.fromkeys(o.path for o in operations))
        for index, path in enumerate(paths):
            methods = " ".join(o.method for o in operations if o.path == path)
            lines.append(f'    r{number} --> r{number}p{index}["{methods} {path}"]')
    return "\n".join([*lines, "```"])


def _answers(operation: Operation) -> str:
    success = operation.success
    return f"{success.status}" if success else "·"


@artifact("error-catalogue.md", step="2.1")
def error_catalogue(contract: Contract) -> str:
    """The catalogue of errors."""
    found: dict[str, list[tuple[Operation, str]]] = defaultdict(list)
    shapes: dict[str, set[str]] = defaultdict(set)
    for operation in contract.operations:
        for response in operation.responses:
            if response.status[0] in "45":
                found[response.status].append((operation, response.description))
                fields = contract.properties(response.schema) if response.schema else {}
                shapes[f"{', '.join(response.media) or tell('no body')}: {', '.join(fields) or tell('no fields')}"].add(
                    response.status
                )
    statuses = plural(len(found), "status")
    counted = tell("{statuses}, answered in {shapes}.", statuses=statuses, shapes=plural(len(shapes), "shape"))
    head = f"# {tell('Errors')}\n\n{counted}"
    rows: list[tuple[object, ...]] = [(shape, ", ".join(sorted(those))) for shape, those in sorted(shapes.items())]
    parts = [head, table(("shape", "statuses"), rows)]
    for status, users in sorted(found.items()):
        by_meaning: dict[str, list[str]] = defaultdict(list)
        for operation, meaning in users:
            by_meaning[meaning or tell("not described")].append(operation.endpoint)
        lines: list[tuple[object, ...]] = [(meaning, below(ends)) for meaning, ends in by_meaning.items()]
        parts.append(f"## {status}\n\n" + table(("what it means", "who answers it"), lines))
    return "\n\n".join(parts) + "\n"


@artifact("models.md", step="2.2")
def model_catalogue(contract: Contract) -> str:
    """The catalogue of request and response models."""
    schemas: Mapping[str, Schema] = contract.document.get("components", {}).get("schemas", {})
    taken, answered = _uses(contract)
    counted = tell(
        "{models}: {taken} are taken from clients, {answered} are answered to them.",
        models=plural(len(schemas), "model"),
        taken=len(set(taken) & set(schemas)),
        answered=len(set(answered) & set(schemas)),
    )
    parts = [f"# {tell('Models')}\n\n{counted}"]
    for name, schema in sorted(schemas.items()):
        parts.append(f"## {name}")
        if schema.get("description"):
            parts.append(str(schema["description"]))
        for word, ends in (
            ("Taken by: {operations}.", taken.get(name)),
            ("Answered by: {operations}.", answered.get(name)),
        ):
            parts += [tell(word, operations=_operations(ends))] if ends else []
        parts.append(_fields(contract, schema))
    return "\n\n".join(parts) + "\n"


def _operations(endpoints: set[str]) -> str:
    return (
        plural(len(endpoints), "operation") if len(endpoints) > MANY else together(code(e) for e in sorted(endpoints))
    )


def _fields(contract: Contract, schema: Schema) -> str:
    properties = schema.get("properties", {})
    if not properties:
        return f"{kind(schema)} {limits(contract, schema)}".strip()
    required = schema.get("required", ())
    rows: list[tuple[object, ...]] = [
        (
            code(name),
            kind(one),
            say("yes") if name in required else say("no"),
            limits(contract, one) or "·",
            one.get("description", ""),
        )
        for name, one in properties.items()
    ]
    closed = f"\n\n{tell('Unknown fields are refused.')}" if schema.get("additionalProperties") is False else ""
    return table(("field", "kind", "required", "limits", "meaning"), rows) + closed


def _uses(contract: Contract) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Model → operations that take it, and that answer it; models inside of models included."""
    taken: dict[str, set[str]] = defaultdict(set)
    answered: dict[str, set[str]] = defaultdict(set)
    for path, item in contract.document.get("paths", {}).items():
        for method, raw in contract.referred(item).items():
            if not isinstance(raw, Mapping):
                continue
            endpoint = f"{method.upper()} {path}"
            for name in _names(contract, raw.get("requestBody", {}), frozenset()):
                taken[name].add(endpoint)
            for name in _names(contract, raw.get("responses", {}), frozenset()):
                answered[name].add(endpoint)
    return taken, answered


def _names(contract: Contract, node: object, seen: frozenset[str]) -> set[str]:
    if isinstance(node, list):
        return {name for one in node for name in _names(contract, one, seen)}
    if not isinstance(node, Mapping):
        return set()
    name = name_of(node)
    if name and name not in seen:
        return {name} | _names(contract, contract.referred(node), seen | {name})
    return {found for one in node.values() for found in _names(contract, one, seen)}


@artifact("routes.md", step="2.3")
def route_table(contract: Contract, routes: Routes, spec: Spec) -> str:
    """Routes by role and status."""
    roles = [ANONYMOUS, *(role.id for role in spec.content.roles)]
    rows = []
    for operation in contract.operations:
        allow = next((p.allow for p in spec.content.permissions if p.endpoint == operation.endpoint), None)
        cells = ["?" if allow is None else allow.get(r) or allow.get(ANONYMOUS) or REFUSED for r in roles]
        route = routes.of(operation.endpoint)
        where = f"{route.file}:{route.line}" if route and route.file else "·"
        statuses = " ".join(r.status for r in operation.responses)
        asked = ", ".join(spec.content.requirements_of(operation.endpoint)) or "·"
        rows.append((operation.endpoint, *cells, statuses, asked, where))
    head = (tell("operation"), *map(Marked, roles), tell("statuses"), tell("requirements"), tell("code"))
    counted = tell(
        "{operations}, {roles}. "
        "`any`: every object, `own`: the caller's own, `·`: refused with 401 or 403, `?`: no rule.",
        operations=plural(len(rows), "operation"),
        roles=plural(len(roles), "role"),
    )
    return f"# {tell('Routes')}\n\n{counted}\n\n{table(head, list(rows))}\n"
