"""How many processes serve, and which jobs does each of them start with its app?"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from runner.errors import NotThere
from runner.evidence.code.background_work import BackgroundWork, Timed
from runner.evidence.release.image_file import ImageFile
from runner.evidence.release.image_words import start_words, variables
from runner.model import Evidence, Looked
from runner.probe import Probe
from runner.reading.documents import NotReadable, yaml_in
from runner.said import say
from runner.words import plural

NUMBER = re.compile(r"\$\{\w+:?-(\d+)\}|(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """What starts more processes than one."""

    path: str
    line: int
    said: str  # "4 workers"
    processes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWork(Evidence):
    """Jobs that each process starts, and how many processes there are."""

    jobs: tuple[Timed, ...]
    several: tuple[Several, ...] = ()
    known: bool = False  # an image or a compose file says how it is started
    files: int = 0
    there: int = 0

    @classmethod
    def collect(cls, probe: Probe, work: BackgroundWork, image: Looked[ImageFile]) -> Self:
        if not work.timed:
            looked = say("the {files} of the service", files=plural(work.files, "Python file"))
            raise NotThere("no process starts a timed job of its own that writes or sends", looked=looked)
        found = image.or_none()
        several = [*(_of_image(found) if found else ()), *_of_compose(probe)]
        return cls(
            jobs=work.timed,
            several=tuple(several),
            known=found is not None or probe.target.compose is not None,
            files=work.files,
            there=work.there,
        )


def workers_in(words: Sequence[str]) -> int:
    """How many processes a server's command starts."""
    flat = [part for word in words for part in word.split()]
    for place, word in enumerate(flat):
        name, equals, value = word.partition("=")
        if name in {"--workers", "-w"}:
            given = value if equals else (flat[place + 1] if place + 1 < len(flat) else "")
            return _number(given)
    return 1


def _number(text: object) -> int:
    found = NUMBER.fullmatch(str(text).strip())
    return int(found[1] or found[2]) if found else 1


def _of_image(image: ImageFile) -> Iterator[Several]:
    one = image.effective("CMD") or image.effective("ENTRYPOINT")
    workers = max(workers_in(start_words(image)), _number(variables(image).get("WEB_CONCURRENCY", 1)))
    if one is not None and workers > 1:
        yield Several(path=image.path, line=one.line, said=plural(workers, "worker"), processes=workers)


def _of_compose(probe: Probe) -> Iterator[Several]:
    path = probe.target.compose
    if path is None:
        return
    try:
        document = yaml_in(probe.read(path, what="compose file"))
    except NotReadable:
        return
    services = document.value.get("services") if isinstance(document.value, Mapping) else None
    for name, one in services.items() if isinstance(services, Mapping) else ():
        if isinstance(one, Mapping) and "build" in one:
            for key, said, number in _numbers(one):
                if number > 1:
                    line = document.line("services", str(name), key)
                    yield Several(path=path, line=line, said=plural(number, said), processes=number)


def _numbers(one: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    deploy, command, env = one.get("deploy"), one.get("command"), one.get("environment")
    if isinstance(deploy, Mapping):
        yield "deploy", "replica", _number(deploy.get("replicas", 1))
    yield (
        "command",
        "worker",
        workers_in([str(w) for w in command] if isinstance(command, list) else [str(command or "")]),
    )
    if isinstance(env, Mapping):
        yield "environment", "worker", _number(env.get("WEB_CONCURRENCY", 1))
