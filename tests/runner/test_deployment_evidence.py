"""What does the deployment stage's evidence read out of locks, Dockerfiles, workflows, compose files and restarts?"""

import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from runner.evidence.code.lock_file import LockFile, _toml_pins, included, kind_of, requirement_pins
from runner.evidence.code.poetry_lock import as_requirements
from runner.evidence.code.python_versions import read
from runner.evidence.load.alert_rules import rules_in
from runner.evidence.release.clean_room import released
from runner.evidence.release.compose_file import Setting
from runner.evidence.release.image_file import as_template, installed_by_name, is_made_from, patterns_of
from runner.evidence.release.lock_install import NO_INDEX, install_words, left_out, wrong_python
from runner.evidence.release.production_refusals import SETTING, is_read, keys_signed_with, known_values, secrets_among
from runner.evidence.release.workflows import demands, read_workflow, with_scripts
from runner.live.balancer import Balancer
from runner.live.server import DidNotStart, serve_argv, start_server
from runner.live.steady import HalfSent, Steady, get
from runner.live.workshop import Workshop
from runner.postgres.catalog import Filler, row_counts, schema_lines
from runner.processes.process import clean_environment
from runner.reading.dockerfile import bases_of, parse
from runner.reading.metrics_text import Metric, metrics_in

PYTHON = Path("/usr/bin/python3")


# --- locks


def test_pins_are_read_with_their_lines_and_hashes() -> None:
    text = (
        "# made by uv\n--index-url https://example.org/simple\nfastapi[all]==0.120.0 ; python_version >= '3.9' \\\n"
        "    --hash=sha256:aa \\\n    --hash=sha256:bb\n    # via -r requirements.in\nredis>=5\n-e .\nhttpx==0.28.*\n"
    )
    pins = requirement_pins("requirements.lock", text)
    assert [(p.name, p.version, p.hashed, p.line) for p in pins] == [
        ("fastapi", "0.120.0", True, 3),
        ("redis", None, False, 7),
        ("httpx", None, False, 9),
    ]


def test_included_files_and_kinds_of_locks_are_told_apart() -> None:
    assert included("deploy/prod.txt", "-r base.txt\n--requirement=more.txt\n") == [
        "deploy/base.txt",
        "deploy/more.txt",
    ]
    assert [kind_of(name) for name in ("requirements.lock", "x/uv.lock", "poetry.lock", "pylock.toml")] == [
        "requirements",
        "uv.lock",
        "poetry.lock",
        "pylock.toml",
    ]


@pytest.mark.parametrize(
    "said",
    [
        "error: Failed to fetch: `https://index.example/x/`",
        "Caused by: error sending request for url",
        "Caused by: dns error: failed to lookup address information",
        "NewConnectionError: Temporary failure in name resolution",
    ],
)
def test_a_silent_index_is_not_the_locks_fault(said: str) -> None:
    assert NO_INDEX.search(said)


@pytest.mark.parametrize(
    "said",
    [
        "Hash mismatch for `redis==7.0.0`",
        "Because redis was not found in the package registry, the requirements are unsatisfiable.",
        "In `--require-hashes` mode, all requirements must have a hash, but none were provided for: redis",
    ],
)
def test_a_broken_lock_is_not_the_networks_fault(said: str) -> None:
    assert not NO_INDEX.search(said)


# --- Dockerfiles


def test_a_dockerfile_is_read_with_continuations_comments_and_documents() -> None:
    text = (
        "# syntax=docker/dockerfile:1\nFROM python:3.12.4 AS build\nRUN pip install \\\n    # why\n    a \\\n    b\n"
        "RUN <<EOF\npip install c\nEOF\nfrom build\nUSER 10001\n"
    )
    found, problem = parse(text)
    assert problem == ""
    assert [(i.word, i.line, i.stage) for i in found] == [
        ("FROM", 2, 0),
        ("RUN", 3, 0),
        ("RUN", 7, 0),
        ("FROM", 10, 1),
        ("USER", 11, 1),
    ]
    assert "pip install c" in found[2].text
    assert [(b.name, b.alias, b.stage) for b in bases_of(found)] == [("python:3.12.4", "build", None), ("build", "", 0)]


@pytest.mark.parametrize("text", ["", "# nothing\n", "RUNN x\n", "FROM a \\\n"])
def test_what_is_no_dockerfile_has_a_problem(text: str) -> None:
    assert parse(text)[1]


