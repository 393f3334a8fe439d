"""The Dockerfile, read as its instructions, with what hadolint says about it."""

import json
import os
import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Self

from runner.discovery.images import IMAGES, NOT_RELEASED, images
from runner.errors import NotThere, ProbeError, Thing
from runner.evidence.release.build_arguments import given_arguments
from runner.evidence.release.image_sources import asked_programs, scripts_in, sources_of
from runner.evidence.release.own_server import own_servers
from runner.evidence.suite.health_tests import Watch, health_command, watched_by_kubernetes, watched_in_compose
from runner.model import Evidence
from runner.probe import Probe
from runner.reading.dockerfile import Base, Instruction, bases_of, borrowed, parse
from runner.reading.documents import NotReadable, read_document, text_of, yaml_documents, yaml_in
from runner.reading.shell import script_of
from runner.reading.walk import files_below, folders_above
from runner.said import say, together
from runner.vocabulary.folders import SKIPPED
from runner.vocabulary.servers import SERVERS

INSTALLERS = frozenset(("pip", "setuptools", "wheel", "uv", "poetry", "pdm", "pipenv", "virtualenv", "pip-tools"))
EXAMPLE = re.compile(r"example|sample|template|dist$|schema|defaults?$", re.IGNORECASE)
BIG = 500_000  # characters: no Dockerfile, and no manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What hadolint found."""

    code: str
    level: str
    line: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """The health check that a compose file gives to what it builds from this Dockerfile."""

    path: str
    line: int
    command: str  # as a HEALTHCHECK has it behind its CMD
    watches: bool  # does it look at anything?


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile(Evidence):
    """The Dockerfile."""

    path: str
    instructions: tuple[Instruction, ...]
    bases: tuple[Base, ...] = ()
    objections: tuple[Objection, ...] = ()
    unreadable: str = ""  # why it is no Dockerfile
    unreadable_line: int | None = None
    ignored: tuple[str, ...] | None = ()  # the .dockerignore's patterns; None when there is none
    absent: tuple[tuple[str, int], ...] = ()  # sources of COPY that the service's folder has not
    scripts: tuple[tuple[str, str], ...] = ()  # (path, text) of the entrypoint scripts that lie in the folder
    asked: tuple[tuple[str, str], ...] = ()  # (word, text) of programs of the folder that HEALTHCHECK names
    own_servers: tuple[tuple[str, int, str], ...] = ()  # (file, line, command) of servers that own programs start
    probes: str | None = None  # the Kubernetes manifest, or compose file, that watches its health instead
    composed: Composed | None = None  # how the compose file watches it
    sources: int = 0  # what COPY and ADD name in the folder, as far as it is known
    local: tuple[str, ...] = ()  # files of the folder that hold this machine's settings: .env, .env.local
    given: tuple[str, ...] = ()  # build arguments that CI or the compose file sets
    files: int = 1  # Dockerfiles that there are, where gonogo.toml does not say which one is released

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        path = probe.target.image
        if path is None:
            looked = say("{images} and their like, here and in the folders above", images=together(IMAGES[:2]))
            raise NotThere("this service has no Dockerfile", looked=looked, absent=Thing.IMAGE)
        if not probe.inside(path).is_file():
            raise ProbeError(
                say(
                    "gonogo.toml names the Dockerfile {path}, which is not there: correct [deployment] image", path=path
                )
            )
        text = probe.read(path, what="Dockerfile")
        if len(text) > BIG:  # hadolint would read it for minutes
            raise ProbeError(
                say(
                    "{path} is {size} characters long, which no Dockerfile is: is it the right file?",
                    path=path,
                    size=len(text),
                )
            )
        instructions, problem = parse(text)
        objections = _hadolint(probe, path)
        composed = _composed(probe, instructions)
        broken = next((one for one in objections if one.code == "DL1000"), None)
        context, absent = context_of(probe, path, instructions)
        ignore = next(
            (f for f in (probe.root / f"{path}.dockerignore", context / ".dockerignore") if f.is_file()), None
        )
        scripts = scripts_in(probe.root, instructions)
        return cls(
            path=path,
            instructions=instructions,
            bases=bases_of(instructions),
            objections=objections,
            unreadable=problem or (broken.message.splitlines()[0] if broken else ""),
            unreadable_line=broken.line if broken else None,
            ignored=patterns_of(ignore.read_text(encoding="utf-8", errors="replace")) if ignore else None,
            absent=tuple(absent),
            scripts=tuple(scripts),
            asked=asked_programs(probe.root, instructions),
            own_servers=tuple(own_servers(probe.root, list(_run(instructions, scripts)))),
            probes=_probes(probe) or (composed.path if composed and composed.watches else None),
            composed=composed,
            sources=sum(len(sources_of(one)) for one in instructions),
            local=tuple(sorted(file.name for file in context.glob(".env*") if not EXAMPLE.search(file.name))),
            given=given_arguments(probe.root, probe.target.compose),
            files=1 if probe.target.config.deployment.image else len(_released(probe.root)) or 1,
        )

    @property
    def last(self) -> int:
        """The stage that becomes the image."""
        return max((one.stage for one in self.instructions), default=-1)

    def of(self, *words: str, stage: int | None = None) -> tuple[Instruction, ...]:
        """The instructions with these words, of one stage or of all."""
        return tuple(i for i in self.instructions if i.word in words and stage in (None, i.stage))

    def lineage(self, of: int | None = None) -> tuple[int, ...]:
        """The final stage, or this one, and the ones that it is built from, itself first."""
        found: list[int] = []
        at = self.last if of is None else of
        while at >= 0 and at not in found:
            found.append(at)
            parent = self.bases[at].stage if at < len(self.bases) else None
            at = -1 if parent is None else parent
        return tuple(found)

    def effective(self, word: str) -> Instruction | None:
        """The last such instruction that counts for the image."""
        for stage in self.lineage():
            found = self.of(word, stage=stage)
            if found:
                return found[-1]
        return None

    @property
    def outside(self) -> tuple[Base, ...]:
        """The bases that come from a registry, and the images that files are copied from."""
        return self.registry + borrowed(self.instructions, self.bases)

    @property
    def registry(self) -> tuple[Base, ...]:
        """The bases that come from a registry."""
        return tuple(base for base in self.bases if base.stage is None and base.name.lower() != "scratch")

    @property
    def final(self) -> Base | None:
        """What the image is built on in the end; None for scratch."""
        base = self.bases[self.lineage()[-1]] if self.lineage() and self.bases else None
        return base if base and base.name.lower() != "scratch" else None


