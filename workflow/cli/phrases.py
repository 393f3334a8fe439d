"""What does gonogo say, and what of it has been translated? From the code into catalogues, and what is wrong there."""

import ast
import io
import re
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from inspect import getdoc
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment
from jinja2.nodes import Call, CondExpr, Const, Node

from runner.model import Evidence
from runner.reading.syntax import tree_of
from runner.said import CHINESE, ENGLISH, LANGUAGES, LOCALES
from runner.words import many
from workflow.cli.phrase_texts import Where, called_name, messages_of, named_in, nouns_in, texts_in, values_of
from workflow.settings import ROOT

ROOMS = ("runner", "stages", "workflow")
NOT_OURS = ("runner/guest/", "stages/design/templates/")
HEADER = """\
# What gonogo says in another language. `invoke words` adds what is new and leaves out what is gone;
# write the translations here.
"""
# Functions that take a message: at which places, and under which names.
TAKE: dict[str, Where] = {
    "say": ((0,), ()),
    "tell": ((0,), ()),
    "together": ((1,), ()),
    "listed": ((2,), ()),
    "passed": ((0,), ()),
    "failed": ((0,), ()),
    "unknown": ((0,), ()),
    "not_applicable": ((0,), ("looked",)),
    "in_file": ((2,), ("note",)),
    "at_endpoint": ((1,), ("note",)),
    "in_table": ((2,), ("note",)),
    "named": ((1,), ("note",)),
    "Place": ((), ("note",)),
    "Refused": ((1,), ()),
    "Exit": ((0,), ()),
    "label": ((0,), ()),
    "section": ((0,), ()),
    "heads": (tuple(range(12)), ()),
    "table": ((0,), ()),
    "_table": ((0,), ()),
    "bold": ((0,), ()),
    "Attack": ((), ("what",)),
    "Forged": ((0,), ("what",)),
    "shown": ((1,), ()),
    "renewed": ((1,), ()),
    "exit_codes": ((0,), ()),
    "_labelled": ((0,), ()),
    "_whose": ((0,), ()),
    "_command": ((1,), ()),
    "Part": ((), ("used_for",)),
    "Break": ((), ("what",)),
    "Threat": ((), ("letter", "what")),
}
NOUNS = {"plural": 1, "share": 2, "every": 1, "Share": 2}  # one of them, in the singular
PLACE = re.compile(r"\{\w*\}")
BETWEEN = (", ", "; ")  # things that are listed
ERRORS = frozenset(("WorkflowError", "ProbeError", "NotThere"))
GRAMMAR = frozenset(("verb", "s", "verb2", "s2"))  # arguments that another language need not have


@dataclass(frozen=True, slots=True)
class Phrase:
    """A message of the code: its template, the form of several, and where it stands."""

    id: str
    several: str
    place: str
    formatted: bool = False


def phrases(root: Path = ROOT) -> list[Phrase]:
    """All that the code says, in the order of its files."""
    trees = {path: tree_of(path.read_text(encoding="utf-8")) for path in sources(root)}
    errors: dict[str, Where] = dict.fromkeys(error_names(trees.values()), ((0,), ("looked",)))
    take = TAKE | errors
    found = [one for path, tree in trees.items() for one in _in_file(tree, path.relative_to(root).as_posix(), take)]
    return [*found, *(one for path in templates(root) for one in _in_template(path, root)), *_of_the_way()]


def sources(root: Path) -> list[Path]:
    files = (path for room in ROOMS for path in sorted((root / room).rglob("*.py")))
    return [path for path in files if not path.relative_to(root).as_posix().startswith(NOT_OURS)]


