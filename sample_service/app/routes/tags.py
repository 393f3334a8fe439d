"""Which tags are there?"""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from app.columns import LARGEST_ID
from app.database import Database
from app.identity import Editor
from app.models import Tag
from app.parts import CachePart
from app.problems import problems
from app.schemas import Page, Paged, TagNew, TagRead

router = APIRouter(prefix="/tags", tags=["tags"])
TagId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("", summary="List tags by name", responses=problems(422, 503))
def list_tags(page: Annotated[Page, Query()], database: Database) -> Paged[TagRead]:
    tags = database.exec(select(Tag).order_by(col(Tag.name)).limit(page.limit).offset(page.offset))
    items = [TagRead.model_validate(tag) for tag in tags]
    return Paged(items=items, limit=page.limit, offset=page.offset)


@router.post(
    "", status_code=201, summary="Make a tag", responses=problems(401, 403, 409, 413, 422, 503)
)
def make_tag(body: TagNew, _: Editor, database: Database) -> TagRead:
    """The database keeps names unique, so two editors at once cannot make the same tag."""
    tag = Tag(name=body.name)
    database.add(tag)
    try:
        database.commit()
    except IntegrityError:
        raise HTTPException(409, "There is such a tag already.") from None
    return TagRead.model_validate(tag)


@router.delete(
    "/{tag_id}",
    status_code=204,
    summary="Delete a tag and take it off all posts",
    responses=problems(401, 403, 404, 422, 503),
)
def delete_tag(tag_id: TagId, _: Editor, database: Database, cache: CachePart) -> None:
    deleted = database.exec(delete(Tag).where(col(Tag.id) == tag_id))
    if deleted.rowcount == 0:
        raise HTTPException(404, "There is no such tag.")
    database.commit()
    cache.forget()
