"""Is an app found that an object of the module holds, or a method makes?"""

from pathlib import Path

import pytest

from runner.discovery.fastapi_app import find_app

HOLDER = """
from fastapi import FastAPI

class Shop:
    def __init__(self):
        self.{attribute} = FastAPI()
        self.name = "shop"

{top}
"""


@pytest.mark.parametrize(
    ("attribute", "top", "found"),
    [
        ("app", "shop = Shop()\napp = shop.app", "main:app"),
        ("app", "app = Shop().app", "main:app"),
        ("server", "shop: Shop = Shop()\napi = shop.server", "main:api"),
        ("app", "shop = Shop()\nname = shop.name", None),
        ("app", "app = other.app", None),
    ],
)
def test_an_app_that_an_object_holds(tmp_path: Path, attribute: str, top: str, found: str | None) -> None:
    (tmp_path / "main.py").write_text(HOLDER.format(attribute=attribute, top=top))
    assert find_app(tmp_path) == found


def test_an_app_that_a_method_makes(tmp_path: Path) -> None:
    code = "from fastapi import FastAPI\nclass Shop:\n    def build(self) -> FastAPI:\n        return FastAPI()\n"
    (tmp_path / "main.py").write_text(f"{code}app = Shop().build()\n")
    assert find_app(tmp_path) == "main:app"
