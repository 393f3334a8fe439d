"""What will the service that is made of a specification promise? Its operations and schemas, as FastAPI writes them."""

from collections.abc import Mapping
from typing import Any

from stages.design.blueprint.fields import DATES, EMAIL_LENGTH, Field
from stages.design.blueprint.links import Linked
from stages.design.blueprint.resources import BODIES, Made, Operation

Json = dict[str, Any]
LARGEST_ID = 2**63 - 1
NO_NUL = r"^[^\x00]*$"
VISIBLE = r"^[^\x00]*[^\s\x00][^\x00]*$"
SUCCESS = {"add": "201", "delete": "204", "link": "204", "unlink": "204"}
VERSION: Json = {
    "description": "The version that was read; another one answers 409.",
    "maximum": float(LARGEST_ID - 1),
    "minimum": 1.0,
    "title": "Version",
    "type": "integer",
}
MEANINGS = {
    401: "Nobody is signed in, or the token or password is not valid.",
    403: "The signed-in user may not do this.",
    404: "There is no such thing, or the caller may not know of it.",
    409: "Somebody else was first: read again, then repeat.",
    413: "The body is larger than the service accepts.",
    429: "Too many failures or calls; `Retry-After` says when to try again.",
    422: "The request is understood but not valid; `errors` names each place.",
    503: "A part that the service needs does not answer; try again later.",
}


def with_resources(base: Mapping[str, Any], made: tuple[Made, ...]) -> Json:
    """The contract of the whole service: what each one has, and these resources."""
    paths, schemas = dict(base["paths"]), dict(base["components"]["schemas"])
    for resource in made:
        for op in resource.ops:
            method, path = op.endpoint.split()
            paths[path] = paths.get(path, {}) | {method.lower(): _operation(resource, op)}
        schemas |= {} if resource.is_link else _schemas(resource)
    for resource in made:  # a page of what a link leads to
        if isinstance(resource, Linked) and "listed" in resource.operations:
            schemas[f"Paged_{resource.target.listed}_"] = _paged(resource.target.listed)
    return {**base, "paths": paths, "components": {**base["components"], "schemas": schemas}}


def summary(resource: Made, op: Operation) -> str:
    texts = {
        "list": f"List {resource.many}, newest first",
        "add": f"Add {resource.a}",
        "read": f"Read {resource.a}",
        "change": f"Change {resource.a}",
        "delete": f"Delete {resource.a}",
        "move": f"Bring {resource.a} into another state",
    }
    if isinstance(resource, Linked):
        texts = {
            "listed": f"List the {resource.others} of {resource.source.a}, newest first",
            "link": f"Link {resource.one} to {resource.source.a}",
            "unlink": f"Take {resource.one} off {resource.source.a}",
        }
    return texts[op.kind]


def name(resource: Made, op: Operation) -> str:
    many = op.kind in {"list", "listed"}
    return f"{'list' if many else op.kind}_{resource.plural if many else resource.id}"


def _operation(resource: Made, op: Operation) -> Json:
    found: Json = {
        "operationId": name(resource, op),
        "summary": summary(resource, op),
        "tags": [resource.source.plural if isinstance(resource, Linked) else resource.plural],
        "responses": {SUCCESS.get(op.kind, "200"): _success(resource, op)}
        | {str(status): _problem(status) for status in resource.statuses(op)},
    }
    if parameters := _parameters(resource, op):
        found["parameters"] = parameters
    if op.kind in BODIES:
        schema = {"$ref": f"#/components/schemas/{resource.model}{_suffix(op)}"}
        found["requestBody"] = {"content": {"application/json": {"schema": schema}}, "required": True}
    if not op.is_open:
        found["security"] = [{"OAuth2PasswordBearer": []}]
    if op.kind in {"change", "move"}:
        found["description"] = DESCRIPTIONS[op.kind]
    return found


DESCRIPTIONS = {
    "change": "Only the version that was read can be changed, so nobody overwrites what she has not seen.",
    "move": "Only from the state and the version that were read, and only to a state that may follow.",
}


