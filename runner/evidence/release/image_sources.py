"""Which files of the folder does a Dockerfile take in, and under which names are they run?"""

import os
import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path, PurePosixPath

from runner.reading.dockerfile import Instruction
from runner.reading.documents import NotReadable, text_of
from runner.reading.walk import files_below
from runner.vocabulary.folders import SKIPPED

SHELL_SCRIPT = re.compile(r"#!.*sh\b")
PYTHON_SCRIPT = re.compile(r"#!.*python")


def sources_of(one: Instruction) -> list[str]:
    """What a COPY or ADD names in the folder outright; the folder itself, addresses and variables are none of it."""
    if one.word not in {"COPY", "ADD"} or "--from=" in one.text or "<<" in one.text:
        return []
    words = [word for word in one.argv if not word.startswith("--")][:-1]
    plain = [(word, word.removeprefix("./").strip("/")) for word in words]
    return [word for word, bare in plain if bare not in {"", "."} and "$" not in word and "://" not in word]


def scripts_in(root: Path, instructions: tuple[Instruction, ...]) -> list[tuple[str, str]]:
    """Shell scripts of the folder that ENTRYPOINT or CMD start: by their ending, by their first line, or as copied."""
    named = [word for one in instructions if one.word in {"ENTRYPOINT", "CMD"} for word in one.argv]
    copied = copied_names(instructions)
    wanted = {
        PurePosixPath(word).name for word in named if word.endswith(".sh") or re.fullmatch(r"[\w./-]*/[\w-]+", word)
    }
    found: dict[str, tuple[str, str]] = {}
    for file in files_below(root, SKIPPED):
        if file.name in wanted and file.name not in found:
            text = text_of(file)
            if file.suffix == ".sh" or re.match(r"#!.*sh\b", text):
                found[file.name] = (file.relative_to(root).as_posix(), text)
    for source in {copied[word] for word in named if word in copied}:
        path = PurePosixPath(os.path.normpath(source))
        file = root / path
        if path.name not in found and ".." not in path.parts and file.is_file():
            text = _program(file)
            if re.match(r"#!.*sh\b", text):
                found[path.name] = (path.as_posix(), text)
    return sorted(found.values())


def copied_names(instructions: tuple[Instruction, ...]) -> dict[str, str]:
    """The names that COPY and ADD give to files in the image, alone and with their folder → the file copied.

    A program in a folder of PATH is started by its name alone, and may be called otherwise than its file.
    """
    found: dict[str, str] = {}
    for one in instructions:
        for source in sources_of(one):
            name, place = PurePosixPath(source).name, one.argv[-1]
            places = [f"{place.rstrip('/')}/{name}", *([] if place.endswith("/") else [place])]
            found |= dict.fromkeys([*places, *(PurePosixPath(put).name for put in places)], source.removeprefix("./"))
    return found


def asked_programs(root: Path, instructions: tuple[Instruction, ...], *told: str) -> tuple[tuple[str, str], ...]:
    """(word, text) of each program of the folder that a health check names: a module, a path, or a name in PATH.

    Those of the Dockerfile, and others that are `told`: the one of a compose file, which runs in the same image.
    """
    copied = copied_names(instructions)
    found: dict[str, str] = {}
    for text in (*(one.text for one in instructions if one.word == "HEALTHCHECK"), *told):
        found |= _named_in(root, _words(text), copied)
    return tuple(found.items())


def _named_in(root: Path, words: list[str], copied: dict[str, str]) -> Iterator[tuple[str, str]]:
    modules = {word for before, word in pairwise(words) if before == "-m"}
    for word in words:
        paths = _of_module(word) if word in modules else [copied[word]] if word in copied else _endings(word)
        file = next((root / path for path in paths if (root / path).is_file()), None)
        text = _program(file) if file else ""
        if file and (file.suffix in {".py", ".sh"} or SHELL_SCRIPT.match(text) or PYTHON_SCRIPT.match(text)):
            yield word, text


def _program(file: Path) -> str:
    """The text of a file that is run; empty where it is too big to be a script."""
    with suppress(NotReadable):
        return text_of(file)
    return ""


def _words(text: str) -> list[str]:
    """The words of a HEALTHCHECK, of a list or for the shell."""
    plain = re.sub(r"[\[\],]", " ", text) if "[" in text else text
    try:
        return shlex.split(plain)
    except ValueError:
        return []


def _of_module(name: str) -> Iterator[str]:
    path = name.replace(".", "/")
    for folder in ("", "src/"):
        yield from (f"{folder}{path}.py", f"{folder}{path}/__main__.py")


def _endings(word: str) -> Iterator[str]:
    """`/srv/app/health.py` may be `srv/app/health.py`, `app/health.py` or `health.py` of the folder."""
    parts = PurePosixPath(word).parts
    parts = parts[1:] if word.startswith("/") else parts
    if ".." not in parts and ("/" in word or word.endswith((".py", ".sh"))):
        yield from ("/".join(parts[n:]) for n in range(len(parts)))