@pytest.mark.parametrize(
    ("words", "template"),
    [
        (
            ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port=80", "--timeout-graceful-shutdown", "5"],
            "{python} -m uvicorn app.main:app --timeout-graceful-shutdown 5 --host {host} --port {port}",
        ),
        (
            ["sh", "-c", "alembic upgrade head && exec uvicorn app:app --workers 2"],
            "{python} -m uvicorn app:app --workers 2 --host {host} --port {port}",
        ),
        (["/opt/venv/bin/hypercorn", "a:b", "-b", "0.0.0.0:80"], "{python} -m hypercorn a:b --bind {host}:{port}"),
        (["python", "-m", "app"], None),
        (["sh", "-c", "uvicorn $APP"], None),
        (["gunicorn", "app:app", "-k", "uvicorn.workers.UvicornWorker"], None),
    ],
)
def test_the_images_command_becomes_the_rehearsals(words: list[str], template: str | None) -> None:
    assert as_template(words) == template


def test_ignore_patterns_are_read_without_comments() -> None:
    assert patterns_of("# local\n\n.env*\n!.env.example\n") == (".env*", "!.env.example")


# --- compose, workflows, alerts, Python, metrics


@pytest.mark.parametrize(
    ("value", "default"),
    [
        ("${A}", None),
        ("$A", None),
        ("${A:?needed}", None),
        ("${A:-x}", "x"),
        ("${A-y}", "y"),
        ("${A:-}", None),
        ("z", "z"),
    ],
)
def test_a_setting_knows_its_default(value: str, default: str | None) -> None:
    assert Setting(name="A", value=value, line=1).default == default


def test_a_workflow_is_read_with_lines_and_inherited_variables() -> None:
    text = (
        "on:\n  push:\nenv: {A: 1}\njobs:\n  t:\n    env: {B: 2}\n    services: {db: {image: 'postgres:16'}}\n"
        "    steps:\n      - uses: x/y@v1\n      - name: go\n        run: pytest\n        env: {C: 3}\n"
    )
    flow = read_workflow("ci.yml", text)
    assert (flow.events, flow.permissions, flow.jobs[0].services) == (("push",), None, ("postgres:16",))
    assert [(t.line, t.uses or t.run) for t in flow.tasks] == [(9, "x/y@v1"), (11, "pytest")]
    assert flow.tasks[1].environment == ("A", "B", "C")
    assert read_workflow("ci.yml", "jobs:\n  - a\n").unreadable == "it has no `jobs`"
    assert "line 2" in read_workflow("ci.yml", "a: [\nb: }").unreadable


