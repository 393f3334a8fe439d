"""The compose file: its services with their images, health checks and environments."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from runner.discovery.env_files import shown_env_files
from runner.discovery.usual_places import shown
from runner.errors import NotThere, ProbeError
from runner.evidence.release.image_sources import asked_programs
from runner.evidence.suite.health_tests import Watch, health_command, watched_in_compose
from runner.model import Evidence
from runner.probe import Probe
from runner.reading.dockerfile import Instruction, parse
from runner.reading.documents import NotReadable, Yaml, yaml_in
from runner.reading.env_text import assigned_in
from runner.reading.walk import folders_above
from runner.said import say
from runner.vocabulary.secrets import is_secret
from runner.vocabulary.servers import DEBUG, OPTIONS, RELOADS, YES

DEVELOPS = re.compile(r"(?<![\w-])--reload(?![\w-])|\bfastapi\s+dev\b")
UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A variable that a service is given."""

    name: str
    value: str
    line: int
    file: str = ""  # of its `env_file` that says so; empty: the compose file itself

    @property
    def default(self) -> str | None:
        """What it is when nobody sets it: the literal, or what stands in `${NAME:-default}`. None: it must be given."""
        whole = re.fullmatch(r"\$\{\w+(:?[-?+]?)([^}]*)\}|\$\w+", self.value)
        if whole is None:
            return self.value or None
        return whole[2] or None if whole[1] in {"-", ":-"} else None

    @property
    def password_in_url(self) -> bool:
        """`postgresql://user:secret@db`: written out, or as a default."""
        return re.search(r"://[^:/@\s]*:[^@/\s${}]+@", defaulted(self.value)) is not None

    @property
    def is_secret(self) -> bool:
        switch = self.value.lower() in {"yes", "no", "true", "false", "on", "off", "0", "1"}  # ALLOW_EMPTY_PASSWORD
        return is_secret(self.name) and not switch


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One service of the compose file."""

    name: str
    line: int
    image: str | None
    builds: bool
    health: bool
    settings: tuple[Setting, ...] = ()
    runs_once: bool = False  # `restart: "no"`, or others wait for its completion
    awaited: bool = False  # others depend on it
    blind: str = ""  # why its health check sees nothing
    unsure: str = ""  # what is not known of it
    grace: float | None = None  # `stop_grace_period`, in seconds
    develops: str = ""  # what of its command is for development, where it does not mount its code from the machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Compose(Evidence):
    """The compose file."""

    path: str
    parts: tuple[Part, ...] = ()
    written: int = 0  # services that stand there, readable or not
    elsewhere: str = ""  # other files that it takes services from
    unreadable: str = ""

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        path = probe.target.compose
        if path is None:
            raise NotThere("this service has no compose file", looked="compose.yaml, docker-compose.yml and their like")
        text = probe.read(path, what="compose file")
        assert path is not None
        try:
            document = yaml_in(text)
        except NotReadable as error:
            return cls(path=path, unreadable=str(error))
        loaded = document.value
        if not isinstance(loaded, Mapping) or not isinstance(loaded.get("services"), Mapping):
            return cls(path=path, unreadable=say("it has no `services`"))
        shown_to_all = shown_env_files(probe.root, folders_above(probe.root))
        files = {file.resolve(): shown(probe.root, file) for file in shown_to_all}
        beside = (probe.root / path).parent
        parts = tuple(
            replace(part, settings=(*part.settings, *_from_files(loaded["services"][part.name], beside, files)))
            for part in parts_in(document, _programs(probe, loaded["services"].values()))
        )
        return cls(path=path, parts=parts, written=len(loaded["services"]), elsewhere=_elsewhere(loaded))


def _from_files(one: Mapping[str, Any], folder: Path, files: Mapping[Path, str]) -> Iterator[Setting]:
    """What the `env_file` of a service gives it, where that lies in the repository for everybody to read."""
    given = one.get("env_file") or []
    for entry in given if isinstance(given, list) else [given]:
        path = (folder / str(entry.get("path", "") if isinstance(entry, Mapping) else entry)).resolve()
        if path in files:
            for said in assigned_in(path.read_text(encoding="utf-8", errors="replace")):
                yield Setting(name=said.name, value=said.value, line=said.line, file=files[path])


def _elsewhere(loaded: Mapping[str, Any]) -> str:
    """`include:`, and `extends: {file: …}` of a service."""
    extended = [one["extends"] for one in loaded["services"].values() if isinstance(one, Mapping) and "extends" in one]
    files = [str(one["file"]) for one in extended if isinstance(one, Mapping) and "file" in one]
    included = loaded.get("include") or []
    return ", ".join([*files, *(str(one) for one in (included if isinstance(included, list) else [included]))])


def _programs(probe: Probe, services: Iterable[object]) -> dict[str, str]:
    """How health checks of what is built here name programs of the folder → their texts."""
    checks = [
        one["healthcheck"] for one in services if isinstance(one, Mapping) and {"build", "healthcheck"} <= set(one)
    ]
    instructions: tuple[Instruction, ...] = ()
    with suppress(NotThere, ProbeError):
        instructions, _ = parse(probe.read(probe.target.image, what="Dockerfile"))
    return dict(asked_programs(probe.root, instructions, *map(health_command, checks)))


def parts_in(document: Yaml, programs: Mapping[str, str] = MappingProxyType({})) -> list[Part]:
    """The services. `programs`: those of the folder that their health checks name."""
    services = document.value["services"]
    waits = [(other, how) for one in services.values() if isinstance(one, Mapping) for other, how in _awaited(one)]
    completed = {other for other, how in waits if how == "service_completed_successfully"}
    awaited = {other for other, _ in waits}
    return [
        _part(name, one, document, (completed, awaited), programs)
        for name, one in services.items()
        if isinstance(one, Mapping)
    ]


def _awaited(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The services that this one depends on, and the condition it waits for."""
    given = one.get("depends_on") or []
    if isinstance(given, Mapping):
        return [(str(o), str(how.get("condition")) if isinstance(how, Mapping) else "") for o, how in given.items()]
    return [(str(other), "") for other in given]


