"""What does a poetry.lock install for the service itself? As a requirements file, for installers that read those."""

from collections.abc import Iterator, Mapping
from typing import Any

from packaging.utils import canonicalize_name

from runner.errors import ProbeError
from runner.reading.documents import LOCKS, toml_in
from runner.said import say

Entry = Mapping[str, Any]


def as_requirements(text: str, project: str = "") -> str:
    """A poetry.lock as a requirements file with hashes, without what only development needs.

    `project`: its pyproject.toml. Poetry 1.5 to 1.8 wrote into the lock neither what only development needs, nor where
    a package is needed: both follow from who needs it. Raises `ProbeError` for a package that is not from an index.
    """
    loaded = toml_in(text, LOCKS)
    entries: list[Entry] = loaded.get("package", [])
    apart = loaded.get("metadata", {}).get("files", {})
    silent = not any("groups" in entry or "category" in entry for entry in entries)
    needed = _needed(entries, toml_in(project)) if silent and project else None
    lines = []
    for entry in entries:
        groups = entry.get("groups", [entry.get("category", "main")])
        told = _marker(entry) if needed is None else needed.get(canonicalize_name(entry["name"]))
        if told is None or not {"main", "default"} & set(groups) or (needed is None and entry.get("optional")):
            continue
        if entry.get("source", {}).get("type", "legacy") != "legacy":
            raise ProbeError(
                say(
                    "poetry.lock has {entry} from {entry2}",
                    entry=entry["name"],
                    entry2=entry["source"].get("url", "elsewhere"),
                )
            )
        files = entry.get("files") or apart.get(entry["name"], ())
        hashes = "".join(f" --hash={one['hash']}" for one in files)
        lines.append(f"{entry['name']}=={entry['version']}{f' ; {told}' if told else ''}{hashes}")
    return "\n".join(lines) + "\n"


def _marker(entry: Entry) -> str:
    markers = entry.get("markers", "")
    return str(markers.get("main", "")) if isinstance(markers, dict) else str(markers)  # poetry 2: one for each group


def _needed(entries: list[Entry], project: Mapping[str, Any]) -> dict[str, str]:
    """Package → where it is needed, empty for everywhere: from the project's own dependencies on, through the lock."""
    known: dict[str, Entry] = {canonicalize_name(entry["name"]): entry for entry in entries}
    wanted = project.get("tool", {}).get("poetry", {}).get("dependencies", {})
    waiting = [(name, marker) for name, marker, optional in _wishes(wanted) if not optional]
    found: dict[str, set[str]] = {}
    while waiting:
        name, marker = waiting.pop()
        if name not in known or marker in found.setdefault(name, set()):
            continue
        first = not found[name]
        found[name].add(marker)
        if first:
            waiting += [(one, told) for one, told, _ in _wishes(known[name].get("dependencies", {}))]
    return {
        name: "" if "" in markers else " or ".join(f"({one})" for one in sorted(markers))
        for name, markers in found.items()
    }


def _wishes(table: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """(package, marker, optional). What an extra brings is in the lock only where somebody asked for that extra."""
    for name, wish in table.items():
        for one in wish if isinstance(wish, list) else [wish]:
            told = one if isinstance(one, dict) else {}
            marker = str(told.get("markers", ""))
            if name.lower() != "python":
                yield canonicalize_name(name), "" if "extra" in marker else marker, bool(told.get("optional"))
