"""Is a service found in the layouts that people really use?"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import runner.guest
from runner.discovery.code_files import own_files
from runner.discovery.config import Config
from runner.discovery.fastapi_app import find_app
from runner.discovery.modules import find_path, module_name
from runner.discovery.sources import find_sources
from runner.discovery.target import Target, find_target
from runner.errors import ProbeError, WorkflowError
from runner.evidence.code.code_names import read_code
from runner.live.workshop import Workshop
from runner.probe import Probe
from runner.reading.walk import FEW, TooMuch, files_below
from tests.conftest import ROOT

APP = "from fastapi import FastAPI\napp = FastAPI()\n"


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    with Workshop() as shared:
        yield shared


def put(root: Path, path: str, text: str = "") -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


def target(root: Path) -> Target:
    return Target(root=root, python=Path("/usr/bin/python3"))


@pytest.mark.parametrize(
    ("files", "app", "path", "sources"),
    [
        ({"main.py": APP}, "main:app", None, ["main.py"]),
        (
            {
                "main.py": f"from routers import orders\nimport database\n{APP}",
                "database.py": "",
                "routers/orders.py": "from services.mail import send\n",
                "services/mail.py": "",
                "fixtures.py": "",
            },
            "main:app",
            None,
            ["main.py", "database.py", "routers", "services"],
        ),
        (
            {
                "api/db/__init__.py": "",
                "api/db/database.py": f"from api.core.settings import x\n{APP}",
                "api/core/settings.py": "",
            },
            "api.db.database:app",
            None,
            ["api"],
        ),
        (
            {"backend/shop/main.py": f"from shop import models\n{APP}", "backend/shop/models.py": ""},
            "shop.main:app",
            "backend",
            ["backend/shop"],
        ),
        (
            {"src/shop/web.py": f"from src.shop.db import x\n{APP}", "src/shop/db.py": ""},
            "src.shop.web:app",
            None,
            ["src"],
        ),
        ({"app/__init__.py": "", "app/main.py": APP}, "app.main:app", None, ["app"]),
        ({"app/main.py": APP}, "app.main:app", None, ["app"]),
        ({"src/shop/__init__.py": "", "src/shop/web.py": APP}, "shop.web:app", "src", ["src/shop"]),
        ({"src/shop/web.py": APP}, "shop.web:app", "src", ["src/shop"]),
        ({"backend/app/__init__.py": "", "backend/app/main.py": APP}, "app.main:app", "backend", ["backend/app"]),
        (
            {
                "server/src/shop/__init__.py": "",
                "server/src/shop/api/__init__.py": "",
                "server/src/shop/api/web.py": APP,
            },
            "shop.api.web:app",
            "server/src",
            ["server/src/shop"],
        ),
        ({"app/__init__.py": APP}, "app:app", None, ["app"]),
        (
            {"src/__init__.py": "", "src/app/__init__.py": "", "src/app/main.py": APP},
            "app.main:app",
            "src",
            ["src/app"],
        ),
        (
            {"src/__init__.py": "", "src/main.py": APP, "src/db.py": "from src.main import app\n"},
            "src.main:app",
            None,
            ["src"],
        ),
        ({"shop/__init__.py": "", "shop/web/main.py": APP}, "shop.web.main:app", None, ["shop"]),
        (
            {
                "app/setup.py": "from fastapi import FastAPI\ndef make(router) -> FastAPI: ...\n",
                "app/main.py": "from .setup import make\napp = make(1)\n",
            },
            "app.main:app",
            None,
            ["app"],
        ),
        (  # a function that makes one, and a file beside it that calls it, from a folder on the module path
            {
                "app/made.py": "from routes import api\nfrom fastapi import FastAPI\ndef make() -> FastAPI: ...\n",
                "app/routes/api.py": "",
                "app/web.py": "from made import make\ndef start():\n    app = make()\n    return app\napp = start()\n",
            },
            "web:app",
            "app",
            ["app/web.py", "app/made.py", "app/routes"],
        ),
        (  # importing that file would serve, and never end
            {
                "app/core.py": "import logging\nfrom fastapi import FastAPI\ndef make() -> FastAPI: ...\n",
                "app/logging.py": "",
                "serve.py": "import uvicorn\nfrom app.core import make\napp = make()\nuvicorn.run(app)\n",
            },
            "app.core:make()",
            None,
            ["app"],
        ),
    ],
)
def test_the_app_is_found_with_its_module_path(
    tmp_path: Path, files: dict[str, str], app: str, path: str | None, sources: list[str]
) -> None:
    for name, text in files.items():
        put(tmp_path, name, text)
    assert find_app(tmp_path) == app
    assert find_path(tmp_path, app.split(":", maxsplit=1)[0]) == path
    assert find_sources(tmp_path) == sources


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("import fastapi\napi: fastapi.FastAPI = fastapi.FastAPI()\n", "api"),
        ("from fastapi import FastAPI\ndef create() -> FastAPI:\n    ...\n", "create()"),
        ("from fastapi import FastAPI\ndef build():\n    app = FastAPI()\n    return app\n", "build()"),
        ("from fastapi import FastAPI\ndef make(x=1):\n    return FastAPI()\n", "make()"),
        ("from fastapi import FastAPI\ndef make(settings) -> FastAPI: ...\napp = make(1)\n", "app"),
    ],
)
def test_apps_and_factories_are_found(tmp_path: Path, text: str, name: str) -> None:
    put(tmp_path, "web.py", text)
    assert find_app(tmp_path) == f"web:{name}"


@pytest.mark.parametrize(
    "text",
    [
        "from fastapi import FastAPI\ndef use(app: FastAPI) -> None:\n    app.get\n",
        "from fastapi import FastAPI\ndef broken(:\n",
        "# FastAPI\n",
    ],
)
def test_what_is_no_app_is_not_taken_for_one(tmp_path: Path, text: str) -> None:
    put(tmp_path, "web.py", text)
    assert find_app(tmp_path) is None


def test_environments_and_tests_are_not_searched(tmp_path: Path) -> None:
    for folder in (".venv/lib", "venv/lib", "node_modules/x", "tests", "build"):
        put(tmp_path, f"{folder}/web.py", APP)
    assert find_app(tmp_path) is None


def test_other_parts_are_found_by_convention(tmp_path: Path) -> None:
    for name in ("deploy/Dockerfile", "deploy/docker-compose.yml", "backend/db/alembic.ini", "backend/tests/test_a.py"):
        put(tmp_path, name)
    put(tmp_path, "requirements.txt")
    put(tmp_path, "docs/openapi.yaml")
    found = target(tmp_path)
    assert (found.image, found.compose) == ("deploy/Dockerfile", "deploy/docker-compose.yml")
    assert (found.alembic, found.tests) == ("backend/db/alembic.ini", "backend/tests")
    assert (found.lock, found.contract, found.load) == ("requirements.txt", "docs/openapi.yaml", None)


@pytest.mark.parametrize(
    ("folder", "found"), [("shop/test", "shop/test"), ("shop/api/test", "shop/api/test"), ("shop/testing", None)]
)
def test_tests_below_are_found_by_both_of_their_names(tmp_path: Path, folder: str, found: str | None) -> None:
    put(tmp_path, f"{folder}/test_a.py")
    assert target(tmp_path).tests == found


@pytest.mark.parametrize("also_a_file", [False, True])
def test_alembic_may_be_told_in_the_project_file(tmp_path: Path, *, also_a_file: bool) -> None:
    put(tmp_path, "pyproject.toml", '[tool.alembic]\nscript_location = "%(here)s/steps"\n')
    put(tmp_path, "steps/versions/a1.py", 'revision = "a1"\ndown_revision = None\n')
    if also_a_file:
        put(tmp_path, "alembic.ini", "[alembic]\nsqlalchemy.url = driver://\n")
    told = target(tmp_path).alembic
    assert told == ("alembic.ini" if also_a_file else "pyproject.toml")
    guest = Path(runner.guest.__file__).with_name("alembic_history.py")
    subprocess.run([sys.executable, str(guest), str(tmp_path / "answer"), str(told)], cwd=tmp_path, check=True)
    assert json.loads((tmp_path / "answer").read_text())["heads"] == ["a1"]


def test_a_project_file_without_scripts_is_no_alembic(tmp_path: Path) -> None:
    put(tmp_path, "pyproject.toml", "[tool.alembic]\n[tool.ruff]\n")
    assert target(tmp_path).alembic is None


def test_alembic_runs_where_its_scripts_are_found(tmp_path: Path) -> None:
    put(tmp_path, "src/alembic.ini", "[alembic]\nscript_location = migrations\n")
    put(tmp_path, "src/migrations/env.py")
    assert target(tmp_path).alembic_folder == "src"
    put(tmp_path, "src/alembic.ini", "[alembic]\nscript_location = src/migrations\n")
    assert target(tmp_path).alembic_folder == "."
    put(tmp_path, "src/alembic.ini", "[alembic]\nscript_location = %(here)s/migrations\n")
    assert target(tmp_path).alembic_folder == "."


@pytest.mark.parametrize(("migrations", "folder"), [("app/versions", "app"), ("versions", ".")])
def test_a_service_runs_in_the_folder_that_its_alembic_works_from(tmp_path: Path, migrations: str, folder: str) -> None:
    put(tmp_path, "app/main.py", f"from settings import x\n{APP}")
    put(tmp_path, "app/settings.py", "x = 1\n")
    put(tmp_path, "app/alembic.ini", "[alembic]\nscript_location = versions\n")
    (tmp_path / migrations).mkdir()
    target = Target(root=tmp_path, python=Path())
    assert (target.path, target.folder) == ("app", folder)


@pytest.mark.parametrize(
    ("file", "command"),
    [
        ("Dockerfile", "FROM python\nWORKDIR src\nCMD gunicorn main:app --bind=0.0.0.0:8000 -k uvicorn.workers.X\n"),
        ("docker/app.sh", "#!/bin/bash\ncd src\ngunicorn main:app \\\n --workers 4\n"),
        ("Dockerfile", 'FROM python\nCMD ["uvicorn", "main:app", "--host", "0.0.0.0"]\n'),
        ("Procfile", "web: cd src && uvicorn main:app --port $PORT\n"),
    ],
)  # fmt: skip
def test_a_service_runs_where_its_start_command_finds_the_app(tmp_path: Path, file: str, command: str) -> None:
    put(tmp_path, "src/__init__.py")
    put(tmp_path, "src/main.py", f"from config import x\n{APP}")
    put(tmp_path, "src/config.py", "x = 1\n")
    put(tmp_path, "alembic.ini", "[alembic]\nscript_location = migrations\n")
    put(tmp_path, "migrations/env.py", "from src.config import x\n")
    put(tmp_path, file, command)
    found = Target(root=tmp_path, python=Path())
    assert (found.app, found.path, found.folder, found.alembic_folder) == ("main:app", "src", "src", ".")
    assert module_name(tmp_path, tmp_path / "src" / "config.py") == "config"


@pytest.mark.parametrize(
    "command",
    [
        "FROM python\nENV PYTHONPATH=/app/src\nCMD uvicorn main:app\n",
        "FROM python\nCMD uvicorn main:app --app-dir src\n",
        "FROM python\nCMD uvicorn src.main:app\n",
        "FROM python\nCMD uvicorn --host 0.0.0.0:8000\n",
        "FROM a-base-with-a-module-path\nCMD uvicorn main:app\n",
    ],
)
def test_a_start_command_that_finds_the_app_otherwise_says_no_folder(tmp_path: Path, command: str) -> None:
    put(tmp_path, "src/__init__.py")
    put(tmp_path, "src/main.py", f"from src import config\n{APP}")
    put(tmp_path, "src/config.py")
    put(tmp_path, "Dockerfile", command)
    assert (target(tmp_path).app, target(tmp_path).folder) == ("src.main:app", ".")


def test_a_hashed_lock_goes_before_a_plain_list(tmp_path: Path) -> None:
    put(tmp_path, "requirements.txt")
    put(tmp_path, "requirements.lock")
    assert target(tmp_path).lock == "requirements.lock"


def test_a_lock_goes_before_the_list_that_was_exported_from_it(tmp_path: Path) -> None:
    put(tmp_path, "requirements.txt")
    put(tmp_path, "uv.lock")
    assert target(tmp_path).lock == "uv.lock"
    put(tmp_path, "Dockerfile", "FROM python:3.12\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n")
    assert target(tmp_path).lock == "requirements.txt"  # what the image is made from
    put(tmp_path, "Dockerfile", "FROM python:3.12\nCOPY uv.lock .\nRUN uv sync --locked\n")
    assert target(tmp_path).lock == "uv.lock"


def test_of_two_lists_the_one_for_postgres_is_taken(tmp_path: Path) -> None:
    put(tmp_path, "requirements.txt")
    put(tmp_path, "requirements-dev.txt")
    assert target(tmp_path).lock == "requirements.txt"
    put(tmp_path, "requirements-pg.txt")
    assert target(tmp_path).lock == "requirements-pg.txt"
    for kind, named in (("my", "requirements.txt"), ("pg", "requirements-pg.txt")):
        (tmp_path / f"Dockerfile.{kind}").write_text(
            f"FROM python:3.12\nRUN pip install -r {named}\nCMD python app.py\n"
        )
    (tmp_path / "Dockerfile.postgres").write_text("FROM postgres:16\n")
    assert (target(tmp_path).image, target(tmp_path).lock) == ("Dockerfile.pg", "requirements-pg.txt")


def test_a_dockerfile_that_is_not_there_names_no_lock(tmp_path: Path) -> None:
    put(tmp_path, "requirements.txt")
    put(tmp_path, "uv.lock")
    config = Config.model_validate({"deployment": {"image": "docker/Dockerfile"}})
    assert Target(root=tmp_path, python=Path("/usr/bin/python3"), config=config).lock == "uv.lock"


def test_a_folder_that_is_not_there_gets_a_guess(tmp_path: Path) -> None:
    (tmp_path / "bookshop").mkdir()
    with pytest.raises(WorkflowError, match="Did you mean `bookshop`"):
        find_target(tmp_path / "bookshpo")


def test_a_folder_without_a_service_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(WorkflowError, match="the folder is empty"):
        find_target(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("shop/app.py", "import os\n\nfrom flask import Flask\n", "no FastAPI app found: shop/app.py uses Flask."),
        ("manage.py", "    import django.core\n", "manage.py uses Django."),
        ("app.py", "# from flask import Flask\nimport flaskless\n", "no FastAPI app found. gonogo proves"),
        ("go.mod", "module shop\n", "no FastAPI app found: go.mod is of Go."),
    ],
)
def test_a_folder_without_a_service_says_what_is_there(name: str, text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert "the folder is empty. gonogo proves services" in no_service(tmp_path)
    put(tmp_path, name, text)
    assert said in no_service(tmp_path)


def test_above_a_service_its_folder_is_named(tmp_path: Path) -> None:
    put(tmp_path, "backend/app/main.py", APP)
    assert "Is the service in" not in no_service(tmp_path)
    put(tmp_path, "backend/pyproject.toml", "[project]\n")
    put(tmp_path, "frontend/package.json", "{}")
    assert no_service(tmp_path).endswith(f"Is the service in backend? Then: --service {tmp_path}/backend")


def test_a_service_without_an_interpreter_says_how_to_make_one(tmp_path: Path) -> None:
    put(tmp_path, "main.py", APP)
    with pytest.raises(WorkflowError, match=r"no interpreter at \.venv/bin/python .*python3 -m venv"):
        find_target(tmp_path)


def test_the_interpreter_stays_a_path_in_its_environment(tmp_path: Path) -> None:
    put(tmp_path, "service/main.py", APP)
    put(tmp_path, "real/bin/python3.12", "#!/bin/sh\n")
    (tmp_path / "real/bin/python").symlink_to("python3.12")
    (tmp_path / "service/.venv").symlink_to(tmp_path / "real")
    assert find_target(tmp_path / "service").python == (tmp_path / "real/bin/python").resolve().parent / "python"


def test_what_a_repository_keeps_above_its_services_is_found(tmp_path: Path) -> None:
    shop = tmp_path / "services" / "shop"
    (shop / "app").mkdir(parents=True)
    for name in ("uv.lock", "compose.yml", "Dockerfile", "requirements.txt"):
        (tmp_path / name).write_text(name)
    target = Target(root=shop, python=Path())
    assert (target.lock, target.compose, target.image) == (None, None, None)  # no repository: nothing above is ours
    (tmp_path / ".git").mkdir()
    assert (target.lock, target.compose, target.image) == ("../../uv.lock", "../../compose.yml", "../../Dockerfile")
    (shop / "requirements.txt").write_text("x")
    assert target.lock == "requirements.txt"


def test_a_dangling_link_and_a_pipe_are_no_code(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("from fastapi import FastAPI\napp = FastAPI()\n", encoding="utf-8")
    (tmp_path / "app" / ".#main.py").symlink_to("somebody@somewhere.1234")
    os.mkfifo(tmp_path / "pipe.py")
    assert find_app(tmp_path) == "app.main:app"


def test_the_lock_of_a_workspace_comes_before_one_in_a_folder_below(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    (shop / "docs").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (shop / "docs" / "requirements.txt").write_text("sphinx\n", encoding="utf-8")
    target = Target(root=shop, python=Path(sys.executable), config=Config())
    assert target.lock == "docs/requirements.txt"
    (tmp_path / "uv.lock").write_text("", encoding="utf-8")
    assert target.lock == "../uv.lock"


def test_a_setting_that_is_named_stands_beside_those_that_are_found(tmp_path: Path) -> None:
    put(tmp_path, ".venv/bin/python")
    put(
        tmp_path, "main.py", 'import os\nfrom fastapi import FastAPI\napp = FastAPI()\nU = os.environ["DATABASE_URL"]\n'
    )
    put(tmp_path, "gonogo.toml", '[env]\nREADY = "yes"\n')
    assert find_target(tmp_path).config.env == {"DATABASE_URL": "{database_url}", "READY": "yes"}
    put(tmp_path, "gonogo.toml", '[env]\nDB = "{database_url}"\n')
    assert find_target(tmp_path).config.env == {"DB": "{database_url}", "DATABASE_URL": "{database_url}"}


def test_files_that_the_service_may_consist_of_are_counted(tmp_path: Path) -> None:
    for name in ("main.py", "a/b.py", "locustfile.py", "conftest.py", "scripts/c.py", "migrations/d.py", "tests/e.py"):
        put(tmp_path, name)
    found = {path.relative_to(tmp_path).as_posix() for path in own_files(tmp_path)}
    assert found == {"main.py", "a/b.py"}
    assert [path.name for path in own_files(tmp_path, ["a"])] == ["b.py"]


def test_code_of_which_less_than_half_would_be_read_proves_nothing(tmp_path: Path, workshop: Workshop) -> None:
    put(tmp_path, "app/__init__.py", APP)
    for number in range(4):
        put(tmp_path, f"else/part{number}.py")
    with pytest.raises(ProbeError, match=r"app holds 1 of 5 Python files of the service\. Name the folders"):
        read_code(Probe(target(tmp_path), workshop), None)


def test_packages_that_the_app_s_imports_are_its_code_too(tmp_path: Path) -> None:
    put(
        tmp_path,
        "core/server.py",
        "from fastapi import FastAPI\nfrom api import router\nimport alembic\napp = FastAPI()\n",
    )
    put(tmp_path, "api/__init__.py", "from domain.users import User\n")
    for name in ("domain/users.py", "alembic/env.py", "scripts/seed.py", "tests/test_a.py"):
        put(tmp_path, name)

    assert find_sources(tmp_path) == ["core", "api", "domain"]


def test_what_lies_in_a_hidden_folder_is_for_somebodys_editor(tmp_path: Path) -> None:
    put(tmp_path, ".devcontainer/Dockerfile")
    assert target(tmp_path).image is None
    put(tmp_path, "docker/Dockerfile")
    assert target(tmp_path).image == "docker/Dockerfile"


@pytest.mark.parametrize(
    "name", ["docker/api.Dockerfile", "deploy/prod/Containerfile", "Dockerfile.prod", "api.dockerfile"]
)
def test_a_dockerfile_is_found_by_whatever_name_it_has(tmp_path: Path, name: str) -> None:
    put(tmp_path, "Dockerfile.dev", "FROM python:3.12\n")
    put(tmp_path, "docker/proxy.Dockerfile", "FROM nginx:1\n")
    put(tmp_path, f"{name}.dockerignore", "*.md\n")
    assert target(tmp_path).image == "docker/proxy.Dockerfile"
    put(tmp_path, name, 'FROM python:3.12\nCMD ["uvicorn"]\n')
    assert target(tmp_path).image == name


def test_beside_a_fixed_address_of_the_database_nothing_that_is_found_counts(tmp_path: Path) -> None:
    """Its name and user as placeholders would look like a whole address; the proof would run on somebody's own."""
    put(tmp_path, ".venv/bin/python")
    put(tmp_path, "main.py", APP)
    put(tmp_path, ".env.example", "DATABASE_URL=postgresql://db/app\nPOSTGRES_USER=app\nPOSTGRES_DB=app\n")
    for name in ("DATABASE_URL", "database_url"):
        put(tmp_path, "gonogo.toml", f'[env]\n{name} = "postgresql://app:app@localhost:5432/app"\n')
        assert find_target(tmp_path).config.env == {name: "postgresql://app:app@localhost:5432/app"}
    put(tmp_path, "gonogo.toml", '[production]\nDATABASE_URL = "postgresql://app:app@localhost:5432/app"\n')
    assert find_target(tmp_path).config.env == {}


