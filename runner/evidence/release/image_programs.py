"""Which programs does the final stage of an image have, and can its health command run there? Pure."""

import json
import re
import shlex

from runner.evidence.release.image_file import ImageFile
from runner.evidence.release.image_words import commands_of, filled_in, run_script, variables
from runner.evidence.suite.health_tests import IDLE, Watch
from runner.reading.dockerfile import Base, Instruction
from runner.reading.shell import SHELLS, Command, script_of
from runner.said import say

ASKERS = frozenset(("curl", "wget", "nc", "ncat", "netcat", "http", "httpie"))
# What stands in a base image: a busybox has wget and nc, Debian's small ones and Ubuntu have none of them, the full
# images of buildpack-deps have curl and wget.
BUSYBOX = frozenset(("wget", "nc"))
FULL = frozenset(("curl", "wget"))
SYSTEMS = frozenset(("python", "debian", "ubuntu", "alpine", "busybox"))
SMALL = re.compile(r"slim", re.IGNORECASE)
ALPINE = re.compile(r"alpine", re.IGNORECASE)
BARE = re.compile(r"(^|/)distroless/|(^|/)static(-debian\d+)?$")
PACKAGES = {"nc": {"netcat", "netcat-openbsd", "netcat-traditional", "nmap-ncat", "busybox-extras"}}
PACKAGES |= {"ncat": {"ncat", "nmap", "nmap-ncat"}, "http": {"httpie"}, "netcat": PACKAGES["nc"]}
PACKAGERS = frozenset(("apt-get", "apt", "aptitude", "apk", "dnf", "microdnf", "yum", "tdnf", "zypper", "pip", "uv"))
FOLDERS = frozenset({"", "/usr", "/bin", "/usr/bin", "/usr/local/bin"})  # whole ones that programs stand in
PLACES = re.compile(r"^/(?:usr/(?:local/)?)?s?bin(?:/|$)")
LOCALHOST = re.compile(r"//localhost(?=[:/\s\"']|$)")


def missing_in(image: ImageFile, one: Instruction) -> Watch:
    """Why a HEALTHCHECK can't run in the image that it stands in; an empty one where nothing speaks against it."""
    found = re.match(r"(?:--[\w-]+=\S+\s+)*CMD\s+(.*)$", one.text.strip(), re.DOTALL | re.IGNORECASE)
    return can_run(image, found[1].strip()) if found else Watch()


def can_run(image: ImageFile, command: str) -> Watch:
    """Why a health command, a text for the shell or a JSON list, can't run in the image; empty where it may."""
    shell, script = _script(filled_in(command, variables(image)))
    base = image.final
    if shell and base and BARE.search(base.name.partition("@")[0].partition(":")[0]):
        return Watch(problem=say("it is told to a shell, and {name} has none", name=base.name.partition("@")[0]))
    judged = [_judge(image, command) for command in script_of(script).commands if command.runs is not False]
    problems = [one for one in judged if one.problem]
    return next(iter([*problems, *(one for one in judged if one.unsure)]), Watch())


def _script(text: str) -> tuple[bool, str]:
    """Whether a shell reads it, and what it comes to as a script."""
    try:
        words = json.loads(text) if text.startswith("[") else None
    except json.JSONDecodeError:
        words = None
    if not isinstance(words, list):
        return True, text
    told = [str(word) for word in words]
    if told and told[0].rpartition("/")[2] in SHELLS and len(told) > 2 and re.fullmatch(r"-\w*c", told[1]):  # noqa: PLR2004
        return True, told[2]
    return False, shlex.join(told)


def _judge(image: ImageFile, command: Command) -> Watch:
    name, base = command.name, image.final
    if name in IDLE or name not in ASKERS:
        return Watch()
    if not _is_added(image, name):
        where = base.name.partition("@")[0] if base else "scratch"
        there = programs_of(base)
        if there is None:
            return Watch(
                unsure=say(
                    "whether {where} has {name}: call what the service itself has, as `python -c`",
                    where=where,
                    name=name,
                )
            )
        if name not in there and (dark := _dark(image) or _brought(image)):
            return Watch(unsure=say("whether line {line} brings {name}", line=dark.line, name=name))
        if name not in there:
            return Watch(
                problem=say(
                    "{name} is not in the image: {where} has none, and no RUN installs it", name=name, where=where
                )
            )
        if name == "wget" and there == BUSYBOX and LOCALHOST.search(command.text) and not _serves_ipv6(image):
            return Watch(problem=say("localhost may be ::1, where the server does not listen: say 127.0.0.1"))
    return Watch()


def programs_of(base: Base | None) -> frozenset[str] | None:
    """Those of `ASKERS` that a base image has; None where it is not known."""
    if base is None:
        return frozenset()
    if BARE.search(base.name.partition("@")[0].partition(":")[0]):
        return frozenset()
    if "$" in base.name or base.image not in SYSTEMS:
        return None
    if base.image in {"alpine", "busybox"} or ALPINE.search(base.tag):
        return BUSYBOX
    if base.image in {"debian", "ubuntu"} or SMALL.search(base.tag):
        return frozenset()
    return FULL if base.tag else None


def _dark(image: ImageFile) -> Instruction | None:
    """A RUN of the final stage that may install anything: it can't be read, or calls a script of the folder."""
    for stage in image.lineage():
        for one in image.of("RUN", stage=stage):
            script = run_script(image, one)
            if script.problem or any(_is_script(command) for command in script.commands):
                return one
    return None


def _brought(image: ImageFile) -> Instruction | None:
    """A COPY of whole folders with programs, out of another stage or image."""
    copies = [one for stage in image.lineage() for one in image.of("COPY", stage=stage) if "--from=" in one.text]
    return next((one for one in copies if one.argv and one.argv[-1].rstrip("/") in FOLDERS), None)


def _is_script(command: Command) -> bool:
    if command.name in SHELLS:
        return len(command.words) > 1
    return command.name in {"make", "just", "invoke"} or bool(
        command.argv and re.search(r"^\./|\.sh$", command.argv[0])
    )


def _is_added(image: ImageFile, name: str) -> bool:
    """Is it installed, or copied to where programs are looked for, in a stage that becomes the image?"""
    wanted = {name, *PACKAGES.get(name, ())}
    there = False
    for stage in reversed(image.lineage()):
        for _, command in commands_of(image, stage):
            words = {re.split(r"[=:@~<>]", word)[0] for word in command.argv[1:]}
            if command.name in PACKAGERS and wanted & words:
                there = not {"purge", "remove", "del", "autoremove"} & words
        for one in image.of("COPY", "ADD", stage=stage):
            to = one.argv[-1] if one.argv else ""
            sources = [word.rpartition("/")[2] for word in one.argv[:-1] if not word.startswith("--")]
            there |= bool(PLACES.match(to)) and (name in sources or to.rpartition("/")[2] == name)
    return there


def _serves_ipv6(image: ImageFile) -> bool:
    """Does what it starts listen on `::` too, or is that not told?"""
    told = " ".join([*(i.text for i in image.of("CMD", "ENTRYPOINT")), *(text for _, text in image.scripts)])
    return not re.search(r"\b(?:0\.0\.0\.0|127\.0\.0\.1)\b", told) or "[::]" in told
