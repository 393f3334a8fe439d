"""What does the service's `gonogo.toml` say? Every key, its meaning, and errors that name the line."""

import re
import string
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from runner.errors import WorkflowError
from runner.reading.documents import NotReadable, read_document, toml_in
from runner.reading.walk import folders_above
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
    "secret",
    "python",
    "root",
)
App = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*(\(\))?$")]
AUDITED_IN_CI = "ci"
Advisories = Annotated[str, StringConstraints(pattern=r"^(ci|https?://\S+)$")]
Reason = Annotated[str, StringConstraints(min_length=10, strip_whitespace=True)]
UrlPath = Annotated[str, StringConstraints(pattern=r"^/\S*$")]
# Keys whose value is a path; the interpreter alone may lie elsewhere.
PATHS = {
    "service": ("sources", "spec", "contract", "alembic", "tests", "lock", "load"),
    "deployment": ("image", "compose", "alerts"),
    "checks": ("files",),
}
HINTS = {
    "service.app": 'write "module:attribute", or "module:function()" for a factory',
    "access.open": 'write methods and paths: ["POST /contact"]',
    "identities": 'write the method and the path: "POST /auth/login"',
    "deployment.advisories": 'write "ci", or the address of an OSV query service: "https://…/v1/query"',
    "health": 'write a path that starts with a slash: "/health"',
    "env": 'variables are text: put the value in quotes, KEY = "8000"',
    "checks.files": 'write a list of paths: ["ops/gonogo_checks.py"]',
    "scope": 'write the step and why it is left out, in a sentence: "6.3" = "nothing is cached"',
    "people": 'write an e-mail address and a role: "ada@example.org" = "lead"',
    "waivers": "let `invoke waive CHECK --reason … --until …` write it",
    "production": 'variables are text: put the value in quotes, KEY = "1"',
}


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
        default=[], description='changing operations that strangers may call on purpose: ["POST /contact"]'
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
    waivers: list[Waiver] = Field(default=[], description="failures that are accepted for a while: see [[waivers]]")


def read_config(root: Path) -> Config:
    """The validated `gonogo.toml` of the service in `root`; all defaults when there is none."""
    path = root / NAME
    if not path.is_file():
        return Config()
    try:
        text = read_document(path)
    except NotReadable as error:
        raise WorkflowError(f"{path}: {error}.") from error
    try:
        config = Config.model_validate(toml_in(text))
    except NotReadable as error:
        raise WorkflowError(_syntax(path, text, error)) from error
    except ValidationError as error:
        raise WorkflowError("\n".join(_explain(path, text, dict(e)) for e in error.errors())) from error
    wrong = [
        *_wrong_placeholders(path, text, "env", config.env),
        *_wrong_placeholders(path, text, "production", config.production),
        *_leading_out(path, text, config),
    ]
    if wrong:
        raise WorkflowError("\n".join(wrong))
    return config


def _syntax(path: Path, text: str, problem: NotReadable) -> str:
    """With the line, its text, and the usual cause."""
    if problem.line is None:
        return f"{path}: not valid TOML: {problem}."
    number, lines = problem.line, text.splitlines()
    line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    what = problem.problem
    hint = " Text stands in quotes." if re.fullmatch(r"[\w.-]+\s*=\s*[^\"'\[{\d].*", line) else ""
    return f"{path}, line {number}: not valid TOML: {what}: `{line}`.{hint}"


def _explain(path: Path, text: str, error: dict[str, object]) -> str:
    loc = error["loc"]
    keys = [str(part) for part in loc if not isinstance(part, int)] if isinstance(loc, tuple) else []
    where = f"{path}, line {_line(text, keys)}, key `{'.'.join(keys)}`"
    if error["type"] == "extra_forbidden":
        allowed = allowed_keys(keys[:-1])
        return f"{where}: no such key.{_near(keys[-1], allowed)} Allowed here: {', '.join(allowed)}."
    given = error["input"]
    if error["type"] == "literal_error":
        allowed = re.findall(r"'([^']+)'", str(error["msg"]))
        return f"{where}: `{given}` is not one of them.{_near(str(given), allowed)} Allowed: {', '.join(allowed)}."
    hint = HINTS.get(".".join(keys)) or HINTS.get(keys[0] if keys else "", "")
    said = "it must be a section, [" + keys[0] + "]" if error["type"] == "model_type" else str(error["msg"])
    return f"{where}: {said}, got {given!r}.{f' Please {hint}.' if hint else ''}"


def _wrong_placeholders(path: Path, text: str, section: str, values: dict[str, str]) -> Iterator[str]:
    for name, value in values.items():
        where = f"{path}, line {_line(text, [section, name])}, key `{section}.{name}`"
        try:
            used = [field for _, field, _, _ in string.Formatter().parse(value) if field is not None]
        except ValueError:
            yield f"{where}: a brace without its fellow in {value!r}. Write {{{{ or }}}} for a brace that is meant."
            continue
        for one in used:
            if one not in PLACEHOLDERS:
                known = ", ".join(f"{{{known}}}" for known in PLACEHOLDERS)
                yield (
                    f"{where}: no such placeholder {{{one}}}.{_near(one, PLACEHOLDERS)} Known: {known}. "
                    "Write {{ and }} for braces that are meant."
                )


def _leading_out(path: Path, text: str, config: Config) -> Iterator[str]:
    """What is judged lies in the service's folder, or in its repository."""
    root = path.parent.resolve()
    inside = [root, *(folder.resolve() for folder in folders_above(root))]
    for section, keys in PATHS.items():
        for key in keys:
            given = getattr(getattr(config, section), key) or []
            for one in [given] if isinstance(given, str) else given:
                if not any((root / one).resolve().is_relative_to(folder) for folder in inside):
                    where = f"{path}, line {_line(text, [section, key])}, key `{section}.{key}`"
                    yield f"{where}: `{one}` leads out of the service's folder. Name a path that lies inside of it."


def _near(word: str, allowed: Iterable[str]) -> str:
    near = get_close_matches(word, list(allowed), n=1)
    return f" Did you mean `{near[0]}`?" if near else ""


def allowed_keys(section: list[str]) -> list[str]:
    """The keys that `gonogo.toml` knows at the top ([]) or in a section (["service"])."""
    model: type[BaseModel] = Config
    for name in section:
        kind = model.model_fields[name].annotation
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            return []
        model = kind
    return [field.alias or name for name, field in model.model_fields.items()]


def _line(text: str, keys: list[str]) -> int:
    """The 1-based line on which a dotted key stands, or its section when it stands nowhere itself."""
    section, found = "", 1
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+\s*([\w.\-\"]+)\s*\]+", line)
        if header:
            section = header[1].replace('"', "")
            if keys[: section.count(".") + 1] == section.split("."):
                found = number
        key = re.match(r"\s*([\w.\-\"]+)\s*=", line)
        path = ".".join(filter(None, [section, key[1].replace('"', "") if key else ""]))
        if key and path == ".".join(keys):
            return number
    return found
