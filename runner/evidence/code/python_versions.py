"""Which Python does the service run on: its interpreter's, and what its files say."""

import re
from dataclasses import dataclass
from typing import Self

from runner.errors import ProbeError
from runner.model import Evidence
from runner.probe import Probe
from runner.said import say

FILES = (".python-version", "runtime.txt", ".tool-versions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    version: str
    path: str | None  # None: the interpreter itself
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonVersions(Evidence):
    """The Python versions that the service names."""

    named: tuple[Named, ...]  # the interpreter's first

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        ran = probe.run([str(probe.target.python), "-c", "import platform; print(platform.python_version())"])
        if not ran.out.strip():
            raise ProbeError(
                say(
                    "{python} does not say its version: {last_words}. Make it anew",
                    python=probe.target.python,
                    last_words=ran.last_words,
                )
            )
        found = [Named(version=ran.out.strip(), path=None)]
        for name in FILES:
            if (probe.root / name).is_file():
                found += read(name, probe.read(name, what=name))
        return cls(named=tuple(found))


def read(path: str, text: str) -> list[Named]:
    """`3.12.1`, `python-3.12.1` or `python 3.12.1`, a line each."""
    lines = enumerate(text.splitlines(), start=1)
    named = [(n, line.partition("#")[0].strip()) for n, line in lines]
    named = [(n, line) for n, line in named if line.startswith("python") or not re.match(r"[a-z]\w*\s", line)]
    found = [(n, re.sub(r"^python[- ]\s*", "", line)) for n, line in named if line]
    return [Named(version=version, path=path, line=n) for n, version in found]
