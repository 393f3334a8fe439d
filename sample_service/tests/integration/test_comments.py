"""Is a comment everybody's to write and only its author's to change?"""

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from app.models import Comment, Post
from tests.conftest import Person


@pytest.mark.requirement("AC-COMMENT-001-1")
def test_a_reader_comments(author: Person, reader: Person) -> None:
    answer = reader.post(f"/posts/{author.writes()}/comments", body="Well put.")
    assert answer.status_code == 201
    assert answer.json()["author_id"] == reader.id
    assert answer.headers["Location"] == f"/comments/{answer.json()['id']}"


@pytest.mark.requirement("AC-COMMENT-002-1")
def test_each_comment_is_on_one_page_oldest_first(author: Person, visitor: Person) -> None:
    post_id = author.writes()
    written = [author.comments(post_id, f"Remark {number}") for number in range(3)]
    pages = [
        visitor.get(f"/posts/{post_id}/comments", limit=1, offset=offset) for offset in range(4)
    ]
    listed = [[comment["id"] for comment in page.json()["items"]] for page in pages]
    assert listed == [[comment_id] for comment_id in written] + [[]]


@pytest.mark.requirement("AC-COMMENT-003-1")
def test_its_author_changes_a_comment(author: Person, reader: Person) -> None:
    post_id = author.writes()
    comment = f"/comments/{reader.comments(post_id)}"
    answer = reader.patch(comment, body="Better put.")
    assert answer.status_code == 200
    assert answer.json()["updated_at"] >= answer.json()["created_at"]
    listed = reader.get(f"/posts/{post_id}/comments").json()["items"]
    assert [found["body"] for found in listed] == ["Better put."]


@pytest.mark.requirement("AC-COMMENT-004-1")
def test_nobody_puts_words_into_anothers_mouth(
    author: Person, reader: Person, editor: Person, admin: Person
) -> None:
    post_id = author.writes()
    comment = f"/comments/{reader.comments(post_id)}"
    statuses = [who.patch(comment, body="No.").status_code for who in (author, editor, admin)]
    listed = reader.get(f"/posts/{post_id}/comments").json()["items"]
    assert statuses == [403] * 3
    assert [found["body"] for found in listed] == ["Well put."]


@pytest.mark.requirement("AC-COMMENT-005-1")
def test_author_editor_and_admin_delete_comments(
    author: Person, reader: Person, editor: Person, admin: Person
) -> None:
    post_id = author.writes()
    for who in (reader, editor, admin):
        comment = f"/comments/{reader.comments(post_id)}"
        assert who.delete(comment).status_code == 204
        assert who.delete(comment).status_code == 404
    assert reader.get(f"/posts/{post_id}/comments").json()["items"] == []


@pytest.mark.requirement("AC-COMMENT-007-1")
def test_another_reader_deletes_nothing(author: Person, reader: Person) -> None:
    post_id = author.writes()
    comment_id = author.comments(post_id)
    assert reader.delete(f"/comments/{comment_id}").status_code == 403
    listed = reader.get(f"/posts/{post_id}/comments").json()["items"]
    assert [comment["id"] for comment in listed] == [comment_id]


@pytest.mark.requirement("AC-COMMENT-006-1")
def test_invalid_comments_are_refused(author: Person, reader: Person, database: Session) -> None:
    comments = f"/posts/{author.writes()}/comments"
    statuses = [
        reader.post(comments, body="").status_code,
        reader.post(comments, body="c" * 2_001).status_code,
        reader.post(comments, body="nul \0").status_code,
        reader.post("/posts/999999/comments", body="Hello?").status_code,
    ]
    assert statuses == [422, 422, 422, 404]
    assert database.exec(select(Comment)).all() == []
    assert reader.post(comments, body="c" * 2_000).status_code == 201


def test_a_post_deleted_meanwhile_is_a_404(
    author: Person, reader: Person, database: Session
) -> None:
    """Another client deletes the post after it was seen and before the comment is stored."""
    post_id = author.writes()

    def delete_first(_mapper: object, _connection: object, _comment: Comment) -> None:
        database.delete(database.get_one(Post, post_id))
        database.commit()

    event.listen(Comment, "before_insert", delete_first, once=True)
    answer = reader.post(f"/posts/{post_id}/comments", body="Still there?")
    assert answer.status_code == 404
    assert database.exec(select(Comment)).all() == []
