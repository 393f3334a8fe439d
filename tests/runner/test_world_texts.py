"""A text that comes back changed is a finding only where any text would have come back as it was sent."""

from pathlib import Path

from runner.discovery.target import find_target
from runner.engine import Shelf
from runner.evidence.behaviour.world_texts import WorldTexts
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