def error_names(trees: Iterable[ast.Module]) -> set[str]:
    """The errors for people: each class that is made from one of them."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    known, before = set(ERRORS), 0
    while len(known) > before:
        before = len(known)
        known |= {one.name for one in classes if any(isinstance(b, ast.Name) and b.id in known for b in one.bases)}
    return known


def _in_file(tree: ast.Module, path: str, take: Mapping[str, Where]) -> Iterator[Phrase]:
    yield from (Phrase(text, "", f"{path}:{line}") for text, line in values_of(tree))
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = called_name(call)
        place = f"{path}:{call.lineno}"
        if name in NOUNS and len(call.args) > NOUNS[name]:
            for noun in nouns_in(call.args[NOUNS[name]], tree):
                yield Phrase(f"{{number}} {noun}", f"{{number}} {many(noun)}", place, formatted=True)
        inside = name in {"say", "tell"}
        found = [text for one in messages_of(call, take) for text in (named_in(one, tree) if inside else texts_in(one))]
        if name == "say":  # `say(page, text)` of a face
            found += [text for one in call.args[1:] for text in texts_in(one)]
        for text in found:
            if any(map(str.isalpha, PLACE.sub("", text))):
                formatted = inside and bool(call.keywords)
                yield Phrase(text, "", place, formatted=formatted)


def templates(root: Path) -> list[Path]:
    """Of the documents that stages write; what a service is made of lies in folders below and is no text of ours."""
    return sorted((root / "stages").glob("*/templates/*.md.j2"))


def _in_template(path: Path, root: Path) -> Iterator[Phrase]:
    """What `tell` and `plural` are called with; a table's head is told by `tell`, too."""
    tree = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
    for call in tree.find_all(Call):
        name = getattr(call.node, "name", "")
        place = f"{path.relative_to(root).as_posix()}:{call.lineno}"
        if name == "plural" and isinstance(noun := call.args[1], Const):
            yield Phrase(f"{{number}} {noun.value}", f"{{number}} {many(noun.value)}", place, formatted=True)
        elif name == "tell":
            for text in _consts(call.args[0]):
                yield Phrase(text, "", place, formatted=bool(call.kwargs))
        elif name == "heads":
            yield from (Phrase(text, "", place) for one in call.args for text in _consts(one) if text)


def _consts(expression: Node) -> Iterator[str]:
    if isinstance(expression, Const):
        yield str(expression.value)
    elif isinstance(expression, CondExpr):
        yield from (text for one in (expression.expr1, expression.expr2) if one for text in _consts(one))


def _of_the_way() -> Iterator[Phrase]:
    """What stands in no call: stages, steps, claims, guides, the titles of documents and of what is looked at."""
    from runner.model import Outcome
    from runner.tools import PACKAGES
    from stages.catalogue import BUILT_IN
    from stages.guide import guides
    from stages.requirements.document.sentence import Defect, Kind
    from stages.severity import Severity
    from workflow.cli.tasks import ns
    from workflow.ledger import RunState
    from workflow.service import Lamp
    from workflow.service.decide import Kind as Decided
    from workflow.service.update.plan import Kind as Moved

    for stage in BUILT_IN.stages:
        yield from (Phrase(text, "", f"stages/{stage.slug}") for text in (stage.title, stage.question))
        for step in stage.steps:
            yield Phrase(step.title, "", f"stages/{stage.slug} {step.id}")
        for check in stage.checks:
            for text in (check.claim, check.why, check.fix):
                yield Phrase(text, "", f"stages/{stage.slug} {check.id}")
        for artifact in stage.artifacts:
            yield Phrase(artifact.title, "", f"stages/{stage.slug} {artifact.name}")
        for needs in (*(one.needs for one in stage.checks), *(one.needs for one in stage.artifacts)):
            yield from (Phrase(kind.title(), "", kind.__module__) for kind in _kinds(needs.values()))
    for _, used_for in PACKAGES:
        yield Phrase(used_for, "", "runner/tools")
    for id, guide in guides().items():
        yield from (Phrase(text, "", f"stages/guide.toml {id}") for text in (guide.takes, guide.do))
    for name in ns.task_names:
        whole = getdoc(ns[name]) or ""
        for text in dict.fromkeys((whole, whole.partition("\n")[0])):
            yield Phrase(text, "", f"workflow/cli {name}")
    yield from (Phrase(text, "", "workflow/cli/tasks.py") for text in _helps(ROOT / "workflow/cli/tasks.py"))
    for word in (
        *(one.value for one in (*Outcome, *Severity, *RunState, *Lamp, *Decided, *Moved, *Kind, *Defect)),
        *BETWEEN,
    ):
        yield Phrase(word, "", "runner")


def _helps(file: Path) -> Iterator[str]:
    """What each option means. Read from the text: invoke takes the words out of a task when it first asks for them."""
    tree = tree_of(file.read_text(encoding="utf-8"))
    named = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and called_name(node) == "task")
    for value in (keyword.value for call in calls for keyword in call.keywords if keyword.arg == "help"):
        given = [*ast.walk(value)]
        behind = [named[one.id] for one in given if isinstance(one, ast.Name) and one.id in named]
        dicts = [one for one in (*given, *behind) if isinstance(one, ast.Dict)]
        for text in (*behind, *(text for one in dicts for text in one.values)):
            yield from texts_in(text)


