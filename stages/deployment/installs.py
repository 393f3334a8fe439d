"""Which commands of an image install Python packages, and do they take them from the lock? Pure."""

import re
from collections.abc import Iterable

from runner.evidence.code.lock_file import LockFile
from runner.evidence.release.image_file import INSTALLERS
from runner.reading.dockerfile import Instruction
from runner.reading.shell import Command
from runner.said import say, together

# Options of pip and uv whose value is the next word.
TAKE_A_VALUE = frozenset(
    ("-c", "--constraint", "-i", "--index-url", "--extra-index-url", "--target", "-t", "--prefix", "--python", "-p",
     "--only-binary", "--no-binary", "--root", "--find-links", "-f", "--cache-dir", "--trusted-host", "--timeout",
     "--progress-bar", "--platform", "--python-version", "--abi", "--implementation", "--retries", "--src",
     "--link-mode", "--index-strategy", "--prerelease", "--upgrade-strategy", "--config-settings")
)  # fmt: skip


def exported(found: Iterable[tuple[Instruction, Command]]) -> dict[str, bool]:
    """Requirement files that the image makes from its lock, and whether their hashes come along."""
    made = {}
    for _, command in found:
        if command.name in {"uv", "poetry", "pdm"} and "export" in command.argv:
            words = [command.text.partition("export")[2]]
            to = re.search(r"(?:-o|--output|--output-file|>)[\s=]*(\S+)", words[0] + " " + command.redirected)
            if to:
                made[to[1].rpartition("/")[2]] = not re.search(r"--no-hashes|--without-hashes", words[0])
    return made


def installs_packages(command: Command) -> bool:
    """`pip install`, `python -m pip install`, `uv pip sync`, `uv sync`, `poetry install`, …"""
    words = [word for word in command.argv if not word.startswith("-")]
    name = words[0].rpartition("/")[2] if words else ""
    if re.fullmatch(r"python[\d.]*", name) and "-m" in command.argv:
        name, words = (words[1] if len(words) > 1 else ""), words[1:]
    if command.runs is False:
        return False
    if re.fullmatch(r"pip[\d.]*", name):
        return "install" in words[1:2]
    if name == "uv":
        return words[1:2] == ["sync"] or (words[1:2] == ["pip"] and words[2:3] in (["install"], ["sync"]))
    return name in {"poetry", "pdm", "pipenv"} and words[1:2] in (["install"], ["sync"])


def ignores_lock(command: Command, lock: LockFile, made: dict[str, bool]) -> str:
    """Why an installing command does not take the lock; empty when it does."""
    name = (lock.path or "").rpartition("/")[2]
    words = list(command.argv)
    plain = [word for word in words if not word.startswith("-")]
    if "uv" in plain[0] and plain[1:2] == ["sync"]:
        return "" if {"--frozen", "--locked"} & set(words) else say("`uv sync` without --frozen may resolve anew")
    if re.search(r"poetry|pdm|pipenv", plain[0]):
        return ""
    at = next(n for n, word in enumerate(words) if word in {"install", "sync"})
    wanted, packages = _asked(words[at + 1 :], sync=words[at] == "sync")
    own = [one for one in packages if re.split(r"[=<>~!\[]", one)[0] not in INSTALLERS]
    files = [found.rpartition("/")[2] for found in wanted]
    if own and "--no-deps" not in words and not (files and set(own) <= {".", "./"} and "--no-index" in words):
        return say("installs packages that no lock names")
    if not files:
        return ""
    return _other_file(files, name, made)


def _asked(words: list[str], *, sync: bool) -> tuple[list[str], list[str]]:
    """The requirement files and the packages that an install names."""
    files: list[str] = []
    packages: list[str] = []
    given = iter(words)
    for word in given:
        if word in {"-r", "--requirement", "--requirements"}:
            files.append(next(given, ""))
        elif found := re.match(r"(?:-r|--requirements?=)(.+)", word):
            files.append(found[1])
        elif word in TAKE_A_VALUE:
            next(given, None)
        elif not word.startswith("-"):
            (files if sync else packages).append(word)
    return files, packages


def _other_file(files: list[str], name: str, made: dict[str, bool]) -> str:
    """Why these requirement files are not the lock; empty when they are, or were exported from it."""
    unhashed = [f for f in files if made.get(f) is False]
    if unhashed:
        return say(
            "installs from {unhashed}, which was exported from {name} without its hashes",
            unhashed=together(unhashed),
            name=name,
        )
    other = [f for f in files if f != name and f not in made]
    return say("installs from {other}, not from {name}", other=together(other), name=name) if other else ""
