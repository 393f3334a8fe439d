"""What does a Dockerfile say: its instructions, its stages, and the images that they are built from?"""

import itertools
import json
import re
import shlex
from dataclasses import dataclass

from runner.said import say

WORDS = {"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"}
WORDS |= {"ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
BORROWS = frozenset(("COPY", "ADD", "RUN"))
BLANK = re.compile(r"\s")
DIRECTIVE = re.compile(r"#\s*(\w+)\s*=\s*(\S+)\s*$")
HERE = re.compile(r"\d*<<(-?)([^<]+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One instruction, continuation lines joined. `line` is where it starts."""

    word: str
    text: str
    line: int
    stage: int  # 0-based; -1 before the first FROM

    @property
    def argv(self) -> tuple[str, ...]:
        """The words of a CMD, ENTRYPOINT or COPY in either notation."""
        try:
            loaded = json.loads(self.text) if self.text.startswith("[") else None
        except json.JSONDecodeError:
            loaded = None
        if isinstance(loaded, list):
            return tuple(str(one) for one in loaded)
        try:
            return tuple(shlex.split(self.text))
        except ValueError:
            return tuple(self.text.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What a stage is built from. `name` has its build arguments filled in; `stage` is an earlier one."""

    name: str
    line: int
    alias: str = ""
    stage: int | None = None

    @property
    def tag(self) -> str:
        bare = self.name.partition("@")[0].rpartition("/")[2]
        return bare.partition(":")[2]

    @property
    def digest(self) -> str:
        return self.name.partition("@")[2]

    @property
    def image(self) -> str:
        """Without tag, digest and registry: `python`, `org/python`."""
        bare = self.name.partition("@")[0]
        head, _, tail = bare.rpartition("/")
        return f"{head}/{tail.partition(':')[0]}".removeprefix("/").removeprefix("docker.io/").removeprefix("library/")


def parse(text: str) -> tuple[tuple[Instruction, ...], str]:
    """The instructions, and the first line that is none."""
    found: list[Instruction] = []
    escape, problem, stage, whole, start = escape_of(text), "", -1, "", 0
    waiting: list[tuple[str, str]] = []  # the here-documents that are still open
    for number, line in enumerate(text.splitlines(), start=1):
        if waiting:
            dash, end = waiting[0]
            waiting = waiting[1:] if (line.lstrip("\t") if dash else line) == end else waiting
            whole += f"\n{line}"
        elif not line.strip() or line.lstrip().startswith("#"):
            continue
        else:
            start = start if whole else number
            whole += line.rstrip().removesuffix(escape) + " "
            if line.rstrip().endswith(escape):
                continue
            waiting = here_documents(whole)
        if waiting:
            continue
        word, _, rest = BLANK.sub(" ", whole.strip(), count=1).partition(" ")
        stage += word.upper() == "FROM"
        if word.upper() not in WORDS:
            problem = problem or say("line {start}: `{word}` is no instruction", start=start, word=word)
        found.append(Instruction(word=word.upper(), text=rest.strip(), line=start, stage=stage))
        whole = ""
    if whole:
        problem = problem or say("line {start}: the instruction has no end", start=start)
    if stage < 0:
        problem = problem or say("there is no FROM")
    return tuple(found), problem


def escape_of(text: str) -> str:
    """What joins two lines: a backslash, or what `# escape=` names before all else."""
    named = (DIRECTIVE.match(line) for line in text.splitlines())
    ahead = (found for found in itertools.takewhile(bool, named) if found)
    return next((found[2] for found in ahead if found[1].lower() == "escape"), "\\")


def here_documents(instruction: str) -> list[tuple[str, str]]:
    """("-" or "", last line) of each that an instruction opens: whole words as BuildKit sees them, not `$((1<<n))`."""
    if instruction.split(maxsplit=1)[0].upper() not in BORROWS:
        return []
    try:
        words = shlex.split(instruction, posix=False)
    except ValueError:
        words = instruction.split()
    return [(found[1], found[2].strip("\"'")) for word in words if (found := HERE.match(word))]


def bases_of(instructions: tuple[Instruction, ...]) -> tuple[Base, ...]:
    arguments: dict[str, str] = {}
    bases: list[Base] = []
    for one in instructions:
        if one.word == "ARG" and one.stage < 0 and "=" in one.text:
            name, _, value = one.text.partition("=")
            arguments[name.strip()] = value.strip().strip("\"'")
        if one.word != "FROM":
            continue
        words = [word for word in one.text.split() if not word.startswith("--")]
        name = filled(words[0], {**{n: f"${n}" for n in _unset(words[0], arguments)}, **arguments}) if words else ""
        alias = words[2].lower() if len(words) > 2 and words[1].lower() == "as" else ""  # noqa: PLR2004
        earlier = next((n for n, base in enumerate(bases) if name.lower() in {base.alias, str(n)} - {""}), None)
        bases.append(Base(name=name, line=one.line, alias=alias, stage=earlier))
    return tuple(bases)


def _unset(text: str, arguments: dict[str, str]) -> set[str]:
    """The variables of a text that have neither a value nor a default."""
    return {a or b for a, b in re.findall(r"\$\{(\w+)\}|\$(\w+)", text)} - set(arguments)


def borrowed(instructions: tuple[Instruction, ...], bases: tuple[Base, ...]) -> tuple[Base, ...]:
    """Images that are no base, and that files are copied from: `COPY --from=ghcr.io/astral-sh/uv:0.5.1`."""
    stages = {base.alias for base in bases if base.alias} | {str(n) for n in range(len(bases))}
    named = [
        Base(name=name, line=one.line)
        for one in instructions
        if one.word in BORROWS
        for name in re.findall(r"(?:--from=|--mount=\S*?\bfrom=)([^\s,]+)", one.text)
    ]
    return tuple(one for one in named if one.name.lower() not in stages)


def filled(text: str, arguments: dict[str, str]) -> str:
    """`${NAME}`, `$NAME` and `${NAME:-default}` replaced by what the file says about them."""

    def value(match: re.Match[str]) -> str:
        return arguments.get(match[1] or match[3], match[2] or "")

    return re.sub(r"\$\{(\w+)(?::-([^}]*))?\}|\$(\w+)", value, text)