def patterns_of(text: str) -> tuple[str, ...]:
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def _hadolint(probe: Probe, path: str) -> tuple[Objection, ...]:
    """With a configuration of our own: the service's .hadolint.yaml and `# hadolint ignore=` have no say."""
    config = probe.workshop.scratch("hadolint") / "hadolint.yaml"
    config.write_text("{}\n", encoding="utf-8")
    words = ["--config", str(config), "--disable-ignore-pragma", "--format", "json", "--no-fail"]
    ran = probe.tool("hadolint", *words, path)
    try:
        found = json.loads(ran.out)
    except json.JSONDecodeError as error:
        raise ProbeError(
            say("hadolint gave no answer about {path}: {last_words}", path=path, last_words=ran.last_words)
        ) from error
    return tuple(
        Objection(code=one["code"], level=one["level"], line=one["line"], message=one["message"]) for one in found
    )


def context_of(probe: Probe, path: str, instructions: tuple[Instruction, ...]) -> tuple[Path, list[tuple[str, int]]]:
    """The folder that the image is built from, and what COPY and ADD miss there.

    The service's folder, else the Dockerfile's, else one above that has more of what is copied, as in a repository
    with several services.
    """
    folders = dict.fromkeys((probe.root, (probe.root / path).resolve().parent, *folders_above(probe.root)))
    found = [(folder, _absent(folder, instructions)) for folder in folders]
    return min(found, key=lambda one: len(one[1]))


def _absent(folder: Path, instructions: tuple[Instruction, ...]) -> list[tuple[str, int]]:
    """Sources that COPY and ADD name and that do not lie there."""
    lost = []
    for one in instructions:
        if one.word not in {"COPY", "ADD"} or "--from=" in one.text or "<<" in one.text:
            continue
        named = sources_of(one)
        optional = len(named) > 1  # the builder takes what another source brings
        for source in named:
            plain = source.removeprefix("./").strip("/")
            if not ("*" in plain and optional) and not any(folder.glob(plain)):
                lost.append((source, one.line))
    return lost


def _released(root: Path) -> list[Path]:
    """Dockerfiles with Python in them that are not for development or tests alone, by their names."""
    own = [path for path in images(root) if not NOT_RELEASED.search(str(path))]
    return [path for path in own if re.search(r"python|\bpip\b|\buv\b|poetry", text_of(root / path))]


def _run(instructions: tuple[Instruction, ...], scripts: list[tuple[str, str]]) -> Iterator[tuple[str, ...]]:
    """The words of each command that the image's start runs."""
    last = max((one.stage for one in instructions), default=-1)
    starts = [one for one in instructions if one.word in {"ENTRYPOINT", "CMD"} and one.stage == last]
    listed = [one for one in starts if one.text.startswith("[")]
    yield tuple(word for one in listed for word in one.argv)
    texts = [one.text for one in starts if one not in listed]
    texts += [word for one in listed for word in one.argv if " " in word]
    for text in [*texts, *(text for _, text in scripts)]:
        yield from (command.argv for command in script_of(text).commands)


def _probes(probe: Probe) -> str | None:
    """The Kubernetes manifest with a probe that looks at something."""
    for file in files_below(probe.root, SKIPPED):
        if file.suffix not in {".yml", ".yaml"} or file.stat().st_size > BIG:
            continue
        with suppress(NotReadable):
            text = read_document(file)
            found = yaml_documents(text) if re.search(r"(liveness|readiness)Probe\s*:", text) else []
            if any(watched_by_kubernetes(one) == Watch() for document in found for one in _kubernetes(document)):
                return file.relative_to(probe.root).as_posix()
    return None


