"""Evidence with nothing in it, made from the types of its fields: what every check must not pass on."""

import dataclasses
import types
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from runner.model import Evidence


def empty(kind: type[Evidence]) -> Evidence:
    """An instance of this evidence whose collections, texts and numbers hold nothing."""
    made = _made(kind)
    assert isinstance(made, Evidence)
    return made


def _made(kind: Any) -> Any:
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{field.name: _nothing(hints[field.name]) for field in dataclasses.fields(kind) if field.init})
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind.model_construct(**{name: _nothing(field.annotation) for name, field in kind.model_fields.items()})
    raise TypeError(f"no empty {kind!r}")


SIMPLE: Mapping[type, Any] = {
    bool: False,
    int: 0,
    float: 0.0,
    str: "",
    bytes: b"",
    tuple: (),
    frozenset: frozenset(),
    Path: Path(),
    Mapping: {},
}


def _nothing(kind: Any) -> Any:
    """Nothing of this type: (), {}, "", 0, False, None where that is allowed."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return None if type(None) in inner else _nothing(inner[0])
    if origin is Literal:
        return inner[0]
    base = origin or kind
    if base in SIMPLE:
        return SIMPLE[base]
    return _none_of(base) if isinstance(base, type) else None


def _none_of(kind: type) -> Any:
    if issubclass(kind, Enum):
        return next(iter(kind))
    if issubclass(kind, list | dict | set):
        return kind()
    if kind.__module__ == "collections.abc":
        return ()
    try:
        return _made(kind)
    except TypeError:
        return None
