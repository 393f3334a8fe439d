"""Which mutants can be planted together, so that the evidence they have in common is collected once?

Planted together are those whose checks judge the same dear evidence, whose patches change different lines (or the same
in the very same way), and of which none is known to fail another's check as well. What each finding names tells them
apart. GONOGO_LONG=1 runs every mutant alone, which proves that being together hides nothing, and those that are a
check's second or third.
"""

import os
import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

# What the migrated and the seeded database are made from: where a mutant changes none of it, it gets the healthy ones.
SCHEMA = (
    "migrations/", "alembic.ini", "gonogo.toml", "requirements", "app/models.py", "app/columns.py", "app/seed.py",
    "app/settings.py", "app/database.py", "app/passwords.py", "app/__init__.py",
)  # fmt: skip
# Read in a moment, or collected with nearly everything else: planted together is who needs it and who does not.
CHEAP = frozenset({
    "AlertRules", "ArchitectureDocument", "BackgroundWork", "Backups", "BlockingCalls", "CommittedSecrets",
    "Compose", "Contract", "ContractProblems", "Decisions", "EarlierLoad", "FrozenDefaults", "GitHubWorkflows",
    "ImageFile", "Interpreter", "LoadFile", "LockFile", "Mentions", "Migrations", "Models", "NullsHandled",
    "PartsSeen", "PythonVersions", "RiskyCode", "Routes", "RowSecurity", "Schema", "Spec", "SpecificationFile",
    "TenantQueries", "TimedWork", "Today", "Workflows",
})  # fmt: skip
HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? ", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """One change of one file, with the lines of the patch that name the file."""

    file: str
    head: str
    text: str

    @property
    def lines(self) -> range:
        """Of the healthy file: those that it replaces or leans on."""
        first, count = HUNK.findall(self.text)[0]
        return range(int(first), int(first) + int(count or 1) + 1)

    def bars(self, other: Self) -> bool:
        """Do both change the same lines, and not in the very same way? The same change is planted once, for both."""
        ours, theirs = self.lines, other.lines
        overlap = max(ours.start, theirs.start) < min(ours.stop, theirs.stop)
        return self.file == other.file and overlap and self.text != other.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    patch: Path
    check: str
    names: tuple[str, ...]
    also: frozenset[str]
    needs_engine: bool = False
    alone: bool = False

    @classmethod
    def read(cls, patch: Path) -> Self:
        head = [line for line in patch.read_text(encoding="utf-8").splitlines() if line.startswith("# ")]
        names = tuple(line.removeprefix("# names:").strip() for line in head if line.startswith("# names:"))
        also = " ".join(line.removeprefix("# also:") for line in head if line.startswith("# also:"))
        check = re.match(r"[A-Z]{2}\d{3}", patch.name)
        assert check, f"{patch.name} must start with the id of its check"
        assert names, f"{patch.name} must say what the finding names"
        return cls(
            patch=patch,
            check=check[0],
            names=names,
            also=frozenset(also.split()),
            needs_engine="# needs: container engine" in head,
            alone=any(line.startswith("# alone:") for line in head),
        )

    def hunks(self) -> Iterator[Hunk]:
        for part in re.split(r"^(?=--- )", self.patch.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            head, *changes = re.split(r"^(?=@@ )", part, flags=re.MULTILINE)
            old, new = re.findall(r"^(?:---|\+\+\+) (?:[ab]/)?(\S+)", head, re.MULTILINE)[:2]
            for text in changes:
                yield Hunk(file=new if old == "/dev/null" else old, head=head, text=text.rstrip("\n"))

    def lines(self) -> Iterator[tuple[str, range]]:
        """The files it changes, each with the lines of the healthy one that a hunk replaces or leans on."""
        for hunk in self.hunks():
            yield hunk.file, hunk.lines

    @property
    def adds_revision(self) -> bool:
        return any(file.startswith("migrations/versions/") and lines.start == 0 for file, lines in self.lines())

    def touches(self, *paths: str) -> bool:
        """Does it change one of these files, or something in one of these folders?"""
        return any(file.startswith(paths) for file, _ in self.lines())

    def fits(self, other: Self) -> bool:
        """May both be planted in one service, each seen by its own check?"""
        if self.check == other.check or self.check in other.also or other.check in self.also:
            return False
        if self.adds_revision and other.adds_revision:
            return False  # both would follow the healthy head
        return not any(one.bars(their) for one in self.hunks() for their in other.hunks())


def groups(mutants: Iterable[tuple[Mutant, Hashable]]) -> list[tuple[Mutant, ...]]:
    """The mutants, each with what its check needs that is dear, in as few groups as they fit in, in order.

    Those that change the schema come first: where such a one pays for a database of its own, others join it for
    nothing, and those that change none and fit nowhere there share the healthy one.
    """
    made: list[tuple[Hashable, list[Mutant]]] = []
    for mutant, needs in sorted(mutants, key=lambda one: not one[0].touches(*SCHEMA)):
        alone = mutant.alone or mutant.needs_engine or bool(os.environ.get("GONOGO_LONG"))
        for other, group in [] if alone else made:
            if other == needs and all(mutant.fits(one) for one in group):
                group.append(mutant)
                break
        else:
            made.append((None if alone else needs, [mutant]))
    return [tuple(group) for _, group in made]


def again(made: Iterable[Sequence[Mutant]]) -> Iterator[bool]:
    """Of each group in turn: was each of its checks seen to fail in one before it?"""
    seen: set[str] = set()
    for group in made:
        checks = {mutant.check for mutant in group}
        yield checks <= seen
        seen |= checks


def patches(group: Sequence[Mutant]) -> Iterator[tuple[Mutant, str]]:
    """Each mutant's patch in turn, without what one before it has changed already in the very same way."""
    seen: set[Hunk] = set()
    for mutant in group:
        hunks = [hunk for hunk in mutant.hunks() if hunk not in seen]
        heads = dict.fromkeys(hunk.head for hunk in hunks)
        yield mutant, "".join(head + "".join(f"{hunk.text}\n" for hunk in hunks if hunk.head == head) for head in heads)
        seen.update(hunks)


def planted(group: Sequence[Mutant]) -> str:
    """The group's name in a test's id."""
    return "+".join(mutant.patch.stem for mutant in group)
