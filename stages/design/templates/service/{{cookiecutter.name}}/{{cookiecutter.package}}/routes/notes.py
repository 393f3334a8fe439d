"""What has been noted, and who may change it?"""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Response
from sqlalchemy import update
from sqlmodel import Session, col, select

from {{cookiecutter.package}}.columns import LARGEST_ID
from {{cookiecutter.package}}.database import Database
from {{cookiecutter.package}}.identity import Anyone, may_change
from {{cookiecutter.package}}.models import Note, User
from {{cookiecutter.package}}.problems import problems
from {{cookiecutter.package}}.schemas import NoteChange, NoteNew, NoteRead, Page, Paged

router = APIRouter(prefix="/notes", tags=["notes"])
NoteId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("", summary="List notes, newest first", responses=problems(401, 422, 503))
def list_notes(page: Annotated[Page, Query()], _: Anyone, database: Database) -> Paged[NoteRead]:
    newest = select(Note).order_by(col(Note.created_at).desc(), col(Note.id).desc())
    notes = database.exec(newest.limit(page.limit).offset(page.offset))
    items = [NoteRead.model_validate(note) for note in notes]
    return Paged(items=items, limit=page.limit, offset=page.offset)


@router.post("", status_code=201, summary="Write a note", responses=problems(401, 413, 422, 503))
def write_note(body: NoteNew, user: Anyone, database: Database, response: Response) -> NoteRead:
    note = Note(owner_id=user.id, title=body.title, body=body.body)
    database.add(note)
    database.commit()
    database.refresh(note)
    response.headers["Location"] = f"/notes/{note.id}"
    return NoteRead.model_validate(note)


@router.get("/{note_id}", summary="Read a note", responses=problems(401, 404, 422, 503))
def read_note(note_id: NoteId, _: Anyone, database: Database) -> NoteRead:
    return NoteRead.model_validate(existing(database, note_id))


@router.patch(
    "/{note_id}",
    summary="Change a note",
    responses=problems(401, 403, 404, 409, 413, 422, 503),
)
def change_note(note_id: NoteId, body: NoteChange, user: Anyone, database: Database) -> NoteRead:
    """Only the version that was read can be changed, so nobody overwrites what she has not seen."""
    note = changeable(database, note_id, user)
    changes = body.model_dump(exclude_unset=True, exclude={"version"})
    written = database.exec(
        update(Note)
        .where(col(Note.id) == note_id, col(Note.version) == body.version)
        .values(version=body.version + 1, **changes)
        .execution_options(synchronize_session=False)
    )
    if written.rowcount != 1:
        raise HTTPException(409, "The note was changed meanwhile: read it again.")
    database.commit()
    database.refresh(note)
    return NoteRead.model_validate(note)


@router.delete(
    "/{note_id}",
    status_code=204,
    summary="Delete a note",
    responses=problems(401, 403, 404, 422, 503),
)
def delete_note(note_id: NoteId, user: Anyone, database: Database) -> None:
    database.delete(changeable(database, note_id, user))
    database.commit()


def existing(database: Session, note_id: int) -> Note:
    note = database.get(Note, note_id)
    if note is None:
        raise HTTPException(404, "There is no such note.")
    return note


def changeable(database: Session, note_id: int, user: User) -> Note:
    note = existing(database, note_id)
    if not may_change(user, note):
        raise HTTPException(403, "Only its owner or an admin may change a note.")
    return note
