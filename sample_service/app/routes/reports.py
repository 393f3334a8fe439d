"""Who writes most?"""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import TypeAdapter

from app import queries
from app.database import Database
from app.identity import Editor
from app.parts import CachePart
from app.problems import problems
from app.schemas import AuthorCount, ReportFilter

router = APIRouter(prefix="/reports", tags=["reports"])
COUNTS = TypeAdapter(list[AuthorCount])


@router.get(
    "/authors",
    summary="List authors by number of published posts",
    responses=problems(401, 403, 422, 503),
)
def report_authors(
    wanted: Annotated[ReportFilter, Query()], _: Editor, database: Database, cache: CachePart
) -> list[AuthorCount]:
    return cache.remember(
        f"authors {wanted.model_dump_json()}",
        COUNTS,
        lambda: queries.busiest_authors(database, wanted),
    )
