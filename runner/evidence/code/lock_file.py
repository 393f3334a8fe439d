"""The lock that a deployment installs from: what it pins, and what it leaves open."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Self

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from runner.errors import ProbeError
from runner.model import Evidence
from runner.probe import Probe
from runner.reading.documents import LOCKS, NotReadable, json_in, toml_in
from runner.reading.requirement_lines import entries_in
from runner.said import say

DECLARED = ("pyproject.toml", "requirements.in", "setup.cfg", "setup.py", "Pipfile")
LOCAL = re.compile(r"[./~]|file:")  # a path: the service itself, or what lies in its repository
COMPILED = frozenset(("pyproject.toml", "setup.cfg", "setup.py"))  # what uv reads dependencies from


def how_to_lock(declared: str | None = None) -> str:
    """The command that writes a lock; from requirements.in, where the declaring file is none that uv reads.

    With extras spelt out: the pip of Python 3.11 and 3.12 takes `coverage` for no pin of `coverage[toml]`.
    """
    source = declared if declared in COMPILED else "requirements.in"
    return f"uv pip compile --universal --generate-hashes --no-strip-extras {source} -o requirements.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One entry of a lock. `version` is None where it is left open."""

    name: str
    version: str | None
    hashed: bool
    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LockFile(Evidence):
    """The lock."""

    path: str | None  # None: the service has none
    kind: str = ""  # requirements, uv.lock, pylock.toml, poetry.lock, pdm.lock, Pipfile.lock
    pins: tuple[Pin, ...] = ()
    declared: str | None = None  # the file that names the dependencies
    wanted: tuple[str, ...] = ()  # what it names for every machine, in canonical form

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        path = probe.target.lock
        declared = _declared(probe)
        if path is None:
            return cls(path=None, declared=declared)
        return cls(
            path=path, kind=kind_of(path), pins=tuple(_pins(probe, path)), declared=declared, wanted=_wanted(probe)
        )

    @property
    def open(self) -> tuple[Pin, ...]:
        return tuple(pin for pin in self.pins if pin.version is None)

    @property
    def unhashed(self) -> tuple[Pin, ...]:
        return tuple(pin for pin in self.pins if pin.version is not None and not pin.hashed)


def kind_of(path: str) -> str:
    name = PurePosixPath(path).name
    return (
        name
        if name.endswith(".toml") or name in {"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock"}
        else "requirements"
    )


def _pins(probe: Probe, path: str, seen: tuple[str, ...] = ()) -> list[Pin]:
    """The entries of a lock, and of those that it includes. Raises `ProbeError` for one that is named and not there."""
    if not probe.inside(path).is_file():
        said = (
            say("{seen} includes {path}", seen=seen[-1], path=path)
            if seen
            else say("gonogo.toml names the lock {path}", path=path)
        )
        raise ProbeError(say("{said}, which does not exist. Write it, or correct its name", said=said))
    text = probe.read(path, what="lock")
    kind = kind_of(path)
    if kind == "requirements":
        others = [other for other in included(path, text) if other not in {*seen, path}]
        return requirement_pins(path, text) + [pin for other in others for pin in _pins(probe, other, (*seen, path))]
    try:
        return _pipfile_pins(path, json_in(text, LOCKS)) if kind == "Pipfile.lock" else _toml_pins(path, text)
    except (NotReadable, TypeError, AttributeError, KeyError) as error:
        raise ProbeError(say("{path} can't be read as a lock: {error}", path=path, error=error)) from error


def included(path: str, text: str) -> list[str]:
    """Other requirement files that this one names with `-r`."""
    named = [one.included for one in entries_in(text) if one.included]
    return [(PurePosixPath(path).parent / name).as_posix() for name in named]


def requirement_pins(path: str, text: str) -> list[Pin]:
    """The entries of a requirements file, without folders of the service's own."""
    return [
        Pin(name=name, version=_exact(one.requirement), hashed=one.is_hashed, path=path, line=one.line)
        for one in entries_in(text)
        if (name := one.requirement.name if one.requirement else one.asked or one.editable) and not LOCAL.match(name)
    ]


def _exact(wanted: Requirement | None) -> str | None:
    """The one version that is let in; None for a range, and for an address."""
    exact = [one.version for one in wanted.specifier if one.operator in {"==", "==="}] if wanted else []
    return next((one for one in exact if not one.endswith(".*")), None)


def _declared(probe: Probe) -> str | None:
    """The file that names the dependencies: requirements.in where it is there and pyproject.toml names none."""
    there = [name for name in DECLARED if (probe.root / name).is_file()]
    if there[:2] == [*DECLARED[:2]] and not _in_project(probe.read(there[0], what=there[0])):
        return there[1]
    return there[0] if there else None


def _wanted(probe: Probe) -> tuple[str, ...]:
    """The dependencies that requirements.in and pyproject.toml name without a condition."""
    texts = {name: probe.read(name, what=name) for name in DECLARED[:2] if (probe.root / name).is_file()}
    lines = "\n".join([*_in_project(texts.get("pyproject.toml", "")), texts.get("requirements.in", "")])
    wanted = (one.requirement for one in entries_in(lines))
    return tuple(dict.fromkeys(canonicalize_name(one.name) for one in wanted if one and not one.marker and not one.url))


def _in_project(text: str) -> list[str]:
    try:
        loaded = toml_in(text)
    except NotReadable:
        return []
    poetry = loaded.get("tool", {}).get("poetry", {}).get("dependencies", {})
    plain = [name for name, given in poetry.items() if name != "python" and not isinstance(given, dict)]
    return [*map(str, loaded.get("project", {}).get("dependencies", [])), *plain]


def _toml_pins(path: str, text: str) -> list[Pin]:
    loaded = toml_in(text, LOCKS)
    entries: list[dict[str, Any]] = loaded.get("package") or loaded.get("packages") or []
    lines = text.splitlines()
    apart = loaded.get("metadata", {}).get("files", {})  # poetry 1 keeps the hashes at the end
    pins = []
    for entry in entries:
        source: dict[str, Any] = entry["source"] if isinstance(entry.get("source"), dict) else {}
        if source and ({"editable", "virtual", "directory"} & set(source)):
            continue
        needle = f'name = "{entry["name"]}"'
        line = next((n for n, one in enumerate(lines, start=1) if one.strip() == needle), 1)
        commit = re.search(r"[0-9a-f]{40}$", str(source.get("git", source.get("resolved_reference", ""))))
        hashed = "sha256" in f"{entry} {apart.get(entry['name'])}" or commit is not None  # a commit is a hash
        pins.append(Pin(name=entry["name"], version=entry.get("version"), hashed=hashed, path=path, line=line))
    return pins


def _pipfile_pins(path: str, loaded: dict[str, Any]) -> list[Pin]:
    return [
        Pin(
            name=name,
            version=str(entry["version"]).removeprefix("==") if "version" in entry else None,
            hashed=bool(entry.get("hashes")),
            path=path,
            line=1,
        )
        for name, entry in loaded.get("default", {}).items()
    ]
