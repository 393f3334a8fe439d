"""Does a body count exactly where it ran, and all else of a file that was imported always?"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from runner.discovery.target import Target
from runner.engine import Shelf
from runner.environment import GUARD
from runner.live.workshop import Workshop
from runner.model import Evidence
from runner.probe import Probe
from runner.processes.reads import Reads
from runner.reuse.functions import parts_of
from runner.reuse.memory import Memory
from runner.reuse.state import State
from tests.reuse.test_honest import InMemory, packages_stay
from tests.reuse.test_memory import store, target

__all__ = ["packages_stay", "store", "target"]
WATCHES_RUNS = hasattr(sys, "monitoring")  # from Python 3.12 on; before that, all of a file counts
OURS = 3  # the guard's place among the tools of `sys.monitoring`
ENDPOINT = "import inspect\ndef _extract_endpoint_context(handler):\n    return inspect.getsourcelines(handler)[1]"
SOURCE = '''\
"""Posts."""
import functools
LIMIT = 10
def listed(limit: int = LIMIT) -> list[int]:
    """As many as asked."""
    return list(range(limit))
class Cache:
    size = 2
    @functools.lru_cache
    def remember(self, key):
        def make():
            return key * 2
        return make()
async def deleted(post):
    return None
def each():
    yield 1
'''
HARMLESS = [  # where only `listed` ran
    ("key * 2", "key * 3"),
    ("    return None", "    raise KeyError(post)"),
    ("        return make()", "        return 1; make()"),
    ("    yield 1", "    yield from [1, 2]"),
    ("LIMIT = 10", "LIMIT  =  10  # a page"),
]
COUNTS = [
    ("range(limit)", "range(limit + 1)"),
    ("As many as asked", "As many as there are"),
    ("limit: int", "limit: float"),
    ("LIMIT = 10", "LIMIT = 11"),
    ("size = 2", "size = 3"),
    ("@functools.lru_cache", "@functools.cache"),
    ("    return None", '    """Gone."""\n    return None'),
    ("async def", "def"),
    ("    yield 1", "    return [1]"),
    ("    return None", "    yield"),
    ("        return make()", "        return super()"),
    ("(self, key)", "(self, key, *more)"),
    ("def each", "def every"),
]


def digest(text: str, *names: str, placed: bool = False) -> str:
    parts = parts_of(text.encode(), placed=placed)
    assert parts is not None
    return parts.digest(names)


@pytest.mark.parametrize(("old", "new"), HARMLESS)
def test_a_body_that_did_not_run_does_not_count(old: str, new: str) -> None:
    edited = SOURCE.replace(old, new)
    assert edited != SOURCE
    assert digest(edited, "listed") == digest(SOURCE, "listed")


@pytest.mark.parametrize(("old", "new"), COUNTS)
def test_all_else_counts(old: str, new: str) -> None:
    edited = SOURCE.replace(old, new)
    assert edited != SOURCE
    assert digest(edited, "listed") != digest(SOURCE, "listed")


def test_a_body_that_ran_counts_with_what_stands_in_it() -> None:
    edited = SOURCE.replace("key * 2", "key * 3")
    assert digest(edited, "Cache.remember") != digest(SOURCE, "Cache.remember")
    twice = SOURCE + "def listed():\n    return 3\n"
    assert digest(twice, "listed") != digest(twice.replace("return 3", "return 4"), "listed")


def test_a_line_counts_where_places_are_told() -> None:
    moved = SOURCE.replace("    return None", "    del post\n    return None")
    assert digest(moved, "listed") == digest(SOURCE, "listed")
    assert digest(moved, "listed", placed=True) != digest(SOURCE, "listed", placed=True)
    same_lines = SOURCE.replace("    return None", "    return 7")
    assert digest(same_lines, "listed", placed=True) == digest(SOURCE, "listed", placed=True)


def test_code_that_began_on_a_line_belongs_to_the_outermost_function_there() -> None:
    parts = parts_of(SOURCE.encode(), placed=False)
    assert parts is not None
    assert parts.ran([1, 7]) == ()
    assert parts.ran([4, 9]) == ("Cache.remember", "listed")
    assert parts.ran([11]) == ("Cache.remember",)


@pytest.mark.parametrize("text", ["def broken(:\n", "a\0b"])
def test_what_cannot_be_read_counts_as_a_whole(text: str) -> None:
    assert parts_of(text.encode(), placed=False) is None


def seen(code: str, folder: Path, **more: str) -> Reads:
    report = folder.parent / "report.jsonl"
    report.write_text("", encoding="utf-8")
    env = {"PYTHONPATH": str(GUARD), "GONOGO_GUARD": json.dumps({"reads": str(report)})}
    code = f"import sys; sys.path.insert(0, '')\n{code}"
    subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env={"PYTHONDONTWRITEBYTECODE": "1"} | env | more, check=True
    )
    reads = Reads()
    reads.report = report
    return reads.settled()


@pytest.mark.skipif(not WATCHES_RUNS, reason="Python tells which functions run from 3.12 on")
def test_a_process_tells_which_functions_ran(tmp_path: Path) -> None:
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "posts.py").write_text(SOURCE, encoding="utf-8")
    place = str(folder / "posts.py")
    everywhere = """import posts, threading, os