# --- a folder that is no service, or too much of one


def no_service(folder: Path) -> str:
    with pytest.raises(WorkflowError) as raised:
        find_target(folder)
    return str(raised.value)


def test_the_whole_machine_is_not_looked_through() -> None:
    assert no_service(Path("/")).startswith(
        "No service in /: no gonogo.toml, no alembic.ini and it is the whole machine"
    )


def test_a_huge_folder_is_left_after_a_bounded_look(tmp_path: Path) -> None:
    for number in range(FEW // 100 + 2):
        (tmp_path / f"f{number}").mkdir()
        for other in range(100):
            (tmp_path / f"f{number}" / f"{other}.txt").touch()
    put(tmp_path, "deep/down/below/all/of/it/main.py", APP)
    said = no_service(tmp_path)
    assert f"more than {FEW} files and folders" in said
    assert "--service PATH" in said
    put(tmp_path, "gonogo.toml", '[service]\npython = "python"\n')
    put(tmp_path, "python")
    assert find_target(tmp_path).app == "deep.down.below.all.of.it.main:app"  # it says itself that it is one


def test_a_look_reads_no_more_entries_than_it_may(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"{number}.py").touch()
    with pytest.raises(TooMuch, match="more than 49 files and folders"):
        list(files_below(tmp_path, set(), 49))
    assert len(list(files_below(tmp_path, set(), 50))) == 50


def test_loops_of_links_sockets_pipes_and_deep_folders_do_not_stop_the_look(tmp_path: Path) -> None:
    put(tmp_path, "app/main.py", APP)
    (tmp_path / "app/again").symlink_to(tmp_path)
    (tmp_path / "round.py").symlink_to("round.py")
    (tmp_path / "gone.py").symlink_to("nowhere.py")
    os.mkfifo(tmp_path / "pipe.py")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s.py"))
        put(tmp_path, "/".join(["d"] * 60) + "/main.py", APP)
        assert [path.name for path in files_below(tmp_path, set())] == ["main.py"]
        assert find_app(tmp_path) == "app.main:app"


def test_a_file_a_loop_and_a_name_too_long_are_sentences(tmp_path: Path) -> None:
    put(tmp_path, "file")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert no_service(tmp_path / "file") == f"{tmp_path}/file is no folder. Name the service's folder: --service PATH"
    assert "loop" in no_service(tmp_path / "loop")
    assert "can't be read: File name too long" in no_service(tmp_path / ("x" * 300))


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root and setpriv, to be nobody")
@pytest.mark.parametrize("mode", [0o000, 0o600])
def test_a_folder_that_this_user_may_not_read_is_a_sentence(mode: int) -> None:
    code = "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2])\n"
    code += "from runner.discovery.target import find_target\n"
    code += "from runner.errors import WorkflowError\n"
    code += "try: find_target(Path(sys.argv[1]))\nexcept WorkflowError as told: print(told)"
    with tempfile.TemporaryDirectory() as top:
        Path(top).chmod(0o755)
        put(Path(top), "shut/app/main.py", APP)
        (Path(top) / "shut").chmod(mode)
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        if subprocess.run([*nobody, sys.executable, "-c", ""], capture_output=True, check=False).returncode:
            pytest.skip("nobody can't run this Python: it lies where only root may read")
        argv = [*nobody, sys.executable, "-c", code, f"{top}/shut", str(ROOT)]
        ran = subprocess.run(argv, capture_output=True, text=True, check=False)
        (Path(top) / "shut").chmod(0o755)
    if "ermission" in ran.stderr and str(ROOT) in ran.stderr:
        pytest.skip("nobody may not read this checkout")
    assert ran.stdout.startswith(f"{top}/shut can't be read: Permission denied."), ran.stderr
