"""Is a post written, read, changed, published and deleted by those who may, and by no one else?"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import Session, select

from app.models import Comment, Post
from tests.conftest import Person


@pytest.mark.requirement("AC-POST-001-1")
def test_a_new_post_names_its_author(author: Person) -> None:
    answer = author.post("/posts", title="On type", body="It is set.")
    post = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/posts/{post['id']}"
    assert (post["author_id"], post["published"], post["version"]) == (author.id, False, 1)
    assert author.get(f"/posts/{post['id']}").json() == post


@pytest.mark.requirement("AC-POST-001-2")
def test_a_new_post_is_not_listed(author: Person, visitor: Person) -> None:
    author.writes(published=False)
    assert visitor.get("/posts").json()["items"] == []


INVALID = [
    {"title": ""},
    {"title": " \n"},
    {"title": "t" * 201},
    {"body": ""},
    {"body": "b" * 20_001},
    {"title": "nul \0"},
    {"body": "nul \0"},
    {"title": None},
    {"author_id": 1},
    {"tags": ["UPPER"]},
    {"tags": [f"t-{n}" for n in range(11)]},
]


@pytest.mark.requirement("AC-POST-002-1")
@pytest.mark.parametrize("wrong", INVALID, ids=str)
def test_invalid_posts_are_refused(
    author: Person, database: Session, wrong: dict[str, object]
) -> None:
    answer = author.post("/posts", **({"title": "On ink", "body": "Black."} | wrong))
    assert answer.status_code == 422
    assert database.exec(select(Post)).all() == []


def test_the_longest_post_fits(author: Person, visitor: Person) -> None:
    post_id = author.writes(title="ü" * 200, body="🖋" * 20_000)
    assert len(visitor.get(f"/posts/{post_id}").json()["body"]) == 20_000


@pytest.mark.requirement("AC-POST-002-2")
def test_an_unknown_tag_is_refused(author: Person, database: Session) -> None:
    answer = author.post("/posts", title="On ink", body="Black.", tags=["nowhere"])
    assert answer.status_code == 422
    assert database.exec(select(Post)).all() == []


@pytest.mark.requirement("AC-POST-003-1")
def test_readers_do_not_write(reader: Person, author: Person, database: Session) -> None:
    assert reader.post("/posts", title="Mine", body="Words.").status_code == 403
    assert database.exec(select(Post)).all() == []
    post = f"/posts/{author.writes()}"
    assert reader.patch(post, version=2, title="Mine").status_code == 403
    assert reader.put(f"{post}/publication", version=2, published=False).status_code == 403
    assert reader.delete(post).status_code == 403


@pytest.mark.requirement("AC-POST-004-1")
def test_each_post_is_on_one_page_newest_first(author: Person, visitor: Person) -> None:
    written = [author.writes(title=f"Number {number}") for number in range(5)]
    pages = [visitor.get("/posts", limit=1, offset=offset) for offset in range(6)]
    assert {page.status_code for page in pages} == {200}
    listed = [[post["id"] for post in page.json()["items"]] for page in pages]
    assert listed == [[post_id] for post_id in reversed(written)] + [[]]


@pytest.mark.requirement("AC-POST-004-2")
def test_posts_are_found_by_author_and_tag(
    author: Person, other_author: Person, editor: Person, visitor: Person
) -> None:
    for name in ("ink", "type"):
        editor.post("/tags", name=name)
    wanted = author.writes(tags=["ink", "type", "ink"])
    author.writes(tags=["type"])
    other_author.writes(tags=["ink"])
    found = visitor.get("/posts", author_id=author.id, tag="ink").json()["items"]
    assert [(post["id"], post["tags"]) for post in found] == [(wanted, ["ink", "type"])]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0}, {"limit": 101}, {"offset": -1}, {"offset": 10**22}, {"author_id": 2**63},
        {"tag": "nul\0"}, {"unknown": 1},
    ],
    ids=str,
)  # fmt: skip
def test_impossible_filters_are_refused(visitor: Person, query: dict[str, object]) -> None:
    assert visitor.get("/posts", **query).status_code == 422


@pytest.mark.requirement("AC-POST-005-1")
def test_anyone_reads_a_published_post(author: Person, visitor: Person) -> None:
    answer = visitor.get(f"/posts/{author.writes(body='Read me.')}")
    assert (answer.status_code, answer.json()["body"]) == (200, "Read me.")


@pytest.mark.requirement("AC-POST-006-1")
def test_drafts_are_hidden(
    author: Person,
    editor: Person,
    admin: Person,
    visitor: Person,
    reader: Person,
    other_author: Person,
) -> None:
    post = f"/posts/{author.writes(published=False)}"
    for path in (post, f"{post}/comments"):
        seen = [who.get(path).status_code for who in (author, editor, admin)]
        hidden = [who.get(path).status_code for who in (visitor, reader, other_author)]
        assert (seen, hidden) == ([200] * 3, [404] * 3)
    assert other_author.patch(post, version=1, title="Mine").status_code == 404


@pytest.mark.requirement("AC-POST-007-1")
def test_a_change_raises_the_version_and_leaves_the_rest(author: Person, editor: Person) -> None:
    editor.post("/tags", name="ink")
    post = f"/posts/{author.writes(published=False, tags=['ink'])}"
    before = author.get(post).json()
    answer = author.patch(post, version=1, title="On blue ink")
    changed = answer.json()
    assert answer.status_code == 200
    assert (changed["title"], changed["version"]) == ("On blue ink", 2)
    assert (changed["body"], changed["tags"]) == (before["body"], ["ink"])
    assert changed["updated_at"] >= before["updated_at"]
    assert author.patch(post, version=2, tags=[]).json()["tags"] == []


@pytest.mark.parametrize(
    "wrong", [{"version": "1"}, {"version": 2**63}, {"published": "yes"}, {"published": 1}], ids=str
)
def test_no_value_is_bent_into_shape(author: Person, wrong: dict[str, object]) -> None:
    post = f"/posts/{author.writes(published=False)}"
    body = {"version": 1, "published": True} | wrong
    assert author.put(f"{post}/publication", **body).status_code == 422
    assert author.get(post).json()["version"] == 1


@pytest.mark.requirement("AC-POST-008-1")
def test_of_two_changes_at_once_one_wins(author: Person, editor: Person) -> None:
    post = f"/posts/{author.writes(published=False)}"

    def change(who: Person) -> int:
        return who.patch(post, version=1, title=f"By {who.id}").status_code

    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(change, (author, editor)))
    winner = (author, editor)[statuses.index(200)]
    assert sorted(statuses) == [200, 409]
    assert author.get(post).json()["title"] == f"By {winner.id}"
    late = author.put(f"{post}/publication", version=1, published=True)
    assert late.status_code == 409


Attempt = Callable[[Person, str], int]
ATTEMPTS: dict[str, Attempt] = {
    "change": lambda who, post: who.patch(post, version=2, title="Mine").status_code,
    "withdraw": lambda who, post: (
        who.put(f"{post}/publication", version=2, published=False).status_code
    ),
    "delete": lambda who, post: who.delete(post).status_code,
}


@pytest.mark.requirement("AC-POST-009-1")
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_posts_of_others_are_safe(author: Person, other_author: Person, attempt: str) -> None:
    post = f"/posts/{author.writes()}"
    before = author.get(post).json()
    assert ATTEMPTS[attempt](other_author, post) == 403
    assert author.get(post).json() == before


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_editors_look_after_all_posts(author: Person, editor: Person, attempt: str) -> None:
    assert ATTEMPTS[attempt](editor, f"/posts/{author.writes()}") in {200, 204}


@pytest.mark.requirement("AC-POST-010-1")
def test_publishing_shows_and_withdrawing_hides(author: Person, visitor: Person) -> None:
    post_id = author.writes(published=False)
    publication = f"/posts/{post_id}/publication"
    assert author.put(publication, version=1, published=True).status_code == 200
    assert [post["id"] for post in visitor.get("/posts").json()["items"]] == [post_id]
    assert author.put(publication, version=2, published=False).status_code == 200
    assert visitor.get("/posts").json()["items"] == []


@pytest.mark.requirement("AC-POST-011-1")
def test_a_deleted_post_takes_its_comments_along(
    author: Person, reader: Person, database: Session
) -> None:
    post_id = author.writes()
    reader.comments(post_id)
    assert author.delete(f"/posts/{post_id}").status_code == 204
    assert author.get(f"/posts/{post_id}").status_code == 404
    assert database.exec(select(Comment)).all() == []
