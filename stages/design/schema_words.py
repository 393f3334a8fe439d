"""How is a schema said to people? Its kind in a word, its limits in a few."""

from runner.evidence.contract.contract import Contract, Schema

LIMITS = (
    ("minLength", "at least {} characters"), ("maxLength", "at most {} characters"), ("minimum", "≥ {}"),
    ("maximum", "≤ {}"),
    ("exclusiveMinimum", "> {}"), ("exclusiveMaximum", "< {}"), ("minItems", "at least {} items"),
    ("maxItems", "at most {} items"), ("multipleOf", "a multiple of {}"), ("pattern", "matches `{}`"),
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
        return " or ".join(dict.fromkeys(kind(one) for one in alternatives))
    if "enum" in schema:
        return " or ".join(f"“{value}”" for value in schema["enum"])
    if "const" in schema:
        return f"“{schema['const']}”"
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items', {}))}"
    word = schema.get("type", "anything")
    word = " or ".join(word) if isinstance(word, list) else str(word)
    return f"{word} ({schema['format']})" if "format" in schema else word


def limits(contract: Contract, schema: Schema) -> str:
    """`at least 1 characters, at most 200 characters, default 20`."""
    branches = [contract.resolve(one) for one in (schema, *schema.get("anyOf", ()), *schema.get("oneOf", ()))]
    said = [words.format(_plain(b[word])) for word, words in LIMITS for b in branches if word in b]
    if "default" in schema:
        said.append(f"default {'nothing' if schema['default'] is None else schema['default']}")
    return ", ".join(dict.fromkeys(said))


def _plain(value: object) -> object:
    return f"{value:g}" if isinstance(value, float) else value