def _kubernetes(node: object) -> Iterator[object]:
    """The probes in a manifest, however deep."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name in {"livenessProbe", "readinessProbe"}:
                yield value
            yield from _kubernetes(value)
    elif isinstance(node, list):
        for value in node:
            yield from _kubernetes(value)


def _composed(probe: Probe, instructions: tuple[Instruction, ...]) -> Composed | None:
    """The health check of what the compose file builds from this Dockerfile; the one that sees something, if any."""
    path, image = probe.target.compose, probe.target.image
    try:
        document = yaml_in(probe.read(path, what="compose file"))
    except (NotThere, NotReadable):
        return None
    services = document.value.get("services") if isinstance(document.value, dict) else None
    parts = services.items() if isinstance(services, dict) else ()
    file, folder = probe.root / str(image), (probe.root / str(path)).parent
    checked = [
        (name, one["healthcheck"])
        for name, one in parts
        if isinstance(one, dict) and "healthcheck" in one and is_made_from(file, one.get("build"), folder)
    ]
    programs = dict(asked_programs(probe.root, instructions, *(health_command(health) for _, health in checked)))
    found = [
        Composed(
            path=str(path),
            line=document.line("services", name, "healthcheck"),
            command=health_command(health),
            watches=watched_in_compose(health, programs) == Watch(),
        )
        for name, health in checked
    ]
    return max(found, key=lambda one: one.watches, default=None)


def is_made_from(image: Path, build: object, folder: Path) -> bool:
    """Does a compose file in `folder` build with this Dockerfile? Its database may be built too, from another one.

    Both paths are absolute: a compose file above the service names its folder, and the Dockerfile's own path does not.
    """
    if not isinstance(build, str | dict):
        return False
    context = str(build.get("context", ".")) if isinstance(build, dict) else build
    file = str(build.get("dockerfile", "Dockerfile")) if isinstance(build, dict) else "Dockerfile"
    return os.path.normpath(folder / context / file) == os.path.normpath(image)


def installed_by_name(text: str) -> tuple[str, ...]:
    """What a Dockerfile's `pip install` names outright in what becomes the image: `uvicorn[standard]`, no files."""
    instructions, _ = parse(text)
    last = max((one.stage for one in instructions), default=-1)
    found: list[str] = []
    for one in instructions:
        if one.word != "RUN" or one.stage != last:
            continue
        for words in re.findall(r"\bpip3?\s+install\s+([^&;|]+)", one.text):
            given = iter(words.split())
            for word in given:
                if word in {"-r", "--requirement", "-c", "--constraint", "-e", "-i", "--index-url", "--target", "-t"}:
                    next(given, None)
                elif re.match(r"[\"']?[A-Za-z][\w.-]*(?:\[[\w,]+\])?(?:[<>=!~]=?[^\s\"']+)?[\"']?$", word):
                    found.append(word.strip("\"'"))
    return tuple(one for one in found if re.split(r"[\[<>=!~]", one)[0].lower() not in INSTALLERS)


def served_by_image(probe: Probe) -> str | None:
    """The command of the image, as a template for our own start; None when it is not a server that we know."""
    path = probe.target.image
    if path is None or not (probe.root / path).is_file():
        return None
    instructions, _ = parse((probe.root / path).read_text(encoding="utf-8", errors="replace"))
    last = max((one.stage for one in instructions), default=-1)
    words: list[str] = []
    for word in ("ENTRYPOINT", "CMD"):
        found = [one for one in instructions if one.word == word and one.stage == last]
        words += found[-1].argv if found else ()
    return as_template(words)


def as_template(words: list[str]) -> str | None:
    """`sh -c "migrate && exec uvicorn app:app --port 80"` → `{python} -m uvicorn app:app --port {port}`."""
    flat = [part for word in words for part in (shlex.split(word) if " " in word else [word])]
    start = next((n for n, word in enumerate(flat) if PurePosixPath(word).name in SERVERS), None)
    if start is None or "gunicorn" in flat[start]:
        return None
    kept: list[str] = []
    rest = flat[start + 1 :]
    while rest:
        word, rest = rest[0], rest[1:]
        if word in {"&&", ";", "||", "&"}:
            break
        name, equals, _ = word.partition("=")
        if name in {"--host", "--port", "-p", "--bind", "-b", "--fd", "--uds", "--root-path"}:
            rest = rest if equals else rest[1:]
            continue
        if "$" in word or "{" in word:
            return None
        kept.append(word)
    server = PurePosixPath(flat[start]).name
    address = "--bind {host}:{port}" if server in {"hypercorn"} else "--host {host} --port {port}"
    return shlex.join(["{python}", "-m", server, *kept]).replace("'{python}'", "{python}") + f" {address}"
