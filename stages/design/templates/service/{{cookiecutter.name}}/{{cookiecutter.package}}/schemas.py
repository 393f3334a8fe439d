"""What may a client send, and what does it get? Lengths and ranges are those of the columns."""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field, SecretStr

from {{cookiecutter.package}} import models
from {{cookiecutter.package}}.columns import LARGEST_ID
from {{cookiecutter.package}}.models import Role

NO_NUL = r"^[^\x00]*$"
VISIBLE = r"^[^\x00]*[^\s\x00][^\x00]*$"
LONGEST_TOKEN = 2_000
LONGEST_PASSWORD = 128
SHORTEST_PASSWORD = 12

Item = TypeVar("Item")
Email = Annotated[EmailStr, Field(max_length=models.EMAIL_LENGTH), AfterValidator(str.lower)]
Name = Annotated[str, Field(min_length=1, max_length=models.NAME_LENGTH, pattern=VISIBLE)]
Title = Annotated[str, Field(min_length=1, max_length=models.TITLE_LENGTH, pattern=VISIBLE)]
Body = Annotated[str, Field(min_length=1, max_length=models.BODY_LENGTH, pattern=VISIBLE)]


def writable(secret: SecretStr) -> SecretStr:
    """Pydantic does not look into a secret: here NUL and half characters are refused."""
    plain = secret.get_secret_value()
    if "\0" in plain or any("\ud800" <= character <= "\udfff" for character in plain):
        raise ValueError("must be text without NUL characters")
    return secret


AnyPassword = Annotated[
    SecretStr, Field(min_length=1, max_length=LONGEST_PASSWORD), AfterValidator(writable)
]
Password = Annotated[
    SecretStr,
    Field(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD),
    AfterValidator(writable),
]


def omitted() -> Any:
    """The default of a field that a PATCH may leave out but not set to null.

    Unlike a default of None it keeps null out of the contract; `exclude_unset` drops it.
    """


Version = Annotated[
    int,
    Field(
        ge=1,
        le=LARGEST_ID - 1,
        strict=True,
        description="The version that was read; another one answers 409.",
    ),
]


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Output(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Page(Input):
    limit: int = Field(20, ge=1, le=100)
    offset: int = Field(0, ge=0, le=10_000)


class Registration(Input):
    email: Email
    display_name: Name
    password: Password


class Login(Input):
    """OAuth2's password form, of which only name and password are used."""

    username: Annotated[str, Field(min_length=1, max_length=models.EMAIL_LENGTH, pattern=NO_NUL)]
    password: AnyPassword
    grant_type: Literal["password"] = "password"
    scope: Annotated[str, Field(max_length=200, pattern=NO_NUL)] = ""


class Refresh(Input):
    refresh_token: Annotated[str, Field(min_length=1, max_length=LONGEST_TOKEN, pattern=NO_NUL)]


class PasswordChange(Input):
    current_password: AnyPassword
    new_password: Password


class NoteNew(Input):
    title: Title
    body: Body


class NoteChange(Input):
    version: Version
    title: Title = Field(default_factory=omitted)
    body: Body = Field(default_factory=omitted)


class Accepted(Output):
    detail: str


class TokenPair(Output):
    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the kind, no secret
    expires_in: int


class UserRead(Output):
    id: int
    email: str
    display_name: str
    role: Role
    created_at: datetime


class NoteRead(Output):
    id: int
    owner_id: int
    title: str
    body: str
    version: int
    created_at: datetime
    updated_at: datetime


class Paged(Output, Generic[Item]):
    items: list[Item]
    limit: int
    offset: int


class Health(Output):
    status: Literal["alive"] = "alive"


class Readiness(Output):
    status: Literal["ready"] = "ready"
    database: Literal["up"] = "up"
