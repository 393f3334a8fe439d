"""The text of a `spec.yaml`: read into a specification, or what is wrong with it; on which line something stands."""

import re
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from runner import specification
from runner.model import Place, in_file
from runner.reading.documents import NotReadable, Scalar, Yaml, yaml_in
from runner.said import say, together
from runner.specification_rules import clashing

MOST = 100  # problems that are told one by one
# What to write where a key is missing.
REMEDIES = {
    "limit": say("write the number that must hold, `limit: 250`, or ask it under `questions:` and leave the need out"),
    "unit": say("write what the limit is counted in: ms, req/s or %"),
    "id": say("give it an id of its own, as REQ-POST-001"),
    "endpoint": say("write the method and the path: GET /posts"),
}


def parse(path: str, text: str) -> tuple[tuple[Place, ...], specification.Specification | None]:
    """The problems, each with its line, and the specification when there are none."""
    try:
        found = yaml_in(text)
    except NotReadable as error:
        return (unreadable(path, error),), None
    try:
        parsed = specification.Specification.model_validate(found.value)
        clashes = [
            in_file(path, found.line(*loc), say("{map}: {said}", map=".".join(map(str, loc)), said=said))
            for loc, said in clashing(parsed)
        ]
        return tuple(clashes[:MOST]), None if clashes else parsed
    except ValidationError as error:
        told = error.errors(include_url=False)
        places = [in_file(path, found.line(*e["loc"]), _say(e)) for e in told[:MOST]]
        more = [in_file(path, None, say("and {told} more problems", told=len(told) - MOST))] if len(told) > MOST else []
        return (*places, *more), None


def unreadable(path: str, problem: NotReadable) -> Place:
    """The place at which a file stops being YAML, with what is wrong there."""
    return in_file(path, problem.line, say("not valid YAML: {problem}", problem=problem.problem))


def _say(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"]) or say("the file")
    if error["type"] == "missing":
        remedy = REMEDIES.get(str(error["loc"][-1]), say("write it down"))
        return say("{where} is missing{in_which}: {remedy}", where=where, in_which=_in_which(error), remedy=remedy)
    if error["type"] != "extra_forbidden":
        return say("{where}: {error}", where=where, error=error["msg"])
    allowed = keys_at(error["loc"][:-1])
    near = get_close_matches(str(error["loc"][-1]), allowed, n=1)
    known = (
        say(" Did you mean `{near}`?", near=near[0])
        if near
        else say(" Allowed here: {allowed}.", allowed=together(allowed))
    )
    return say("{where}: no such key.{known}", where=where, known=known)


def keys_at(loc: tuple[int | str, ...]) -> list[str]:
    """The keys that a specification knows at a place: () is its top, ("roles", 0) one of its roles."""
    model: type[BaseModel] = specification.Specification
    for name in (part for part in loc if isinstance(part, str)):
        field = next((f for key, f in model.model_fields.items() if name in (key, f.alias)), None)
        inner = [field.annotation, *get_args(field.annotation)] if field else []
        models = [one for one in inner if isinstance(one, type) and issubclass(one, BaseModel)]
        if not models:
            return []
        model = models[0]
    return [field.alias or name for name, field in model.model_fields.items()]


def _in_which(error: Any) -> str:
    """The id of the entry that lacks it."""
    entry = error["input"].get("id") if isinstance(error["input"], dict) else None
    return say(" ({entry})", entry=entry) if entry else ""


def line_of(text: str, word: str) -> int | None:
    """The 1-based line on which a word first stands: `R-1` does not stand in `R-10`."""
    whole = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
    return next((n for n, line in enumerate(text.splitlines(), start=1) if whole.search(line)), None)


def lines_of(text: str, id: str) -> tuple[int, ...]:
    """The 1-based lines that say `id: <id>`."""
    return tuple(one.line for one in texts_in(text) if one.where[-1:] == ("id",) and one.value == id)


def line_at(text: str, *path: int | str) -> int | None:
    """The 1-based line of a key or an entry, as deep as the document goes; None where it is not YAML."""
    document = _document(text)
    return document.line(*path) if document else None


@lru_cache(maxsize=8)
def _document(text: str) -> Yaml | None:
    try:
        return yaml_in(text)
    except NotReadable:
        return None


@lru_cache(maxsize=8)
def texts_in(text: str) -> tuple[Scalar, ...]:
    """Every value of a YAML document that is no key, in its order; none where it is not YAML."""
    document = _document(text)
    return tuple(document.scalars()) if document else ()
