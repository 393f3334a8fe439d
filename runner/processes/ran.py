"""How did a command end, in words for people: what it said, where it stood, which signal killed it?"""

import contextlib
import re
import signal
from dataclasses import dataclass
from pathlib import Path

from runner.errors import ProbeError, hint_in
from runner.said import say

KILLED = 128  # exit codes above it: ended by the signal of this number


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A finished command: exit code, output and seconds."""

    argv: tuple[str, ...]
    code: int
    out: str
    err: str
    seconds: float

    @property
    def last_words(self) -> str:
        """The exception that it ended with, else the last line that it said: for an error message."""
        _, raised, rest = self.err.rpartition("Traceback (most recent call last):")
        if raised and (named := next((line for line in rest.splitlines() if line and not line[0].isspace()), "")):
            return f"{named.strip()}{_settings_in(rest)}"
        lines = (self.err.strip() or self.out.strip()).splitlines()
        return lines[-1].strip() if lines else "it said nothing"

    @property
    def last_lines(self) -> str:
        """The last three lines that it said, as one: why a program that ended itself did so."""
        lines = [line.strip() for line in (self.err.strip() or self.out.strip()).splitlines() if line.strip()]
        return " | ".join(lines[-3:])

    def complaint(self, root: Path) -> str:
        """Its last words, with the place in `root` that its traceback names, or how it ended when it said nothing."""
        said = (
            ""
            if self.code == 0 or self.err.strip() or self.out.strip()
            else say("{how_it_ended}, ", how_it_ended=how_it_ended(self.code))
        )
        killed = (
            say("{how_it_ended}: ", how_it_ended=how_it_ended(self.code)) if self.code > KILLED and not said else ""
        )
        places = _places(self.err, root)
        where = say(" ({places})", places=places[-1]) if places else ""
        hint = say(". {wanted}", wanted=wanted) if (wanted := hint_in(self.last_words)) else ""
        return say(
            "{killed}{said}{last_words}{where}{hint}",
            killed=killed,
            said=said,
            last_words=self.last_words,
            where=where,
            hint=hint,
        )


def _settings_in(said: str) -> str:
    """`: SECRET_KEY, PORT` of pydantic's list of the settings that are missing or wrong; empty where there is none."""
    _, several, rest = said.partition(" validation error")
    names = re.findall(r"^([A-Za-z_][\w.]*)\n[ ]{2}\S", rest, re.MULTILINE) if several else []
    return f": {', '.join(names)}" if names else ""


def how_it_ended(code: int) -> str:
    """`exit code 3`, or `killed by SIGSEGV` for what the shell and our leash call 139."""
    with contextlib.suppress(ValueError):
        return say("killed by {name}", name=signal.Signals(code - KILLED).name)
    return say("exit code {code}", code=code)


class TookTooLong(ProbeError):
    """A command did not end in time, and was ended. `err` is what it had said."""

    def __init__(self, message: str, err: str) -> None:
        super().__init__(message)
        self.err = err

    def hung_at(self, root: Path) -> str:
        """The place in `root` where it hung, as `faulthandler` tells it; else its last words."""
        said, _, dump = self.err.partition("Timeout (")
        places = _places(dump, root)
        lines = said.strip().splitlines()
        return (
            say("It hung at {place}", place=places[0])
            if places
            else say("Its last words: {lines}", lines=lines[-1])
            if lines
            else say("It said nothing")
        )


def _places(traceback: str, root: Path) -> list[str]:
    """`file:line` of each frame of a traceback that is the service's own, relative to its folder."""
    found = re.findall(r'^\s*File "([^"]+)", line (\d+)', traceback, re.MULTILINE)
    return [f"{(root / file).resolve().relative_to(root)}:{line}" for file, line in found if _is_own(Path(file), root)]


def _is_own(file: Path, root: Path) -> bool:
    """A file of the service itself, not of a package that is installed inside of its folder."""
    full = (root / file).resolve()
    return full.is_relative_to(root) and full.is_file() and "site-packages" not in full.parts
