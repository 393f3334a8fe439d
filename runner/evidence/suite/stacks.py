"""Where did the threads of a process stand? What Python's `faulthandler` wrote down, read again."""

import re
from pathlib import Path

THREAD = re.compile(r"^(?:Current t|T)hread 0x", re.MULTILINE)
FRAME = re.compile(r'^  File "([^"]+)", line (\d+) in (.+)$', re.MULTILINE)
INSTALLED = {"site-packages", "dist-packages"}


def where_threads_stood(text: str, root: Path) -> tuple[str, ...]:
    """Of each thread the innermost line of the code below `root`, as `app/cache.py:70 in get`; or of any code.

    Threads that stand nowhere in that code are told only when no other does. Each place once, the last thread first:
    `faulthandler` writes the main thread last.
    """
    own: dict[str, None] = {}
    other: dict[str, None] = {}
    for thread in reversed(THREAD.split(text)[1:]):
        frames = [(Path(file), line, name) for file, line, name in FRAME.findall(thread)]
        inside = [frame for frame in frames if _is_own(frame[0], root)]
        for frame in inside[:1]:
            own[_said(*frame, root)] = None
        for frame in frames[:1]:
            other[_said(*frame, root)] = None
    return tuple(own or other)


def _is_own(file: Path, root: Path) -> bool:
    path = root / file
    return path.is_relative_to(root) and not INSTALLED & set(path.parts)


def _said(file: Path, line: str, name: str, root: Path) -> str:
    path = root / file
    return f"{path.relative_to(root) if path.is_relative_to(root) else file}:{line} in {name}"
