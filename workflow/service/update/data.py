"""Which changes of a document's values bring another version of it into one that people have edited? Pure.

Lists of things with a name are compared by that name, so that two people who append to one list are in nobody's way.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.reading.round_trip import Change

Where = tuple[int | str, ...]
NAMES = ("id", "endpoint", "name", "operationId")  # what tells the entries of a list apart


@dataclass(slots=True)
class Merged:
    edits: list[Change] = field(default_factory=list)
    conflicts: list[Where] = field(default_factory=list)  # places that both have changed: the team's stays


def merge_data(base: Any, ours: Any, new: Any) -> Merged:
    """What is to be done to `ours`, in an order in which it can be: values, what is appended, what is taken out."""
    found = Merged()
    _merge(base, ours, new, (), found)
    gone = sorted((one for one in found.edits if one.gone), key=lambda one: _by_place(one.where), reverse=True)
    found.edits = [*(one for one in found.edits if not one.gone), *gone]
    return found


def applied(ours: Any, edits: Sequence[Change]) -> Any:
    """The document with these edits."""
    whole = [copy.deepcopy(ours)]
    for one in edits:
        holder: Any = whole
        path = (0, *one.where)
        for part in path[:-1]:
            holder = holder[part]
        if one.gone:
            del holder[path[-1]]
        elif isinstance(holder, list) and path[-1] == len(holder):
            holder.append(one.value)
        else:
            holder[path[-1]] = one.value
    return whole[0]


def _by_place(where: Where) -> list[tuple[int, str]]:
    return [(part, "") if isinstance(part, int) else (-1, part) for part in where]


def _merge(base: Any, ours: Any, new: Any, where: Where, found: Merged) -> None:
    if new in (base, ours):
        return
    if ours == base and not (isinstance(ours, Mapping | list) and isinstance(new, type(ours))):
        found.edits.append(Change(where=where, value=new))
    elif isinstance(ours, Mapping) and isinstance(new, Mapping):
        _merge_mapping(base if isinstance(base, Mapping) else {}, ours, new, where, found)
    elif isinstance(ours, list) and isinstance(new, list):
        _merge_list(base if isinstance(base, list) else [], ours, new, where, found)
    else:
        found.conflicts.append(where)


def _merge_mapping(
    base: Mapping[str, Any], ours: Mapping[str, Any], new: Mapping[str, Any], where: Where, found: Merged
) -> None:
    for key, value in new.items():
        if key in ours:
            _merge(base.get(key), ours[key], value, (*where, key), found)
        elif key not in base:
            found.edits.append(Change(where=(*where, key), value=value))
        elif base[key] != value:  # the team has taken it out
            found.conflicts.append((*where, key))
    for key in [key for key in base if key not in new and key in ours]:
        if ours[key] == base[key]:
            found.edits.append(Change(where=(*where, key), gone=True))
        else:
            found.conflicts.append((*where, key))


def _merge_list(base: list[Any], ours: list[Any], new: list[Any], where: Where, found: Merged) -> None:
    named = [_named(one) for one in (base, ours, new)]
    if any(one is None for one in named):
        if ours == base:
            found.edits.append(Change(where=where, value=new))
        else:
            found.conflicts.append(where)
        return
    was, is_now, wanted = (one or {} for one in named)
    if ours == base and any(isinstance(one, str | int) for one in new):  # the order of plain values is a value too
        found.edits.append(Change(where=where, value=new))
        return
    place = {key: number for number, key in enumerate(is_now)}
    end = len(ours)
    for key, value in wanted.items():
        if key in is_now:
            _merge(was.get(key), is_now[key], value, (*where, place[key]), found)
        elif key not in was:
            found.edits.append(Change(where=(*where, end), value=value))
            end += 1
        elif was[key] != value:
            found.conflicts.append((*where, str(key)))
    for key in [key for key in was if key not in wanted and key in is_now]:
        if is_now[key] == was[key]:
            found.edits.append(Change(where=(*where, place[key]), gone=True))
        else:
            found.conflicts.append((*where, place[key]))


def _named(entries: list[Any]) -> dict[Any, Any] | None:
    """The entries by what tells them apart; None where something does not."""
    found: dict[Any, Any] = {}
    for one in entries:
        key = next(_keys(one), None)
        if key is None or key in found:
            return None
        found[key] = one
    return found


def _keys(entry: Any) -> Iterator[Any]:
    if isinstance(entry, str | int | float | bool):
        yield entry
    elif isinstance(entry, Mapping):
        yield from (str(entry[name]) for name in NAMES if name in entry)
        if "$ref" in entry:
            yield entry["$ref"]
