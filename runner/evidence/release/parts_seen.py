"""Which servers and services of others does a service show that it works with? Files are read, nothing is started."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from runner.discovery.code_files import own_files
from runner.discovery.env_files import shown_env_files
from runner.discovery.usual_places import shown
from runner.evidence.code.lock_file import LockFile
from runner.evidence.release.compose_file import Compose, defaulted
from runner.evidence.release.named_parts import Named, named_in_code, named_in_value
from runner.model import Evidence, Looked, Place, in_file
from runner.probe import Probe
from runner.reading.dockerfile import bases_of, parse
from runner.reading.documents import NotReadable, text_of, yaml_in
from runner.reading.env_text import assigned_in
from runner.reading.walk import folders_above
from runner.said import say
from runner.vocabulary.technologies import Technology, of_image, of_package, technologies

RUNS, TALKS, BRINGS = "runs", "talks to", "brings a client of"  # how sure: it is started, it is used, it could be used


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSeen:
    """One sign of a technology: what it is, which version, and where that stands."""

    id: str  # of the technology; of an unknown third party its host
    title: str
    how: str  # RUNS, TALKS or BRINGS
    path: str
    line: int | None
    said: str  # what stands there: `image postgres:16.4`
    version: str = ""
    others: bool = False  # a third party's service

    def place(self, note: str) -> Place:
        return in_file(self.path, self.line, note)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsSeen(Evidence):
    """The servers and third parties that a service's files show."""

    parts: tuple[PartSeen, ...]
    pythons: tuple[PartSeen, ...] = ()  # of the released image
    files: int = 0  # of code, compose, CI and settings that were read
    dark: tuple[str, ...] = ()  # files that could not be read

    @classmethod
    def collect(cls, probe: Probe, compose: Looked[Compose], lock: Looked[LockFile]) -> Self:
        dark: list[str] = []
        found: list[PartSeen] = []
        files = 0
        if (composed := compose.evidence) is not None:
            files += 1
            found += composed_parts(composed)
            dark += [composed.path] if composed.unreadable else []
        for path, text in _ci_files(probe):
            files += 1
            try:
                found += images_in_ci(path, text)
            except NotReadable:
                dark.append(path)
        for file in own_files(probe.root, probe.target.named_sources):
            files += 1
            name = file.relative_to(probe.root).as_posix()
            named = named_in_code(file.read_text(encoding="utf-8", errors="replace"))
            found += [talks(name, one) for one in named or ()]
            if named is None:
                dark.append(name)
        for file in shown_env_files(probe.root):
            files += 1
            found += _of_settings(shown(probe.root, file), text_of(file))
        if (locked := lock.evidence) is not None:
            found += _locked(locked)
        return cls(parts=once_each(found), pythons=tuple(_pythons(probe)), files=files, dark=tuple(dark))

    def of(self, *ways: str) -> dict[str, tuple[PartSeen, ...]]:
        """By technology, those that were seen in one of these ways."""
        found: dict[str, tuple[PartSeen, ...]] = {}
        for one in self.parts:
            if one.how in ways:
                found[one.id] = (*found.get(one.id, ()), one)
        return found


def once_each(parts: list[PartSeen]) -> tuple[PartSeen, ...]:
    """One sign of a technology per way and file: the first."""
    kept: dict[tuple[str, str, str, str], PartSeen] = {}
    for one in parts:
        kept.setdefault((one.id, one.how, one.path, one.version), one)
    return tuple(kept.values())


def _seen(known: Technology, how: str, path: str, line: int | None, said: str, version: str = "") -> PartSeen:
    return PartSeen(
        id=known.id, title=known.title, how=how, path=path, line=line, said=said, version=version,
        others=known.is_others,
    )  # fmt: skip


def of_image_at(path: str, line: int | None, image: str) -> PartSeen | None:
    """`postgres:16.4-bookworm` in a compose file or a workflow; None for what is no server that is known."""
    known = of_image(image)
    if known is None:
        return None
    return _seen(known, RUNS, path, line, say("image {image}", image=image.partition("@")[0]), version_of_tag(image))


def version_of_tag(image: str) -> str:
    """`16.4` of `postgres:16.4-bookworm@sha256:…`; empty for `latest`, and for one that is not written out."""
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    number = tag.removeprefix("v").partition("-")[0]
    if not number.replace(".", "").isdigit():
        number = tag.removeprefix("pg").partition("-")[0]  # pgvector's: pg16
    return number if number.replace(".", "").isdigit() else ""


def images_in_ci(path: str, text: str) -> Iterator[PartSeen]:
    """The servers beside the jobs of a GitHub workflow (`services:`) or of GitLab's CI. Raises `NotReadable`."""
    document = yaml_in(text)
    loaded = document.value if isinstance(document.value, Mapping) else {}
    inner = loaded.get("jobs")
    jobs = inner if isinstance(inner, Mapping) else loaded
    above: tuple[str, ...] = ("jobs",) if jobs is not loaded else ()
    for job, told in jobs.items():
        given = told.get("services") if isinstance(told, Mapping) else told if job == "services" else None
        pairs = given.items() if isinstance(given, Mapping) else enumerate(given) if isinstance(given, list) else ()
        for key, one in pairs:
            image = (
                one
                if isinstance(one, str)
                else (one.get("image") or one.get("name"))
                if isinstance(one, Mapping)
                else None
            )
            where = (*above, str(job), *(("services",) if isinstance(told, Mapping) else ()), key)
            if isinstance(image, str) and (seen := of_image_at(path, document.line(*where), image)):
                yield seen


def _ci_files(probe: Probe) -> Iterator[tuple[str, str]]:
    for folder in (probe.root, *folders_above(probe.root)):
        for file in sorted((*(folder / ".github" / "workflows").glob("*.y*ml"), *folder.glob(".gitlab-ci.yml"))):
            try:
                yield shown(probe.root, file), text_of(file)
            except NotReadable:
                continue


def composed_parts(compose: Compose) -> Iterator[PartSeen]:
    for part in compose.parts:
        seen = of_image_at(compose.path, part.line, part.image) if part.image else None
        if seen:
            yield seen
        for setting in part.settings:
            yield from (
                talks(compose.path, one, setting.line) for one in named_in_value(setting.name, defaulted(setting.value))
            )


def _of_settings(path: str, text: str) -> Iterator[PartSeen]:
    for one in assigned_in(text):
        yield from (talks(path, found, one.line) for found in named_in_value(one.name, one.value))


def talks(path: str, one: Named, line: int | None = None) -> PartSeen:
    return PartSeen(
        id=one.id, title=one.title, how=TALKS, path=path, line=line or one.line, said=one.said, others=one.others
    )


def _locked(lock: LockFile) -> Iterator[PartSeen]:
    for pin in lock.pins:
        if known := of_package(pin.name):
            yield _seen(known, BRINGS, pin.path, pin.line, say("the package {name}", name=pin.name))


def _pythons(probe: Probe) -> Iterator[PartSeen]:
    path = probe.target.image
    if path is None:
        return
    instructions, _ = parse(probe.read(path, what="Dockerfile"))
    for base in bases_of(instructions):
        if base.image.rpartition("/")[2] == "python" and (version := version_of_tag(f"python:{base.tag}")):
            yield PartSeen(
                id="python",
                title="Python",
                how=RUNS,
                path=path,
                line=base.line,
                said=say("FROM {image}:{tag}", image=base.image, tag=base.tag),
                version=version,
            )


def title_of(id: str) -> str:
    known = technologies().get(id)
    return known.title if known else id
