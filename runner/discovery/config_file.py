"""What is wrong in a `gonogo.toml`? With the line, the key and what was probably meant."""

import re
import string
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from runner.discovery.config import NAME, PLACEHOLDERS, Config, allowed_keys
from runner.errors import WorkflowError
from runner.reading.documents import NotReadable, read_document, toml_in
from runner.reading.walk import folders_above
from runner.said import say, together

# Keys whose value is a path; the interpreter alone may lie elsewhere.
PATHS = {
    "service": ("sources", "spec", "contract", "alembic", "tests", "lock", "load"),
    "deployment": ("image", "compose", "alerts"),
    "checks": ("files",),
}
HINTS = {
    "service.app": say('write "module:attribute", or "module:function()" for a factory'),
    "access.open": say('write methods and paths: ["POST /contact"]'),
    "identities": say('write the method and the path: "POST /auth/login"'),
    "deployment.advisories": say('write "ci", or the address of an OSV query service: "https://…/v1/query"'),
    "health": say('write a path that starts with a slash: "/health"'),
    "env": say('variables are text: put the value in quotes, KEY = "8000"'),
    "checks.files": say('write a list of paths: ["ops/gonogo_checks.py"]'),
    "scope": say('write the step and why it is left out, in a sentence: "6.3" = "nothing is cached"'),
    "people": say('write an e-mail address and a role: "ada@example.org" = "lead"'),
    "sign": say('write the stage and who must sign it: deployment = "lead"'),
    "waivers": say("let `invoke waive CHECK --reason … --until …` write it"),
    "limits": say('variables are text: put the value in quotes, KEY = "1"'),
    "production": say('variables are text: put the value in quotes, KEY = "1"'),
}


def read_config(root: Path) -> Config:
    """The validated `gonogo.toml` of the service in `root`; all defaults when there is none."""
    path = root / NAME
    if not path.is_file():
        return Config()
    try:
        text = read_document(path)
    except NotReadable as error:
        raise WorkflowError(say("{path}: {error}.", path=path, error=error)) from error
    try:
        config = Config.model_validate(toml_in(text))
    except NotReadable as error:
        raise WorkflowError(_syntax(path, text, error)) from error
    except ValidationError as error:
        raise WorkflowError("\n".join(_explain(path, text, dict(e)) for e in error.errors())) from error
    wrong = [
        *_wrong_placeholders(path, text, "env", config.env),
        *_wrong_placeholders(path, text, "production", config.production),
        *_leading_out(path, text, config),
    ]
    if wrong:
        raise WorkflowError("\n".join(wrong))
    return config


def _syntax(path: Path, text: str, problem: NotReadable) -> str:
    """With the line, its text, and the usual cause."""
    if problem.line is None:
        return say("{path}: not valid TOML: {problem}.", path=path, problem=problem)
    number, lines = problem.line, text.splitlines()
    line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    what = problem.problem
    hint = say(" Text stands in quotes.") if re.fullmatch(r"[\w.-]+\s*=\s*[^\"'\[{\d].*", line) else ""
    return say(
        "{path}, line {number}: not valid TOML: {what}: `{line}`.{hint}",
        path=path,
        number=number,
        what=what,
        line=line,
        hint=hint,
    )


def _explain(path: Path, text: str, error: dict[str, object]) -> str:
    loc = error["loc"]
    keys = [str(part) for part in loc if not isinstance(part, int)] if isinstance(loc, tuple) else []
    where = say("{path}, line {line}, key `{keys}`", path=path, line=_line(text, keys), keys=".".join(keys))
    if error["type"] == "extra_forbidden":
        allowed = allowed_keys(keys[:-1])
        return say(
            "{where}: no such key.{near} Allowed here: {allowed}.",
            where=where,
            near=_near(keys[-1], allowed),
            allowed=together(allowed),
        )
    given = error["input"]
    if error["type"] == "literal_error":
        allowed = re.findall(r"'([^']+)'", str(error["msg"]))
        return say(
            "{where}: `{given}` is not one of them.{near} Allowed: {allowed}.",
            where=where,
            given=given,
            near=_near(str(given), allowed),
            allowed=together(allowed),
        )
    hint = HINTS.get(".".join(keys)) or HINTS.get(keys[0] if keys else "", "")
    said = say("it must be a section, [") + keys[0] + "]" if error["type"] == "model_type" else str(error["msg"])
    return say(
        "{where}: {said}, got {given}.{hint}",
        where=where,
        said=said,
        given=repr(given),
        hint=say(" Please {hint}.", hint=hint) if hint else "",
    )


def _at(path: Path, text: str, section: str, key: str) -> str:
    """Where a key stands, for people."""
    line = _line(text, [section, key])
    return say("{path}, line {line}, key `{section}.{key}`", path=path, line=line, section=section, key=key)


def _wrong_placeholders(path: Path, text: str, section: str, values: dict[str, str]) -> Iterator[str]:
    for name, value in values.items():
        where = _at(path, text, section, name)
        try:
            used = [field for _, field, _, _ in string.Formatter().parse(value) if field is not None]
        except ValueError:
            yield say(
                "{where}: a brace without its fellow in {value}. Write {{{{ or }}}} for a brace that is meant.",
                where=where,
                value=repr(value),
            )
            continue
        for one in used:
            if one not in PLACEHOLDERS:
                known = together(f"{{{known}}}" for known in PLACEHOLDERS)
                yield (
                    say(
                        "{where}: no such placeholder {{{one}}}.{near} Known: {known}. Write {{{{ and }}}} "
                        "for braces that are meant.",
                        where=where,
                        one=one,
                        near=_near(one, PLACEHOLDERS),
                        known=known,
                    )
                )


def _leading_out(path: Path, text: str, config: Config) -> Iterator[str]:
    """What is judged lies in the service's folder, or in its repository."""
    root = path.parent.resolve()
    inside = [root, *(folder.resolve() for folder in folders_above(root))]
    for section, keys in PATHS.items():
        for key in keys:
            given = getattr(getattr(config, section), key) or []
            for one in [given] if isinstance(given, str) else given:
                if not any((root / one).resolve().is_relative_to(folder) for folder in inside):
                    where = _at(path, text, section, key)
                    yield say(
                        "{where}: `{one}` leads out of the service's folder. Name a path that lies inside of it.",
                        where=where,
                        one=one,
                    )


def _near(word: str, allowed: Iterable[str]) -> str:
    near = get_close_matches(word, list(allowed), n=1)
    return say(" Did you mean `{near}`?", near=near[0]) if near else ""


def _line(text: str, keys: list[str]) -> int:
    """The 1-based line on which a dotted key stands, or its section when it stands nowhere itself."""
    section, found = "", 1
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+\s*([\w.\-\"]+)\s*\]+", line)
        if header:
            section = header[1].replace('"', "")
            if keys[: section.count(".") + 1] == section.split("."):
                found = number
        key = re.match(r"\s*([\w.\-\"]+)\s*=", line)
        path = ".".join(filter(None, [section, key[1].replace('"', "") if key else ""]))
        if key and path == ".".join(keys):
            return number
    return found
