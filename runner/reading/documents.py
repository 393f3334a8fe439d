"""What does a YAML, JSON or TOML document say? Bounded before it is read; whatever is wrong with it is a sentence."""

import json
import re
import stat
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from runner.errors import ProbeError
from runner.said import say

MB = 1_000_000
LIMIT = 2 * MB  # bytes of a specification, a compose file, a workflow, a record
CONTRACTS, LOCKS = 10 * MB, 20 * MB  # what programs write
DEPTH = 100  # lists and mappings inside of each other
EXPANDED = 100_000  # values that a document may stand for, where aliases make them more than are written
SAFE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
TEXTS = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
MERGE = "tag:yaml.org,2002:merge"
CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")
MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
LONGEST_MARK = max(map(len, MARKS))


class NotReadable(ProbeError):
    """A document that says nothing that can be relied on: what is wrong, on which 1-based line if that is known."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(say("line {line}: {problem}", line=line, problem=problem) if line else problem)
        self.problem, self.line = problem, line


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value of a document that is no list and no mapping, as it is written, and where: ("questions", 0, "text")."""

    where: tuple[int | str, ...]
    value: str
    line: int  # 1-based
    last: int


@dataclass(frozen=True, slots=True)
class Yaml:
    """What a YAML document says, and where."""

    value: Any
    node: yaml.Node | None

    def line(self, *path: int | str) -> int:
        """The 1-based line of a key or an entry, as deep as the document goes."""
        line, node = 1, self.node
        for part in path:
            if isinstance(node, yaml.MappingNode):
                pair = _pair(node, str(part))
                if pair is None:
                    return line
                line, node = pair[0].start_mark.line + 1, pair[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line + 1
            else:
                return line
        return line

    def scalars(self) -> Iterator[Scalar]:
        """Every value that is no key, in the order of the document."""
        return _scalars(self.node, ()) if self.node else iter(())


def _pair(mapping: yaml.MappingNode, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    """The key and its value, also where another mapping is merged in (`<<: *base`): there it is written."""
    merged: list[yaml.Node] = []
    for key, value in mapping.value:
        if key.tag == MERGE:
            merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
        elif key.value == name:
            return key, value
    inside = (_pair(one, name) for one in merged if isinstance(one, yaml.MappingNode))
    return next((found for found in inside if found), None)


def _scalars(node: yaml.Node, where: tuple[int | str, ...]) -> Iterator[Scalar]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars(value, (*where, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for number, one in enumerate(node.value):
            yield from _scalars(one, (*where, number))
    else:
        yield Scalar(where, node.value, node.start_mark.line + 1, node.end_mark.line + 1)


# --- files


def read_document(file: Path, limit: int = LIMIT) -> str:
    """The text of a file. Raises `NotReadable` for one that is too big, binary, or written in another encoding."""
    try:
        found = file.stat()
        if not stat.S_ISREG(found.st_mode):
            raise NotReadable("it is no regular file")
        _refuse_size(found.st_size, limit)
        with file.open("rb") as opened:
            content = opened.read(limit + 1)
    except OSError as error:
        raise NotReadable(say("it can't be read: {strerror}", strerror=error.strerror)) from error
    _refuse_size(len(content), limit)
    return _decoded(content)


def text_of(file: Path, limit: int = LOCKS) -> str:
    """The text of any other file, in UTF-16 where its first bytes say so, as PowerShell writes and pip reads it.

    What can't be read in it stands as `�`. Raises `NotReadable` for a big one.
    """
    _refuse_size(file.stat().st_size, limit)
    with file.open("rb") as opened:
        encoding = _encoding_of(opened.read(LONGEST_MARK))
    return file.read_text(encoding=encoding, errors="replace")


def _encoding_of(content: bytes) -> str:
    return next((name for mark, name in MARKS.items() if content.startswith(mark)), "utf-8")


def _decoded(content: bytes) -> str:
    encoding = _encoding_of(content)
    if encoding != "utf-16" and (at := content.find(b"\0")) >= 0:
        raise NotReadable("a zero byte: this is no text. Save it as text in UTF-8", content[:at].count(b"\n") + 1)
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise NotReadable(
            say("byte {start} is no {upper}. Save the file as UTF-8", start=error.start, upper=encoding.upper()), line
        ) from error


def _refuse_size(size: int, limit: int) -> None:
    if size > limit:
        raise NotReadable(
            say(
                "it has {size} MB, and at most {limit} MB are read. Split it, or shorten it",
                size=f"{size / MB:.1f}",
                limit=f"{limit / MB:g}",
            )
        )


# --- YAML


def yaml_in(text: str, limit: int = LIMIT) -> Yaml:
    """The one document in a text. Raises `NotReadable`, also for a key that stands twice."""
    nodes = _nodes(text, limit, SAFE)
    if len(nodes) > 1:
        line = nodes[1].start_mark.line + 1
        raise NotReadable("a second document begins here (after `---`); one was expected. Keep one", line)
    return Yaml(_value(nodes[0], SAFE), nodes[0]) if nodes else Yaml(None, None)


def yaml_documents(text: str, limit: int = LIMIT) -> list[Any]:
    """What every document in a text says. Raises `NotReadable`."""
    return [_value(node, SAFE) for node in _nodes(text, limit, SAFE)]


def yaml_texts(text: str, limit: int = LIMIT) -> Any:
    """The one document in a text, every scalar in it as text, so that no date or number fails. Raises `NotReadable`."""
    return next((_value(node, TEXTS) for node in _nodes(text, limit, TEXTS)), None)


def _nodes(text: str, limit: int, loader: Any) -> list[yaml.Node]:
    """The documents, each known to be shallow, finite and without a key that stands twice."""
    _refuse_size(len(text), limit)
    _refuse_control(text)
    try:
        _refuse_depth(yaml.parse(text, Loader=loader))
        nodes = list(yaml.compose_all(text, Loader=loader))
    except yaml.YAMLError as error:
        raise _told(error, text) from error
    except UnicodeError as error:
        raise NotReadable("it holds what is no character. Save it as text in UTF-8") from error
    written = sum(_refuse_twice(node) for node in nodes)
    for node in nodes:
        _refuse_expansion(node, max(EXPANDED, 10 * written))
    return nodes


def _refuse_control(text: str) -> None:
    if found := CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise NotReadable(
            say("the control character {found}: this is no text. Save it as text in UTF-8", found=repr(found[0])), line
        )


def _refuse_depth(events: Iterator[yaml.Event]) -> None:
    """Asked of the stream of events, before anything walks the document and recurses as deep as it goes."""
    depth = 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEPTH:
                raise NotReadable(say("nested more than {depth} levels deep. Flatten it", depth=DEPTH), _line_of(event))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _line_of(event: yaml.Event) -> int | None:
    return event.start_mark.line + 1 if event.start_mark else None


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [one for pair in node.value for one in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _refuse_twice(top: yaml.Node) -> int:
    """Raises `NotReadable` for a key that stands twice in one mapping; returns how many values are written."""
    seen: set[int] = set()
    todo = [top]
    while todo:
        node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            _refuse_twice_in(node)
        todo += _children(node)
    return len(seen)


def _refuse_twice_in(mapping: yaml.MappingNode) -> None:
    lines: dict[tuple[str, str], int] = {}
    for key, _ in mapping.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == MERGE:
            continue
        line = key.start_mark.line + 1
        if before := lines.get((key.tag, key.value)):
            raise NotReadable(_twice(key.value, before), line)
        lines[key.tag, key.value] = line


def _twice(key: str, before: int | None) -> str:
    first = say(" (first on line {before})", before=before) if before else ""
    return say(
        "the key `{key}` stands twice in one mapping{first}, and only one of them would count. Remove one",
        key=key[:80],
        first=first,
    )


def _refuse_expansion(top: yaml.Node, most: int) -> None:
    """Raises `NotReadable` where aliases stand for more than `most` values, or for what they are a part of."""
    sizes: dict[int, int] = {}
    inside: set[int] = set()
    todo = [(top, False)]
    while todo:
        node, done = todo.pop()
        if done:
            sizes[id(node)] = 1 + sum(sizes[id(one)] for one in _children(node))
            inside.discard(id(node))
            if sizes[id(node)] > most:
                line = node.start_mark.line + 1
                raise NotReadable(say("its aliases stand for more than {most} values. Write them out", most=most), line)
        elif id(node) in inside:
            raise NotReadable("an alias stands for what it is a part of. Write it out", node.start_mark.line + 1)
        elif id(node) not in sizes:
            inside.add(id(node))
            todo.append((node, True))
            todo += [(one, False) for one in _children(node)]


def _value(node: yaml.Node, loader: Any) -> Any:
    made = loader("")
    try:
        return made.construct_document(node)
    except yaml.YAMLError as error:
        raise _told(error, "") from error
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise _unsayable(node, error, loader) from error
    finally:
        made.dispose()


def _unsayable(top: yaml.Node, error: Exception, loader: Any) -> NotReadable:
    """For a scalar that looks like a date or a number and is none, as 2026-02-30."""
    todo = [top]
    while todo:
        node = todo.pop()
        todo += _children(node)
        if isinstance(node, yaml.ScalarNode):
            try:
                loader("").construct_object(node)
            except (ValueError, TypeError, AttributeError, OverflowError) as wrong:
                said = say(
                    "`{value}` is no value ({wrong}). Put it in quotes if a text is meant",
                    value=node.value[:80],
                    wrong=wrong,
                )
                return NotReadable(said, node.start_mark.line + 1)
            except yaml.YAMLError as wrong:
                return _told(wrong, "")
    return NotReadable(say("it can't be read ({error})", error=error))


def _told(error: yaml.YAMLError, text: str) -> NotReadable:
    """What the parser says, on its line, with the usual cause."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error).splitlines()[0]
    lines = text.splitlines()
    if mark is None:
        at = getattr(error, "position", None)
        return NotReadable(said, text.count("\n", 0, at) + 1 if isinstance(at, int) else None)
    line = lines[mark.line] if mark.line < len(lines) else ""
    tab = "\t" in line[: len(line) - len(line.lstrip())] or "'\\t'" in said
    return NotReadable(
        say("{said}{tab}", said=said, tab=say(". A tab stands there: YAML is indented with spaces") if tab else ""),
        mark.line + 1,
    )


# --- JSON and TOML


class _Twice(Exception):
    """A key that stands twice."""


def json_in(text: str, limit: int = LIMIT) -> Any:
    """What a JSON document says. Raises `NotReadable`, also for a key that stands twice."""
    _refuse_size(len(text), limit)
    try:
        return _shallow(json.loads(text, object_pairs_hook=_object))
    except json.JSONDecodeError as error:
        raise NotReadable(error.msg, error.lineno) from error
    except _Twice as twice:
        raise _twice_in_json(text, str(twice)) from twice
    except RecursionError as error:
        raise NotReadable(say("nested more than {depth} levels deep. Flatten it", depth=DEPTH)) from error
    except ValueError as error:  # a number with thousands of digits
        raise NotReadable(str(error)) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1))
    return found


def _twice_in_json(text: str, key: str) -> NotReadable:
    """On its line, where the document is YAML as well, as nearly all JSON is."""
    try:
        _nodes(text, len(text), TEXTS)
    except NotReadable as found:
        if found.problem.startswith(f"the key `{key[:80]}` stands twice"):
            return found
    return NotReadable(_twice(key, None))


def _shallow(value: Any) -> Any:
    """The same value. Raises `RecursionError` where it is nested more than `DEPTH` levels deep."""
    level = [value]
    for _ in range(DEPTH):
        inner = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [part for one in inner for part in one]
        if not level:
            return value
    raise RecursionError


def toml_in(text: str, limit: int = LIMIT) -> dict[str, Any]:
    """What a TOML document says. Raises `NotReadable`."""
    _refuse_size(len(text), limit)
    try:
        return dict(_shallow(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found[1]) if found else len(text.splitlines())
        raise NotReadable(re.sub(r" \(at .*\)", "", str(error)), line) from error
    except RecursionError as error:
        raise NotReadable(say("nested more than {depth} levels deep. Flatten it", depth=DEPTH)) from error
    except ValueError as error:  # a number with thousands of digits
        raise NotReadable(str(error)) from error
