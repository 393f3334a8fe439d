"""Where does each name of a package come from? Its `__init__.pyi` says so; each is imported when it is asked for."""

import ast
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

from runner.reading.syntax import tree_of


class Lazy(ModuleType):
    """A package whose names are imported at their first use: a command loads what it needs, and no more."""

    def __getattr__(self, name: str) -> object:
        places: dict[str, str] = self.__dict__["_places"]
        if name not in places:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        found: object = getattr(import_module(places[name]), name)
        setattr(self, name, found)
        return found

    def __setattr__(self, name: str, value: object) -> None:
        """A module of the package is no attribute of it where the package has another thing of that name."""
        if not (isinstance(value, ModuleType) and name in self.__dict__["_places"]):
            super().__setattr__(name, value)


def lazily(package: str) -> None:
    """Called by a package's `__init__.py`, beside which there is an `__init__.pyi` with its imports."""
    module = sys.modules[package]
    stub = tree_of(Path(str(module.__file__)).with_suffix(".pyi").read_text(encoding="utf-8"))
    imports = [one for one in stub.body if isinstance(one, ast.ImportFrom) and one.module]
    module.__dict__["_places"] = places = {name.name: one.module for one in imports for name in one.names}
    module.__dict__["__all__"] = sorted(places)
    module.__class__ = Lazy
