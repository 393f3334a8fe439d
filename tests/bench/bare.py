"""The least that FastAPI and SQLModel need to answer the bundled service's three busiest reads.

It is what the bundled service is measured against. Runs in its interpreter and imports nothing of it. The same
statements, the same bodies; no middleware, cache, metrics, logs, limits or problem details.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import BigInteger, DateTime
from sqlalchemy.orm import selectinload
from sqlmodel import Field, Relationship, Session, SQLModel, col, create_engine, select

engine = create_engine(os.environ["SAMPLE_DATABASE_URL"], pool_size=10, max_overflow=10)
app = FastAPI()


class PostTag(SQLModel, table=True):
    __tablename__ = "post_tags"
    post_id: int = Field(foreign_key="posts.id", primary_key=True)
    tag_id: int = Field(foreign_key="tags.id", primary_key=True)


class Tag(SQLModel, table=True):
    __tablename__ = "tags"
    id: int = Field(primary_key=True, sa_type=BigInteger)
    name: str


class Post(SQLModel, table=True):
    __tablename__ = "posts"
    id: int = Field(primary_key=True, sa_type=BigInteger)
    author_id: int
    title: str
    body: str
    published: bool
    version: int
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))
    tags: list[Tag] = Relationship(link_model=PostTag, sa_relationship_kwargs={"order_by": "Tag.name"})


class Comment(SQLModel, table=True):
    __tablename__ = "comments"
    id: int = Field(primary_key=True, sa_type=BigInteger)
    post_id: int
    author_id: int
    body: str
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))


class PostSummary(SQLModel):
    id: int
    author_id: int
    title: str
    tags: list[str]
    published: bool
    version: int
    created_at: datetime
    updated_at: datetime


class PostRead(PostSummary):
    body: str


class CommentRead(SQLModel):
    model_config = {"from_attributes": True}
    id: int
    post_id: int
    author_id: int
    body: str
    created_at: datetime
    updated_at: datetime


class Posts(SQLModel):
    items: list[PostSummary]
    limit: int
    offset: int


class Comments(SQLModel):
    items: list[CommentRead]
    limit: int
    offset: int


def session() -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as opened:
        yield opened


Database = Annotated[Session, Depends(session, scope="function")]


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/posts")
def posts(database: Database, limit: int = 20, offset: int = 0) -> Posts:
    statement = (
        select(Post)
        .where(col(Post.published))
        .order_by(col(Post.created_at).desc(), col(Post.id).desc())
        .limit(limit)
        .offset(offset)
        .options(selectinload(Post.tags))  # type: ignore[arg-type]
    )
    items = [PostSummary.model_validate(fields(post)) for post in database.exec(statement)]
    return Posts(items=items, limit=limit, offset=offset)


@app.get("/posts/{post_id}")
def post(post_id: int, database: Database) -> PostRead:
    statement = select(Post).where(Post.id == post_id).options(selectinload(Post.tags))  # type: ignore[arg-type]
    found = seen(database.exec(statement).first())
    return PostRead.model_validate(fields(found))


@app.get("/posts/{post_id}/comments")
def comments(post_id: int, database: Database, limit: int = 20, offset: int = 0) -> Comments:
    seen(database.get(Post, post_id))
    statement = (
        select(Comment)
        .where(Comment.post_id == post_id)
        .order_by(col(Comment.created_at), col(Comment.id))
        .limit(limit)
        .offset(offset)
    )
    items = [CommentRead.model_validate(one) for one in database.exec(statement)]
    return Comments(items=items, limit=limit, offset=offset)


def seen(found: Post | None) -> Post:
    if found is None or not found.published:
        raise HTTPException(404, "There is no such post.")
    return found


def fields(found: Post) -> dict[str, object]:
    return found.model_dump() | {"tags": [tag.name for tag in found.tags]}
