"""Who is asking, and what role has she? 401: nobody known. 403: known, but may not."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import OAuth2PasswordBearer
from sqlmodel import Session, col, select

from {{cookiecutter.package}}.database import Database
from {{cookiecutter.package}}.models import LoginSession, Role, User
from {{cookiecutter.package}}.tokens import InvalidToken, Purpose, Tokens

EVERYONE = tuple(Role)

bearer = OAuth2PasswordBearer(tokenUrl="auth/login", auto_error=False)
Bearer = Annotated[str | None, Depends(bearer)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    user: User
    session_id: str


def unauthorized(detail: str) -> HTTPException:
    return HTTPException(401, detail, headers={"WWW-Authenticate": "Bearer"})


async def visitor(request: Request, token: Bearer, database: Database) -> Identity | None:
    """The caller, or None without a token, which costs no hop to a thread."""
    if token is None:
        return None
    return await run_in_threadpool(identify, request.app.state.tokens, token, database)


def identify(tokens: Tokens, token: str, database: Session) -> Identity:
    """A token that is not good is never ignored."""
    try:
        claims = tokens.read(token, Purpose.ACCESS)
    except InvalidToken:
        raise unauthorized("The token is not valid.") from None
    owner = select(User).join(LoginSession, col(LoginSession.user_id) == col(User.id))
    user = database.exec(
        owner.where(
            LoginSession.id == claims.sid,
            LoginSession.expires_at > datetime.now(UTC),
            User.id == claims.sub,
        )
    ).first()
    if user is None:
        raise unauthorized("The session has ended.")
    return Identity(user=user, session_id=claims.sid)


Visitor = Annotated[Identity | None, Depends(visitor)]


async def signed_in(identity: Visitor) -> Identity:
    if identity is None:
        raise unauthorized("Sign in first.")
    return identity


SignedIn = Annotated[Identity, Depends(signed_in)]


def one_of(*roles: Role) -> Callable[[Identity], Awaitable[User]]:
    async def user_with_role(identity: SignedIn) -> User:
        if identity.user.role not in roles:
            raise HTTPException(403, f"This needs the role {' or '.join(roles)}.")
        return identity.user

    return user_with_role


Anyone = Annotated[User, Depends(one_of(*EVERYONE))]
