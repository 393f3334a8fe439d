"""Valid text of the world for a field: each script at the field's full length in characters, which is more bytes."""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from runner.http.examples import accepts
from runner.http.references import Schema
from runner.said import say

SCRIPTS = {
    "Chinese": "秋天的果园里挂着灯笼九十七盏",
    "Arabic": "بستان الخريف وفانوس المساء",
    "emoji": "🍎👩🏽‍🚀🏮🎑🌾🧑‍🤝‍🧑",
}
UNBOUNDED = 200  # characters for a field that names no bound
LONGEST = 20_000
FORMS = frozenset({"", "password", "textarea", "text"})  # formats under which any text is meant


def is_text(schema: Schema) -> bool:
    """Does the field take any text: no enum, no format of its own?"""
    fixed = "enum" in schema or "const" in schema
    return schema.get("type") == "string" and not fixed and str(schema.get("format", "")) in FORMS


def texts(schema: Schema) -> Iterator[tuple[str, str]]:
    """(what it is, the text): each script at full length, and at a third of it, as far as the schema accepts it."""
    longest = min(int(schema.get("maxLength", UNBOUNDED)), LONGEST)
    least = int(schema.get("minLength", 0))
    for script, sample in SCRIPTS.items():
        for length in dict.fromkeys((longest, max(least, longest // 3))):
            text = filled(sample, length)
            if text and accepts(schema, text):
                size = len(text.encode())
                yield (
                    say("{text} characters of {script} ({size} bytes)", text=len(text), script=script, size=size),
                    text,
                )


def filled(sample: str, length: int) -> str:
    """So many characters, of which none stands alone that only means something with its neighbours."""
    text = (sample * (length // len(sample) + 1))[:length]
    return (
        text[:-1] + sample[0]
        if text and (text[-1].isspace() or unicodedata.category(text[-1]) in {"Cf", "Sk"})
        else text
    )


def same_text(sent: str, read: Any) -> bool:
    """Is it what was sent, but for its Unicode form and the white space around it?"""
    return isinstance(read, str) and _plain(sent) == _plain(read)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def field_in(body: Any, name: str) -> Any:
    """The field in a JSON answer, out of its envelope; None where it is not told."""
    found = body.get("data", body) if isinstance(body, Mapping) else None
    if isinstance(found, Mapping) and name not in found and len(found) == 1:
        found = next(iter(found.values()))
    return found.get(name) if isinstance(found, Mapping) else None
