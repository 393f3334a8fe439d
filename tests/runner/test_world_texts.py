"""A text that comes back changed is a finding only where any text would have come back as it was sent."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from runner.discovery.target import find_target
from runner.engine import Shelf
from runner.evidence.behaviour.world_texts import PLAIN, WorldTexts, _World
from runner.live.workshop import Workshop
from workflow.settings import SAMPLE

APP = '''
import re

from fastapi import FastAPI
from pydantic import BaseModel, Field

app = FastAPI()


class Page(BaseModel):
    slug: str = Field(max_length=40)
    title: str = Field(max_length=40)
    words: str = Field(max_length=40)
    code: str = Field(min_length=30, max_length=40)


@app.post("/pages", status_code=201)
def new_page(page: Page) -> Page:
    """A slug of any text, forty bytes of a title, and the words as they are."""
    slug = re.sub(r"[^a-z0-9]+", "-", page.slug.lower()).strip("-")
    if len(page.code) > 30:
        raise RuntimeError("no column for that, in whatever script")
    title = page.title.encode()[:40].decode(errors="ignore")
    return Page(slug=slug, title=title, words=page.words, code=page.code)


@app.get("/pages")
def pages() -> list[Page]:
    raise RuntimeError("whatever was made")
'''


def test_a_slug_is_made_of_any_text_and_a_title_that_is_cut_by_bytes_is_named(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(APP, encoding="utf-8")
    (tmp_path / ".venv").symlink_to(SAMPLE / ".venv")
    with Workshop() as workshop:
        texts = Shelf(find_target(tmp_path), workshop).need(WorldTexts)
    assert {name for _, name in texts.judged} == {"slug", "title", "words", "code"}
    assert {one.field for one in texts.wrong} == {"title"}
    assert dict(texts.problems)["POST /pages"] == "fails at plain letters of that length as well"
    assert {one.what.split(" of ")[1].split()[0] for one in texts.wrong} == {"Chinese", "Arabic", "emoji"}


@pytest.mark.parametrize(("plain", "named"), [(200, 1), (400, 0)])
def test_a_password_is_the_scripts_fault_only_where_a_plain_one_signs_in(plain: int, named: int) -> None:
    """Who signs in by another name than the one that was tried is let in with no password at all."""
    register: Any = SimpleNamespace(endpoint="POST /signup", is_protected=False, changes=True, last="signup")
    request: Any = SimpleNamespace(
        fields={"email": "a@b.c"}, curl=lambda **_: "curl", send=lambda *_: httpx.Response(201), path="/signup"
    )

    def tried(_: str, password: str) -> httpx.Response:
        return httpx.Response(plain if set(password) <= set(PLAIN) else 400)

    people = SimpleNamespace(register=register, try_password=tried)
    here = SimpleNamespace(people=people, client=httpx.Client(), requests=SimpleNamespace(operations=()))
    world = _World(cast(Any, here))
    world._request = lambda *_: (SimpleNamespace(headers={}), request)  # type: ignore[method-assign, assignment]
    world._read_again = lambda *_: None  # type: ignore[method-assign]
    caller: Any = SimpleNamespace(headers={})
    world._made(register, "password", "Chinese", "密码密码", request, caller, httpx.Response(201))
    assert len(world.wrong) == named
