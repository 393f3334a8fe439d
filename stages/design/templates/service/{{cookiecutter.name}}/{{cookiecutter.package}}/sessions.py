"""How does a sign-in begin, go on and end? All its tokens live and die with one row."""

from datetime import UTC, datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col

from {{cookiecutter.package}}.models import LoginSession
from {{cookiecutter.package}}.schemas import TokenPair
from {{cookiecutter.package}}.tokens import Claims, Purpose, Tokens, new_id


def begin(database: Session, tokens: Tokens, user_id: int) -> TokenPair:
    now = datetime.now(UTC)
    database.exec(
        delete(LoginSession).where(
            col(LoginSession.user_id) == user_id, col(LoginSession.expires_at) <= now
        )
    )
    session = LoginSession(
        id=new_id(),
        user_id=user_id,
        refresh_id=new_id(),
        expires_at=now + tokens.lifetimes[Purpose.REFRESH],
    )
    database.add(session)
    return pair(tokens, user_id, session.id, session.refresh_id, now)


def rotate(database: Session, tokens: Tokens, claims: Claims) -> TokenPair | None:
    """New tokens for this refresh token; None if it was used before or its session has ended."""
    now = datetime.now(UTC)
    refresh_id = new_id()
    rotated = database.exec(
        update(LoginSession)
        .where(
            col(LoginSession.id) == claims.sid,
            col(LoginSession.user_id) == claims.sub,
            col(LoginSession.refresh_id) == claims.jti,
            col(LoginSession.expires_at) > now,
        )
        .values(refresh_id=refresh_id, expires_at=now + tokens.lifetimes[Purpose.REFRESH])
    )
    if rotated.rowcount != 1:
        return None
    return pair(tokens, claims.sub, claims.sid, refresh_id, now)


def end(database: Session, session_id: str) -> None:
    database.exec(delete(LoginSession).where(col(LoginSession.id) == session_id))


def end_all(database: Session, user_id: int) -> None:
    database.exec(delete(LoginSession).where(col(LoginSession.user_id) == user_id))


def pair(
    tokens: Tokens, user_id: int, session_id: str, refresh_id: str, now: datetime
) -> TokenPair:
    return TokenPair(
        access_token=tokens.issue(
            Purpose.ACCESS, user_id=user_id, session_id=session_id, token_id=new_id(), now=now
        ),
        refresh_token=tokens.issue(
            Purpose.REFRESH, user_id=user_id, session_id=session_id, token_id=refresh_id, now=now
        ),
        expires_in=int(tokens.lifetimes[Purpose.ACCESS].total_seconds()),
    )
