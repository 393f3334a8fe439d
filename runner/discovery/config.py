"""Which keys has a `gonogo.toml`, and what does each mean?"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from runner.specification import Endpoint

NAME = "gonogo.toml"
# What stands in braces in [env] and [production] is filled in afresh for each proof.
PLACEHOLDERS = (
    "database_url",
    "database_host",
    "database_port",
    "database_user",
    "database_password",
    "database_name",
    "redis_url",
    "redis_host",
    "redis_port",
    "redis_db",
    "mail_host",
    "mail_port",
    "issuer_url",
    "issuer_host",
    "issuer_port",
    "secret",
    "python",
    "root",
)
App = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*(\(\))?$")]
AUDITED_IN_CI = "ci"
Advisories = Annotated[str, StringConstraints(pattern=r"^(ci|https?://\S+)$")]
Reason = Annotated[str, StringConstraints(min_length=10, strip_whitespace=True)]
UrlPath = Annotated[str, StringConstraints(pattern=r"^/\S*$")]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Service(Section):
    """Where things are. Every key is optional: convention looks first in the usual places."""

    name: str | None = Field(None, description="what people call the service")
    app: App | None = Field(None, description="module:attribute of the app, or of a factory: `app.main:create_app()`")
    python: str | None = Field(None, description="the service's own interpreter, relative to its folder")
    sources: list[str] | None = Field(None, description="folders with the service's code")
    spec: str = Field("spec.yaml", description="the specification")
    contract: str | None = Field(None, description="the accepted OpenAPI contract, JSON or YAML")
    alembic: str | None = Field(None, description="the Alembic configuration")
    tests: str | None = Field(None, description="the folder with the service's tests")
    lock: str | None = Field(None, description="the lock that a deployment installs from")
    load: str | None = Field(None, description="the locustfile")
    serve: str | None = Field(
        None,
        description="command that serves the app; {python}, {app}, {host} and {port} are filled in",
    )
    worker: str | None = Field(None, description="command that starts the worker of its queue: `celery -A app worker`")


class Database(Section):
    driver: Literal["psycopg", "psycopg_async", "psycopg2", "asyncpg", "pg8000"] | None = Field(
        None, description="SQLAlchemy driver for {database_url}: psycopg, psycopg2, asyncpg"
    )
    migrate: str | None = Field(None, description="command that migrates; default `alembic upgrade head`")
    prepare: list[str] = Field(default=[], description="SQL run in a new database before it is migrated")
    released: str | None = Field(
        None, description="the revision that has run everywhere: it and those before it can't be mended any more"
    )


class Account(Section):
    """Somebody who is there before anybody signs up."""

    name: str = Field(description="what it signs in with: an e-mail address or a user name")
    password: str = Field(description="its password, as a migration or the start of the service makes it")


class Identities(Section):
    """How to get a signed-in user of each role, for the security matrix."""

    register_: Endpoint | None = Field(None, alias="register", description='the endpoint, "POST /auth/register"')
    login: Endpoint | None = Field(None, description='the endpoint, "POST /auth/login"')
    promote: str | None = Field(None, description="SQL that gives {email} the {role}")
    fields: dict[str, str | int | float | bool] = Field(
        default={}, description="fixed values in the body of a sign-up or log-in: an invitation, a tenant"
    )
    accounts: dict[str, list[Account]] = Field(
        default={}, description="accounts that a new database has, by role: `admin = [{name = …, password = …}]`"
    )


class Access(Section):
    """What is meant to be open."""

    open: list[Endpoint] = Field(
        default=[],
        description='what strangers may call on purpose, changing or streaming: ["POST /contact", "GET /events"]',
    )


class Health(Section):
    live: UrlPath | None = Field(None, description="path that says the process lives")
    ready: UrlPath | None = Field(None, description="path that says it can serve")
    metrics: UrlPath | None = Field(None, description="path of the Prometheus metrics")


class Tests(Section):
    """What the tests must reach, and how long they may take."""

    coverage: float = Field(80, ge=0, le=100, description="per cent of the sources' lines that the tests must run")
    seconds: float = Field(300, gt=0, description="how long the suite may take")
    arguments: list[str] = Field(default=[], description="further words for pytest")


class Load(Section):
    seed: str | None = Field(None, description="command that fills the database to the declared size")


class Deployment(Section):
    """What a release is made of."""

    image: str | None = Field(None, description="the Dockerfile")
    compose: str | None = Field(None, description="the compose file")
    alerts: str | None = Field(None, description="the Prometheus alerting rules")
    advisories: Advisories | None = Field(
        None, description="address of an OSV query service, default OSV's own; or `ci` where a workflow audits the lock"
    )


class Checks(Section):
    """What the team itself asks of the service, beside gonogo's checks."""

    files: list[str] = Field(
        default=[], description="files with checks of the team's own, as docs/own-checks.md shows them"
    )


Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", to_lower=True)]
Role = Literal["viewer", "developer", "lead"]
Signer = Literal["developer", "lead"]


class Waiver(Section):
    """A failure that is accepted for a while. `invoke waive` writes it; it counts once somebody else approved it."""

    check: str = Field(description="the check's id, as DB004")
    place: str = Field("", description="where, as the finding names it; empty where it names no place")
    content: str = Field(description="digest of what stands there: when that changes, the waiver is void")
    reason: Reason = Field(description="why, in a sentence")
    owner: Email = Field(description="who asked for it")
    asked: date = Field(description="the day on which it was asked for")
    until: date = Field(description="the last day on which it counts, at most 90 days after it was asked for")
    approver: Email | None = Field(None, description="who approved it: somebody else, a lead in [people]")


class Config(Section):
    service: Service = Service()
    env: dict[str, str] = Field(default={}, description="the service's environment; placeholders are filled in")
    production: dict[str, str] = Field(default={}, description="added to env when it starts as in production")
    limits: dict[str, str] = Field(
        default={},
        description="added to env, as it stands, where limits of requests are looked at: as people meet them",
    )
    database: Database = Database()
    identities: Identities = Identities()
    access: Access = Access()
    health: Health = Health()
    tests: Tests = Tests()
    load: Load = Load()
    deployment: Deployment = Deployment()
    checks: Checks = Checks()
    scope: dict[str, Reason] = Field(
        default={}, description='steps of the way that this service leaves out, each with the reason: "6.3" = "…"'
    )
    people: dict[Email, Role] = Field(
        default={}, description='who may decide: `"ada@example.org" = "lead"`, else "developer" or "viewer"'
    )
    sign: dict[str, Signer] = Field(
        default={}, description='stages whose GO waits for a signature, and of whom: `deployment = "lead"`'
    )
    waivers: list[Waiver] = Field(default=[], description="failures that are accepted for a while: see [[waivers]]")


def allowed_keys(section: list[str]) -> list[str]:
    """The keys that `gonogo.toml` knows at the top ([]) or in a section (["service"])."""
    model: type[BaseModel] = Config
    for name in section:
        kind = model.model_fields[name].annotation
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            return []
        model = kind
    return [field.alias or name for name, field in model.model_fields.items()]
