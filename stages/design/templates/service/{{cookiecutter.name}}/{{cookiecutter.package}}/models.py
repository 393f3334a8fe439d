"""Which tables are there? The migrations must build exactly these; `alembic check` compares."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Enum, Identity, Index, UniqueConstraint, func
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
HASH_LENGTH = 255
TOKEN_ID_LENGTH = 36


class Role(StrEnum):
    {% for role in cookiecutter.roles %}
    {{role|upper}} = "{{role}}"
    {% endfor %}


{% for r in cookiecutter.made %}
{% for one in r.choices %}
class {{one.enum}}(StrEnum):
    {% for value in one.values %}
    {{value|upper}} = "{{value}}"
    {% endfor %}


{% endfor %}
{% if r.states %}
class {{r.model}}State(StrEnum):
    {% for state in r.states %}
    {{state|upper}} = "{{state}}"
    {% endfor %}


# the states that may follow each
{{r.constant}}_STEPS: dict[{{r.model}}State, frozenset[{{r.model}}State]] = {
    {% for state, after in r.states.items() %}
    {{r.model}}State.{{state|upper}}: frozenset({% if after %}{ {%- for one in after %}{{r.model}}State.{{one|upper}}{{ ", " if not loop.last }}{% endfor -%} }{% endif %}),
    {% endfor %}
}
{% if r.idle %}
# in which it takes no time
{{r.constant}}_IDLE = frozenset({ {%- for one in r.idle %}{{r.model}}State.{{one|upper}}{{ ", " if not loop.last }}{% endfor -%} })
{% endif %}


{% endif %}
{% endfor %}
def stored_as(values: type[StrEnum], length: int) -> Enum:
    """As text of this length, and checked: a type of the database's own is hard to change."""
    return Enum(
        values,
        native_enum=False,
        length=length,
        values_callable=lambda members: [member.value for member in members],
    )


ROLE = stored_as(Role, {{cookiecutter.role_length}})
{% for r in cookiecutter.made %}
{% for one in r.choices %}
{{one.constant}} = stored_as({{one.enum}}, {{one.values|map("length")|max}})
{% endfor %}
{% if r.states %}
{{r.constant}}_STATE = stored_as({{r.model}}State, {{r.states|map("length")|max}})
{% endif %}
{% endfor %}


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
        CheckConstraint("role IN {{cookiecutter.role_list}}", name="role"),
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
    role: Role = Field(default=Role.{{cookiecutter.weakest|upper}}, sa_type=ROLE)


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


{% for r in cookiecutter.made %}
{% if r.is_link %}
class {{r.model}}(SQLModel, table=True):
    """{{r.doc}}"""

    __tablename__ = "{{r.plural}}"
    __table_args__ = (
        {% for name, sql in r.checks %}
        CheckConstraint("{{sql}}", name="{{name}}"),
        {% endfor %}
        {% for columns in r.indexes %}
        Index(None, {% for one in columns %}"{{one}}"{{ ", " if not loop.last }}{% endfor %}),
        {% endfor %}
    )

    {% for one in r.fields %}
    {{one.model|replace("sa_type=", "primary_key=True, sa_type=")}}
    {% endfor %}


{% else %}
class {{r.model}}(Timestamped, table=True):
    """{{r.doc}}"""

    __tablename__ = "{{r.plural}}"
    __table_args__ = (
        {% for name, sql in r.checks %}
        CheckConstraint("{{sql}}", name="{{name}}"),
        {% endfor %}
        {% for columns in r.together %}
        UniqueConstraint({% for one in columns %}"{{one}}", {% endfor %}name="uq_{{r.plural}}_{{columns|join("_")}}"),
        {% endfor %}
        {% for columns in r.indexes %}
        Index(None, {% for one in columns %}"{{one}}"{{ ", " if not loop.last }}{% endfor %}),
        {% endfor %}
        {% for one in r.searched %}
        # finds beginnings whatever the collation
        Index("ix_{{r.plural}}_{{one.column}}_begins", "{{one.column}}", postgresql_ops={"{{one.column}}": "text_pattern_ops"}),
        {% endfor %}
    )

    id: int = Field(
        default=None, primary_key=True, sa_type=BigId, sa_column_args=[Identity(always=False)]
    )
    {% if r.owned %}
    owner_id: int = Field(foreign_key="users.id", ondelete="RESTRICT", sa_type=BigId)
    {% endif %}
    {% for one in r.fields %}
    {{one.model}}
    {% endfor %}
    {% if r.states %}
    state: {{r.model}}State = Field(default={{r.model}}State.{{r.first_state|upper}}, sa_type={{r.constant}}_STATE)
    {% endif %}
    version: int = Field(default=1, sa_type=BigInteger)


{% endif %}
{% endfor %}
