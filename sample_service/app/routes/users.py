"""Who has an account, and what may be changed about it?"""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from sqlmodel import col, select

from app import sessions
from app.columns import LARGEST_ID
from app.database import Database
from app.identity import Admin, Anyone
from app.models import Role, User
from app.parts import CachePart
from app.problems import problems
from app.schemas import Page, Paged, ProfileChange, UserChange, UserRead

router = APIRouter(prefix="/users", tags=["users"])
UserId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("/me", summary="Read one's own account", responses=problems(401, 503))
def read_me(user: Anyone) -> UserRead:
    return UserRead.model_validate(user)


@router.patch("/me", summary="Rename oneself", responses=problems(401, 413, 422, 503))
def change_me(body: ProfileChange, user: Anyone, database: Database, cache: CachePart) -> UserRead:
    user.display_name = body.display_name
    database.commit()
    cache.forget()
    return UserRead.model_validate(user)


@router.get("", summary="List accounts", responses=problems(401, 403, 422, 503))
def list_users(page: Annotated[Page, Query()], _: Admin, database: Database) -> Paged[UserRead]:
    users = database.exec(select(User).order_by(col(User.id)).limit(page.limit).offset(page.offset))
    items = [UserRead.model_validate(user) for user in users]
    return Paged(items=items, limit=page.limit, offset=page.offset)


@router.get("/{user_id}", summary="Read an account", responses=problems(401, 403, 404, 422, 503))
def read_user(user_id: UserId, caller: Anyone, database: Database) -> UserRead:
    """Anybody but an admin gets 403 for every id but her own, whether or not it exists."""
    if caller.role is not Role.ADMIN and caller.id != user_id:
        raise HTTPException(403, "Only an admin may read other accounts.")
    return UserRead.model_validate(existing(database.get(User, user_id)))


@router.patch(
    "/{user_id}",
    summary="Change a role, or disable an account",
    responses=problems(401, 403, 404, 413, 422, 503),
)
def change_user(user_id: UserId, body: UserChange, _: Admin, database: Database) -> UserRead:
    """Disabling ends all the user's sessions."""
    user = existing(database.get(User, user_id, with_for_update=True))
    user.sqlmodel_update(body.model_dump(exclude_unset=True))
    if not user.active:
        sessions.end_all(database, user.id)
    database.commit()
    return UserRead.model_validate(user)


def existing(user: User | None) -> User:
    if user is None:
        raise HTTPException(404, "There is no such user.")
    return user
