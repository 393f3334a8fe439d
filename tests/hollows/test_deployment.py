"""Does a check of the deployment stage pass where nothing is to judge, or where a release only says that it is well?"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from runner.evidence.agreed.mentions import mentioned
from runner.evidence.code.python_versions import Named, PythonVersions
from runner.evidence.load.alert_rules import AlertRules, Rule
from runner.evidence.release.compose_file import Compose, parts_in
from runner.evidence.release.image_build import ImageBuild
from runner.evidence.release.image_file import ImageFile
from runner.evidence.release.production_refusals import Attempt, Known, ProductionRefusals
from runner.evidence.release.workflows import GitHubWorkflows, Workflows, read_workflow, steps_of, with_actions
from runner.evidence.suite.ci_tests import idle_events, runs_of
from runner.live.steady import Answer
from runner.model import Outcome, share
from runner.reading.dockerfile import bases_of, parse
from runner.reading.documents import Yaml, yaml_in
from runner.reading.metrics_text import Metric
from stages.deployment import checks, checks_ci, checks_container, checks_image, checks_supply
from tests.stages import test_deployment as healthy
from tests.stages.test_deployment_container import GOOD as CONTAINER

GREEN = {Outcome.PASSED}
SHA = "a" * 40


def ci(
    steps: str, *, on: str = "[push, pull_request]", job: str = "", more: str = "", root: Path | None = None
) -> Workflows:
    """A workflow with one job of these steps, as it is collected in a folder with two files of tests."""
    text = f"on: {on}\njobs:\n  test:\n    runs-on: x\n{job}    steps:\n{steps}{more}"
    top = root or Path("/nowhere")
    read = read_workflow(".github/workflows/ci.yml", text)
    assert not read.unreadable, read.unreadable
    told = replace(with_actions(read, top, top), idle=idle_events(yaml_in(text).value, ["app/main.py", "app/db.py"]))
    files = ("tests/test_a.py", "tests/unit/test_b.py")
    runs = tuple(runs_of(steps_of(told), top, top, files))
    return Workflows(workflows=(told,), runs=runs, test_files=files, code_files=2, audited=1)


def ran(script: str) -> str:
    """A step that runs this script."""
    return "      - run: |\n" + "".join(f"          {line}\n" for line in script.splitlines())


# --- DP024: a word is no act

NO_TEST = [
    "pip install pytest coverage",
    "python -m pip install pytest",
    "uv pip install pytest",
    "echo pytest",
    "which pytest",
    "# pytest",
    "pytest --collect-only",
    "pytest --co -q",
    "pytest --version",
    "PYTEST_ADDOPTS=--collect-only pytest",
    "pytest || true",
    "pytest || echo failed",
    "set +e\npytest\necho done",
    "pytest | tee log",
    "! pytest",
    "if pytest; then echo well; fi",
    "if false; then pytest; fi",
    "false && pytest",
    "exit 0\npytest",
    "trap 'exit 0' EXIT\npytest",
    "pytest &",
    "echo $(pytest)",
    "pytest() { true; }\npytest",
    "runs_tests() { pytest; }\necho runs_tests",
    "cat <<'EOF'\npytest\nEOF",
    "bash -c 'pytest; true'",
    "bash -c 'echo pytest'",
    "(set +e; pytest; true)",
    "$RUNNER",
    "xargs pytest < nothing",
    "eval $TESTS",
    "pytest -k nothing_is_called_so",
    "pytest $ONLY",
    "make test",
    "docker run image echo pytest",
    "docker build --tag pytest .",
    "cd ../other && pytest",
    "source ci/env.sh && $PYTEST",
    "tox -e lint",
    "git grep pytest",
]  # fmt: skip


@pytest.mark.parametrize("script", NO_TEST)
def test_a_word_is_no_test_run(script: str) -> None:
    verdict = checks_ci.ci_runs_the_tests(ci(ran(script)))
    assert verdict.outcome not in GREEN, verdict.message


@pytest.mark.parametrize(
    "script",
    [
        "pytest",
        "python -m pytest -q",
        "set -o pipefail\npytest | tee log",
        "pytest || exit 1",
        "if ! pytest; then exit 1; fi\necho well",
        "code=0\npytest || code=$?\nexit $code",
        "bash -ec 'pytest; true'",
        "runs_tests() { pytest; }\nruns_tests",
        "uv run --frozen pytest",
        "pytest -m 'not slow'",
        "for version in 3.12 3.13; do pytest; done",
    ],
)
def test_what_runs_the_tests_passes(script: str) -> None:
    verdict = checks_ci.ci_runs_the_tests(ci(ran(script)))
    assert (verdict.outcome, verdict.shares) == (Outcome.PASSED, (share(2, 2, "test file"),)), verdict.message


STEP = "      - run: pytest\n"


@pytest.mark.parametrize(
    "never",
    [
        {"steps": STEP + "        if: false\n"},
        {"steps": STEP + "        if: ${{ false }}\n"},
        {"steps": STEP + "        if: always() && false\n"},
        {"steps": STEP + "        if: failure()\n"},
        {"steps": STEP + "        if: github.event_name == 'schedule'\n"},
        {"steps": STEP + "        if: vars.RUN_TESTS == 'yes'\n"},
        {"steps": STEP + "        continue-on-error: true\n"},
        {"steps": STEP + "        continue-on-error: ${{ true }}\n"},
        {"steps": STEP + "        shell: bash -n {0}\n"},
        {"steps": STEP + "        shell: cat {0}\n"},
        {"steps": STEP + "        working-directory: services/other\n"},
        {"steps": STEP + "        env: {PYTEST_ADDOPTS: --collect-only}\n"},
        {"steps": STEP, "job": "    if: false\n"},
        {"steps": STEP, "job": "    continue-on-error: true\n"},
        {"steps": STEP, "job": "    needs: gate\n", "more": "  gate:\n    if: false\n    steps: [{run: echo}]\n"},
        {"steps": STEP, "on": "workflow_dispatch"},
        {"steps": STEP, "on": "{schedule: [{cron: '1 1 1 1 *'}]}"},
        {"steps": STEP, "on": "{push: {tags: ['v*']}}"},
        {"steps": STEP, "on": "{push: {branches: [never]}}"},
        {"steps": STEP, "on": "{pull_request: {types: [closed]}}"},
        {"steps": STEP, "on": "{pull_request: {branches: [never]}}"},
        {"steps": STEP, "on": "{push: {paths: ['docs/**']}, pull_request: {paths: ['docs/**']}}"},
        {"steps": STEP, "on": "{push: {paths-ignore: ['**.py']}}"},
        {"steps": "      - uses: ./.github/actions/pytest\n"},
        {"steps": "      - name: pytest\n        run: 'true'\n"},
    ],
    ids=str,
)
def test_a_step_that_never_runs_the_tests_is_no_test_run(never: dict[str, str]) -> None:
    verdict = checks_ci.ci_runs_the_tests(ci(**never))  # type: ignore[arg-type]
    assert verdict.outcome not in GREEN, verdict.message


def test_a_part_of_the_tests_and_of_the_changes_is_said() -> None:
    part = checks_ci.ci_runs_the_tests(ci(ran("pytest tests/unit")))
    assert (part.outcome, part.shares) == (Outcome.PASSED, (share(1, 2, "test file"),))
    assert "(1 of 2 test files judged)" in part.message
    changes = checks_ci.ci_runs_the_tests(ci(STEP, on="{push: {paths: ['app/main.py']}}"))
    assert share(1, 2, "file whose change starts them") in changes.shares


FILES = {
    "Makefile": "test:\n\t-pytest\nlint:\n\truff check\nall: test\ngood:\n\tpytest\n",
    "tox.ini": "[tox]\nenv_list = lint\n[testenv]\ncommands = - pytest\n[testenv:lint]\ncommands = ruff check\n",
    "noxfile.py": "def tests(session):\n    session.run('pytest', success_codes=[0, 1])\n\n\ndef lint(session): ...\n",
    "tasks.py": "def test(c):\n    c.run('pytest', warn=True)\n\n\ndef good(c):\n    c.run('pytest -q')\n",
    "justfile": "test:\n    -pytest\n\ngood:\n    @pytest\n",
    "ci/test.sh": "#!/bin/sh\npytest\necho done\n",
    "ci/good.sh": "#!/bin/sh\nset -e\npytest\necho done\n",
    "ci/echo.sh": "# pytest\necho pytest\n",
    "setup.cfg": "[tool:pytest]\ntestpaths = tests\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("script", "green"),
    [
        ("make test", False),
        ("make lint", False),
        ("make all", False),
        ("make -n good", False),
        ("make -i good", False),
        ("make good", True),
        ("tox", False),
        ("tox -e py", False),
        ("nox", False),
        ("nox -s lint", False),
        ("invoke test", False),
        ("invoke good", True),
        ("just test", False),
        ("just good", True),
        ("./ci/test.sh", False),
        ("bash ci/echo.sh", False),
        ("bash -n ci/good.sh", False),
        ("bash ci/good.sh", True),
        ("bash ci/good.sh || true", False),
    ],
)
def test_what_stands_behind_a_target_is_read(script: str, green: bool, repository: Path) -> None:  # noqa: FBT001
    verdict = checks_ci.ci_runs_the_tests(ci(ran(script), root=repository))
    assert (verdict.outcome in GREEN) is green, verdict.message


def test_pytest_s_own_configuration_is_no_way_out(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = "--collect-only"\n')
    assert checks_ci.ci_runs_the_tests(ci(STEP, root=tmp_path)).outcome not in GREEN
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\ntestpaths = ["tests/none"]\n')
    assert checks_ci.ci_runs_the_tests(ci(STEP, root=tmp_path)).outcome not in GREEN


# --- the other checks of CI


def github(steps: str, **more: str) -> GitHubWorkflows:
    return GitHubWorkflows(all=ci(steps, **more))  # type: ignore[arg-type]


def test_an_action_in_the_repository_s_own_action_is_pinned_too(tmp_path: Path) -> None:
    action = tmp_path / ".github" / "actions" / "set-up" / "action.yml"
    action.parent.mkdir(parents=True)
    action.write_text("runs:\n  using: composite\n  steps:\n    - uses: actions/checkout@v5\n")
    used = GitHubWorkflows(all=ci("      - uses: ./.github/actions/set-up\n", root=tmp_path))
    verdict = checks_ci.every_action_is_pinned(used)
    assert (verdict.outcome, str(verdict.places[0])) == (Outcome.FAILED, ".github/actions/set-up/action.yml:4")


def test_no_action_is_no_pinned_action() -> None:
    assert checks_ci.every_action_is_pinned(github(STEP)).outcome is Outcome.NOT_APPLICABLE
    assert checks_ci.every_action_is_pinned(github("      []\n")).outcome is Outcome.UNKNOWN


def test_workflows_that_zizmor_did_not_read_are_not_safe() -> None:
    unread = GitHubWorkflows(all=replace(ci(STEP), audited=0))
    assert checks_ci.no_workflow_can_be_taken_over(unread).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "script",
    [
        "pytest | tee log",
        "ruff check && mypy\necho well",
        "trap 'exit 0' EXIT\npytest",
        "mypy || printf no",
        "bandit -r app --exit-zero",
        "if pytest; then echo well; fi",
        "bash -c 'pytest; true'",
    ],
)
def test_a_failure_that_the_shell_loses_is_swallowed(script: str) -> None:
    assert checks_ci.no_failure_is_swallowed(github(ran(script))).outcome is Outcome.FAILED


def test_what_the_shell_stops_at_is_not_swallowed() -> None:
    assert checks_ci.no_failure_is_swallowed(github(ran("pytest; true"))).outcome is Outcome.PASSED
    assert checks_ci.no_failure_is_swallowed(github(ran("pytest ) (\n"))).outcome is Outcome.UNKNOWN


def test_a_release_beside_the_tests_does_not_wait_for_them() -> None:
    release = "  release:\n    steps: [{run: twine upload dist/*}]\n"
    verdict = checks_ci.no_failure_is_swallowed(github(STEP, more=release))
    assert verdict.places[0].note == "job `release` releases and does not wait for `test`"
    waits = release.replace("    steps", "    needs: test\n    steps")
    assert checks_ci.no_failure_is_swallowed(github(STEP, more=waits)).outcome is Outcome.PASSED


def test_jobs_that_could_not_be_read_have_no_known_rights() -> None:
    text = "on: push\npermissions: {}\njobs: {a: {steps: []}, b: text, c: 3}\n"
    read = Workflows(workflows=(read_workflow("ci.yml", text),))
    verdict = checks_ci.the_pipeline_has_only_the_rights_it_needs(GitHubWorkflows(all=read))
    assert verdict.outcome is Outcome.UNKNOWN


# --- the image


def image(text: str, **more: object) -> ImageFile:
    instructions, problem = parse(text)
    assert not problem
    found = ImageFile(
        path="Dockerfile", instructions=instructions, bases=bases_of(instructions), ignored=(".env", ".git")
    )
    return replace(found, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "FROM a:1.2.3\nARG RUN_AS\nUSER $RUN_AS\n",
        "FROM a:1.2.3\nARG RUN_AS=root\nUSER $RUN_AS\n",
        "FROM a:1.2.3\nENV RUN_AS=0\nUSER ${RUN_AS}\n",
        "FROM a:1.2.3\nUSER ${RUN_AS:-root}\n",
        "FROM a:1.2.3\nARG A=app\nENV A=root\nUSER $A\n",
        "FROM a:1.2.3\nUSER 00\n",
        "FROM a:1.2.3\nUSER Root:app\n",
        "FROM a:1.2.3 AS build\nUSER app\nFROM a:1.2.3\n",
        "FROM a:1.2.3\nRUN useradd -o -u 0 app\nUSER app\n",
        "FROM a:1.2.3\nRUN usermod --uid=0 app\nUSER app\n",
        "FROM a:1.2.3\nRUN echo 'app:x:0:0::/:/bin/sh' >> /etc/passwd\nUSER app\n",
        "FROM me/nonroot:nonroot\n",
        "FROM gcr.io/distroless/python3:nonroot AS build\nFROM a:1.2.3\n",
        'FROM a:1.2.3\nUSER app\nENTRYPOINT ["sudo", "uvicorn"]\n',
    ],
)
def test_root_by_another_way_is_root(text: str) -> None:
    assert checks_image.the_container_does_not_run_as_root(image(text)).outcome not in GREEN


@pytest.mark.parametrize(
    "script", ["# exec gosu app\nuvicorn a:b\n", "exec gosu root uvicorn a:b\n", "echo gosu app\nexec uvicorn a:b\n"]
)
def test_a_script_that_only_names_gosu_drops_nothing(script: str) -> None:
    found = image('FROM a:1.2.3\nENTRYPOINT ["/e.sh"]\n', scripts=(("e.sh", script),))
    assert checks_image.the_container_does_not_run_as_root(found).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    "health",
    [
        "NONE",
        "CMD true",
        "CMD exit 0",
        'CMD ["true"]',
        "CMD echo http://127.0.0.1/health",
        "CMD curl -f http://127.0.0.1/health || true",
        "CMD curl -f http://127.0.0.1/health; exit 0",
        "CMD ! false",
        'CMD ["python", "-c", "print(1)"]',
        "CMD python -c 'import urllib.request'",
        "CMD ./healthy",
        "CMD $CHECK",
        "--interval=8760h CMD curl -f http://127.0.0.1/health",
        "--retries=1000000 CMD curl -f http://127.0.0.1/health",
    ],
)
def test_a_health_check_that_sees_nothing_is_none(health: str) -> None:
    assert (
        checks_image.the_image_has_a_health_check(image(f"FROM a:1.2.3\nHEALTHCHECK {health}\n")).outcome not in GREEN
    )


def test_a_health_check_of_an_earlier_stage_is_none() -> None:
    text = "FROM a:1.2.3 AS build\nHEALTHCHECK CMD curl -f http://127.0.0.1/\nFROM a:1.2.3\n"
    assert checks_image.the_image_has_a_health_check(image(text)).outcome is Outcome.FAILED


def test_a_base_that_the_build_names_is_not_known() -> None:
    verdict = checks_image.every_base_image_is_pinned(image("ARG BASE\nFROM ${BASE}\n"))
    assert verdict.outcome is Outcome.UNKNOWN
    copied = "FROM python:3.12.4-slim\nCOPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/\n"
    assert (
        checks_image.every_base_image_is_pinned(image(copied)).message
        == "1 of 2 bases move: ghcr.io/astral-sh/uv:latest"
    )


@pytest.mark.parametrize(
    "run",
    [
        "pip install --require-hashes -r requirements.lock && pip install requests",
        "pip install --require-hashes -r requirements.lock requests",
        "echo pip install --require-hashes -r requirements.lock; pip install requests",
        "<<EOF\n# pip install -r requirements.lock\npip install requests\nEOF",
        "uv sync --frozen && uv pip install requests",
        "./install.sh",
        "sh install",
        "make install",
    ],
)
def test_an_install_beside_the_lock_is_seen(run: str) -> None:
    found = image(f"FROM python:3.12.4-slim\nRUN {run}\n")
    assert checks_image.the_image_installs_the_lock(found, healthy.LOCK).outcome not in GREEN | {Outcome.NOT_APPLICABLE}


@pytest.mark.parametrize(
    "text",
    [
        "FROM a:1.2.3\nARG S=.\nCOPY $S /app\n",
        "FROM a:1.2.3\nCOPY * /app/\n",
        "FROM a:1.2.3\nCOPY .env.production /app/\n",
        "FROM a:1.2.3\nLABEL api_key=abc\n",
        "FROM a:1.2.3\nENV TOKEN ${X:-abc}\n",
        "FROM a:1.2.3\nRUN echo SECRET_KEY=abc > /app/.env\n",
    ],
)
def test_a_secret_by_another_way_is_baked_in(text: str) -> None:
    found = image(text, ignored=(), local=(".env.production",))
    assert checks_image.no_secret_is_baked_in(found).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    "text",
    [
        "FROM python:3.12.4\nCOPY x x\n",
        "ARG T=3.12.4\nFROM python:${T}\n",
        "FROM python:3.12.4-slim\nARG P=gcc\nRUN apt-get install -y $P\n",
        "FROM python:3.12.4-slim\nRUN apt-get install -y gcc && apt-get purge -y curl\n",
        "FROM python:3.12.4-slim\nRUN apt-get install -y gcc\nRUN apt-get purge -y gcc\n",
        "FROM python:3.12.4-slim\nRUN (\n",
    ],
)
def test_a_compiler_by_another_way_stays(text: str) -> None:
    assert checks_image.the_final_stage_is_lean(image(text)).outcome not in GREEN


@pytest.mark.parametrize(
    "start",
    [
        "",
        "CMD uvicorn a:b | tee log\n",
        "CMD uvicorn a:b; echo over\n",
        "CMD alembic upgrade head && uvicorn a:b\n",
        'CMD ["sh", "-c", "uvicorn a:b &\\nwait"]\n',
        'ENTRYPOINT ["/start.sh"]\n',
        'ENTRYPOINT ["/usr/local/bin/starter"]\n',
        'ENV S=SIGKILL\nSTOPSIGNAL $S\nCMD ["uvicorn"]\n',
    ],
)
def test_what_may_stand_before_the_server_does_not_pass(start: str) -> None:
    assert checks_image.sigterm_reaches_the_server(image(f"FROM a:1.2.3\n{start}")).outcome not in GREEN


def test_a_dockerfile_of_several_is_one_of_several() -> None:
    found = image("FROM a:1.2.3\nUSER 10001\n", files=3)
    assert checks_image.the_container_does_not_run_as_root(found).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("wrong", [{"exit_code": None}, {"exit_code": 1}, {"size": 0}, {"users": frozenset()}], ids=str)
def test_an_image_of_which_something_was_not_seen_does_not_pass(wrong: dict[str, object]) -> None:
    lying: ImageBuild = replace(CONTAINER, **wrong)  # type: ignore[arg-type]
    assert checks_container.the_image_builds_and_runs(lying).outcome not in GREEN


# --- the supply


def test_a_lock_that_leaves_out_what_is_declared_is_none() -> None:
    lying = replace(healthy.LOCK, wanted=("fastapi", "celery"))
    assert checks_supply.every_dependency_is_locked_with_its_hash(lying).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    "imported", [{"imported": False}, {"imported": False, "not_imported": "no app was found"}], ids=str
)
def test_an_app_that_was_not_imported_is_not_whole(imported: dict[str, object]) -> None:
    room = replace(healthy.ROOM, **imported)  # type: ignore[arg-type]
    assert checks_supply.the_lock_installs_in_a_clean_environment(healthy.LOCK, room).outcome is Outcome.UNKNOWN


def test_a_python_that_no_table_knows_is_not_supported() -> None:
    versions = PythonVersions(named=(Named(version="3.99.0", path=None),))
    assert checks_supply.python_is_still_supported(versions, healthy.TODAY).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("base", ["org/base:1.2.3", f"python@sha256:{'b' * 64}", "${BASE}"])
def test_a_base_that_no_table_knows_is_not_supported(base: str) -> None:
    verdict = checks_supply.base_images_are_still_supported(image(f"FROM {base}\n"), healthy.TODAY)
    assert verdict.outcome is Outcome.UNKNOWN


COMPOSE: Mapping[str, object] = {"image": "postgres:16.4", "healthcheck": {"test": ["CMD", "pg_isready"]}}


@pytest.mark.parametrize(
    "wrong",
    [
        {"healthcheck": {"test": "true"}},
        {"healthcheck": {"test": ["CMD", "true"]}},
        {"healthcheck": {"test": ["CMD-SHELL", "exit 0"]}},
        {"healthcheck": {"test": "pg_isready || true"}},
        {"healthcheck": {"test": "pg_isready", "interval": "720h"}},
        {"healthcheck": {"disable": True}},
        {"image": "postgres:latest-16"},
        {"image": "${IMAGE}"},
        {"image": "postgres:${TAG:-latest}"},
        {"image": "postgres@sha256:short"},
        {"environment": {"DATABASE_URL": "postgresql://me:secret@db/x"}},
        {"environment": {"DATABASE_URL": "postgresql://me:${PW:-secret}@db/x"}},
    ],
    ids=str,
)
def test_a_compose_service_that_only_looks_safe_does_not_pass(wrong: Mapping[str, object]) -> None:
    services = {"db": {**COMPOSE, **wrong}, "web": {"build": ".", "depends_on": ["db"]}}
    parts = tuple(parts_in(Yaml({"services": services}, None)))
    verdict = checks_supply.compose_is_safe_to_start(Compose(path="compose.yaml", parts=parts[:1], written=1))
    assert verdict.outcome not in GREEN, verdict.message


def test_compose_services_from_elsewhere_are_not_known() -> None:
    parts = tuple(parts_in(Yaml({"services": {"db": COMPOSE}}, None)))
    elsewhere = Compose(path="compose.yaml", parts=parts, written=1, elsewhere="base.yaml")
    assert checks_supply.compose_is_safe_to_start(elsewhere).outcome is Outcome.UNKNOWN


# --- the rehearsal


def test_a_rehearsal_that_ended_halfway_is_none() -> None:
    half = replace(healthy.REHEARSAL, planned=5)
    assert checks.it_migrates_and_starts_as_in_production(half).outcome is Outcome.UNKNOWN


def test_health_alone_is_not_every_public_operation() -> None:
    lying = replace(healthy.REHEARSAL, smoke=healthy.SEEN[:1], public=9)
    assert checks.the_smoke_test_passes(lying).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "wrong",
    [
        {"new": frozenset({1})},
        {"new": frozenset()},
        {"before": 0},
        {"after": 0},
        {"caught": ()},
        {"sent": 900},
        {"caught": (Answer(path="/orders", at=1.0, status=502),)},
    ],
    ids=str,
)
def test_a_restart_without_load_or_without_a_second_process_is_none(wrong: dict[str, object]) -> None:
    lying = replace(healthy.REHEARSAL, restart=replace(healthy.RESTART, **wrong))  # type: ignore[arg-type]
    assert checks.no_request_is_lost_in_a_restart(lying).outcome not in GREEN


def test_a_start_that_is_only_slow_is_no_refusal() -> None:
    slow = Attempt(variable="KEY", known=Known(value=None), started=False, late=True)
    verdict = checks.production_refuses_known_secrets(ProductionRefusals(production=("E",), attempts=(slow,), there=1))
    assert verdict.outcome is Outcome.UNKNOWN


def test_one_of_five_known_secrets_is_too_few() -> None:
    one = Attempt(variable="KEY", known=Known(value=None), started=False)
    verdict = checks.production_refuses_known_secrets(ProductionRefusals(production=("E",), attempts=(one,), there=5))
    assert verdict.outcome is Outcome.UNKNOWN


def test_a_rollback_over_empty_tables_takes_nothing_back() -> None:
    empty = replace(healthy.ROLLBACK, filled=(), tables=6)
    assert checks.the_newest_migration_can_be_taken_back(empty).outcome is Outcome.UNKNOWN
    assert checks.old_code_works_on_the_new_schema(empty).outcome is Outcome.UNKNOWN


# --- DP037: an alert must be able to fire

LATENCY = 'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{route="/books"}[5m])))'


@pytest.mark.parametrize(
    ("expression", "more"),
    [
        ("vector(0)", {}),
        ("vector(0) > 1", {}),
        ("up == 0", {}),
        (f"{LATENCY} > 3", {}),
        (f"{LATENCY} > 60", {}),
        (f"{LATENCY} < 0.25", {}),
        (f"0.25 > {LATENCY}", {}),
        (f"{LATENCY} > 0.25 and vector(0) > 1", {}),
        (f"{LATENCY} > 0.25 and on() vector(1) == 2", {}),
        (f"{LATENCY} > 0.25 unless on() vector(1)", {}),
        (LATENCY.replace("http_request", "http_requst") + " > 0.25", {}),
        (LATENCY.replace("route=", "path=") + " > 0.25", {}),
        (LATENCY.replace("/books", "/nothing") + " > 0.25", {}),
        (f"{LATENCY} > ", {}),
        ("QN-001", {}),
        (f"{LATENCY} > 0.25", {"waits": "1y"}),
        (f"{LATENCY} > 0.25", {"waits": "52w"}),
        (f"{LATENCY} > 0.25", {"severity": "none"}),
        ("job:latency_seconds > 0.25", {}),
    ],
)
def test_an_alert_that_cannot_fire_is_none(expression: str, more: dict[str, str]) -> None:
    rule = Rule(path="a.yaml", line=1, name="Slow", expression=expression, words="QN-001 runbook", **more)
    rules = AlertRules(paths=("a.yaml",), rules=(rule,))
    verdict = checks.every_quality_need_has_an_alert(healthy.spec(healthy.SLOW), rules, healthy.REHEARSAL)
    assert verdict.outcome not in GREEN, verdict.message


def test_an_alert_through_a_recording_rule_is_one() -> None:
    rule = Rule(path="a.yaml", line=1, name="Slow", expression="job:latency_seconds > 0.25", words="QN-001")
    rules = AlertRules(paths=("a.yaml",), rules=(rule,), records=(("job:latency_seconds", LATENCY),))
    verdict = checks.every_quality_need_has_an_alert(healthy.spec(healthy.SLOW), rules, healthy.REHEARSAL)
    assert verdict.outcome is Outcome.PASSED


def test_metrics_that_were_not_seen_prove_no_alert() -> None:
    rule = Rule(path="a.yaml", line=1, name="Slow", expression=f"{LATENCY} > 0.25", words="QN-001")
    blind = replace(healthy.REHEARSAL, metrics=())
    rules = AlertRules(paths=("a.yaml",), rules=(rule,))
    verdict = checks.every_quality_need_has_an_alert(healthy.spec(healthy.SLOW), rules, blind)
    assert verdict.outcome is Outcome.UNKNOWN
    short = replace(
        healthy.REHEARSAL, metrics=(Metric(name="http_request_duration_seconds", kind="histogram", largest=0.1),)
    )
    assert checks.every_quality_need_has_an_alert(healthy.spec(healthy.SLOW), rules, short).outcome is Outcome.FAILED


# --- mentions


def test_a_comment_or_an_idle_test_names_no_criterion() -> None:
    text = (
        "# AC-POST-1\n\ndef helper():\n    return 'AC-POST-2'\n\n\ndef test_nothing():\n    '''AC-POST-3'''\n\n\n"
        "@pytest.mark.skip\ndef test_later():\n    assert 'AC-POST-4'\n\n\n"
        "@pytest.mark.requirement('AC-POST-5')\ndef test_real():\n    assert get() == 1\n"
    )
    assert {id for id, _ in mentioned("test_posts.py", text)} == {"AC-POST-5"}


def test_what_a_variable_runs_is_no_swallowed_test(repository: Path) -> None:
    (repository / "ci" / "any.sh").write_text('set -e\nas_root() { "$@"; }\nas_root install x || true\npytest\n')
    used = GitHubWorkflows(all=ci(ran("bash ci/any.sh"), root=repository))
    assert checks_ci.no_failure_is_swallowed(used).outcome is Outcome.PASSED