def _kinds(needs: Iterable[type[Evidence]]) -> list[type[Evidence]]:
    from runner.engine import closure

    return list(closure(needs))


def template(root: Path = ROOT) -> Catalog:
    """The catalogue as the code asks for it, without translations."""
    made = Catalog(project="gonogo", charset="utf-8", fuzzy=False)
    for one in phrases(root):
        id = (one.id, one.several) if one.several else one.id
        made.add(id, locations=[(one.place, 0)], flags=["python-brace-format"] if one.formatted else [])
    return made


def file_of(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / "gonogo.po"


def read(language: str) -> Catalog:
    file = file_of(language)
    if not file.is_file():
        return Catalog(locale=language, fuzzy=False)
    with file.open("rb") as opened:
        return read_po(opened, locale=language)


def renewed(language: str, asked: Catalog) -> Catalog:
    """What is translated, with all that the code asks for; what it no longer says is left out."""
    known = read(language)
    made = Catalog(locale=language, charset="utf-8", fuzzy=False)
    for message in sorted((one for one in asked if one.id), key=lambda one: (str(one.locations[0][0]), _id(one))):
        old = known.get(message.id) or known.get(_id(message))
        text = old.string if old and "fuzzy" not in old.flags else ""
        if message.pluralizable and isinstance(text, str):
            text = (text,)
        if not message.pluralizable and text and not isinstance(text, str):
            text = text[0]
        places = sorted({(str(place).rpartition(":")[0] or str(place), 0) for place, _ in message.locations})
        made.add(message.id, text, locations=places[:2], flags=message.flags)
    return made


def write(language: str, catalog: Catalog) -> None:
    file = file_of(language)
    file.parent.mkdir(parents=True, exist_ok=True)
    written = io.BytesIO()
    write_po(written, catalog, width=110, omit_header=True, include_lineno=False)
    file.write_bytes(f"{HEADER}\n".encode() + written.getvalue())


def _id(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """What is wrong with the catalogue of a language: message ids."""

    missing: tuple[str, ...]  # said by the code, and not there
    stale: tuple[str, ...]  # there, and said no longer
    open: tuple[str, ...]  # without a translation
    fuzzy: tuple[str, ...]
    misplaced: tuple[str, ...]  # what stands in it is not what stands in the English text

    def __bool__(self) -> bool:
        return any((self.missing, self.stale, self.open, self.fuzzy, self.misplaced))


def wrong_with(language: str, asked: Catalog) -> Wrong:
    known = {_id(one): one for one in read(language) if one.id}
    wanted = {_id(one): one for one in asked if one.id}
    return Wrong(
        missing=tuple(id for id in wanted if id not in known),
        stale=tuple(id for id in known if id not in wanted),
        open=tuple(id for id, one in known.items() if not all(_strings(one))),
        fuzzy=tuple(id for id, one in known.items() if one.fuzzy),
        misplaced=tuple(id for id, one in known.items() if any(map(str, _misplaced(one, wanted.get(id))))),
    )


def _strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def _misplaced(message: Message, asked: Message | None) -> Iterator[str]:
    if asked is None or "python-brace-format" not in asked.flags:
        return
    wanted = placeholders(_id(message))
    for text in filter(None, _strings(message)):
        found = placeholders(text)
        if found is None or wanted is None or found - wanted or wanted - found - GRAMMAR:
            yield text


def placeholders(text: str) -> frozenset[str] | None:
    """None for what can't be formatted at all."""
    try:
        return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)
    except ValueError:
        return None


def others() -> list[str]:
    return [language for language in LANGUAGES if language != ENGLISH] or [CHINESE]


def merge(language: str, file: Path) -> int:
    """Take the translations of another file over; returns how many. Nothing is taken that is empty or in doubt."""
    known = read(language)
    with file.open("rb") as opened:
        more = read_po(opened, locale=language)
    count = 0
    for message in filter(lambda one: one.id and all(_strings(one)) and not one.fuzzy, more):
        if old := known.get(message.id) or known.get(_id(message)):
            old.string, count = message.string, count + 1
    write(language, known)
    return count
