"""What a service demands is found by importing it, however it reads its settings; nothing of it leads elsewhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.live.workshop import Workshop
from runner.probe import Probe
from workflow.settings import SAMPLE

HELPER = """
import os

def must_env(name):
    value = os.environ.get("SHOP_" + name)
    if not value:
        raise RuntimeError(f"SHOP_{name} is not set")
    return value
"""
APP = "\nfrom fastapi import FastAPI\napp = FastAPI()\n"
PYDANTIC = """
from enum import StrEnum
from typing import Literal
from pydantic import AnyUrl, BaseModel, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

class Mode(StrEnum):
    BLUE = "blue"
    RED = "red"

class Prefixed(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="b_", env_nested_delimiter="__")

class Pool(BaseModel):
    size: int = Field(le=10)

class Settings(Prefixed):
    db_host: str
    db_port: int
    mode: Mode
    level: Literal["quiet", "loud"]
    partner: AnyUrl
    key: str = Field(min_length=32)
    sign: SecretStr
    tags: list[str]
    share: float = Field(ge=0.5, lt=1)
    small: int = Field(gt=3, le=9)
    on: bool
    pool: Pool
    other: str = Field(validation_alias="OTHER_NAME")

    @field_validator("sign")
    @classmethod
    def long(cls, value):
        if len(value.get_secret_value()) < 20:
            raise ValueError("too short")
        return value

Settings()
"""


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    with Workshop() as shared:
        yield shared


def named(workshop: Workshop, root: Path, files: dict[str, str], toml: str = "") -> tuple[dict[str, str], bool]:
    """The variables that its processes get, and whether its app can then be imported."""
    for name, text in {**files, "gonogo.toml": toml}.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / ".venv").symlink_to(SAMPLE / ".venv")
    probe = Probe(find_target(root), workshop)
    variables = probe.environment.named()
    return variables, "routes" in probe.ask("fastapi_app", str(probe.target.app))


def test_a_helper_of_the_teams_own_is_followed(workshop: Workshop, tmp_path: Path) -> None:
    asks = "".join(f'{n} = must_env("{n}")\n' for n in ("DATABASE_URL", "SIGNING_SECRET_KEY", "REDIS_DB", "ANYTHING"))
    files = {
        "shop/env.py": HELPER,
        "shop/main.py": f"from shop.env import must_env\n{asks}{APP}",
        "shop/__init__.py": "",
    }
    variables, imports = named(workshop, tmp_path, files)
    assert imports
    assert variables == {
        "SHOP_DATABASE_URL": "{database_url}",
        "SHOP_SIGNING_SECRET_KEY": "{secret}",
        "SHOP_REDIS_DB": "{redis_db}",
        "SHOP_ANYTHING": "gonogo",
    }


def test_all_that_settings_demand_at_once_is_found_with_values_that_fit(workshop: Workshop, tmp_path: Path) -> None:
    variables, imports = named(workshop, tmp_path, {"main.py": PYDANTIC + APP})
    assert imports
    assert {name: variables.get(name) for name in ("B_DB_HOST", "B_DB_PORT", "B_MODE", "B_SMALL", "B_SIGN")} == {
        "B_DB_HOST": "{database_host}",
        "B_DB_PORT": "{database_port}",
        "B_MODE": "blue",
        "B_SMALL": "4",
        "B_SIGN": "{secret}",
    }


OWN_REFUSAL = """
import os
from pydantic import model_validator
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    ISSUER: str | None = None
    audience: str | None = None
    rounds: int | None = None
    OPTIONAL: str | None = None

    @model_validator(mode="after")
    def complete(self):
        lacking = [name for name in ("ISSUER", "audience", "rounds") if getattr(self, name) is None]
        if lacking:
            raise ValueError(f"Missing settings: {', '.join(lacking)}. See the OPERATIONS guide.")
        return self

Settings()
region = os.environ.get("REGION", "")
if not region:
    raise RuntimeError("REGION has to be set")
