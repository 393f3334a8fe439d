"""How long does it take to read a business document of 300 requirements, and to draft the specification?"""

import time
from collections.abc import Iterator
from pathlib import Path

from stages.requirements.document.draft import as_yaml, draft
from stages.requirements.document.judged import read
from tests.bench.figures import Figure, spread

DOCUMENTS = Path(__file__).parents[1] / "stages" / "documents"
REQUIREMENTS = 300
ROUNDS = 3


def measure() -> Iterator[Figure]:
    text = _document()
    seconds = sorted(_seconds(text) for _ in range(ROUNDS))
    yield Figure(
        name=f"draft and lint of {REQUIREMENTS} requirements",
        value=seconds[ROUNDS // 2],
        unit="s",
        aim=1,
        note=f"{spread(seconds, 's')}, English and Chinese, this process",
    )


def _seconds(text: str) -> float:
    began = time.perf_counter()
    found = draft(read(text), name="bench", path="bench.md", title="Bench")
    as_yaml(found)
    took = time.perf_counter() - began
    assert len(found.sentences) >= REQUIREMENTS
    return took


def _document() -> str:
    """The labelled documents one after the other, until there are enough requirements."""
    whole, there = "", 0
    for path in sorted(DOCUMENTS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        whole, there = f"{whole}\n{text}", there + sum(one.obliges for one in read(text).sentences)
        if there >= REQUIREMENTS:
            break
    return whole