def test_the_scripts_that_a_step_runs_are_read_with_theirs(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/ci.sh").write_text("bash scripts/test.sh\n")
    (tmp_path / "scripts/test.sh").write_text("coverage run -m pytest\nbash scripts/ci.sh\n")
    flow = read_workflow(
        "ci.yml", "jobs:\n  t:\n    steps:\n      - run: uv run bash scripts/ci.sh\n      - run: ls no.sh\n"
    )
    read = with_scripts(flow, (tmp_path / "elsewhere", tmp_path))
    assert ["pytest" in task.scripts for task in read.tasks] == [True, False]


@pytest.mark.parametrize(
    ("run", "named"),
    [
        ("pip install --no-cache-dir uvicorn[standard] 'gunicorn>=21'", ("uvicorn[standard]", "gunicorn>=21")),
        ("pip install -r requirements.txt && pip3 install granian", ("granian",)),
        ("pip install --upgrade pip uv", ()),
        ("pip install . -c limits.txt", ()),
    ],
)
def test_what_an_image_installs_by_name_is_read(run: str, named: tuple[str, ...]) -> None:
    assert installed_by_name(f"FROM a AS build\nRUN pip install poetry flask\nFROM a\nRUN {run}\n") == named


def test_a_release_takes_the_workspace_around_it_along(tmp_path: Path) -> None:
    shop = tmp_path / "services" / "shop"
    shop.mkdir(parents=True)
    (tmp_path / "web").mkdir()
    for name in (".git", "uv.lock", "pyproject.toml", ".env", "services/shop/app.py", "web/pyproject.toml", "web/x.js"):
        (tmp_path / name).write_text(name)
    release = released(shop, tmp_path / "copy", shared=True)
    copied = sorted(path.relative_to(tmp_path / "copy").as_posix() for path in release.parents[1].rglob("*.*"))
    assert release == tmp_path / "copy" / "services" / "shop"
    assert copied == ["pyproject.toml", "services/shop/app.py", "uv.lock", "web/pyproject.toml"]
    alone = released(shop, tmp_path / "alone", shared=False)
    assert [path.name for path in alone.iterdir()] == ["app.py"]


def test_a_repository_below_a_folder_called_build_is_copied_whole(tmp_path: Path) -> None:
    shop = tmp_path / "build" / "repo" / "shop"
    (shop.parent / "lib").mkdir(parents=True)
    shop.mkdir()
    for name in (".git", "lib/pyproject.toml", "shop/app.py"):
        (shop.parent / name).write_text(name)
    release = released(shop, tmp_path / "copy", shared=True)
    assert (release.parent / "lib" / "pyproject.toml").is_file()


def test_what_the_tests_demand_is_seen(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/conftest.py").write_text(
        'import os\nos.environ["KEY"] = "x"\nURL = os.environ["DB_URL"]\nK = os.environ["KEY"]\n'
        'DSN = "postgresql://u@localhost/x"\n'
    )
    assert demands(tmp_path, "tests") == ((("DB_URL", "tests/conftest.py", 3),), ("tests/conftest.py", 5))
    assert demands(tmp_path, None) == ((), None)


def test_alerts_are_read_from_prometheus_and_from_kubernetes() -> None:
    rule = {"alert": "Slow", "expr": "x > 1", "labels": {"need": "QN-1"}}
    for document in ({"groups": [{"rules": [rule]}]}, {"spec": {"groups": [{"rules": [rule]}]}}):
        found = list(rules_in("a.yaml", yaml.safe_dump(document)))
        assert [(r.name, r.expression, r.words) for r in found] == [("Slow", "x > 1", "QN-1")]


def test_python_versions_are_read_in_three_spellings() -> None:
    assert [n.version for n in read("x", "3.12\npython-3.11.2\npython 3.10.1\nruby 3.3.0\n")] == [
        "3.12",
        "3.11.2",
        "3.10.1",
    ]


def test_metrics_are_read_with_their_labels() -> None:
    text = (
        '# TYPE http_requests counter\nhttp_requests_total{method="GET",status="200"} 3.0\n'
        '# TYPE took_seconds histogram\ntook_seconds_bucket{le="1.0",route="/a"} 1.0\n'
        'took_seconds_count{route="/a"} 1\n'
    )
    assert metrics_in(text) == (
        Metric(name="http_requests_total", kind="counter", labels=("method", "status"), statuses=frozenset({"200"})),
        Metric(name="took_seconds", kind="histogram", labels=("route",), largest=1.0),
    )


def test_an_exemplar_is_no_label_of_a_metric() -> None:
    text = (
        '# TYPE took_seconds histogram\ntook_seconds_bucket{le="1.0",route="/a"} 1.0 # {trace_id="x",le="99"} 0.5\n'
        'took_seconds_bucket{le="+Inf",route="{b}"} 1.0\n# EOF\n'
    )
    assert metrics_in(text) == (Metric(name="took_seconds", kind="histogram", labels=("route",), largest=1.0),)


def test_secrets_that_everybody_can_read_are_found(tmp_path: Path) -> None:
    code = tmp_path / "app.py"
    code.write_text(
        'import os\nclass S:\n    secret_key: str = Field(default="in-settings")\n    token: str = "no"\n'
        'KEY = os.getenv("SHOP_SECRET_KEY", "in-code")\n'
    )
    (tmp_path / ".env.example").write_text("SHOP_SECRET_KEY='in-example' # change it\nOTHER=x\n")
    (tmp_path / "compose.yaml").write_text(
        "services:\n  a:\n    environment:\n      SHOP_SECRET_KEY: ${SHOP_SECRET_KEY:-in-compose}\n"
    )
    known = known_values(tmp_path, "SHOP_SECRET_KEY", {code: code.read_text()})
    assert [(k.value, k.path, k.line) for k in known] == [
        (None, None, None),
        ("in-settings", "app.py", 3),
        ("in-code", "app.py", 5),
        ("in-example", ".env.example", 1),
    ]


def test_what_is_off_where_its_secret_is_unset_has_no_known_one(tmp_path: Path) -> None:
    code = tmp_path / "app.py"
    fields = ("captcha_secret: str | None = None", "jwt_secret: str | None = None", "salt: str")
    texts = {code: "class S(Base):\n    " + "\n    ".join(fields)}
    assert known_values(tmp_path, "CAPTCHA_SECRET", texts) == []
    assert [one.value for one in known_values(tmp_path, "JWT_SECRET", texts)] == [None], "it signs with nothing, then"
    assert [one.value for one in known_values(tmp_path, "SALT", texts)] == [None]


def test_known_secrets_are_read_as_compose_files_and_dockerfiles_are_written(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        "# KEY: in-a-comment\nx-env: &env\n  KEY: ${KEY:-in-map}\nservices:\n  a:\n    environment: *env\n"
        "  b:\n    command: |\n      KEY=in-a-script\n    environment:\n      - OTHER_KEY=x\n      - KEY=in-list\n"
        "  c:\n    environment: [KEY=$KEY, 'KEY=${KEY:?set it}']\n"
    )
    (tmp_path / "Dockerfile").write_text("FROM a:1\nARG A=b \\\n    KEY=in-image\nRUN echo KEY=in-a-command\n")
    known = known_values(tmp_path, "KEY", {})
    assert [(k.value, k.path, k.line) for k in known[1:]] == [
        ("in-map", "compose.yaml", 3),
        ("in-list", "compose.yaml", 12),
        ("in-image", "Dockerfile", 2),
    ]


# --- servers, for real


class _Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(self.server.server_port).encode())  # type: ignore[attr-defined]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def two() -> Iterator[tuple[int, int]]:
    servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Echo) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield (servers[0].server_port, servers[1].server_port)
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_balancer_sends_new_connections_to_the_chosen_instance(two: tuple[int, int]) -> None:
    with Balancer(two[0]) as balancer:
        held = HalfSent(balancer.port, "POST", "/", {"sent": "in two halves"})
        balancer.switch(two[1])
        assert get(balancer.port, "/").status == 200
        assert held.pending()
        assert held.finish().status == 200


