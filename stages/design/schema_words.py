"""How is a schema said to people? Its kind in a word, its limits in a few."""

from runner.evidence.contract.contract import Contract, Schema
from runner.said import say, together

LIMITS = (
    ("minLength", "at least {value} characters"), ("maxLength", "at most {value} characters"), ("minimum", "≥ {value}"),
    ("maximum", "≤ {value}"),
    ("exclusiveMinimum", "> {value}"), ("exclusiveMaximum", "< {value}"), ("minItems", "at least {value} items"),
    ("maxItems", "at most {value} items"), ("multipleOf", "a multiple of {value}"), ("pattern", "matches `{value}`"),
)  # fmt: skip


def name_of(schema: Schema) -> str:
    """The model behind a reference; empty for a schema without a name."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def kind(schema: Schema) -> str:
    """`list of PostRead`, `string (date-time) or null`."""
    name = name_of(schema)
    if name:
        return name
    alternatives = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if alternatives:
        return together(dict.fromkeys(kind(one) for one in alternatives), " or ")
    if "enum" in schema:
        return together((f"“{value}”" for value in schema["enum"]), " or ")
    if "const" in schema:
        return f"“{schema['const']}”"
    if schema.get("type") == "array":
        return say("list of {kind}", kind=kind(schema.get("items", {})))
    word = schema.get("type", "anything")
    word = " or ".join(word) if isinstance(word, list) else str(word)
    return f"{word} ({schema['format']})" if "format" in schema else word


def limits(contract: Contract, schema: Schema) -> str:
    """`at least 1 characters, at most 200 characters, default 20`."""
    branches = [contract.resolve(one) for one in (schema, *schema.get("anyOf", ()), *schema.get("oneOf", ()))]
    said = [say(words, value=_plain(b[word])) for word, words in LIMITS for b in branches if word in b]
    if "default" in schema:
        nothing = schema["default"] is None
        said.append(say("default nothing") if nothing else say("default {value}", value=schema["default"]))
    return together(dict.fromkeys(said)) if said else ""


def _plain(value: object) -> object:
    return f"{value:g}" if isinstance(value, float) else value
