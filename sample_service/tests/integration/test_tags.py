"""Do editors, and only they, keep the tags?"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import Person


def names(who: Person) -> list[str]:
    return [tag["name"] for tag in who.get("/tags").json()["items"]]


@pytest.mark.requirement("AC-TAG-001-1")
def test_each_tag_is_on_one_page_by_name(editor: Person, visitor: Person) -> None:
    for name in ("type", "ink", "paper"):
        editor.post("/tags", name=name)
    pages = [visitor.get("/tags", limit=1, offset=offset) for offset in range(4)]
    listed = [[tag["name"] for tag in page.json()["items"]] for page in pages]
    assert listed == [["ink"], ["paper"], ["type"], []]


@pytest.mark.requirement("AC-TAG-002-1")
def test_a_new_tag_can_be_used(editor: Person) -> None:
    answer = editor.post("/tags", name="letter-press")
    assert (answer.status_code, answer.json()["name"]) == (201, "letter-press")
    post = editor.post("/posts", title="On presses", body="Heavy.", tags=["letter-press"])
    assert post.json()["tags"] == ["letter-press"]


@pytest.mark.parametrize("name", ["", "With Space", "-edge", "t" * 41, "nul\0", None])
def test_odd_names_are_refused(editor: Person, name: str | None) -> None:
    assert editor.post("/tags", name=name).status_code == 422


@pytest.mark.requirement("AC-TAG-003-1")
def test_of_eight_equal_tags_at_once_one_is_made(editor: Person, visitor: Person) -> None:
    def make(_number: int) -> int:
        return editor.post("/tags", name="ink").status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(make, range(8)))
    assert statuses == [201] + [409] * 7
    assert names(visitor) == ["ink"]


@pytest.mark.requirement("AC-TAG-004-1")
def test_a_deleted_tag_leaves_the_posts(editor: Person, visitor: Person) -> None:
    tag_id = editor.post("/tags", name="ink").json()["id"]
    post_id = editor.writes(tags=["ink"])
    assert editor.delete(f"/tags/{tag_id}").status_code == 204
    assert editor.delete(f"/tags/{tag_id}").status_code == 404
    assert visitor.get(f"/posts/{post_id}").json()["tags"] == []


@pytest.mark.requirement("AC-TAG-005-1")
def test_authors_do_not_edit_tags(author: Person, editor: Person) -> None:
    tag_id = editor.post("/tags", name="ink").json()["id"]
    assert author.post("/tags", name="type").status_code == 403
    assert author.delete(f"/tags/{tag_id}").status_code == 403
    assert names(author) == ["ink"]
