"""Does a package give the names of its `__init__.pyi`, also where a module of it has the same name?"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    folder = tmp_path / "lazy_shop"
    folder.mkdir()
    (folder / "__init__.py").write_text("from runner.lazily import lazily\nlazily(__name__)\n", encoding="utf-8")
    (folder / "__init__.pyi").write_text("from lazy_shop.price import Price, price\n", encoding="utf-8")
    (folder / "price.py").write_text("class Price: ...\ndef price(): return 7\n", encoding="utf-8")
    (folder / "other.py").write_text("from lazy_shop.price import Price\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield "lazy_shop"
    for name in [one for one in sys.modules if one.startswith("lazy_shop")]:
        del sys.modules[name]


def test_nothing_is_loaded_before_it_is_asked_for(package: str) -> None:
    shop = __import__(package)
    assert "lazy_shop.price" not in sys.modules
    assert shop.Price.__module__ == "lazy_shop.price"


def test_a_function_is_not_hidden_by_the_module_of_its_name(package: str) -> None:
    shop = __import__(f"{package}.other")
    assert shop.price() == 7
    assert sys.modules["lazy_shop.other"].Price is shop.Price
    assert shop.other is sys.modules["lazy_shop.other"]


def test_a_name_that_it_does_not_have_is_an_error_of_python(package: str) -> None:
    with pytest.raises(AttributeError, match="module 'lazy_shop' has no attribute 'cost'"):
        _ = __import__(package).cost


def test_a_run_of_which_nothing_is_looked_at_loads_nothing_that_looks() -> None:
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); import workflow.cli.check, workflow.service.conduct\n"
    code += "import workflow.service.rooms as rooms; rooms.new_workshop(trusted=True).close()\n"
    code += "print(sorted({'httpx', 'psycopg', 'jwt', 'cryptography', 'nh3', 'markdown_it'} & sys.modules.keys()))"
    words = [sys.executable, "-P", "-c", code, str(ROOT)]
    said = subprocess.run(words, capture_output=True, text=True, check=True)
    assert said.stdout.split("\n")[-2] == "[]"
