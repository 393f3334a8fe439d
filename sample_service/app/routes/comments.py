"""What is said about a post?"""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Response
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.columns import LARGEST_ID
from app.database import Database
from app.identity import EDITORS, OPTIONAL_TOKEN, Anyone, Visitor
from app.models import Comment, Post
from app.problems import problems
from app.routes.posts import PostId, visible
from app.schemas import CommentInput, CommentRead, Page, Paged

router = APIRouter(tags=["comments"])
CommentId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get(
    "/posts/{post_id}/comments",
    summary="List the comments on a post",
    openapi_extra=OPTIONAL_TOKEN,
    responses=problems(401, 404, 422, 503),
)
def list_comments(
    post_id: PostId, page: Annotated[Page, Query()], caller: Visitor, database: Database
) -> Paged[CommentRead]:
    visible(database.get(Post, post_id), caller.user if caller else None)
    comments = database.exec(
        select(Comment)
        .where(Comment.post_id == post_id)
        .order_by(col(Comment.created_at), col(Comment.id))
        .limit(page.limit)
        .offset(page.offset)
    )
    items = [CommentRead.model_validate(comment) for comment in comments]
    return Paged(items=items, limit=page.limit, offset=page.offset)


@router.post(
    "/posts/{post_id}/comments",
    status_code=201,
    summary="Comment on a post",
    responses=problems(401, 404, 413, 422, 503),
)
def write_comment(
    post_id: PostId, body: CommentInput, user: Anyone, database: Database, response: Response
) -> CommentRead:
    visible(database.get(Post, post_id), user)
    comment = Comment(post_id=post_id, author_id=user.id, body=body.body)
    database.add(comment)
    try:
        database.commit()
    except IntegrityError:
        # the post was deleted between the look and the write
        raise HTTPException(404, "There is no such post.") from None
    response.headers["Location"] = f"/comments/{comment.id}"
    return CommentRead.model_validate(comment)


@router.patch(
    "/comments/{comment_id}",
    summary="Change one's own comment",
    responses=problems(401, 403, 404, 413, 422, 503),
)
def change_comment(
    comment_id: CommentId, body: CommentInput, user: Anyone, database: Database
) -> CommentRead:
    comment = existing(database, comment_id)
    if comment.author_id != user.id:
        raise HTTPException(403, "Only its author may change a comment.")
    comment.body = body.body
    database.commit()
    database.refresh(comment)
    return CommentRead.model_validate(comment)


@router.delete(
    "/comments/{comment_id}",
    status_code=204,
    summary="Delete a comment",
    responses=problems(401, 403, 404, 422, 503),
)
def delete_comment(comment_id: CommentId, user: Anyone, database: Database) -> None:
    comment = existing(database, comment_id)
    if comment.author_id != user.id and user.role not in EDITORS:
        raise HTTPException(403, "Only its author or an editor may delete a comment.")
    database.delete(comment)
    database.commit()


def existing(database: Session, comment_id: int) -> Comment:
    """Locked, so that a change and a deletion at the same time come one after the other."""
    comment = database.get(Comment, comment_id, with_for_update=True)
    if comment is None:
        raise HTTPException(404, "There is no such comment.")
    return comment
