"""Which tables are there? The migrations must build exactly these; `alembic check` compares."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Enum, Identity, Index, func
from sqlmodel import Field, SQLModel

from {{cookiecutter.package}}.columns import BigId, UtcDateTime

SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

EMAIL_LENGTH = 254
NAME_LENGTH = 80
TITLE_LENGTH = 200
BODY_LENGTH = 10_000
HASH_LENGTH = 255
TOKEN_ID_LENGTH = 36


class Role(StrEnum):
    MEMBER = "member"
    ADMIN = "admin"


ROLE = Enum(
    Role, native_enum=False, length=10, values_callable=lambda roles: [role.value for role in roles]
)


class Timestamped(SQLModel):
    """Both are the database's time: a default on insert, set again by every update."""

    created_at: datetime = Field(
        default=None, sa_type=UtcDateTime, sa_column_kwargs={"server_default": func.now()}
    )
    updated_at: datetime = Field(
        default=None,
        sa_type=UtcDateTime,
        sa_column_kwargs={"server_default": func.now(), "onupdate": func.now()},
    )


class User(Timestamped, table=True):
    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('member', 'admin')", name="role"),
        CheckConstraint("length(email) BETWEEN 3 AND 254", name="email_length"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("length(display_name) BETWEEN 1 AND 80", name="display_name_length"),
    )

    id: int = Field(
        default=None, primary_key=True, sa_type=BigId, sa_column_args=[Identity(always=False)]
    )
    email: str = Field(max_length=EMAIL_LENGTH, unique=True)
    display_name: str = Field(max_length=NAME_LENGTH)
    password_hash: str = Field(max_length=HASH_LENGTH)
    role: Role = Field(default=Role.MEMBER, sa_type=ROLE)


class LoginSession(SQLModel, table=True):
    """One sign-in. Its tokens live exactly as long as this row."""

    __tablename__ = "sessions"

    id: str = Field(primary_key=True, max_length=TOKEN_ID_LENGTH)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", index=True, sa_type=BigId)
    refresh_id: str = Field(max_length=TOKEN_ID_LENGTH)
    created_at: datetime = Field(
        default=None, sa_type=UtcDateTime, sa_column_kwargs={"server_default": func.now()}
    )
    expires_at: datetime = Field(sa_type=UtcDateTime)


class Note(Timestamped, table=True):
    """The first resource: replace it by yours."""

    __tablename__ = "notes"
    __table_args__ = (
        CheckConstraint("length(title) BETWEEN 1 AND 200", name="title_length"),
        CheckConstraint("length(body) BETWEEN 1 AND 10000", name="body_length"),
        CheckConstraint("version > 0", name="version_positive"),
        Index(None, "created_at", "id"),
    )

    id: int = Field(
        default=None, primary_key=True, sa_type=BigId, sa_column_args=[Identity(always=False)]
    )
    owner_id: int = Field(foreign_key="users.id", ondelete="RESTRICT", index=True, sa_type=BigId)
    title: str = Field(max_length=TITLE_LENGTH)
    body: str = Field(max_length=BODY_LENGTH)
    version: int = Field(default=1, sa_type=BigInteger)
