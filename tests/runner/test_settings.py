"""Are the variables of a service's settings found in the ways that people really write them?"""

import subprocess
from pathlib import Path

import pytest

from runner.discovery.env_files import hidden_env_files, shown_env_files
from runner.discovery.production import found_production
from runner.discovery.settings import found_settings

PREFIXED = """
class Settings(BaseSettings):
    db_host: str = "x"
    db_port: int = 1
    db_base: str = "x"
    redis_url: str = "x"
    title: str = "x"
    model_config = SettingsConfigDict(env_prefix="SHOP_")
"""
READING = """
class Settings(BaseSettings):
    server: str = config("POSTGRES_SERVER")
    port: int = config("POSTGRES_PORT", default=1)
    POSTGRES_URI: str = f"{server}:{port}"
"""
URL = "{database_user}:{database_password}@{database_host}:{database_port}/{database_name}"


def found(root: Path, files: dict[str, str]) -> dict[str, str]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return found_settings(sorted(root.rglob("*.py")), shown_env_files(root))


@pytest.mark.parametrize(
    ("code", "settings"),
    [
        (
            (
                'import os\nURL = os.environ["DATABASE_URL"]\nA = os.getenv("SECRET_AUTH")\n'
                'KEY = os.getenv("JWT_SECRET_KEY", "x")\n'
            ),
            {"DATABASE_URL": "{database_url}", "JWT_SECRET_KEY": "{secret}", "SECRET_AUTH": "{secret}"},
        ),
        (
            PREFIXED,
            {
                "SHOP_DB_HOST": "{database_host}",
                "SHOP_DB_PORT": "{database_port}",
                "SHOP_DB_BASE": "{database_name}",
                "SHOP_REDIS_URL": "{redis_url}",
            },
        ),
        (
            READING,
            {"POSTGRES_SERVER": "{database_host}", "POSTGRES_PORT": "{database_port}"},
        ),
    ],
)
def test_variables_are_found_in_the_code(tmp_path: Path, code: str, settings: dict[str, str]) -> None:
    assert found(tmp_path, {"app/settings.py": code}) == settings


def test_an_example_says_how_the_address_begins(tmp_path: Path) -> None:
    settings = found(tmp_path, {".env.example": "DATABASE_URL=postgresql+asyncpg://me:pw@localhost/shop\n"})
    assert settings == {"DATABASE_URL": f"postgresql+asyncpg://{URL}"}


@pytest.mark.parametrize(
    ("code", "scheme"),
    [
        ("asyncpg.create_pool(url)", "postgresql://"),
        ("psycopg_pool.AsyncConnectionPool(url)", "postgresql://"),
        ("asyncpg.connect(x)\ncreate_async_engine(url)", ""),
        ("create_engine(url)", ""),
    ],
)
def test_what_connects_without_an_engine_gets_an_address_that_drivers_read(
    tmp_path: Path, code: str, scheme: str
) -> None:
    address = found(tmp_path, {"app.py": f'url = os.environ["DATABASE_URL"]\n{code}\n'})["DATABASE_URL"]
    assert address == "{database_url}" if not scheme else address.startswith(f"{scheme}{{database_user}}")


def test_nested_settings_are_found_in_the_example(tmp_path: Path) -> None:
    example = "DATABASE__HOSTNAME=localhost\nDATABASE__PORT=5455\nDATABASE__DB=shop\n"
    assert found(tmp_path, {".env.example": example}) == {
        "DATABASE__HOSTNAME": "{database_host}",
        "DATABASE__PORT": "{database_port}",
        "DATABASE__DB": "{database_name}",
    }


def test_half_an_address_is_none(tmp_path: Path) -> None:
    """With its host alone the service would go to the usual port, where somebody's own database may be."""
    assert found(tmp_path, {"a.py": 'import os\nos.getenv("POSTGRES_HOST")\nos.getenv("SECRET_KEY")\n'}) == {}