"""


def test_settings_that_a_refusal_of_its_own_names_are_given(workshop: Workshop, tmp_path: Path) -> None:
    files = {"main.py": OWN_REFUSAL + APP, ".env.example": "ISSUER=shop\n"}
    variables, imported = named(workshop, tmp_path, files)
    assert imported
    assert (variables["ISSUER"], variables["AUDIENCE"], variables["ROUNDS"]) == ("shop", "gonogo", "30")
    assert "REGION" in variables
    assert "OPTIONAL" not in variables


def test_a_text_that_its_own_code_finds_too_short_is_made_longer(workshop: Workshop, tmp_path: Path) -> None:
    code = 'import os\nif len(os.environ["PEPPER"]) < 32:\n    raise SystemExit("too short")\n'
    variables, imports = named(workshop, tmp_path, {"main.py": code + APP})
    assert imports
    assert variables["PEPPER"] == "{secret}"


REFUSING = """
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    database_url: str
    secret_key: str = Field(min_length=32, max_length=32)
    jwt_secret: str
    signing_key: str = Field(min_length=64)
    password_pepper: str = Field(max_length=40)

    @field_validator("jwt_secret")
    @classmethod
    def exact(cls, value):
        if len(value.encode()) != 100:
            raise ValueError("JWT_SECRET must have exactly 100 bytes")
        return value

Settings()
"""


def test_secrets_have_the_length_that_the_service_asks_for(workshop: Workshop, tmp_path: Path) -> None:
    variables, imports = named(workshop, tmp_path, {"main.py": REFUSING + APP})
    assert imports
    assert {name: value for name, value in variables.items() if name != "DATABASE_URL"} == {
        "SECRET_KEY": "{secret:.32}",
        "JWT_SECRET": "{secret}{secret:.36}",
        "SIGNING_KEY": "{secret}",
        "PASSWORD_PEPPER": "{secret:.40}",
    }


def test_what_an_example_shows_leads_to_no_other_machine(workshop: Workshop, tmp_path: Path) -> None:
    code = 'import os\nos.environ["EVENTS"]\nos.environ["REGION"]\nos.environ["QUEUE_HOST"]\n'
    shown = "EVENTS=kafka://user:pw@events.example.com:9092/a\nREGION=eu-1\nQUEUE_HOST=queue.example.com\n"
    variables, imports = named(workshop, tmp_path, {"main.py": code + APP, ".env.example": shown})
    assert imports
    assert variables == {
        "EVENTS": "kafka://user:pw@127.0.0.1:1/a", "REGION": "eu-1", "QUEUE_HOST": "nowhere.invalid"
    }  # fmt: skip


def test_braces_and_signs_of_a_service_are_no_placeholders(workshop: Workshop, tmp_path: Path) -> None:
    code = """
import os
from typing import Literal
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    style: Literal["{x}", "y"]
    other: str

