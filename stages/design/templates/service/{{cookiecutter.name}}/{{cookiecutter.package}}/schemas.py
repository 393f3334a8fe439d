"""What may a client send, and what does it get? Lengths and ranges are those of the columns."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    AfterValidator, AwareDatetime, BaseModel, ConfigDict, EmailStr, Field, SecretStr, StrictBool,
)
from pydantic.json_schema import SkipJsonSchema

from {{cookiecutter.package}} import models
from {{cookiecutter.package}}.columns import LARGEST_ID
from {{cookiecutter.package}}.models import (
    {% for one in cookiecutter.enums %}{{one}}, {% endfor %}Role
)

NO_NUL = r"^[^\x00]*$"
VISIBLE = r"^[^\x00]*[^\s\x00][^\x00]*$"
LONGEST_TOKEN = 2_000
LONGEST_PASSWORD = 128
SHORTEST_PASSWORD = 12

Item = TypeVar("Item")
Email = Annotated[EmailStr, Field(max_length=models.EMAIL_LENGTH), AfterValidator(str.lower)]
Name = Annotated[str, Field(min_length=1, max_length=models.NAME_LENGTH, pattern=VISIBLE)]
{% set types = cookiecutter.types %}
{% if "Id" in types %}
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
{% endif %}
{% if "Reference" in types %}
Reference = Annotated[int, Field(ge=1, le=LARGEST_ID, strict=True)]
{% endif %}
{% if "date" in types %}
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2100, 1, 1), description="Between 1900-01-01 and 2100-01-01.")]
{% endif %}
{% if "datetime" in types %}
Moment = Annotated[
    AwareDatetime,
    Field(
        ge=datetime(1900, 1, 1, tzinfo=UTC),
        le=datetime(2100, 1, 1, tzinfo=UTC),
        description="Between 1900-01-01 and 2100-01-01.",
    ),
]
{% endif %}
{% for r in cookiecutter.resources %}
{% for one in r.fields if one.alias and one.schema not in ("Day", "Moment") %}
{{one.schema}} = {{one.alias}}
{% endfor %}
{% endfor %}


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


{% for r in cookiecutter.resources %}
{% if r.asks and "list" in r.operations %}
class {{r.model}}Filter(Page):
    {% for one in r.filters %}
    {{one.column}}: {{one.filtered}} | SkipJsonSchema[None] = None
    {% endfor %}
    {% if r.by_state %}
    state: {{r.model}}State | SkipJsonSchema[None] = None
    {% endif %}
    {% if r.sorts %}
    sort: Literal["newest", {% for one in r.sorts %}"{{one.column}}", "-{{one.column}}"{{ ", " if not loop.last }}{% endfor %}] = "newest"
    {% endif %}
    {% if r.searched %}
    search: (
        Annotated[str, Field(min_length=1, max_length=100, pattern=NO_NUL)] | SkipJsonSchema[None]
    ) = None
    {% endif %}


{% endif %}
{% if "add" in r.operations %}
class {{r.model}}New(Input):
    {% for one in r.fields %}
    {{one.column}}: {{one.schema}}{% if one.optional %} | None = None{% endif %}

    {% endfor %}


{% endif %}
{% if "change" in r.operations %}
class {{r.model}}Change(Input):
    version: Version
    {% for one in r.fields %}
    {{one.column}}: {{one.schema}}{% if one.optional %} | None{% endif %} = Field(default_factory=omitted)
    {% endfor %}


{% endif %}
{% if "move" in r.operations %}
class {{r.model}}Move(Input):
    version: Version
    state: {{r.model}}State


{% endif %}
{% endfor %}
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


{% for r in cookiecutter.resources %}
{% macro members(fields) %}
    id: int
    {% if r.owned %}
    owner_id: int
    {% endif %}
    {% for one in fields %}
    {{one.column}}: {{one.python}}{% if one.optional %} | None{% endif %}

    {% endfor %}
    {% if r.states %}
    state: {{r.model}}State
    {% endif %}
    version: int
    created_at: datetime
    updated_at: datetime
{% endmacro %}
{% if r.has_secrets and "list" in r.operations %}
class {{r.listed}}(Output):
    """What a list shows: nothing that is sensitive."""

{{ members(r.open_fields) }}

{% endif %}
{% if r.reads %}
class {{r.model}}Read(Output):
{{ members(r.fields) }}

{% endif %}
{% endfor %}
class Paged(Output, Generic[Item]):
    items: list[Item]
    limit: int
    offset: int


class Health(Output):
    status: Literal["alive"] = "alive"


class Readiness(Output):
    status: Literal["ready"] = "ready"
    database: Literal["up"] = "up"