def _part(
    name: str,
    one: Mapping[str, Any],
    document: Yaml,
    waited: tuple[set[str], set[str]],
    programs: Mapping[str, str],
) -> Part:
    """A service. `waited`: the names of those whose end others wait for, and of all that others wait for."""
    health, (completed, awaited) = one.get("healthcheck"), waited
    given = isinstance(health, Mapping) and "test" in health
    told = watched_in_compose(health, programs) if given else Watch(problem="none")
    off = isinstance(health, Mapping) and (health.get("disable") or health.get("test") in (["NONE"], "NONE"))
    image = defaulted(str(one["image"])) if one.get("image") else None
    open_image = say("what `{image}` is", image=image) if image and "$" in image else ""
    settings = settings_of(document, name)
    return Part(
        name=name,
        line=document.line("services", name),
        image=image,
        blind=told.problem if given and not off else "",
        unsure=(told.unsure if given else "") or open_image,
        builds="build" in one,
        health=given and not off and not told.problem,
        settings=tuple(settings),
        develops="" if _mounts_code(one) else _for_development(one, settings),
        grace=_seconds(one.get("stop_grace_period")),
        awaited=name in awaited,
        runs_once=name in completed or str(one.get("restart")) in {"no", "False"} or bool(one.get("profiles")),
    )


def _seconds(written: object) -> float | None:
    """`1m30s`, `20s`, as compose writes a time."""
    parts = re.findall(r"([\d.]+)(h|ms|m|s)", str(written or ""))
    return sum(float(number) * UNITS[unit] for number, unit in parts) if parts else None


def _for_development(one: Mapping[str, Any], settings: list[Setting]) -> str:
    """What of its command, or of the variables that its server reads as options (`UVICORN_RELOAD`), is for that."""
    said = [one.get("command"), one.get("entrypoint"), *(s.default for s in settings if s.name in OPTIONS)]
    words = " ".join(" ".join(map(str, given)) if isinstance(given, list) else str(given or "") for given in said)
    if found := DEVELOPS.search(words):
        return found[0]
    switched = (s for s in settings if (s.default or "").lower() in YES)
    ours = "build" in one  # an image of somebody else has its own idea of DEBUG
    return next(
        (f"{s.name}={s.default}" for s in switched if RELOADS.search(s.name) or (ours and DEBUG.search(s.name))), ""
    )


def _mounts_code(one: Mapping[str, Any]) -> bool:
    """Does it run the code of the machine, as developers do: a folder of the repository as a volume, or `develop:`?"""
    volumes = one.get("volumes") or []
    sources = [str(v.get("source", "")) if isinstance(v, Mapping) else str(v).partition(":")[0] for v in volumes]
    return "develop" in one or any(source.startswith(".") for source in sources)


def defaulted(text: str) -> str:
    """`postgres:${TAG:-16.4}` with its default; what must be given from outside stays."""
    return re.sub(r"\$\{\w+:?-([^}]*)\}", r"\1", text)


def settings_of(document: Yaml, service: str) -> list[Setting]:
    """The variables that a service of a compose file is given, in either notation."""
    given, at = document.value["services"][service].get("environment"), ("services", service, "environment")
    if isinstance(given, Mapping):
        pairs = [(name, "" if value is None else str(value)) for name, value in given.items()]
        return [Setting(name=str(n), value=v, line=document.line(*at, str(n))) for n, v in pairs]
    listed = [str(one).partition("=") for one in given] if isinstance(given, list) else []
    return [Setting(name=n, value=v, line=document.line(*at, number)) for number, (n, _, v) in enumerate(listed)]
