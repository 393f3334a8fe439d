"""How is an OpenAPI contract read? Operations by tag, each opening to what it takes and answers; schemas."""

from typing import Any

import streamlit as st

from runner.http.references import referred
from runner.said import say, tell, together
from runner.words import plural
from workflow.web.text import esc, heads, label, quoted, slug, table

METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
LIMITS = {
    "minLength": say("≥ {} characters"), "maxLength": say("≤ {} characters"), "minimum": "≥ {}", "maximum": "≤ {}",
    "exclusiveMinimum": "> {}", "exclusiveMaximum": "< {}",
    "minItems": say("≥ {} items"), "maxItems": say("≤ {} items"),
    "pattern": say("matches {}"), "default": say("default {}"), "multipleOf": say("multiple of {}"),
}  # fmt: skip
Json = dict[str, Any]


def is_contract(data: object) -> bool:
    return isinstance(data, dict) and "openapi" in data and isinstance(data.get("paths"), dict)


def draw_contract(data: Json) -> None:
    st.html(summary(data) + operations(data) + schemas(data))


def summary(data: Json) -> str:
    info = _dict(data.get("info"))
    found = list(each_operation(data))
    told = together(
        (f"OpenAPI {data['openapi']}", plural(len(found), "operation"), plural(len(_models(data)), "schema")), " · "
    )
    return (
        f'<h3 class="contract">{esc(info.get("title", tell("Contract")))} '
        f'<span class="muted">{esc(info.get("version", ""))}</span></h3>'
        f'<p class="muted">{esc(tell(told))}</p><p>{quoted(str(info.get("description", "")))}</p>'
    )


def each_operation(data: Json) -> list[tuple[str, str, Json]]:
    """(method, path, operation), as the contract has them; what is not an operation is left out."""
    return [
        (method, path, operation)
        for path, item in _dict(data.get("paths")).items()
        for method, operation in _dict(item).items()
        if method in METHODS and isinstance(operation, dict)
    ]


def operations(data: Json) -> str:
    groups: dict[str, list[str]] = {}
    shared = {path: _list(_dict(item).get("parameters")) for path, item in _dict(data.get("paths")).items()}
    for method, path, operation in each_operation(data):
        tag = str(next(iter(_list(operation.get("tags"))), tell("other")))
        groups.setdefault(tag, []).append(_operation(method, path, operation, shared[path], data))
    return "".join(
        f'<h4 class="tagname">{esc(tag)}</h4><div class="lines">{"".join(found)}</div>' for tag, found in groups.items()
    )


def _operation(method: str, path: str, operation: Json, shared: list[Any], data: Json) -> str:
    lock = f'<span class="tag">{tell("signed in")}</span>' if operation.get("security", data.get("security")) else ""
    old = f'<span class="tag">{tell("deprecated")}</span>' if operation.get("deprecated") else ""
    return (
        f'<details class="operation"><summary><span class="method {slug(method)}">{method.upper()}</span>'
        f"<code>{esc(path)}</code><span class='what muted'>{esc(operation.get('summary', ''))}</span>{lock}{old}"
        f'</summary><div class="inside">{_inside(operation, shared, data)}</div></details>'
    )


def _inside(operation: Json, shared: list[Any], data: Json) -> str:
    told = f"<p>{quoted(str(operation['description']))}</p>" if operation.get("description") else ""
    given = [_behind(one, data) for one in [*shared, *_list(operation.get("parameters"))]]
    if given:
        rows = [
            (f"<code>{esc(p.get('name', '?'))}</code>{_star(p.get('required'))}", esc(p.get("in", "")),
             kind(_dict(p.get("schema"))), quoted(str(p.get("description", ""))))
            for p in given
        ]  # fmt: skip
        told += f"{label('Parameters')}{table(heads('Name', 'In', 'Type', 'Meaning'), rows)}"
    body = _behind(operation.get("requestBody"), data)
    if body:
        told += f"{label('Request body')}<p>{_media(body)}</p>"
    answers = [
        (f"<b>{esc(status)}</b>", quoted(str(answer.get("description", ""))), _media(answer))
        for status, answer in ((s, _behind(one, data)) for s, one in _dict(operation.get("responses")).items())
    ]
    return told + f"{label('Answers')}{table(heads('Status', 'Meaning', 'Body'), answers)}"


