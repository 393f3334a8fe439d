"""What is written, who may read it and who may change it?"""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Response
from pydantic import TypeAdapter
from sqlalchemy import update
from sqlmodel import Session, col, select

from app import queries
from app.cache import Cache
from app.columns import LARGEST_ID
from app.database import Database
from app.identity import OPTIONAL_TOKEN, Visitor, Writer, may_change, may_see
from app.models import Post, Tag, User
from app.parts import CachePart
from app.problems import problems
from app.schemas import Paged, PostChange, PostFilter, PostNew, PostRead, PostSummary, Publication

router = APIRouter(prefix="/posts", tags=["posts"])
PostId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
SUMMARIES = TypeAdapter(list[PostSummary])
PUBLISHED = TypeAdapter(PostRead | None)


@router.get("", summary="List published posts", responses=problems(422, 503))
def list_posts(
    wanted: Annotated[PostFilter, Query()], database: Database, cache: CachePart
) -> Paged[PostSummary]:
    items = cache.remember(
        f"posts {wanted.model_dump_json()}",
        SUMMARIES,
        lambda: queries.published_posts(database, wanted),
    )
    return Paged(items=items, limit=wanted.limit, offset=wanted.offset)


@router.post(
    "", status_code=201, summary="Write a post", responses=problems(401, 403, 413, 422, 503)
)
def write_post(body: PostNew, author: Writer, database: Database, response: Response) -> PostRead:
    """The post is a draft until it is published."""
    post = Post(author_id=author.id, title=body.title, body=body.body)
    post.tags = existing_tags(database, body.tags)
    database.add(post)
    database.commit()
    response.headers["Location"] = f"/posts/{post.id}"
    return queries.read_of(reread(database, post))


@router.get(
    "/{post_id}",
    summary="Read a post",
    openapi_extra=OPTIONAL_TOKEN,
    responses=problems(401, 404, 422, 503),
)
def read_post(post_id: PostId, caller: Visitor, database: Database, cache: CachePart) -> PostRead:
    """A draft is 404 to everyone but its owner, editors and admins."""
    published = cache.remember(
        f"post {post_id}", PUBLISHED, lambda: published_post(database, post_id)
    )
    if published:
        return published
    post = queries.post_with_tags(database, post_id)
    return queries.read_of(visible(post, caller.user if caller else None))


@router.patch(
    "/{post_id}",
    summary="Change a post",
    responses=problems(401, 403, 404, 409, 413, 422, 503),
)
def change_post(
    post_id: PostId, body: PostChange, user: Writer, database: Database, cache: CachePart
) -> PostRead:
    """Only the version that was read can be changed, so nobody overwrites what she has not seen."""
    post = changeable(database, post_id, user)
    changes = body.model_dump(exclude_unset=True, exclude={"version", "tags"})
    claim(database, post, body.version, changes)
    if "tags" in body.model_fields_set:
        post.tags = existing_tags(database, body.tags)
    return saved(database, cache, post)


@router.put(
    "/{post_id}/publication",
    summary="Publish or withdraw a post",
    responses=problems(401, 403, 404, 409, 413, 422, 503),
)
def publish_post(
    post_id: PostId, body: Publication, user: Writer, database: Database, cache: CachePart
) -> PostRead:
    post = changeable(database, post_id, user)
    claim(database, post, body.version, {"published": body.published})
    return saved(database, cache, post)


@router.delete(
    "/{post_id}",
    status_code=204,
    summary="Delete a post with its comments",
    responses=problems(401, 403, 404, 422, 503),
)
def delete_post(post_id: PostId, user: Writer, database: Database, cache: CachePart) -> None:
    database.delete(changeable(database, post_id, user))
    database.commit()
    cache.forget()


def published_post(database: Session, post_id: int) -> PostRead | None:
    post = queries.post_with_tags(database, post_id)
    return queries.read_of(post) if post and post.published else None


def visible(post: Post | None, user: User | None) -> Post:
    if post is None or not may_see(user, post):
        raise HTTPException(404, "There is no such post.")
    return post


def changeable(database: Session, post_id: int, user: User) -> Post:
    post = visible(queries.post_with_tags(database, post_id), user)
    if not may_change(user, post):
        raise HTTPException(403, "Only its author or an editor may change a post.")
    return post


def claim(database: Session, post: Post, version: int, changes: dict[str, object]) -> None:
    """Writes only if the version is still the one that was read, in one statement."""
    written = database.exec(
        update(Post)
        .where(col(Post.id) == post.id, col(Post.version) == version)
        .values(version=version + 1, **changes)
        .execution_options(synchronize_session=False)
    )
    if written.rowcount != 1:
        raise HTTPException(409, "The post was changed meanwhile: read it again.")


def saved(database: Session, cache: Cache, post: Post) -> PostRead:
    database.commit()
    cache.forget()
    return queries.read_of(reread(database, post))


def reread(database: Session, post: Post) -> Post:
    """The database set timestamps that the statement did not."""
    database.refresh(post)
    database.refresh(post, ["tags"])
    return post


def existing_tags(database: Session, names: list[str]) -> list[Tag]:
    """The tags of these names, kept from being deleted until the commit."""
    statement = select(Tag).where(col(Tag.name).in_(names)).order_by(col(Tag.id))
    found = list(database.exec(statement.with_for_update(read=True, key_share=True)))
    unknown = sorted(set(names) - {tag.name for tag in found})
    if unknown:
        raise HTTPException(422, f"There is no tag called {unknown[0]}.")
    return found
