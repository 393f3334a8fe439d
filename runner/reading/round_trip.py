"""How does a YAML document read with some values changed, and all else as it was: comments, order, quotes?"""

import copy
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, ScalarString

from runner.reading.documents import NotReadable, yaml_in
from runner.said import say

WIDE = 1_000_000  # columns: a line is as long as somebody wrote it
LIST = re.compile(r"^[^\s#-][^\n]*:[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*([ ]*)- ", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A value at a place: ("questions", 0, "answer"). The number behind the last entry of a list appends one.

    `gone`: what is there is taken out, with the comment that stands with it.
    """

    where: tuple[int | str, ...]
    value: Any = None
    gone: bool = False


def edited(text: str, changes: Sequence[Change]) -> str:
    """The document with these changes. Raises `NotReadable` where it can't be read, or has no such place."""
    plain = text.replace("\r\n", "\n")
    writer = _writer(plain)
    try:
        document = writer.load(plain)
        unchanged = _dumped(writer, document)
        wanted = yaml_in(text).value
        for one in changes:
            _set(document, one, comments=True)
            _set(wanted, one, comments=False)
    except (YAMLError, KeyError, IndexError, TypeError) as error:
        raise NotReadable(say("it can't be changed there ({error})", error=error)) from error
    written = _dumped(writer, document)
    folded = _folded(written, unchanged, plain)
    if folded != written and _says(folded, wanted):
        written = folded
    if yaml_in(written).value != wanted:
        raise NotReadable("it is written in a way that can't be changed here without changing other values")
    return written.replace("\n", "\r\n") if "\r\n" in text else written


def _says(text: str, wanted: Any) -> bool:
    try:
        return bool(yaml_in(text).value == wanted)
    except NotReadable:
        return False


def _dumped(writer: YAML, document: Any) -> str:
    stream = io.StringIO()
    writer.dump(document, stream)
    return stream.getvalue()


def _folded(written: str, unchanged: str, text: str) -> str:
    """Long texts on the lines on which they stood, where they are as they were: the writer knows no broken line."""
    known: dict[str, list[str]] = {}
    whole, broken = unchanged.splitlines(), text.splitlines()
    for kind, start, end, first, last in SequenceMatcher(None, whole, broken, autojunk=False).get_opcodes():
        if kind == "replace":
            known |= dict(_broken(whole[start:end], broken[first:last]))
    lines = [part for line in written.splitlines() for part in known.get(line, [line])]
    return "\n".join(lines) + "\n"


def _broken(whole: Sequence[str], broken: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Each line, with those that it was before; one that was no other is left out."""
    rest = list(broken)
    for line in whole:
        taken: list[str] = []
        while rest and " ".join(" ".join(taken).split()) != " ".join(line.split()):
            taken.append(rest.pop(0))
        if " ".join(" ".join(taken).split()) == " ".join(line.split()):
            yield line, taken


def _writer(text: str) -> YAML:
    """Indented as the first list of the document is."""
    writer = YAML()
    writer.preserve_quotes = True
    writer.width = WIDE
    writer.explicit_start = text.lstrip().startswith("---") or None
    found = LIST.search(text)
    offset = len(found[1]) if found else 2
    writer.indent(mapping=2, sequence=offset + 2, offset=offset)
    return writer


def _set(document: Any, change: Change, *, comments: bool) -> None:
    holder = document
    for part in change.where[:-1]:
        holder = holder[part]
    key, value = change.where[-1], _styled(change.value) if comments else change.value
    if change.gone:
        _take_out(holder, key, comments=comments)
    elif isinstance(holder, Sequence) and key == len(holder):
        _append(holder, value)
    elif isinstance(holder, CommentedMap) and key not in holder:
        holder.insert(max(0, len(holder) - 1), key, value)  # what follows the last one may belong to what comes next
    else:
        old = holder[key] if not isinstance(holder, Mapping) or key in holder else None
        holder[key] = type(old)(value) if comments and isinstance(old, ScalarString) else value


def _append(holder: Any, value: Any) -> None:
    """What stands behind the last entry, blank lines and the comment of the next chapter, stands behind the new one."""
    last = len(holder) - 1
    holder.append(value)
    if not isinstance(holder, CommentedSeq) or last < 0:
        return
    old, new = _behind(holder, last), _behind(holder, last + 1)
    if old is None or new is None:
        return
    (items, key, place), (others, other, there) = old, new
    token = (items.get(key) or [None] * 4)[place]
    if token is not None:
        beside, _, below = token.value.partition("\n")  # a comment on its own line stays with it
        moved, kept = copy.copy(token), copy.copy(token)
        moved.value, kept.value = f"\n{below}", f"{beside}\n" + ("\n" if _spaced(holder) else "")
        items[key][place] = kept
        if below:
            others.setdefault(other, [None] * 4)[there] = moved


def _take_out(holder: Any, key: Any, *, comments: bool) -> None:
    """What stands behind an entry, blank lines and the comment of the next chapter, stands behind the one before it."""
    last = comments and isinstance(holder, CommentedSeq) and 0 < key == len(holder) - 1
    old, new = (_behind(holder, key), _behind(holder, key - 1)) if last else (None, None)
    if old is not None and new is not None:
        token = (old[0].get(old[1]) or [None] * 4)[old[2]]
        if token is not None:
            new[0].setdefault(new[1], [None] * 4)[new[2]] = token
    del holder[key]


def _spaced(holder: CommentedSeq) -> bool:
    """Do blank lines stand between the entries?"""
    found = _behind(holder, 0) if len(holder) > 2 else None  # noqa: PLR2004 - of the first, the new one's neighbour apart
    token = (found[0].get(found[1]) or [None] * 4)[found[2]] if found else None
    return token is not None and "\n\n" in token.value


def _behind(holder: Any, key: Any) -> tuple[Any, Any, int] | None:
    """Where the comment behind an entry is kept: with the last value inside of it."""
    inner = holder[key]
    if isinstance(inner, CommentedMap | CommentedSeq) and len(inner) and not inner.fa.flow_style():
        return _behind(inner, list(inner)[-1] if isinstance(inner, CommentedMap) else len(inner) - 1)
    if isinstance(holder, CommentedMap):
        return holder.ca.items, key, 2
    return (holder.ca.items, key, 0) if isinstance(holder, CommentedSeq) else None


def _styled(value: Any) -> Any:
    """Lists and mappings of ours as blocks; a text in quotes where YAML would take it for something else."""
    if isinstance(value, Mapping):
        return CommentedMap({key: _styled(one) for key, one in value.items()})
    if isinstance(value, list | tuple):
        return CommentedSeq([_styled(one) for one in value])
    if isinstance(value, str) and re.search(r": |^[^\w]|#", value):
        return DoubleQuotedScalarString(value)
    return value
