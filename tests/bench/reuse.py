"""What does a run save that need not look again? Cold, then nothing changed, a document, and one handler's body."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from runner.discovery.target import find_target
from runner.live.workshop import Workshop
from runner.reuse.state import State
from tests.bench.figures import Figure
from tests.bench.pipeline import copy
from tests.bench.whole import finish, outside, pipeline
from workflow.settings import SAMPLE

FILES, FOLDERS = 20_000, 200
HANDLER = "app/routes/comments.py"
BODY = "    visible(database.get(Post, post_id), caller.user if caller else None)\n"


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="gonogo-bench-") as folder, outside() as workshop:
        service = copy(Path(folder))
        cold = _seconds(workshop, service)
        again = _seconds(workshop, service)
        readme = service / "README.md"
        readme.write_text(readme.read_text(encoding="utf-8") + "\nMore words.\n", encoding="utf-8")
        document = _seconds(workshop, service)
        handler = service / HANDLER
        text = handler.read_text(encoding="utf-8")
        assert BODY in text
        handler.write_text(text.replace(BODY, BODY + "    assert post_id\n", 1), encoding="utf-8")
        body = _seconds(workshop, service)
    yield Figure(name="the pipeline again, nothing changed", value=again, unit="s", aim=2, note=f"cold: {cold:.0f} s")
    yield Figure(
        name="… after a document changed, of a cold one", value=document / cold, unit="×", note=f"{document:.0f} s"
    )
    yield Figure(name="… after a handler's body changed", value=body / cold, unit="×", aim=0.5, note=f"{body:.0f} s")
    yield _digest()


def _seconds(workshop: Workshop, service: Path) -> float:
    began = time.monotonic()
    finish(pipeline(workshop, service))
    return time.monotonic() - began


def _digest() -> Figure:
    """Of everything in a repository, read anew."""
    with tempfile.TemporaryDirectory(prefix="gonogo-bench-") as folder, Workshop() as workshop:
        root = Path(folder) / "repository"
        (root / ".git").mkdir(parents=True)
        for number in range(FILES):
            place = root / f"folder{number % FOLDERS}"
            place.mkdir(exist_ok=True)
            (place / f"module{number}.py").write_text(f"answer = {number}\n" * (number % 100), encoding="utf-8")
        target = replace(find_target(SAMPLE), root=root)
        began = time.monotonic()
        state = State(target, workshop)
        assert len(state.names) == len(state.everything)
        seconds = time.monotonic() - began
    return Figure(name=f"the digest of {FILES:,} files", value=seconds, unit="s", aim=1)