assert Settings().other == "{{{"
assert os.environ["NOTE"]
assert os.environ["SHAPE"] == "{curly} %s"
"""
    shown = 'NOTE="a\0b"\nOTHER={{{\nSHAPE="{curly} %s"\n'
    variables, imports = named(workshop, tmp_path, {"main.py": code + APP, ".env.example": shown})
    assert imports
    assert variables["STYLE"] == "{{x}}"
    assert variables["NOTE"] == "gonogo"


def test_what_is_only_asked_for_and_not_demanded_stays_unset(workshop: Workshop, tmp_path: Path) -> None:
    code = (
        'import os\nos.getenv("COLOUR")\nos.environ.get("SIZE", "3")\n"FLAG" in os.environ\nos.environ.pop("X", None)\n'
    )
    assert named(workshop, tmp_path, {"main.py": code + APP}) == ({}, True)


def test_a_default_shows_how_the_address_is_spelt(workshop: Workshop, tmp_path: Path) -> None:
    code = "import os\nname = 'APP_DATABASE' + '_URL'\nos.getenv(name, 'postgresql+asyncpg://a:b@db/c')\n"
    variables, _ = named(workshop, tmp_path, {"main.py": code + APP})
    assert variables["APP_DATABASE_URL"].startswith("postgresql+asyncpg://{database_user}")


def test_gonogo_toml_has_the_last_word_and_does_not_switch_it_off(workshop: Workshop, tmp_path: Path) -> None:
    code = 'import os\nos.environ["MAIN_DB_URL"]\nos.environ["REGION"]\nos.environ["JWT_SECRET"]\n'
    toml = '[env]\nMAIN_DB_URL = "{database_url}"\nREGION = "mine"\n'
    variables, imports = named(workshop, tmp_path, {"main.py": code + APP}, toml)
    assert imports
    assert variables == {"MAIN_DB_URL": "{database_url}", "REGION": "mine", "JWT_SECRET": "{secret}"}


def test_a_database_that_is_fixed_there_is_not_moved(workshop: Workshop, tmp_path: Path) -> None:
    code = 'import os\nos.environ["DATABASE_URL"]\nname = "SHOP_DB" + "_URL"\nos.environ.get(name)\n'
    toml = '[env]\nDATABASE_URL = "postgresql://app@localhost/app"\n'
    variables, _ = named(workshop, tmp_path, {"main.py": code + APP}, toml)
    assert "{database_" not in " ".join(variables.values())


def test_an_import_that_fails_for_another_reason_is_left_as_it_is(workshop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "gonogo.toml").touch()
    (tmp_path / "main.py").write_text("import nothing_of_that_name" + APP, encoding="utf-8")
    (tmp_path / ".venv").symlink_to(SAMPLE / ".venv")
    assert Probe(find_target(tmp_path), workshop).environment.named() == {}


IN_PRODUCTION = """
from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    environment: str = "development"
    cookie_secure: bool = False
    same_site: str = "none"
    workers: int = Field(default=1, le=64)
    redis_db: int = Field(default=0, ge=0, le=15)

    @model_validator(mode="after")
    def is_fit(self):
        if self.environment == "production":
            if not self.cookie_secure:
                raise ValueError("FATAL: COOKIE_SECURE must be True in production. Set COOKIE_SECURE=true in .env.")
            if self.same_site != "strict":
                raise ValueError("SAME_SITE should be set to 'strict'")
            if self.workers < 4:
                raise ValueError("workers must be 4 in production")
        return self

settings = Settings()
"""
EXAMPLE = "ENVIRONMENT=development\nCOOKIE_SECURE=false\nSAME_SITE=none\nWORKERS=1\n"


def in_production(workshop: Workshop, root: Path, toml: str = "") -> dict[str, str]:
    """What its processes get in production, once its refusals were read."""
    for name, text in {"main.py": IN_PRODUCTION + APP, ".env.example": EXAMPLE, "gonogo.toml": toml}.items():
        (root / name).write_text(text, encoding="utf-8")
    (root / ".venv").symlink_to(SAMPLE / ".venv")
    probe = Probe(find_target(root), workshop)
    assert probe.target.config.production == {"ENVIRONMENT": "production"}
    assert probe.target.told_production is ("[production]" in toml)
    assert "SAME_SITE" not in probe.environment.of() or toml
    return probe.environment.of(production=True)


def test_what_a_service_refuses_in_production_is_given_as_its_refusal_says(workshop: Workshop, tmp_path: Path) -> None:
    told = in_production(workshop, tmp_path)
    assert (told["COOKIE_SECURE"], told["SAME_SITE"], told["WORKERS"]) == ("true", "strict", "4")


def test_what_the_team_wrote_itself_stays_also_where_production_refuses_it(workshop: Workshop, tmp_path: Path) -> None:
    told = in_production(workshop, tmp_path, '[env]\nCOOKIE_SECURE = "false"\nSAME_SITE = "none"\n')
    assert (told["COOKIE_SECURE"], told["SAME_SITE"]) == ("false", "none")


def test_where_the_team_says_what_production_is_given_nothing_is_added(workshop: Workshop, tmp_path: Path) -> None:
    told = in_production(workshop, tmp_path, '[production]\nENVIRONMENT = "production"\n')
    assert "COOKIE_SECURE" not in told