def test_a_refusing_instance_is_a_failed_request(two: tuple[int, int]) -> None:
    with Balancer(1) as balancer:
        answer = get(balancer.port, "/")
        assert (answer.status, answer.failed) == (None, True)
        balancer.switch(two[0])
        assert not get(balancer.port, "/").failed


def test_the_steady_load_notices_each_failure(two: tuple[int, int]) -> None:
    with Balancer(two[0]) as balancer, Steady(balancer.port, ("/a", "/b")) as load:
        while len(load.answers) < 10:
            pass
        balancer.switch(1)
        while not any(answer.failed for answer in load.answers):
            pass
    assert {answer.path for answer in load.answers} == {"/a", "/b"}
    assert not any(answer.failed for answer in load.answers[:8])


def test_a_service_that_ends_at_once_did_not_start(tmp_path: Path) -> None:
    with Workshop() as workshop, pytest.raises(DidNotStart, match="no key, no service"):
        start_server(
            workshop.runner,
            root=tmp_path,
            python=PYTHON,
            app="a:b",
            env=clean_environment(),
            command="sh -c 'echo no key, no service; exit 3'",
        )


def test_a_factory_and_another_server_are_started_as_they_need(tmp_path: Path) -> None:
    python = tmp_path / "venv/bin/python"
    granian = tmp_path / "venv/lib/python3.12/site-packages/granian/__main__.py"
    granian.parent.mkdir(parents=True)
    granian.touch()
    assert serve_argv(python, "a.b:make()", 81)[1:] == [
        "-m",
        "granian",
        "--interface",
        "asgi",
        "--host",
        "127.0.0.1",
        "--port",
        "81",
        "a.b:make",
        "--factory",
    ]


# --- databases, for real