thread = threading.Thread(target=posts.listed); thread.start(); thread.join()
child = os.fork()
if not child:
    posts.Cache().remember(1); os._exit(0)
os.waitpid(child, 0)
posts.each(); posts.deleted(1).close()"""
    ran = seen(everywhere, folder).imported[place]
    parts = parts_of(SOURCE.encode(), placed=False)
    assert parts is not None
    assert parts.ran(ran) == ("Cache.remember", "listed"), "what was made and never begun did not run"
    for reads_it in ("inspect.getsource(posts)", "open('posts.py')", "posts.__loader__.get_source('posts')"):
        found = seen(f"import posts, inspect; {reads_it}", folder)
        assert (place in found.files, place in found.imported) == (True, False), reads_it
    line = "routing = type(sys)('fastapi.routing'); exec(" + repr(ENDPOINT) + ", vars(routing))"
    found = seen(f"import posts; {line}; routing._extract_endpoint_context(posts.each)", folder)
    assert (place in found.files, place in found.imported) == (False, True), "FastAPI alone asks for its line"
    elsewhere = {"PYTHONPYCACHEPREFIX": str(tmp_path / "bytecode"), "PYTHONDONTWRITEBYTECODE": ""}
    for _ in ("bytecode is written", "bytecode is read"):
        found = seen("import posts; posts.listed()", folder, **elsewhere)
        assert (place in found.files, parts.ran(found.imported[place])) == (False, ("listed",))


@pytest.mark.skipif(not WATCHES_RUNS, reason="Python tells which functions run from 3.12 on")
def test_who_takes_the_places_of_all_tools_leaves_it_to_the_files(tmp_path: Path) -> None:
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "posts.py").write_text(SOURCE, encoding="utf-8")
    code = "import runpy; " + "; ".join(f"sys.monitoring.use_tool_id({n}, 'x')" for n in range(6) if n != OURS)
    assert str(folder / "posts.py") in seen(f"{code}; import posts", folder).imported
    again = f"import os; runpy.run_path({str(GUARD / 'sitecustomize.py')!r}); import posts"
    assert str(folder / "posts.py") in seen(f"{code}; {again}", folder).files


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Evidence):
    """What one function of the service gives."""

    said: str

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        code = "import sys; sys.path.insert(0, ''); import posts; print(posts.listed())"
        return cls(said=probe.run([str(probe.target.python), "-c", code]).out)


def test_what_did_not_run_a_changed_function_is_not_looked_at_again(target: Target, store: InMemory) -> None:
    file = target.root / "posts.py"
    with Workshop("none", trusted=True) as workshop:

        def again(old: str = "", new: str = "") -> bool:
            file.write_text(SOURCE.replace(old, new), encoding="utf-8")
            memory = Memory(State(target, workshop), store, 1, clear=str)
            return Shelf(target, workshop, memory).get(Page).run is None

        assert [again(), again()] == [True, False]
        assert again("    return None", "    raise KeyError(post)") is not WATCHES_RUNS
        assert again("range(limit)", "range(limit + 1)")
        assert again("    return None", "    nonlocal post"), "no Python compiles it"
        assert again("    return None", "    return '\\d'"), "it warns"