def _suffix(op: Operation) -> str:
    return {"add": "New", "change": "Change", "move": "Move"}[op.kind]


def _success(resource: Made, op: Operation) -> Json:
    if op.kind in {"delete", "link", "unlink"}:
        return {"description": "Successful Response"}
    shown = resource.target if isinstance(resource, Linked) else resource
    many = op.kind in {"list", "listed"}
    ref = f"Paged_{shown.listed}_" if many else f"{resource.model}Read"
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{ref}"}}}
    return {"description": "Successful Response", "content": content}


def _problem(status: int) -> Json:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": MEANINGS[status], "content": content}


def _parameters(resource: Made, op: Operation) -> list[Json]:
    if op.kind == "list":
        return [*_paging(), *_asking(resource)]
    if op.kind == "add":
        return []
    if isinstance(resource, Linked):
        ids = [_id(resource.source_column), *([] if op.kind == "listed" else [_id(resource.column)])]
        return [*ids, *(_paging() if op.kind == "listed" else [])]
    return [_id(f"{resource.id}_id")]


def _id(name: str) -> Json:
    schema = {"maximum": LARGEST_ID, "minimum": 1, "title": _title(name), "type": "integer"}
    return {"in": "path", "name": name, "required": True, "schema": schema}


def _paging() -> list[Json]:
    limit = {"default": 20, "maximum": 100, "minimum": 1, "title": "Limit", "type": "integer"}
    offset = {"default": 0, "maximum": 10000, "minimum": 0, "title": "Offset", "type": "integer"}
    return [_query("limit", limit), _query("offset", offset)]


def _query(name: str, schema: Json) -> Json:
    return {"in": "query", "name": name, "required": False, "schema": schema}


def _asking(resource: Made) -> list[Json]:
    found = [_query(one.column, _filter(one)) for one in resource.filters]
    if resource.by_state:
        found.append(_query("state", {"$ref": f"#/components/schemas/{resource.model}State"}))
    if resource.sorts:
        ways = ["newest", *(way for one in resource.sorts for way in (one.column, f"-{one.column}"))]
        found.append(_query("sort", {"default": "newest", "enum": ways, "title": "Sort", "type": "string"}))
    if resource.searched:
        schema = {"maxLength": 100, "minLength": 1, "pattern": NO_NUL, "title": "Search", "type": "string"}
        found.append(_query("search", schema))
    return found


def _filter(one: Field) -> Json:
    if one.type == "choice":
        return {"$ref": f"#/components/schemas/{one.enum}"}
    if one.type == "reference":
        return {"maximum": LARGEST_ID, "minimum": 1, "title": _title(one.column), "type": "integer"}
    if one.type in {"integer", "money"}:
        low, high = one.bounds
        return {"maximum": high, "minimum": low, "title": _title(one.column), "type": "integer"}
    return {**_input(one), "title": _title(one.column)}


def _schemas(resource: Made) -> Json:
    bodies = {op.kind for op in resource.ops}
    read = _shown(resource, resource.fields)
    found: Json = {}
    if bodies & {"add", "read", "change", "move"} or ("list" in bodies and not resource.has_secrets):
        found[f"{resource.model}Read"] = _closed(f"{resource.model}Read", read, list(read))
    if "list" in bodies:
        if resource.has_secrets:
            short = _shown(resource, resource.open_fields)
            closed = _closed(resource.listed, short, list(short))
            found[resource.listed] = {**closed, "description": "What a list shows: nothing that is sensitive."}
        found[f"Paged_{resource.listed}_"] = _paged(resource.listed)
    if "add" in bodies:
        required = [one.column for one in resource.fields if not one.optional]
        found[f"{resource.model}New"] = _input_schema(f"{resource.model}New", _inputs(resource), required)
    if "change" in bodies:
        fields = {"version": VERSION, **_inputs(resource)}
        found[f"{resource.model}Change"] = _input_schema(f"{resource.model}Change", fields, ["version"])
    if "move" in bodies:
        fields = {"version": VERSION, "state": {"$ref": f"#/components/schemas/{resource.model}State"}}
        found[f"{resource.model}Move"] = _input_schema(f"{resource.model}Move", fields, ["version", "state"])
    return found | _enums(resource, bodies, found)


