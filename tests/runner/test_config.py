"""Does a mistake in gonogo.toml say the file, the line, the key, what is allowed, and what was probably meant?"""

from pathlib import Path

import pytest

from runner.discovery.config import PLACEHOLDERS, Config, allowed_keys
from runner.discovery.config_file import read_config
from runner.errors import WorkflowError


def complaint(folder: Path, text: str) -> str:
    (folder / "gonogo.toml").write_text(text, encoding="utf-8")
    with pytest.raises(WorkflowError) as raised:
        read_config(folder)
    return str(raised.value).replace(f"{folder}/", "")


def test_no_file_means_all_defaults(tmp_path: Path) -> None:
    assert read_config(tmp_path) == Config()


def test_every_key_of_a_good_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "gonogo.toml").write_text(
        '[service]\napp = "shop.main:make()"\n[env]\nURL = "{database_url}"\n[identities]\nregister = "POST /signup"\n'
        '[database]\ndriver = "asyncpg"\n[health]\nready = "/ready"\n[deployment]\nimage = "docker/Dockerfile"\n',
        encoding="utf-8",
    )
    config = read_config(tmp_path)
    assert config.service.app == "shop.main:make()"
    assert config.env == {"URL": "{database_url}"}
    assert (config.identities.register_, config.database.driver) == ("POST /signup", "asyncpg")
    assert (config.health.ready, config.deployment.image) == ("/ready", "docker/Dockerfile")


def test_a_wrong_key_is_named_with_its_line_and_a_guess(tmp_path: Path) -> None:
    said = complaint(tmp_path, '# head\n[service]\nname = "shop"\nalembik = "x.ini"\n')
    assert said.startswith(
        "gonogo.toml, line 4, key `service.alembik`: no such key. Did you mean `alembic`? Allowed here:"
    )
    assert "contract" in said


def test_a_wrong_section_is_named_with_its_line_and_a_guess(tmp_path: Path) -> None:
    said = complaint(tmp_path, '[service]\nname = "shop"\n\n[prodution]\nA = "1"\n')
    assert said.startswith(
        "gonogo.toml, line 4, key `prodution`: no such key. Did you mean `production`? Allowed here:"
    )


def test_a_misspelt_alias_is_answered_with_the_name_that_is_written(tmp_path: Path) -> None:
    said = complaint(tmp_path, '[identities]\nregster = "POST /x"\n')
    assert "Did you mean `register`? Allowed here: register, login, promote, fields, accounts." in said


def test_a_value_out_of_a_list_names_the_list(tmp_path: Path) -> None:
    said = complaint(tmp_path, '[database]\ndriver = "asynpg"\n')
    assert said == (
        "gonogo.toml, line 2, key `database.driver`: `asynpg` is not one of them. Did you mean `asyncpg`? "
        "Allowed: psycopg, psycopg_async, psycopg2, asyncpg, pg8000."
    )


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("[env]\nA = 'x'\nPORT = 8000\n", "line 3, key `env.PORT`", 'put the value in quotes, KEY = "8000"'),
        ('[service]\napp = "app/main.py"\n', "line 2, key `service.app`", 'write "module:attribute"'),
        ('[identities]\nlogin = "/login"\n', "line 2, key `identities.login`", "write the method and the path"),
        ('[health]\nlive = "health"\n', "line 2, key `health.live`", "starts with a slash"),
        ("[service]\nsources = 'app'\n", "line 2, key `service.sources`", "got 'app'"),
        ("[checks]\nfiles = 'ops/checks.py'\n", "line 2, key `checks.files`", 'write a list of paths: ["ops/'),
        ("service = 3\n", "line 1, key `service`", "it must be a section, [service]"),
    ],
)
def test_a_value_of_the_wrong_kind_says_what_to_write(tmp_path: Path, text: str, line: str, hint: str) -> None:
    said = complaint(tmp_path, text)
    assert line in said
    assert hint in said


def test_an_unknown_placeholder_is_named_with_a_guess(tmp_path: Path) -> None:
    said = complaint(tmp_path, '[env]\nOK = "{secret}"\nURL = "{databse_url}"\n')
    assert said.startswith(
        "gonogo.toml, line 3, key `env.URL`: no such placeholder {databse_url}. Did you mean `database_url`? Known: "
    )


def test_braces_that_are_meant_are_doubled(tmp_path: Path) -> None:
    assert "Write {{ and }} for braces" in complaint(tmp_path, "[env]\nJSON = '{\"a\": 1}'\n")
    assert "a brace without its fellow" in complaint(tmp_path, '[production]\nX = "{secret"\n')
    (tmp_path / "gonogo.toml").write_text("[env]\nJSON = '{{\"a\": 1}}'\n", encoding="utf-8")
    assert read_config(tmp_path).env == {"JSON": '{{"a": 1}}'}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[service]\nname = shop\n",
            "gonogo.toml, line 2: not valid TOML: Invalid value: `name = shop`. Text stands in quotes.",
        ),
        ("[service\nname = 'a'\n", "gonogo.toml, line 1: not valid TOML"),
        ("[env]\nA = 'x'\nA = 'y'\n", "gonogo.toml, line 3: not valid TOML: Cannot overwrite a value"),
    ],
)
def test_wrong_toml_shows_the_line(tmp_path: Path, text: str, said: str) -> None:
    assert complaint(tmp_path, text).startswith(said)


def test_several_mistakes_are_told_at_once(tmp_path: Path) -> None:
    said = complaint(tmp_path, '[service]\nnme = "x"\n[health]\nlive = "health"\n')
    assert said.count("gonogo.toml, line") == 2


def test_every_placeholder_and_section_is_known() -> None:
    assert {"service", "env", "production", "database", "identities", "health", "deployment"} <= set(allowed_keys([]))
    assert allowed_keys(["env"]) == []
    assert "secret" in PLACEHOLDERS


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('[service]\nname = "x"\nspec = "../spec.yaml"\n', 3, "service.spec"),
        ('[service]\nsources = ["app", "/etc"]\n', 2, "service.sources"),
        ('[service]\ncontract = "a/../../openapi.json"\n', 2, "service.contract"),
        ('[deployment]\nimage = "../Dockerfile"\n', 2, "deployment.image"),
        ('[checks]\nfiles = ["ops/checks.py", "../checks.py"]\n', 2, "checks.files"),
    ],
)
def test_a_path_that_leads_out_of_the_service_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, key: str
) -> None:
    said = complaint(tmp_path, text)
    assert said.startswith(f"gonogo.toml, line {line}, key `{key}`: `")
    assert said.endswith("leads out of the service's folder. Name a path that lies inside of it.")


def test_what_a_repository_shares_is_no_way_out(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "gonogo.toml").write_text('[service]\nlock = "../uv.lock"\n', encoding="utf-8")
    assert read_config(tmp_path / "shop").service.lock == "../uv.lock"
