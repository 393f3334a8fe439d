"""What does the service's `gonogo.toml` say? Every key, its meaning, and errors that name the line."""

import re
import tomllib
from difflib import get_close_matches
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runner.errors import WorkflowError

NAME = "gonogo.toml"


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Service(Section):
    """Where things are. Every key is optional: convention looks first in the usual places."""

    name: str | None = Field(None, description="what people call the service")
    app: str | None = Field(None, description="module:attribute of the app, or of a factory: `app.main:create_app()`")
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
    driver: str | None = Field(None, description="SQLAlchemy driver for {database_url}: psycopg, psycopg2, asyncpg")
    migrate: str | None = Field(None, description="command that migrates; default `alembic upgrade head`")
    prepare: list[str] = Field(default=[], description="SQL run in a new database before it is migrated")


class Identities(Section):
    """How to get a signed-in user of each role, for the security matrix."""

    register_: str | None = Field(None, alias="register", description='the endpoint, "POST /auth/register"')
    login: str | None = Field(None, description='the endpoint, "POST /auth/login"')
    promote: str | None = Field(None, description="SQL that gives {email} the {role}")


class Health(Section):
    live: str | None = Field(None, description="path that says the process lives")
    ready: str | None = Field(None, description="path that says it can serve")
    metrics: str | None = Field(None, description="path of the Prometheus metrics")


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


class Config(Section):
    service: Service = Service()
    env: dict[str, str] = Field(default={}, description="the service's environment; placeholders are filled in")
    production: dict[str, str] = Field(default={}, description="added to env when it starts as in production")
    database: Database = Database()
    identities: Identities = Identities()
    health: Health = Health()
    tests: Tests = Tests()
    load: Load = Load()
    deployment: Deployment = Deployment()


def read_config(root: Path) -> Config:
    """The validated `gonogo.toml` of the service in `root`; all defaults when there is none."""
    path = root / NAME
    if not path.is_file():
        return Config()
    text = path.read_text(encoding="utf-8")
    try:
        return Config.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise WorkflowError(f"{path}: not valid TOML: {error}") from error
    except ValidationError as error:
        raise WorkflowError("\n".join(_explain(path, text, dict(e)) for e in error.errors())) from error


def _explain(path: Path, text: str, error: dict[str, object]) -> str:
    loc = error["loc"]
    keys = [str(part) for part in loc if not isinstance(part, int)] if isinstance(loc, tuple) else []
    where = f"{path}, line {_line(text, keys)}, key `{'.'.join(keys)}`"
    if error["type"] != "extra_forbidden":
        return f"{where}: {error['msg']}, got {error['input']!r}"
    allowed = allowed_keys(keys[:-1])
    near = get_close_matches(keys[-1], allowed, n=1)
    hint = f" Did you mean `{near[0]}`?" if near else ""
    return f"{where}: no such key.{hint} Allowed here: {', '.join(allowed)}."


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
