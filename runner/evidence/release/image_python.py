"""Which Python does an image run? Pure, of its Dockerfile."""

import re

from runner.reading.dockerfile import bases_of, parse

NAMED = re.compile(r"python[:-]?(3\.\d+)(?!\d)")  # python:3.12-slim, uv:python3.12-bookworm, org/api:python3.11


def python_of_image(text: str) -> str:
    """`3.12` for a Dockerfile whose image is built on a Python that its name tells; empty where none is told."""
    instructions, _ = parse(text)
    bases = bases_of(instructions)
    at = len(bases) - 1
    while at >= 0:
        base = bases[at]
        if base.stage is None:
            found = NAMED.search(base.name.partition("@")[0])
            return found[1] if found else ""
        at = base.stage if base.stage < at else -1
    return ""
