"""How do records keep what their messages know, where only texts are kept? In a table that stands beside them."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from runner.said import Said, as_told, from_told

T = TypeVar("T")
Table = Mapping[str, Any]  # English text → how it is said


def table_of(thing: object) -> dict[str, Any]:
    """Of each message in a record, at any depth."""
    return {str.__str__(said): as_told(said) for said in _messages(thing)}


def with_table(thing: T, table: Table) -> T:
    """The record, its messages as they were; a table that fits no text, or is none, changes nothing."""
    known = {text: said for text, told in table.items() if (said := _believed(text, told))}
    if not known:
        return thing
    found: T = _restored(thing, known)
    return found


def _messages(thing: object) -> Iterator[Said]:
    if isinstance(thing, Said):
        yield thing
    elif is_dataclass(thing) and not isinstance(thing, type):
        for field in fields(thing):
            yield from _messages(getattr(thing, field.name))
    elif isinstance(thing, Mapping):
        for key, value in thing.items():
            yield from _messages(key)
            yield from _messages(value)
    elif isinstance(thing, tuple | list | set | frozenset):
        for one in thing:
            yield from _messages(one)


def _believed(text: str, told: Any) -> Said | None:
    try:
        said = from_told(told)
    except ValueError:
        return None
    return said if isinstance(said, Said) and said == text else None


def _restored(thing: Any, known: Mapping[str, Said]) -> Any:
    """The thing itself where no text of it is known."""
    if type(thing) is str:
        return known.get(thing, thing)
    if isinstance(thing, tuple | list | set | frozenset) and not hasattr(thing, "_fields"):
        inner = [_restored(one, known) for one in thing]
        return type(thing)(inner) if any(new is not old for new, old in zip(inner, thing, strict=True)) else thing
    if isinstance(thing, dict):
        return {_restored(key, known): _restored(value, known) for key, value in thing.items()}
    if is_dataclass(thing) and not isinstance(thing, type):
        pairs = [(field.name, getattr(thing, field.name)) for field in fields(thing) if field.init]
        changed = {name: new for name, old in pairs if (new := _restored(old, known)) is not old}
        return replace(thing, **changed) if changed else thing
    return thing