def _enums(resource: Made, bodies: set[str], schemas: Json) -> Json:
    """Those that something refers to."""
    said = str(schemas)
    enums = {one.enum: list(one.values) for one in resource.choices}
    if resource.states:
        enums[f"{resource.model}State"] = list(resource.states)
    asked = "list" in bodies
    return {
        name: {"enum": values, "title": name, "type": "string"}
        for name, values in enums.items()
        if f"schemas/{name}'" in said or (asked and name in {one.enum for one in resource.filters})
    }


def _inputs(resource: Made) -> Json:
    return {one.column: _titled(one, _input(one)) for one in resource.fields}


def _titled(one: Field, schema: Json) -> Json:
    if one.optional:
        return {"anyOf": [schema, {"type": "null"}]} | ({} if "$ref" in schema else {"title": _title(one.column)})
    return schema if "$ref" in schema else {**schema, "title": _title(one.column)}


def _input(one: Field) -> Json:
    low, high = one.bounds
    pattern = one.alias_pattern or (VISIBLE if low else NO_NUL)
    number: Json = {"maximum": float(high), "minimum": float(low), "type": "integer"}
    kinds: dict[str, Json] = {
        "text": {"maxLength": high, "minLength": low, "pattern": pattern, "type": "string"},
        "email": {"format": "email", "maxLength": EMAIL_LENGTH, "type": "string"},
        "boolean": {"type": "boolean"},
        "date": {"description": DATES, "format": "date", "type": "string"},
        "datetime": {"description": DATES, "format": "date-time", "type": "string"},
        "choice": {"$ref": f"#/components/schemas/{one.enum}"},
        "reference": {"maximum": float(LARGEST_ID), "minimum": 1.0, "type": "integer"},
    }
    return kinds.get(one.type, number)


def _output(fields: tuple[Field, ...]) -> Json:
    return {one.column: _titled(one, _told(one)) for one in fields}


def _told(one: Field) -> Json:
    match one.type:
        case "choice":
            return {"$ref": f"#/components/schemas/{one.enum}"}
        case "date":
            return {"format": "date", "type": "string"}
        case "datetime":
            return {"format": "date-time", "type": "string"}
        case "text" | "email":
            return {"type": "string"}
    return {"type": "boolean" if one.type == "boolean" else "integer"}


def _shown(resource: Made, fields: tuple[Field, ...]) -> Json:
    """Its fields, between what the service adds to each."""
    found: Json = {"id": {"title": "Id", "type": "integer"}}
    if resource.owned:
        found["owner_id"] = {"title": "Owner Id", "type": "integer"}
    found |= _output(fields)
    if resource.states:
        found["state"] = {"$ref": f"#/components/schemas/{resource.model}State"}
    found["version"] = {"title": "Version", "type": "integer"}
    moment = {"format": "date-time", "type": "string"}
    return found | {when: {**moment, "title": _title(when)} for when in ("created_at", "updated_at")}


def _paged(item: str) -> Json:
    items = {"items": {"$ref": f"#/components/schemas/{item}"}, "title": "Items", "type": "array"}
    numbers = {name: {"title": name.capitalize(), "type": "integer"} for name in ("limit", "offset")}
    return _closed(f"Paged[{item}]", {"items": items, **numbers}, ["items", "limit", "offset"])


def _closed(title: str, properties: Json, required: list[str]) -> Json:
    return {"properties": properties, "required": required, "title": title, "type": "object"}


def _input_schema(title: str, properties: Json, required: list[str]) -> Json:
    """One that takes no other field."""
    found = {"additionalProperties": False, "properties": properties, "title": title, "type": "object"}
    return {**found, "required": required} if required else found


def _title(name: str) -> str:
    return name.title().replace("_", " ").strip()
