"""The service's `spec.yaml`: as text, and as the validated specification."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Self, get_args

from pydantic import BaseModel, ValidationError

from runner import specification
from runner.documents import NotReadable, read_document, yaml_in
from runner.errors import NotThere, ProbeError
from runner.model import Evidence, Place, in_file
from runner.probe import TargetProbe

MOST = 100  # problems that are told one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecificationFile(Evidence):
    """The specification as it is written."""

    path: str
    text: str
    problems: tuple[Place, ...]  # why it is not a valid specification; empty when it is
    parsed: specification.Specification | None
    there: bool = True
    document_there: bool = True  # the business document that it names exists

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        path = probe.target.spec
        if not probe.inside(path).is_file():
            return cls(path=path, text="", problems=(), parsed=None, there=False)
        try:
            text = read_document(probe.inside(path))
        except NotReadable as trouble:
            return cls(path=path, text="", problems=(_unreadable(path, trouble),), parsed=None)
        problems, parsed = parse(path, text)
        document = parsed.service.document if parsed else None
        found = document is None or (probe.root / document).is_file()
        return cls(path=path, text=text, problems=problems, parsed=parsed, document_there=found)

    def line_of(self, id: str) -> int | None:
        """The 1-based line on which an id is given, else on which the word first stands."""
        return next(iter(lines_of(self.text, id)), None) or line_of(self.text, id)

    def lines_of(self, id: str) -> tuple[int, ...]:
        """Every line that gives something this id."""
        return lines_of(self.text, id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec(Evidence):
    """The validated specification."""

    file: SpecificationFile
    content: specification.Specification

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        file = probe.need(SpecificationFile)
        if not file.there:
            raise NotThere(f"this service has no specification ({file.path})")
        if file.parsed is None:
            raise ProbeError(f"{file.path} is not a valid specification: {file.problems[0].note}")
        return cls(file=file, content=file.parsed)

    def place(self, id: str, note: str = "") -> Place:
        """Where an id stands in the file."""
        return in_file(self.file.path, self.file.line_of(id), note)


def parse(path: str, text: str) -> tuple[tuple[Place, ...], specification.Specification | None]:
    """The problems, each with its line, and the specification when there are none."""
    try:
        found = yaml_in(text)
    except NotReadable as trouble:
        return (_unreadable(path, trouble),), None
    try:
        return (), specification.Specification.model_validate(found.value)
    except ValidationError as error:
        told = error.errors(include_url=False)
        places = [in_file(path, found.line(*e["loc"]), _say(e)) for e in told[:MOST]]
        more = [in_file(path, None, f"and {len(told) - MOST} more problems")] if len(told) > MOST else []
        return (*places, *more), None


def _unreadable(path: str, trouble: NotReadable) -> Place:
    return in_file(path, trouble.line, f"not valid YAML: {trouble.problem}")


def _say(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"]) or "the file"
    if error["type"] != "extra_forbidden":
        return f"{where}: {error['msg']}"
    allowed = keys_at(error["loc"][:-1])
    near = get_close_matches(str(error["loc"][-1]), allowed, n=1)
    known = f" Did you mean `{near[0]}`?" if near else f" Allowed here: {', '.join(allowed)}."
    return f"{where}: no such key.{known}"


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


def line_of(text: str, word: str) -> int | None:
    """The 1-based line on which a word first stands: `R-1` does not stand in `R-10`."""
    whole = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
    return next((n for n, line in enumerate(text.splitlines(), start=1) if whole.search(line)), None)


def lines_of(text: str, id: str) -> tuple[int, ...]:
    """The 1-based lines that say `id: <id>`."""
    given = re.compile(rf"""(?<![\w-])["']?id["']?:\s*["']?{re.escape(id)}["']?\s*(?:[,}}#].*)?$""")
    inline = re.compile(rf"""[{{,]\s*["']?id["']?:\s*["']?{re.escape(id)}["']?\s*[,}}]""")
    lines = enumerate(text.splitlines(), start=1)
    return tuple(n for n, line in lines if given.search(line) or inline.search(line))