def schemas(data: Json) -> str:
    models = _models(data)
    if not models:
        return ""
    found = "".join(_schema(name, _dict(model)) for name, model in models.items())
    return f'<h4 class="tagname">{tell("Schemas")}</h4><div class="lines">{found}</div>'


def _schema(name: str, model: Json) -> str:
    fields, required = _dict(model.get("properties")), _list(model.get("required"))
    if not fields:
        inside = f"<p>{kind(model)}</p>"
    else:
        rows = [
            (f"<code>{esc(field)}</code>{_star(field in required)}", kind(_dict(one)), _limits(_dict(one)))
            for field, one in fields.items()
        ]
        inside = table(heads("Field", "Type", "Rules"), rows)
    closed = f'<span class="tag">{tell("no other fields")}</span>' if model.get("additionalProperties") is False else ""
    told = f"<p>{quoted(str(model['description']))}</p>" if model.get("description") else ""
    fields_told = tell(plural(len(fields), "field")) if fields else tell("value")
    return (
        f'<details class="operation"><summary><code>{esc(name)}</code><span class="what muted">{fields_told}</span>'
        f'{closed}</summary><div class="inside">{told}{inside}</div></details>'
    )


def kind(schema: Json) -> str:
    """A schema's type in a few words: `array of PostRead`, `string (email) or null`."""
    if ref := schema.get("$ref"):
        return f"<code>{esc(str(ref).rpartition('/')[2])}</code>"
    for word, key in ((tell("or"), "anyOf"), (tell("or"), "oneOf"), (tell("and"), "allOf")):
        if options := _list(schema.get(key)):
            return f" {word} ".join(dict.fromkeys(kind(_dict(option)) for option in options))
    if "enum" in schema or "const" in schema:
        return (
            tell("one of")
            + " "
            + ", ".join(f"<code>{esc(v)}</code>" for v in _list(schema.get("enum")) or [schema["const"]])
        )
    name = schema.get("type", tell("anything"))
    if name == "array":
        return tell("array of {kind}", kind=kind(_dict(schema.get("items"))))
    text = f" {tell('or')} ".join(map(str, name)) if isinstance(name, list) else str(name)
    return esc(f"{text} ({schema['format']})" if schema.get("format") else text)


def _limits(schema: Json) -> str:
    inner = [schema, *(_dict(one) for key in ("anyOf", "allOf") for one in _list(schema.get(key)))]
    found = [esc(tell(told).format(one[key])) for one in inner for key, told in LIMITS.items() if key in one]
    told = quoted(str(schema.get("description", "")))
    return " · ".join([*dict.fromkeys(found), *([told] if told else [])])


def _media(answer: Json) -> str:
    found = [
        f'{kind(_dict(_dict(media).get("schema")))} <span class="muted">{esc(name)}</span>'
        for name, media in _dict(answer.get("content")).items()
    ]
    return "<br>".join(found) or f'<span class="muted">{tell("none")}</span>'


def _behind(one: object, data: Json) -> Json:
    """What a reference names; anything else as it is; {} when it is neither."""
    return _dict(referred(data, _dict(one)))


def _models(data: Json) -> Json:
    return _dict(_dict(data.get("components")).get("schemas"))


def _star(required: object) -> str:
    return f'<span class="required" title="{tell("required")}">*</span>' if required else ""


def each(value: object) -> list[Json]:
    """The objects of a list in somebody's JSON."""
    return [_dict(one) for one in _list(value)]


def fields(value: object) -> Json:
    return _dict(value)


def _dict(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
