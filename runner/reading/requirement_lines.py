"""What does a line of a requirements file ask for? Lines as pip joins them, requirements as packaging reads them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement

INCLUDES = re.compile(r"(?:-r|--requirement)[\s=]*(\S+)")
EDITABLE = re.compile(r"(?:-e|--editable)[\s=]*([\w+]+://\S+)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: what it asks for, its options, and the 1-based line where it starts."""

    asked: str  # `shop[all]==1.0 ; python_version >= "3.9"`, an address, or empty
    options: tuple[str, ...]  # `--hash=sha256:…`, `-r base.txt`
    line: int

    @property
    def requirement(self) -> Requirement | None:
        """None for what is no requirement: an address alone, a path, or nothing that pip reads."""
        try:
            return Requirement(self.asked)
        except InvalidRequirement:
            return None

    @property
    def is_hashed(self) -> bool:
        return any(one.startswith("--hash") for one in self.options)

    @property
    def included(self) -> str:
        """The file that is named with `-r`; empty for another entry."""
        return _named(INCLUDES, self.options)

    @property
    def editable(self) -> str:
        """The address that is named with `-e`; empty for a path, and for another entry."""
        return _named(EDITABLE, self.options)


def entries_in(text: str) -> Iterator[Entry]:
    """In order. A backslash joins a line with the next one; a comment ends an entry."""
    whole, start = "", 0
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        bare = re.sub(r"(^|\s)#.*", "", line).rstrip()
        start = start if whole else number
        whole += f"{bare.removesuffix(chr(92))} "
        if bare.endswith("\\"):
            continue
        words = whole.split()
        cut = next((n for n, word in enumerate(words) if word.startswith("-")), len(words))
        if words:
            yield Entry(" ".join(words[:cut]), tuple(words[cut:]), start)
        whole = ""


def _named(spelt: re.Pattern[str], options: tuple[str, ...]) -> str:
    found = spelt.match(" ".join(options))
    return found[1] if found else ""
