"""Which folders does a service find in its image, and on no other machine? Its working folder, and those made there."""

import posixpath
from collections.abc import Iterator
from pathlib import Path

from runner.discovery.usual_places import text_if_there
from runner.reading.dockerfile import Instruction, parse
from runner.reading.shell import script_of

MAKERS = frozenset({"mkdir", "install"})  # programs that make folders
VALUED = frozenset({"-m", "-o", "-g", "--mode", "--owner", "--group"})  # their options that take a word
NOT_OURS = ("/proc", "/sys", "/dev", "/etc", "/usr/bin", "/usr/lib", "/bin", "/sbin", "/lib", "/lib64", "/boot")


def image_folders(root: Path, image: str | None) -> tuple[str, ...]:
    """Absolute paths that this machine does not have: a service that writes there starts in its image alone."""
    if image is None:
        return ()
    found = dict.fromkeys(folders_in(text_if_there(root, image)))
    return tuple(one for one in found if not Path(one).exists() and not _is_systems(one))


def folders_in(text: str) -> Iterator[str]:
    """WORKDIR, VOLUME, and what `RUN mkdir` and `RUN install -d` make; those that a variable names left out."""
    at, stage = "/", -1
    for one in parse(text)[0]:
        at, stage = (at, stage) if one.stage == stage else ("/", one.stage)
        if one.word == "WORKDIR" and "$" not in one.text:
            at = posixpath.join(at, one.text.strip("\"'"))
            yield posixpath.normpath(at)
        elif one.word == "VOLUME":
            yield from (posixpath.normpath(word) for word in one.argv if word.startswith("/") and "$" not in word)
        elif one.word == "RUN":
            yield from _made(one, at)


def _made(run: Instruction, at: str) -> Iterator[str]:
    for command in script_of(run.text).commands:
        words = command.words[1:]
        options = {word.text for word in words if word.text.startswith("-")}
        if command.name not in MAKERS or (command.name == "install" and not options & {"-d", "--directory"}):
            continue
        for before, word in zip(command.words, words, strict=False):
            if word.known and not word.text.startswith("-") and before.text not in VALUED:
                yield posixpath.normpath(posixpath.join(at, word.text))


def _is_systems(folder: str) -> bool:
    return any(folder == one or folder.startswith(f"{one}/") for one in NOT_OURS)