def test_what_the_settings_demand_is_given_as_the_examples_above_show_it(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    (tmp_path / ".env.example").write_text(
        'DATABASE_URL=postgresql://db\nSHOP_NAME="Our shop"\nSHOP_ADMIN_PASSWORD=x\nSHOP_SIZE=3\n'
    )
    code = shop / "config.py"
    code.write_text(
        "class Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='SHOP_')\n    name: str\n"
        "    admin_password: str = Field(..., min_length=8)\n    size: int = Field(default=3)\n    motto: str\n"
        "class Database(BaseSettings):\n    database_url: str\n"
    )
    found = found_settings([code], shown_env_files(shop, [tmp_path]))
    assert (found["SHOP_NAME"], found["SHOP_ADMIN_PASSWORD"]) == ("Our shop", "{secret}")
    assert "SHOP_SIZE" not in found
    assert found["SHOP_MOTTO"] == "gonogo"
    assert found_settings([code])["SHOP_NAME"] == "gonogo", "without an example: something of its kind"


def test_production_is_found_where_the_code_knows_it(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text(
        'class Settings(BaseSettings):\n    app_env: str = "dev"\n\n\nknown = ("dev", "prod")\n',
        encoding="utf-8",
    )
    assert found_production([tmp_path / "settings.py"]) == {"APP_ENV": "prod"}


def test_production_is_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text('import os\nos.getenv("APP_ENV", "dev")\n', encoding="utf-8")
    assert found_production([tmp_path / "settings.py"]) == {}


SETTINGS = """
class Settings(BaseSettings):
    database_url: str
    mongo_url: str
    smtp_host: str
    callback_url: str
    shop_name: str
"""
EXAMPLE = """
DATABASE_URL=postgresql://db/shop
MONGO_URL=mongodb://u:p@mongo.example.com/shop
SMTP_HOST=smtp.example.com
CALLBACK_URL=http://localhost:9000/back
SHOP_NAME=Ours # as it is printed
"""


def test_a_setting_that_leads_to_another_machine_leads_to_a_closed_port_of_this_one(tmp_path: Path) -> None:
    settings = found(tmp_path, {".env.example": EXAMPLE, "settings.py": SETTINGS})
    assert settings["CALLBACK_URL"] == "http://localhost:9000/back"
    assert settings["SHOP_NAME"] == "Ours"
    assert settings["MONGO_URL"] == "mongodb://u:p@127.0.0.1:1/shop"
    assert settings["SMTP_HOST"] == "{mail_host}"


def test_a_developers_own_env_file_is_no_example_until_git_tracks_it(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", *words], cwd=tmp_path, check=True, capture_output=True)

    git("init", "--quiet")
    (tmp_path / "shop").mkdir()
    for name in (".env", "shop/.env", "shop/.env.example"):
        (tmp_path / name).write_text("KEY=1\n", encoding="utf-8")
    shop = tmp_path / "shop"
    assert shown_env_files(shop, [tmp_path]) == [shop / ".env.example"]
    assert hidden_env_files(shop, [tmp_path]) == [tmp_path / ".env", shop / ".env"]
    git("add", "shop/.env")
    assert shown_env_files(shop, [tmp_path]) == [shop / ".env.example", shop / ".env"]
    assert hidden_env_files(shop, [tmp_path]) == [tmp_path / ".env", shop / ".env"]


STRICT = """
import os

import decouple

URL = os.environ["DATABASE_URL"]
HOST = decouple.config("SERVER_HOST", cast=str)
MINUTES = decouple.config("ACCESS_TOKEN_MINUTES", cast=int)
PREFIX = env.str("JWT_TOKEN_PREFIX")
TOKEN = env("UPSTREAM_TOKEN")
MODE = decouple.config("MODE", default="quick")
DEBUG = os.getenv("DEBUG")
"""


def test_what_is_read_without_a_default_is_given_as_the_examples_show_it(tmp_path: Path) -> None:
    example = "SERVER_HOST=127.0.0.1\nACCESS_TOKEN_MINUTES=30\nJWT_TOKEN_PREFIX=Token\nMODE=slow\nUPSTREAM_TOKEN=abc\n"

    assert found(tmp_path, {"app/settings.py": STRICT, ".env.example": f"{example}DEBUG=1\n"}) == {
        "DATABASE_URL": "{database_url}",
        "SERVER_HOST": "127.0.0.1",
        "ACCESS_TOKEN_MINUTES": "30",
        "JWT_TOKEN_PREFIX": "Token",
        "UPSTREAM_TOKEN": "{secret}",
    }


@pytest.mark.parametrize(("base", "spelt"), [("EnumAutoStr", "PRODUCTION"), ("StrEnum", "production"), ("Base", "")])
def test_production_is_a_member_of_an_enum(tmp_path: Path, base: str, spelt: str) -> None:
    text = f'mode = os.getenv("ENVIRONMENT", "CI")\nclass Mode({base}):\n    PRODUCTION = auto()\n    CI = auto()\n'
    (tmp_path / "settings.py").write_text(text, encoding="utf-8")
    assert found_production([tmp_path / "settings.py"]) == ({"ENVIRONMENT": spelt} if spelt else {})


def test_production_is_spelt_as_the_code_spells_it(tmp_path: Path) -> None:
    path = tmp_path / "settings.py"
    path.write_text('MODE = config("ENVIRONMENT")\nclass Mode(Enum):\n    LIVE = "PROD"\n', encoding="utf-8")

    assert found_production([path]) == {"ENVIRONMENT": "PROD"}


INDIRECT = """
class Base(BaseSettings):
    class Config:
        case_sensitive = True


class Config(Base):
    POSTGRES_URL: str = "postgresql+asyncpg://u:p@127.0.0.1/x"
    SECRET_KEY: str = "super-secret"
    ENVIRONMENT: str = "development"
    LIVE = "production"
"""


def test_settings_that_build_on_others_are_settings(tmp_path: Path) -> None:
    assert found(tmp_path, {"app/config.py": INDIRECT}) == {
        "POSTGRES_URL": "{database_url}",
        "SECRET_KEY": "{secret}",
    }
    assert found_production([tmp_path / "app/config.py"]) == {"ENVIRONMENT": "production"}


def test_what_nobody_shows_gets_a_value_of_its_kind(tmp_path: Path) -> None:
    code = (
        "class Settings(BaseSettings):\n    DATABASE_URL: str\n    MAIL_FROM: str\n    MAIL_PORT: int\n"
        "    MAIL_PASSWORD: SecretStr\n    JWT_ALGORITHM: str\n    TOKEN_MINUTES: int\n    TRACE: bool\n"
        "    ORIGINS: list[str]\n    LEVEL: Literal['info', 'debug']\n    SMTP_HOST: str | None\n    COLOUR: Colour\n"
        "    motto: str = Field(..., validation_alias='SHOP_MOTTO')\n"
    )
    settings = found(tmp_path, {"app/settings.py": code + "HOME = os.environ['HOME']\nos.environ['ENV'] = 'x'\n"})
    assert settings == {
        "DATABASE_URL": "{database_url}",
        "MAIL_FROM": "nobody@example.com",
        "MAIL_PORT": "{mail_port}",
        "MAIL_PASSWORD": "{secret}",
        "JWT_ALGORITHM": "HS256",
        "TOKEN_MINUTES": "30",
        "TRACE": "false",
        "ORIGINS": "[]",
        "LEVEL": "info",
        "SMTP_HOST": "{mail_host}",
        "SHOP_MOTTO": "gonogo",
    }


def test_production_is_spelt_as_the_list_of_environments_has_it(tmp_path: Path) -> None:
    chosen = "import os\nKNOWN = {'local': 1, 'prod': 2}[os.getenv('ENV', 'local')]\n"
    (tmp_path / "config.py").write_text(chosen)
    (tmp_path / "main.py").write_text("docs = None if config.ENV == 'production' else '/docs'\n")
    assert found_production(sorted(tmp_path.glob("*.py"))) == {"ENV": "prod"}


def test_what_is_empty_by_default_is_given_as_the_examples_show_it_but_no_secret(tmp_path: Path) -> None:
    code = (
        'class Settings(BaseSettings):\n    DATABASE_URL: str\n    mail_from: str = ""\n    redis_password: str = ""\n'
    )
    example = "MAIL_FROM=shop@example.com\nREDIS_PASSWORD=x\nDATABASE_URL=\n"

    assert found(tmp_path, {"app/settings.py": code, ".env.example": example}) == {
        "DATABASE_URL": "{database_url}",
        "MAIL_FROM": "shop@example.com",
    }


def test_mails_go_to_a_server_of_our_own(tmp_path: Path) -> None:
    code = "class Settings(BaseSettings):\n    DATABASE_URL: str\n    SMTP_HOST: str = 'x'\n    smtp_port: int = 587\n"
    code += "    MAIL_STARTTLS: bool = True\n    EMAIL_HOST_USER: str = 'joe'\n    MAIL_SSL_TLS: bool = True\n"

    assert found(tmp_path, {"app/settings.py": code}) == {
        "DATABASE_URL": "{database_url}",
        "SMTP_HOST": "{mail_host}",
        "SMTP_PORT": "{mail_port}",
        "MAIL_STARTTLS": "false",
        "MAIL_SSL_TLS": "false",
    }


def test_postgres_is_chosen_where_the_code_knows_several_databases(tmp_path: Path) -> None:
    code = "class Settings(BaseSettings):\n    DATABASE_URL: str\n    DB_ENGINE: str = 'sqlite'\n"
    use = "if settings.DB_ENGINE == 'sqlite':\n    pass\nelif settings.DB_ENGINE == 'postgres':\n    pass\n"

    use += "if dialect == 'postgresql' or name == 'postgresql':\n    pass\n"
    assert found(tmp_path, {"app/settings.py": code, "app/db.py": use})["DB_ENGINE"] == "postgres"
    assert "DB_ENGINE" not in found(tmp_path, {"app/settings.py": code, "app/db.py": "url = 'postgresql'\n"})


PREFIXED = "class C(BaseSettings):\n    model_config = dict(env_prefix='X_')\n"


@pytest.mark.parametrize(
    "use",
    [
        "db_type = os.getenv('X_DB_TYPE', 'sqlite')\nif db_type == 'postgresql':\n    pass\n",
        "kind = os.environ.get('X_DB_TYPE', 'sqlite')\nif kind.lower() in ('postgresql', 'mysql'):\n    pass\n",
        "KIND = os.environ['X_DB_TYPE']\nURLS = {'sqlite': 'a', 'postgresql': 'b'}\nurl = URLS[KIND]\n",
        "match os.environ['X_DB_TYPE']:\n    case 'postgresql':\n        pass\n",
        f"{PREFIXED}    db_type: Literal['sqlite', 'postgresql'] = 'sqlite'\n",
        f"class Kind(StrEnum):\n    A = 'sqlite'\n    B = 'postgresql'\n{PREFIXED}    db_type: Kind = Kind.A\n",
    ],
)
def test_the_kind_of_database_is_found_under_whatever_name_it_is_read(tmp_path: Path, use: str) -> None:
    code = f"import os\nurl = os.environ['X_DATABASE_URL']\n{use}"
    assert found(tmp_path, {"app/settings.py": code})["X_DB_TYPE"] == "postgresql"


def test_a_word_that_the_kind_is_not_compared_with_chooses_nothing(tmp_path: Path) -> None:
    code = "import os\nurl = os.environ['X_DATABASE_URL']\nkind = os.getenv('X_DB_TYPE')\n"
    code += "if name == 'postgresql':\n    pass\n"
    assert "X_DB_TYPE" not in found(tmp_path, {"app/settings.py": code})


def test_what_leads_to_who_signs_people_in_leads_to_the_run_s_own_issuer(tmp_path: Path) -> None:
    code = """
class Settings(BaseSettings):
    database_url: str
    keycloak_url: str = "http://keycloak:8080"
    keycloak_realm: str = "shop"
    oidc_audience: str | None = None
"""
    shown = "OIDC_ISSUER=https://id.example/realms/shop\nOIDC_CLIENT_ID=web\nOIDC_CLIENT_SECRET=x1y2z3\n"
    files = {"app/settings.py": code, ".env.example": shown}
    plain = {"DATABASE_URL": "{database_url}", "OIDC_CLIENT_SECRET": "{secret}"}
    assert found(tmp_path, files) == plain, "its own code signs people in"
    files["app/auth.py"] = 'URL = f"{settings.keycloak_url}/realms/x/protocol/openid-connect/certs"'
    assert found(tmp_path, files) == {
        "DATABASE_URL": "{database_url}",
        "KEYCLOAK_URL": "{issuer_url}",
        "OIDC_ISSUER": "{issuer_url}/realms/shop",
        "OIDC_AUDIENCE": "gonogo-api",
        "OIDC_CLIENT_ID": "web",
        "OIDC_CLIENT_SECRET": "{secret}",
    }


@pytest.mark.parametrize(
    ("code", "scheme"),
    [
        ('DB = os.getenv("DATABASE_URL", "postgresql://db/shop")', "postgresql"),
        ('DB = os.getenv("DATABASE_URL", "postgres://db/shop")', "postgres"),
        (
            'DB = os.environ["DATABASE_URL"]; ENGINE = create_async_engine(DB.replace("postgresql://", "postgresql+a://"))',
            "postgresql",
        ),
        (
            'DB = os.environ["DATABASE_URL"]\nSYNC = DB.replace("postgresql+asyncpg://", "postgresql+psycopg2://")',
            "postgresql+asyncpg",
        ),
    ],
)
def test_an_address_is_spelt_as_the_code_wants_it(tmp_path: Path, code: str, scheme: str) -> None:
    assert found(tmp_path, {"app/settings.py": f"import os\n{code}\n"}) == {"DATABASE_URL": f"{scheme}://{URL}"}


def test_code_that_takes_either_leaves_the_driver_to_what_is_installed(tmp_path: Path) -> None:
    code = 'import os\nDB = os.getenv("DATABASE_URL", "sqlite:///x")\n'
    assert found(tmp_path, {"app/settings.py": code}) == {"DATABASE_URL": "{database_url}"}


def test_a_secret_that_a_service_makes_up_for_itself_is_given_where_it_is_left_empty(tmp_path: Path) -> None:
    code = """
class Settings(BaseSettings):
    database_url: str
    refresh_token_pepper: str = ""
    jwt_signing_key: str = ""
    openai_api_key: str = ""
    github_token: str = ""
"""
    assert found(tmp_path, {"app/settings.py": code}) == {
        "DATABASE_URL": "{database_url}",
        "REFRESH_TOKEN_PEPPER": "{secret}",
        "JWT_SIGNING_KEY": "{secret}",
    }


TWO_ADDRESSES = """
class Settings(BaseSettings):
    DATABASE_URL: str
    {other}: str
engine = create_async_engine(settings.DATABASE_URL)
"""


@pytest.mark.parametrize(
    ("other", "env"),
    [
        ("DATABASE_URL_SYNC", ""),
        ("SYNC_DATABASE_URL", ""),
        ("ALEMBIC_DATABASE_URL", "config.set_main_option('sqlalchemy.url', settings.ALEMBIC_DATABASE_URL)\n"),
        ("CELERY_DB_URL", "engine = create_engine(str(settings.CELERY_DB_URL))\n"),
    ],
)
def test_an_engine_without_coroutines_gets_an_address_for_one(tmp_path: Path, other: str, env: str) -> None:
    told = found(tmp_path, {"app/settings.py": TWO_ADDRESSES.format(other=other), "migrations/env.py": env})
    assert (told["DATABASE_URL"], told[other]) == ("{database_url}", "{database_url_sync}")


@pytest.mark.parametrize(
    ("other", "env"),
    [
        ("TEST_DATABASE_URL", ""),
        ("REPLICA_DATABASE_URL", "replica = create_async_engine(settings.REPLICA_DATABASE_URL)\n"),
        ("ASYNC_DATABASE_URL", ""),
        # One address for both, turned where it is needed.
        ("TEST_DATABASE_URL", "engine = create_engine(settings.DATABASE_URL.replace('+asyncpg', ''))\n"),
        (
            "ALEMBIC_DATABASE_URL",
            "config.set_main_option('sqlalchemy.url', settings.ALEMBIC_DATABASE_URL)\nasync_engine_from_config({})\n",
        ),
    ],
)
def test_an_address_that_coroutines_may_get_stays_one(tmp_path: Path, other: str, env: str) -> None:
    told = found(tmp_path, {"app/settings.py": TWO_ADDRESSES.format(other=other), "migrations/env.py": env})
    assert (told["DATABASE_URL"], told[other]) == ("{database_url}", "{database_url}")


DEPLOYED = """
class Environment(str, Enum):
    LOCAL = "local"
    PRODUCTION = "production"
class Settings(BaseSettings):
    DATABASE_URL: str
    DATABASE_ASYNC_URL: str
    ENVIRONMENT: {kind} = {default}
"""


@pytest.mark.parametrize(
    ("default", "example", "told"),
    [
        ("Environment.PRODUCTION", "ENVIRONMENT=local\n", "local"),
        ('"production"', "ENVIRONMENT=dev\n", "dev"),
        ('"production"', "ENVIRONMENT=staging\n", None),
        ("Environment.LOCAL", "ENVIRONMENT=local\n", None),
        ('"production"', "", None),
    ],
)
def test_what_takes_itself_for_production_is_run_as_its_example_says(
    tmp_path: Path, default: str, example: str, told: str | None
) -> None:
    code = DEPLOYED.format(kind="Environment" if "." in default else "str", default=default)
    settings = found(tmp_path, {"app/settings.py": code, ".env.example": example})
    assert settings.get("ENVIRONMENT") == told
    assert settings["DATABASE_ASYNC_URL"].startswith("{database_url")