def test_rows_are_made_for_tables_with_keys_checks_and_enums() -> None:
    with Workshop() as workshop:
        database = workshop.new_database()
        for statement in (
            "CREATE TYPE mood AS ENUM ('glad', 'sad')",
            "CREATE TABLE person (id serial PRIMARY KEY, email varchar(30) UNIQUE NOT NULL, mood mood NOT NULL)",
            (
                "CREATE TABLE note (id uuid PRIMARY KEY, person_id int NOT NULL REFERENCES person, kind text NOT NULL "
                "CHECK (kind IN ('a', 'b')), at timestamptz NOT NULL DEFAULT now(), tags text[] NOT NULL)"
            ),
        ):
            database.rows(statement)
        before = schema_lines(database)
        filler = Filler(database)
        assert filler.fill() == {"person": "", "note": ""}
        assert row_counts(database) == {"note": 1, "person": 1}
        database.rows("ALTER TABLE note ADD COLUMN must int NOT NULL DEFAULT 1")
        database.rows("ALTER TABLE note ALTER COLUMN must DROP DEFAULT")
        refused = filler.fill()
        assert refused["person"] == ""
        assert 'null value in column "must"' in refused["note"]
        assert schema_lines(database) - before == {"column note.must integer NOT NULL"}


POETRY = """
[[package]]
name = "fastapi"
version = "0.79.1"
category = "main"
optional = false

[[package]]
name = "pytest"
version = "7.1.2"
category = "dev"
optional = false

[metadata.files]
fastapi = [
    {file = "fastapi.whl", hash = "sha256:aa"},
]
pytest = [
    {file = "pytest.whl", hash = "sha256:bb"},
]
"""


def test_a_lock_of_poetry_1_has_its_hashes_at_the_end() -> None:
    assert [(pin.name, pin.hashed) for pin in _toml_pins("poetry.lock", POETRY)] == [
        ("fastapi", True),
        ("pytest", True),
    ]
    assert as_requirements(POETRY) == "fastapi==0.79.1 --hash=sha256:aa\n"


def test_a_lock_of_poetry_2_names_groups_and_markers() -> None:
    lock = """
    [[package]]
    name = "uvloop"
    version = "0.21"
    optional = false
    groups = ["main", "dev"]
    markers = "sys_platform != 'win32'"
    files = [{file = "uvloop.whl", hash = "sha256:cc"}]
    """
    assert as_requirements(lock) == "uvloop==0.21 ; sys_platform != 'win32' --hash=sha256:cc\n"
    main = "main = \"sys_platform != 'win32'\""
    by_group = lock.replace("\"sys_platform != 'win32'\"", f"{{dev = \"python_version > '3'\", {main}}}")
    assert as_requirements(by_group) == as_requirements(lock)


PROJECT = """
[tool.poetry.dependencies]
python = "^3.11"
Fast_API = {extras = ["all"], version = "^0.110"}
spare = {version = "*", optional = true}
[tool.poetry.group.dev.dependencies]
testing = "*"
"""
NEEDS = {
    "fast-api": """uv-loop = {version = "*", markers = "sys_platform != 'win32'"}
    mail = {version = "*", optional = true, markers = "extra == 'all'"}""",
    "mail": "idna = '*'\nfast-api = '*'",
    "idna": "tz = {version = '*', markers = \"sys_platform == 'win32'\"}",
    "uv-loop": "",
    "tz": "",
    "testing": """pywin32 = {version = "*", markers = "sys_platform == 'win32'"}\nidna = '*'""",
    "pywin32": "",
    "spare": "",
}


def test_a_lock_of_poetry_1_says_by_who_needs_it_where_a_package_belongs() -> None:
    lock = "".join(
        f"[[package]]\nname = '{name}'\nversion = '1'\noptional = false\n[package.dependencies]\n{needs}\n"
        for name, needs in NEEDS.items()
    )
    assert as_requirements(lock, PROJECT).splitlines() == [
        "fast-api==1",
        "mail==1",
        "idna==1",
        "uv-loop==1 ; (sys_platform != 'win32')",
        "tz==1 ; (sys_platform == 'win32')",
    ]
    assert "pywin32==1" in as_requirements(lock), "without the project nobody can tell"


def test_another_python_that_the_project_asks_for_is_no_missing_index() -> None:
    said = "error: No interpreter found for Python 3.14.0 in managed installations or search path\n\nhint: A managed"

    assert wrong_python(said, "3.14.10") == (
        "its project asks for Python 3.14.0, and the service's own environment has Python 3.14.10; "
        "make that environment with a Python that fits"
    )
    assert wrong_python("error: Failed to fetch `pydantic`", "3.12.1") == ""


