"""Which variable tells a service that it runs in production, and with which word? Read, never run."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from runner.discovery.invented import choices_of
from runner.discovery.variables_read import names_read, typed_in
from runner.reading.syntax import last_name, parsed
from runner.vocabulary.variables import ENVIRONMENT

PRODUCTION = re.compile(r"([\"'])(production|prod)\1", re.IGNORECASE)


def found_production(files: Iterable[Path]) -> dict[str, str]:
    """The variable that says which environment this is, as for production; empty where the code knows none.

    Only a variable that the code reads, with a word that the code itself has: `production` or `prod`, as it spells it.
    """
    files = list(files)
    names = {name for path in files for name in names_read(path) if ENVIRONMENT.search(name)}
    names = names or {name for path in files for name, kind in typed_in(path) if _chooses(kind)}
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in files]
    said = {word for text in texts for _, word in PRODUCTION.findall(text)}
    said = said or {word for text in texts for word in _enumerated(text)}
    listed = {word for text in texts for word in _listed(text)} & said if len(said) > 1 else said
    words = sorted(listed or said, key=lambda word: (-len(word), not word.islower(), word))
    return {next(iter(names)): words[0]} if len(names) == 1 and words else {}


def _chooses(kind: ast.expr) -> bool:
    """Is production one of the values that its type lists? Then it says which environment this is, as `MODE` may."""
    return any(one.lower() in {"production", "prod"} for one in choices_of(kind))


def _enumerated(text: str) -> Iterator[str]:
    """The value of `PRODUCTION = auto()` in an enum: StrEnum writes it small, others mostly as it is called."""
    tree = parsed(text) if "auto()" in text else None
    for owner in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)) if tree else ():
        bases = {last_name(base) for base in owner.bases}
        for one in owner.body if any("Enum" in base for base in bases) else ():
            name = last_name(one.targets[0]) if isinstance(one, ast.Assign) else ""
            if name.lower() in {"production", "prod"} and ast.unparse(one).endswith("auto()"):
                yield name.lower() if "StrEnum" in bases else name


def _listed(text: str) -> Iterator[str]:
    """Texts that stand beside others, as the values of a setting do: a dictionary's keys, a list, an enum."""
    tree = parsed(text)
    for node in ast.walk(tree) if tree else ():
        several: list[ast.expr | None] = []
        if isinstance(node, ast.Dict):
            several = list(node.keys)
        elif isinstance(node, ast.List | ast.Tuple | ast.Set):
            several = list(node.elts)
        elif isinstance(node, ast.ClassDef):
            several = [part.value for part in node.body if isinstance(part, ast.Assign)]
        if len(several) > 1:
            yield from (str(one.value) for one in several if isinstance(one, ast.Constant))
