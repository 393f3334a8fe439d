"""Which build arguments of an image are set by the compose file or by CI? Their defaults decide nothing there."""

import re
from collections.abc import Iterator
from pathlib import Path

from runner.reading.documents import NotReadable, read_document, text_of, yaml_in

FLAG = re.compile(r"--build-arg[=\s]+[\"']?(\w+)=")
BLOCK = re.compile(r"^(\s*)build-args:\s*(.*)\n((?:\1\s+.*\n|\s*\n)*)", re.MULTILINE)
SET = re.compile(r"^\s*(?:-\s*)?[\"']?(\w+)\s*=", re.MULTILINE)
CI = (".github/workflows/*.y*ml", ".gitlab-ci.yml", "Makefile", "*.sh", "scripts/*.sh")


def given_arguments(root: Path, compose: str | None) -> tuple[str, ...]:
    """Names, in order."""
    found = set(_of_compose(root / compose)) if compose else set()
    for pattern in CI:
        for file in root.glob(pattern):
            found.update(in_ci(text_of(file)))
    return tuple(sorted(found))


def in_ci(text: str) -> Iterator[str]:
    """Of `docker build --build-arg NAME=…` and of docker/build-push-action's `build-args:`."""
    yield from FLAG.findall(text)
    for _, first, rest in BLOCK.findall(f"{text}\n"):
        yield from SET.findall(f"{first.strip('|>-')}\n{rest}")


def _of_compose(file: Path) -> Iterator[str]:
    try:
        document = yaml_in(read_document(file)).value
    except (NotReadable, OSError):
        return
    parts = document.get("services") if isinstance(document, dict) else None
    for part in parts.values() if isinstance(parts, dict) else ():
        build = part.get("build") if isinstance(part, dict) else None
        args = build.get("args") if isinstance(build, dict) else None
        yield from (str(one).partition("=")[0] for one in args or ())