def test_what_compose_builds_from_another_dockerfile_is_not_this_image() -> None:
    here = Path("/srv/service")
    file = here / "Dockerfile"

    assert is_made_from(file, ".", here)
    assert is_made_from(here / "docker/Dockerfile", {"context": ".", "dockerfile": "docker/Dockerfile"}, here)
    assert is_made_from(here / "../Dockerfile", {"context": "."}, here / "..")
    assert is_made_from(file, {"context": ".", "dockerfile": "service/Dockerfile"}, here / "..")
    assert is_made_from(file, "./service", here / "..")
    assert not is_made_from(file, {"context": "./db", "dockerfile": "Dockerfile"}, here)
    assert not is_made_from(file, {"context": ".", "dockerfile": "other/Dockerfile"}, here / "..")
    assert not is_made_from(file, None, here)


def test_a_list_without_versions_is_installed_with_what_it_needs() -> None:
    pins = requirement_pins("requirements.txt", "fastapi\nuvicorn==0.30.1\n")
    loose = LockFile(path="requirements.txt", kind="requirements", pins=tuple(pins))
    tight = replace(loose, pins=tuple(pins[1:]))

    assert install_words(loose, Path("p")) == ["pip", "install", "--quiet", "--python", "p", "-r", "requirements.txt"]
    assert install_words(tight, Path("p")) == ["pip", "sync", "--quiet", "--python", "p", "requirements.txt"]


def test_a_git_source_at_a_commit_is_as_good_as_a_hash() -> None:
    lock = '[[package]]\nname = "a"\nversion = "1"\nsource = { git = "https://x/y?rev=z#%s" }\n'

    assert [pin.hashed for pin in _toml_pins("uv.lock", lock % ("f" * 40))] == [True]
    assert [pin.hashed for pin in _toml_pins("uv.lock", lock % "main")] == [False]


@pytest.mark.parametrize(
    ("call", "key", "setting"),
    [
        ("jwt.encode(claims, str(user.password), algorithm='HS256')", "str(user.password)", False),
        ("jwt.encode(claims, settings.jwt, 'HS256')", "settings.jwt", True),
        ("jwt.encode(claims, key=SIGN)", "SIGN", True),
        ("jwt.encode(claims, self.secret)", "self.secret", True),
    ],
)
def test_what_tokens_are_signed_with_is_read(call: str, key: str, setting: bool) -> None:  # noqa: FBT001
    assert list(keys_signed_with(f"import jwt\nt = {call}\n")) == [(2, key)]
    assert bool(SETTING.search(key)) is setting


def test_what_a_list_leaves_out_is_told_in_a_line() -> None:
    said = (
        "The package `sqlmodel` requires `sqlalchemy>=1.4.17,<=1.4.41`, but it's not installed\n"
        "The package `alembic` requires `mako`, but it's not installed\n"
        "The package `a` requires `b>=2`, but `1.0` is installed\n"
    )
    assert left_out(said) == (
        "mako, sqlalchemy not named, which its packages need (sqlmodel needs sqlalchemy>=1.4.17,<=1.4.41); "
        "The package `a` requires `b>=2`, but `1.0` is installed"
    )


def test_what_had_to_be_a_long_text_is_no_secret_of_production() -> None:
    named = {"JWT_VERIFY_SIGNATURE": "{secret}", "JWT_SECRET": "{secret:.32}", "PEPPERED": "{secret}", "PORT": "1"}
    assert secrets_among(named, frozenset({"PEPPERED"})) == ["JWT_SECRET", "PEPPERED"]


@pytest.mark.parametrize(
    ("name", "code", "read"),
    [
        ("SECRET_KEY", 'KEY = os.environ["SECRET_KEY"]', True),
        ("SHOP_SECRET_KEY", "class Inner(BaseModel):\n    secret_key: str", True),
        ("NEXTAUTH_SECRET", "class Settings(BaseSettings):\n    secret_key: str = ''", False),
        ("FRONT_CLIENT_SECRET", "secret = 1", False),
    ],
)
def test_a_variable_of_another_part_of_the_repository_is_none_of_this_service(
    tmp_path: Path, name: str, code: str, *, read: bool
) -> None:
    path = tmp_path / "settings.py"
    path.write_text(code, encoding="utf-8")
    assert is_read(name, {path: code}) is read
