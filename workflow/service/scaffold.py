"""A new service from a specification: boots, passes its own tests and every stage. Over nothing that is there."""

import json
import keyword
import re
import sys
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from runner.errors import WorkflowError
from runner.model import Place, in_file
from runner.processes.process import quick
from runner.reading.documents import NotReadable, read_document
from runner.said import say
from runner.specification import Specification
from runner.specification_text import line_at, parse
from stages.design.blueprint import BASE, blueprint, contract, requirements, unmakeable
from stages.requirements.languages import mostly_chinese
from stages.requirements.proposal import block
from workflow.service.compiled import COMPILED
from workflow.service.first_architecture import write_architecture
from workflow.service.people import Actor, maker_at, may_make
from workflow.service.surplus import take_out
from workflow.service.update.record import Record, files_in, write_record
from workflow.settings import ROOT

TEMPLATES = ROOT / "stages" / "design" / "templates"
TEMPLATE = TEMPLATES / "service"
BASE_FILES = TEMPLATE / "{{cookiecutter.name}}"
RESOURCE, LINK = TEMPLATES / "resource", TEMPLATES / "link"
NOTES = TEMPLATES / "notes" / "spec.yaml"  # of a service for which no specification was given
LONGEST = 40
NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
PACKAGE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
OWN_FOLDERS = frozenset({"tests", "test", "migrations", "docs", "ops", "locustfile"})
# what the skeleton imports under another name than its lock gives it
OTHER_NAMES = frozenset({"jwt", "argon2", "dotenv", "multipart", "dns", "locust", "yaml"})
# templates import whatever a resource may need; how long a line gets depends on names
TIDY = (("check", "--select", "F401,I", "--fix"), ("format",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a new service is called: its folder, its package, the start of its settings, its title."""

    name: str
    package: str

    @property
    def prefix(self) -> str:
        return self.package.upper()

    @property
    def title(self) -> str:
        return re.sub(r"[-_]", " ", self.name).capitalize()


def names_of(name: str, package: str = "") -> Names:
    """Both names, checked. Raises `WorkflowError` with what is wrong and a name that would do."""
    if not NAME.fullmatch(name) or len(name) > LONGEST:
        raise WorkflowError(
            say(
                "`{name}` can't be a service's name: {allowed}{instead}",
                name=name,
                allowed=_allowed(say("- and _")),
                instead=_instead(name, "-"),
            )
        )
    chosen = package or name.replace("-", "_")
    which = say("`{chosen}` can't be the package's name", chosen=chosen)
    if not PACKAGE.fullmatch(chosen) or len(chosen) > LONGEST:
        raise WorkflowError(
            say("{which}: {allowed}{instead}", which=which, allowed=_allowed("_"), instead=_instead(chosen, "_"))
        )
    if reason := _taken(chosen):
        raise WorkflowError(
            say(
                "{which}: {reason}. Name another one with --package, as --package {chosen}_service",
                which=which,
                reason=reason,
                chosen=chosen,
            )
        )
    return Names(name=name, package=chosen)


def new_service(
    name: str, output: str, package: str, today: date, spec: str = "", into: str = "", actor: Actor | None = None
) -> Path:
    """Make the folder `into`, else `output/name`, whole or not at all. `actor`: who asks, else who is at this machine.

    Raises `WorkflowError` where something is there, or where the specification can't be made into code.
    """
    names = names_of(name, package)
    source = read_source(Path(spec) if spec else NOTES)
    parent = Path(output or ".").absolute()
    folder = Path(into).absolute() if into else parent / names.name
    if folder.is_symlink() or (folder.exists() and not (into and _is_empty(folder))):
        other = say("an empty folder with --into") if into else say("another name, or another --output")
        raise WorkflowError(
            say("{folder} is there already; nothing was written. Choose {other}.", folder=folder, other=other)
        )
    parent = folder.parent
    may_make(actor or maker_at(folder), say("make {name}", name=folder.name))
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent, prefix=".new-") as scratch:
            made = _generate(names, source, Path(scratch), today, frozenset())
            write_record(made, Record(name=names.name, package=names.package, made=today, files=files_in(made)))
            made.replace(folder)
    except OSError as error:
        raise WorkflowError(
            say("No service can be made in {parent}: {strerror}.", parent=parent, strerror=error.strerror)
        ) from error
    return folder


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A specification that can be made into code, and the business document beside it."""

    content: Specification
    document: str  # its text; empty where none is named


def render(names: Names, source: Source, today: date, tested: frozenset[str]) -> dict[str, bytes]:
    """What `new_service` would make, by path. `tested`: ids of criteria that a test names already."""
    with tempfile.TemporaryDirectory(prefix="gonogo-render-") as scratch:
        return files_in(_generate(names, source, Path(scratch), today, tested))


def read_source(path: Path) -> Source:
    """Raises `WorkflowError` with every line that stands in the way, and what to write there."""
    try:
        text = read_document(path)
    except NotReadable as error:
        raise WorkflowError(
            say("{path}: {problem}. Name a specification with --spec.", path=path, problem=error.problem)
        ) from error
    problems, content = parse(path.name, text)
    if content is not None:
        problems = unmade(path.name, text, content)
    if content is None or problems:
        raise WorkflowError(say("No service can be made of {path}:\n{told}", path=path, told=told(problems)))
    return Source(content=content, document=_document(path, content.service.document))


def told(problems: Sequence[Place]) -> str:
    """A line for each."""
    return "\n".join(
        say("  line {line}: {note}", line=one.line, note=one.note) if one.line else say("  {note}", note=one.note)
        for one in problems
    )


def ids_of_every_service() -> frozenset[str]:
    every = (BASE_FILES / "spec.yaml").read_text(encoding="utf-8")
    return frozenset(re.findall(r"\bid: ((?:REQ|AC|CON|Q)-[A-Z0-9-]+)", every))


def unmade(name: str, text: str, content: Specification) -> tuple[Place, ...]:
    """Why no service can be made of it: each with its line, and what to write there."""
    ids = ids_of_every_service()
    return tuple(
        in_file(name, line_at(text, *where), say("{map}: {said}", map=".".join(map(str, where)), said=said))
        for where, said in unmakeable(content, BASE, ids)
    )


def _document(spec: Path, named: str | None) -> str:
    if named is None:
        return ""
    inside = not Path(named).is_absolute() and ".." not in Path(named).parts
    if not inside or not (spec.parent / named).is_file():
        raise WorkflowError(
            say(
                "{spec} names the business document {named}, and no such file lies beside it. Put it "
                "there, or mend `service.document`.",
                spec=spec,
                named=named,
            )
        )
    try:
        return read_document(spec.parent / named)
    except NotReadable as error:
        raise WorkflowError(
            say("The business document {named}: {problem}.", named=named, problem=error.problem)
        ) from error


def _generate(names: Names, source: Source, folder: Path, today: date, tested: frozenset[str]) -> Path:
    from cookiecutter.generate import generate_files  # noqa: PLC0415 - slow to import, and only needed here

    context = {**_context(names, source.content, today), **blueprint(source.content)}
    context["to_write"] = [one for one in context["to_write"] if one["id"] not in tested]
    made = folder / names.name
    for template, one in ((TEMPLATE, None), *((LINK if r.is_link else RESOURCE, r) for r in context["made"])):
        asked = context if one is None else {**context, "r": one, "tests_of_it": context["tests"][one.id]}
        words = {"cookiecutter": asked}
        generate_files(repo_dir=str(template), context=words, output_dir=str(folder), overwrite_if_exists=True)
    _complete(made, names, source, context)
    _tidy(made)
    tables = {one.plural: tuple(field.column for field in one.fields) for one in context["made"]}
    write_architecture(made, names.package, source.content, tables)
    return made


def _context(names: Names, content: Specification, today: date) -> dict[str, Any]:
    every = ", ".join(f"{role.id}: any" for role in content.roles)
    return {
        "name": names.name,
        "package": names.package,
        "prefix": names.prefix,
        "title": names.title,
        "title_quoted": json.dumps(names.title),
        "date": today.isoformat(),
        "every": every,
        "given": _given(names, content),
        "_jinja2_env_vars": {"trim_blocks": True, "lstrip_blocks": True, "bytecode_cache": COMPILED},
    }


def _given(names: Names, content: Specification) -> dict[str, str]:
    """The parts of the specification as they stand in that of the new service."""
    data = content.model_copy(
        update={
            "service": content.service.model_copy(update={"name": names.name}),
            "requirements": requirements(content, chinese=mostly_chinese(content)),
            "resources": tuple(one for one in content.resources if one.fields),
            "permissions": tuple(row for row in content.permissions if row.endpoint not in BASE),
        }
    ).model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    lists = ("constraints", "roles", "resources", "requirements", "permissions", "quality", "limits", "questions")
    scope = data.get("scope", {})
    return {
        "service": block({"service": data["service"]}),
        "decisions": block({"decisions": data["decisions"]}) if data.get("decisions") else "",
        **{key: _entries(data.get(key, ()), "  ") for key in lists},
        **{key: _entries(scope.get(key, ()), "    ") for key in ("included", "excluded")},
    }


def _entries(entries: Sequence[Any], indent: str) -> str:
    """A list without its name, indented."""
    lines = block({"_": list(entries)}).splitlines()[1:] if entries else []
    return "\n".join(indent[2:] + line for line in lines)


def _complete(made: Path, names: Names, source: Source, context: Mapping[str, Any]) -> None:
    """What is no template: the contract, the business document, and no file of tests to write where there are none."""
    accepted = made / "openapi.json"
    whole = contract(json.loads(accepted.read_text(encoding="utf-8")), source.content, names.title)
    accepted.write_text(json.dumps(whole, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    take_out(made, names.package, context)
    if source.content.service.document:
        document = made / source.content.service.document
        document.parent.mkdir(parents=True, exist_ok=True)
        document.write_text(source.document, encoding="utf-8")


def _tidy(made: Path) -> None:
    ruff = str(Path(sysconfig.get_path("scripts")) / "ruff")
    for words in TIDY:
        ran = quick([ruff, *words, "--no-cache", "--quiet", "."], cwd=made, timeout=60)
        if ran.code:
            raise WorkflowError(
                say(
                    "The new service's files can't be formatted (ruff {word}): {last_words}",
                    word=words[0],
                    last_words=ran.last_words,
                )
            )


def _allowed(signs: str) -> str:
    return say(
        "lower-case letters and digits, single {signs} between them, a letter first, {longest} at most.",
        signs=signs,
        longest=LONGEST,
    )


def _instead(name: str, joint: str) -> str:
    """A name like it that would do."""
    near = re.sub(r"[^a-z0-9]+", joint, name.lower()).strip(joint)[:LONGEST].strip(joint)
    near = re.sub(r"^[\d_-]+", "", near)
    return say(" How about `{near}`?", near=near) if near else ""


def _taken(package: str) -> str:
    if keyword.iskeyword(package) or keyword.issoftkeyword(package):
        return say("it is a word of the language")
    if package in sys.stdlib_module_names:
        return say("Python has a module of this name")
    if package in OWN_FOLDERS:
        return say("the skeleton has a folder or file of this name")
    if package in OTHER_NAMES | _locked():
        return say("the skeleton depends on a package of this name")
    return ""


def _locked() -> frozenset[str]:
    lock = (BASE_FILES / "requirements-dev.lock").read_text(encoding="utf-8")
    return frozenset(
        found.replace("-", "_") for found in re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==", lock, re.MULTILINE)
    )
