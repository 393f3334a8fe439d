"""A program of the service's own that an image starts, `python -m shop.serve`: what does it give its server?

Told as the command that would do the same, `uvicorn shop.app:app --reload`. An option whose value is no text, number or
yes or no stands as `?name`, all that is handed on unseen as `?`.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from runner.discovery.usual_places import shown
from runner.reading.syntax import parsed

PYTHON = re.compile(r"python[\d.]*")
UNSEEN = "?"


def own_servers(root: Path, commands: Sequence[Sequence[str]]) -> Iterator[tuple[str, int, str]]:
    """(file, line, command) of each server that a started Python file of the service runs by itself."""
    files = (file for words in commands for file in _started(root, words))
    for file in dict.fromkeys(files):
        tree = parsed(file.read_text(encoding="utf-8", errors="replace"))
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"uvicorn.run", "uvicorn.Config"}:
                yield shown(root, file), node.lineno, " ".join(_command(node))


def _started(root: Path, words: Sequence[str]) -> Iterator[Path]:
    at = next((n for n, word in enumerate(words) if PYTHON.fullmatch(word.rpartition("/")[2])), None)
    rest = [word for word in words[at + 1 :] if word == "-m" or not word.startswith("-")] if at is not None else []
    if rest[:1] == ["-m"] and len(rest) > 1:
        place = rest[1].replace(".", "/")
        names = [f"{place}.py", f"{place}/__main__.py"]
    else:
        names = [name for name in rest[:1] if name.endswith(".py")]
    for name in names:
        yield from _lying(root, name)


def _lying(root: Path, name: str) -> Iterator[Path]:
    """The file as it lies here, wherever an image put the folder: `/srv/app/main.py` is `app/main.py`."""
    parts = [part for part in PurePosixPath(name).parts if part not in {"/", "."}]
    ends = (Path(folder, *parts[start:]) for start in range(len(parts)) for folder in ("", "src"))
    found = next((root / end for end in ends if (root / end).is_file()), None)
    if found is not None and found.resolve().is_relative_to(root.resolve()):
        yield found


def _command(call: ast.Call) -> Iterator[str]:
    yield "uvicorn"
    yield from (ast.unparse(one).strip("'\"") for one in call.args[:1])
    for keyword in call.keywords:
        yield from _option(keyword.arg or "", keyword.value)


def _option(name: str, value: ast.expr) -> Iterator[str]:
    values = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
    told = [one.value for one in values if isinstance(one, ast.Constant)]
    option = f"--{name.replace('_', '-')}"
    if not name or len(told) < len(values):
        yield f"{UNSEEN}{name}"
    elif told == [True]:
        yield option
    elif told not in ([False], [None]):
        yield from (option, ",".join(map(str, told)))
