"""How does one get in, stay in and get out?"""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from {{cookiecutter.package}} import sessions
from {{cookiecutter.package}}.attempts import Attempts
from {{cookiecutter.package}}.database import Database
from {{cookiecutter.package}}.identity import SignedIn, unauthorized
from {{cookiecutter.package}}.models import User
from {{cookiecutter.package}}.parts import PasswordsPart, SettingsPart, TokensPart
from {{cookiecutter.package}}.passwords import LOAD_TEST_PHRASE, weakness
from {{cookiecutter.package}}.problems import problems
from {{cookiecutter.package}}.schemas import Accepted, Login, PasswordChange, Refresh, Registration, TokenPair
from {{cookiecutter.package}}.settings import Settings
from {{cookiecutter.package}}.tokens import InvalidToken, Purpose

router = APIRouter(prefix="/auth", tags=["auth"])

RECEIVED = "If the address was free, an account now exists. Sign in with the password you chose."
REFUSED = "The e-mail address or the password is wrong."


@router.post(
    "/register",
    status_code=202,
    summary="Ask for an account",
    responses=problems(413, 422, 503),
)
def register(body: Registration, database: Database, passwords: PasswordsPart) -> Accepted:
    """Answers the same, and takes as long, whether or not the address is taken."""
    password = body.password.get_secret_value()
    refuse_weak(password, body.email, field="password")
    user = User(
        email=body.email, display_name=body.display_name, password_hash=passwords.hash(password)
    )
    database.add(user)
    try:
        database.commit()
    except IntegrityError:
        database.rollback()
    return Accepted(detail=RECEIVED)


@router.post("/login", summary="Sign in", responses=problems(401, 413, 422, 429, 503))
def login(
    form: Annotated[Login, Form()],
    attempts: Attempts,
    database: Database,
    passwords: PasswordsPart,
    tokens: TokensPart,
    settings: SettingsPart,
) -> TokenPair:
    """Throttled by failures, per account and per address; successes do not count."""
    email = form.username.lower()
    attempts.begin(email)
    user = database.exec(select(User).where(User.email == email)).first()
    password = form.password.get_secret_value()
    verified = user.password_hash if user else None
    right = passwords.match(verified, password) and is_allowed(password, settings)
    if user is None or not right or not still_so(database, user, verified):
        raise unauthorized(REFUSED)
    answer = sessions.begin(database, tokens, user.id)
    database.commit()
    attempts.succeeded(email)
    return answer


@router.post("/refresh", summary="Renew the tokens", responses=problems(401, 413, 422, 503))
def refresh(body: Refresh, database: Database, tokens: TokensPart) -> TokenPair:
    """Each refresh token works once. A second use means that it was stolen: the session ends."""
    try:
        claims = tokens.read(body.refresh_token, Purpose.REFRESH)
    except InvalidToken:
        raise unauthorized("The refresh token is not valid.") from None
    answer = sessions.rotate(database, tokens, claims)
    if answer is None:
        sessions.end(database, claims.sid)
    database.commit()
    if answer is None:
        raise unauthorized("The session has ended.")
    return answer


@router.post("/logout", status_code=204, summary="Sign out", responses=problems(401, 413, 503))
def logout(identity: SignedIn, database: Database) -> None:
    """Access and refresh tokens of this session are dead at once."""
    sessions.end(database, identity.session_id)
    database.commit()


@router.post(
    "/password", summary="Change the password", responses=problems(401, 413, 422, 429, 503)
)
def change_password(
    body: PasswordChange,
    identity: SignedIn,
    attempts: Attempts,
    database: Database,
    passwords: PasswordsPart,
    tokens: TokensPart,
) -> TokenPair:
    """Ends every session of the user, this one too, and answers with the tokens of a new one."""
    user = identity.user
    new_password = body.new_password.get_secret_value()
    refuse_weak(new_password, user.email, field="new_password")
    attempts.begin(user.email)
    verified = user.password_hash
    right = passwords.match(verified, body.current_password.get_secret_value())
    if not right or not still_so(database, user, verified):
        raise unauthorized("The current password is wrong.")
    user.password_hash = passwords.hash(new_password)
    sessions.end_all(database, user.id)
    answer = sessions.begin(database, tokens, user.id)
    database.commit()
    attempts.succeeded(user.email)
    return answer


def is_allowed(password: str, settings: Settings) -> bool:
    return password != LOAD_TEST_PHRASE or not settings.is_production


def still_so(database: Session, user: User, verified: str | None) -> bool:
    """Nobody changed the password while it was being verified."""
    database.refresh(user, with_for_update=True)
    return user.password_hash == verified


def refuse_weak(password: str, email: str, *, field: str) -> None:
    reason = weakness(password, email)
    if reason:
        raise RequestValidationError([{"loc": ("body", field), "msg": f"The password {reason}."}])
