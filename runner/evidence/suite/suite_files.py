"""Which tests are there, as the files say? Read, never imported: what pytest collects of them is another question."""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from runner.discovery.usual_places import shown
from runner.errors import NotThere, ProbeError, Thing
from runner.probe import Probe
from runner.reading.syntax import parsed
from runner.reading.walk import folders_above
from runner.said import say
from runner.vocabulary.folders import SKIPPED

IS_TEST = re.compile(r"test_.*\.py|.*_test\.py|conftest\.py")


def tests_in_files(probe: Probe) -> tuple[str, ...]:
    """What looks like a test in the files, read and not imported: `tests/test_a.py::TestB::test_c`."""
    return tuple(
        f"{path.relative_to(probe.root).as_posix()}::{name}"
        for path in tests_of(probe)
        for name in test_names(path.read_text(encoding="utf-8", errors="replace"))
    )


def test_names(text: str) -> list[str]:
    """The test functions of a module and the test methods of its classes, as pytest's defaults find them."""
    tree = parsed(text)
    return list(dict.fromkeys(_names_in(tree.body, ""))) if tree else []


test_names.__test__ = False  # type: ignore[attr-defined]  # it is no test of ours


def _names_in(body: Sequence[ast.stmt], prefix: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            if not any("fixture" in ast.unparse(one) for one in node.decorator_list):
                yield f"{prefix}{node.name}"
        elif isinstance(node, ast.ClassDef) and (node.name.startswith("Test") or _is_test_case(node)):
            made = any(isinstance(one, ast.FunctionDef) and one.name == "__init__" for one in node.body)
            yield from () if made else _names_in(node.body, f"{prefix}{node.name}::")
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from _names_in(node.body, prefix)


def _is_test_case(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).endswith("TestCase") for base in node.bases)


def uncollected(written: Iterable[str], collected: Iterable[str]) -> tuple[str, ...]:
    """The tests in the files that pytest did not collect, whatever kept it from doing so."""
    known = {id.partition("[")[0] for id in collected}
    return tuple(id for id in written if id not in known)


def is_of_tests(file: str) -> bool:
    """Does a file belong to the tests, helpers of theirs included?"""
    path = PurePosixPath(file)
    return IS_TEST.fullmatch(path.name) is not None or bool({"tests", "test"} & set(path.parts))


def tests_beside(root: Path, sources: Iterable[str]) -> list[Path]:
    """Files with tests in `tests` of a folder above, up to the repository's, that import this service; the nearest."""
    above = folders_above(root)
    packages = {root.name, *(PurePosixPath(one).stem for one in sources)} - {"src", "tests", "test"}
    own = "|".join(sorted(map(re.escape, packages)))
    around = "|".join(re.escape(part) for part in root.relative_to(above[-1]).parts) if above else own
    imports = re.compile(rf"^[ \t]*(?:from|import)[ \t]+(?:(?:{around})\.)*(?:{own})\b", re.MULTILINE)
    for folder in above:
        below = [one for name in ("tests", "test") for one in sorted((folder / name).rglob("*.py"))]
        below = [
            one for one in below if IS_TEST.fullmatch(one.name) and not SKIPPED & set(one.relative_to(folder).parts)
        ]
        if any(imports.search(one.read_text(encoding="utf-8", errors="replace")) for one in below):
            return [one for one in below if one.name != "conftest.py"]
    return []


def tests_of(probe: Probe) -> list[Path]:
    """The files with tests in the service's folder. Raises `NotThere` when there are none, `ProbeError` for others."""
    found = [p for p in probe.root.rglob("*.py") if p.name.startswith("test_") or p.name.endswith("_test.py")]
    found = [p for p in found if not SKIPPED & set(p.relative_to(probe.root).parts)]
    if not found and (beside := tests_beside(probe.root, probe.target.sources)):
        raise ProbeError(
            say(
                "the tests lie beside the service ({path}), and are not run from there: run them by hand",
                path=shown(probe.root, beside[0]),
            )
        )
    if not found:
        raise NotThere(
            "this service has no tests (no test_*.py)",
            looked=say("every folder of {name}", name=probe.root.name),
            absent=Thing.TESTS,
        )
    return sorted(found)
