"""Which statements read posts? Each has a total order, a bound and an index behind it."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import QueryableAttribute, selectinload
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.models import Post, PostTag, Tag, User
from app.schemas import AuthorCount, PostFilter, PostRead, PostSummary, ReportFilter

DAYS_BACK = timedelta(days=30)
TAGS: QueryableAttribute[Any] = col(Post.tags)  # type: ignore[assignment]


def post_with_tags(database: Session, post_id: int) -> Post | None:
    return database.exec(select(Post).where(Post.id == post_id).options(selectinload(TAGS))).first()


def published_posts(database: Session, wanted: PostFilter) -> list[PostSummary]:
    statement = (
        filtered(wanted)
        .order_by(col(Post.created_at).desc(), col(Post.id).desc())
        .limit(wanted.limit)
        .offset(wanted.offset)
        .options(selectinload(TAGS))
    )
    return [summary_of(post) for post in database.exec(statement)]


def filtered(wanted: PostFilter) -> SelectOfScalar[Post]:
    statement = select(Post).where(col(Post.published))
    if wanted.author_id is not None:
        statement = statement.where(Post.author_id == wanted.author_id)
    if wanted.tag is not None:
        tagged = select(PostTag.post_id).join(Tag, col(Tag.id) == col(PostTag.tag_id))
        statement = statement.where(col(Post.id).in_(tagged.where(Tag.name == wanted.tag)))
    return statement


def busiest_authors(database: Session, wanted: ReportFilter) -> list[AuthorCount]:
    first_day = wanted.since or (datetime.now(UTC) - DAYS_BACK).date()
    since = datetime.combine(first_day, time.min, UTC)
    counted = (
        select(col(Post.author_id), func.count().label("posts"))
        .where(
            col(Post.created_at) >= since,
            col(Post.created_at) < since + timedelta(days=wanted.days),
            col(Post.published),
        )
        .group_by(col(Post.author_id))
        .order_by(func.count().desc(), col(Post.author_id))
        .limit(wanted.limit)
        .subquery()
    )
    statement = (
        select(counted.c.author_id, User.display_name, counted.c.posts)
        .join(User, col(User.id) == counted.c.author_id)
        .order_by(counted.c.posts.desc(), counted.c.author_id)
    )
    return [
        AuthorCount(author_id=author_id, display_name=name, posts=posts)
        for author_id, name, posts in database.exec(statement)
    ]


def summary_of(post: Post) -> PostSummary:
    return PostSummary.model_validate(fields_of(post))


def read_of(post: Post) -> PostRead:
    return PostRead.model_validate(fields_of(post))


def fields_of(post: Post) -> dict[str, Any]:
    return post.model_dump() | {"tags": [tag.name for tag in post.tags]}
