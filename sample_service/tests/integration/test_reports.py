"""Does the report count what was published, in its window, by whom?"""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import Session

from app.models import Post
from tests.conftest import Person


@pytest.mark.requirement("AC-REPORT-001-1")
def test_the_busiest_author_comes_first(
    author: Person, other_author: Person, editor: Person
) -> None:
    author.writes()
    other_author.writes()
    other_author.writes()
    author.writes(published=False)
    answer = editor.get("/reports/authors")
    counts = [(row["author_id"], row["posts"]) for row in answer.json()]
    assert answer.status_code == 200
    assert counts == [(other_author.id, 2), (author.id, 1)]


@pytest.mark.requirement("AC-REPORT-001-2")
def test_older_posts_are_not_counted(author: Person, editor: Person, database: Session) -> None:
    author.writes()
    a_year_ago = datetime.now(UTC) - timedelta(days=365)
    database.exec(update(Post).values(created_at=a_year_ago))
    database.commit()
    assert editor.get("/reports/authors").json() == []
    since = (a_year_ago - timedelta(days=1)).date().isoformat()
    assert len(editor.get("/reports/authors", since=since, days=3).json()) == 1


@pytest.mark.parametrize(
    "query", [{"days": 367}, {"days": 0}, {"since": "9999-12-31"}, {"since": "1999-12-31"}], ids=str
)
def test_impossible_windows_are_refused(editor: Person, query: dict[str, object]) -> None:
    assert editor.get("/reports/authors", **query).status_code == 422


def test_authors_do_not_see_the_report(author: Person) -> None:
    assert author.get("/reports/authors").status_code == 403
