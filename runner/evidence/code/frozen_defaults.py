"""Which moments and ids are made once, where each call or each object should have its own? Read, never imported."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from runner.discovery.code_files import own_files
from runner.evidence.code.code_names import Module
from runner.evidence.code.frozen_moments import moments_in
from runner.evidence.code.made_once import MAKES, FrozenDefault, evaluated
from runner.model import Evidence
from runner.probe import Probe
from runner.reading.syntax import parsed

ONCE = ("Settings", "Config")  # one of a process is meant to have one value
COLUMN = ("Mapped[", "orm.Mapped[", "ClassVar", "typing.ClassVar")
Argument = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenDefaults(Evidence):
    """Defaults of parameters and fields, tables aside, and bounds that stand in for them, in the service's own code."""

    found: tuple[FrozenDefault, ...] = ()
    read: int = 0  # files that could be read
    there: int = 0  # files of the service's code

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        files = own_files(probe.root, probe.target.named_sources)
        modules = [module for path in files if (module := _module(probe, path))]
        found = tuple(one for module in modules for one in frozen_in(module))
        seen = {(one.path, one.line) for one in found}
        found += tuple(one for one in moments_in(modules) if (one.path, one.line) not in seen)
        return cls(found=found, read=len(modules), there=len(files))


def _module(probe: Probe, path: Path) -> Module | None:
    """None for what is not Python that can be read."""
    place = path.relative_to(probe.root)
    tree = parsed(path.read_text(encoding="utf-8", errors="replace"))
    return Module(name=".".join(place.with_suffix("").parts), path=place.as_posix(), tree=tree) if tree else None


def frozen_in(module: Module) -> Iterator[FrozenDefault]:
    for owner, name, default in defaults_in(module):
        made = next((full for call in evaluated(default) if (full := module.full_name(call.func)) in MAKES), "")
        if made:
            yield FrozenDefault(path=module.path, line=default.lineno, owner=owner, name=name, made_by=made)


def defaults_in(module: Module) -> Iterator[tuple[str, str, ast.expr]]:
    """(function or class, parameter or field, default) of all that is written in a module."""
    for node in ast.walk(module.tree):
        if isinstance(node, Argument):
            yield from _of_parameters(getattr(node, "name", "lambda"), node.args)
        elif isinstance(node, ast.ClassDef) and _holds_data(node):
            fields = [one for one in node.body if isinstance(one, ast.AnnAssign)]
            own = [one for one in fields if not ast.unparse(one.annotation).startswith(COLUMN)]
            yield from ((node.name, ast.unparse(one.target), one.value) for one in own if one.value)


def _of_parameters(owner: str, given: ast.arguments) -> Iterator[tuple[str, str, ast.expr]]:
    plain = [*given.posonlyargs, *given.args]
    pairs = [*zip(reversed(plain), reversed(given.defaults), strict=False)]
    pairs += [(one, default) for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default]
    yield from ((owner, one.arg, default) for one, default in pairs)


def _holds_data(node: ast.ClassDef) -> bool:
    """A class of which many objects are made, not one for the process. Tables are asked themselves."""
    bases = [ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases]
    table = any(one.arg == "table" for one in node.keywords)
    once = any(word in name for word in ONCE for name in (node.name, *bases))
    dataclass_like = any("dataclass" in ast.unparse(one) or "define" in ast.unparse(one) for one in node.decorator_list)
    return not table and not once and (dataclass_like or bool(bases))
