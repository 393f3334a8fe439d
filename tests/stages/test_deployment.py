"""Each check of the deployment stage, on evidence built by hand."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from runner.evidence.agreed.specification import Spec, SpecificationFile
from runner.evidence.agreed.today import Today
from runner.evidence.code.lock_file import LockFile, Pin
from runner.evidence.code.python_versions import Named, PythonVersions
from runner.evidence.load.alert_rules import AlertRules, Rule
from runner.evidence.release.answers import Seen
from runner.evidence.release.clean_room import CleanRoom, Installed, Room
from runner.evidence.release.compose_file import Compose, Part, Setting, parts_in
from runner.evidence.release.image_file import Composed, ImageFile, Objection
from runner.evidence.release.own_server import own_servers
from runner.evidence.release.production_refusals import Attempt, Known, ProductionRefusals
from runner.evidence.release.rehearsal import Act, Rehearsal, Restart
from runner.evidence.release.rollback import Break, Rollback
from runner.evidence.release.workflows import Concern, GitHubWorkflows, Workflow, Workflows, read_workflow, steps_of
from runner.evidence.suite.ci_tests import idle_events, runs_of
from runner.evidence.suite.health_tests import health_command
from runner.live.steady import Answer
from runner.model import Outcome, Verdict, every
from runner.reading.dockerfile import bases_of, parse
from runner.reading.documents import NotReadable, yaml_in
from runner.reading.metrics_text import Metric
from runner.said import speaking
from runner.specification import LoadShape, Quality, ServiceHead, Specification
from stages.deployment import artifacts, checks, checks_ci, checks_image, checks_shipped, checks_supply
from stages.deployment.alerts import rules_for, watch
from stages.deployment.checks_image import ignores
from stages.deployment.support import image_support, python_support

TODAY = Today(date=date(2026, 3, 1))
SHA = "a" * 40
PINS = (
    Pin(name="fastapi", version="0.120.0", hashed=True, path="requirements.lock", line=1),
    Pin(name="redis", version="7.0.0", hashed=True, path="requirements.lock", line=5),
    Pin(name="Pydantic", version="2.12.0", hashed=True, path="requirements.lock", line=7),
)
LOCK = LockFile(
    path="requirements.lock", kind="requirements", pins=PINS, declared="requirements.in", wanted=("fastapi",)
)
ROOM = CleanRoom(
    service="shop",
    python_version="3.12.4",
    installed=(
        Installed(name="fastapi", version="0.120.0", licence="MIT", summary="Web", requires=("pydantic",)),
        Installed(name="pydantic", version="2.12.0", licence="MIT"),
    ),
    said="uv pip sync --require-hashes requirements.lock",
    imported=True,
)
GOOD_IMAGE = """\
FROM python:3.12.4-slim-bookworm AS build
COPY requirements.lock .
RUN python -m venv /venv && /venv/bin/pip install --require-hashes -r requirements.lock
FROM python:3.12.4-slim-bookworm
COPY --from=build /venv /venv
COPY app app
USER 10001
HEALTHCHECK CMD python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health', timeout=2)"
CMD ["uvicorn", "app.main:app"]
"""
GOOD_CI = f"""\
on: [push, pull_request]
permissions: {{}}
jobs:
  test:
    permissions: {{contents: read}}
    runs-on: ubuntu-24.04
    services:
      db: {{image: "postgres:16.4"}}
    env: {{DB: x}}
    steps:
      - uses: actions/checkout@{SHA} # v5
      - run: pytest
"""
SEEN = (Seen(endpoint="GET /health", status=200), Seen(endpoint="GET /books", status=200))
RESTART = Restart(
    paths=("/health",),
    before=100,
    during=20,
    after=30,
    sent=150,
    old=frozenset({1}),
    new=frozenset({2}),
    caught_endpoint="POST /orders",
    caught=(Answer(path="/orders", at=1.0, status=422),),
    exit_code=143,
)
METRICS = (
    Metric(name="http_request_duration_seconds", kind="histogram", labels=("method", "route"), largest=10.0),
    Metric(name="http_requests_total", kind="counter", labels=("method", "route", "status")),
)
REHEARSAL = Rehearsal(
    clean=True,
    production=("ENVIRONMENT",),
    acts=(Act(name="migrate", command="alembic upgrade head"), Act(name="start", command="uvicorn app:app")),
    live="/health",
    smoke=SEEN,
    public=1,
    planned=2,
    restart=RESTART,
    metrics=METRICS,
)
ROLLBACK = Rollback(head="b2", path="migrations/b2.py", previous="a1", filled=("book",), tables=1)
SLOW = Quality(
    id="QN-001",
    text="GET /books answers within 250 ms.",
    metric="latency",
    endpoint="GET /books",
    percentile=95,
    limit=250,
    unit="ms",
    load=LoadShape(users=10, seconds=10),
)
FAILING = Quality(id="QN-002", text="At most 1 % fail.", metric="error_rate", limit=1, unit="%")


def image(text: str = GOOD_IMAGE, *, ignored: tuple[str, ...] | None = (".env*", ".git", ".venv")) -> ImageFile:
    instructions, problem = parse(text)
    return ImageFile(
        path="Dockerfile",
        instructions=instructions,
        bases=bases_of(instructions),
        unreadable=problem,
        ignored=ignored,
    )


def ci(text: str = GOOD_CI, **more: object) -> Workflows:
    return replace(workflows(read_workflow(".github/workflows/ci.yml", text), text=text), **more)  # type: ignore[arg-type]


def workflows(*read: Workflow, text: str = "") -> Workflows:
    """As they are collected in a folder with no scripts, one file with tests and one of code."""
    top = Path("/nowhere")
    try:
        idle = idle_events(yaml_in(text).value, ["app/main.py"]) if text else ()
    except NotReadable:
        idle = ()
    told = tuple(replace(one, idle=idle) for one in read)
    runs = tuple(run for one in told for run in runs_of(steps_of(one), top, top, ("tests/test_app.py",)))
    return Workflows(workflows=told, runs=runs, test_files=("tests/test_app.py",), code_files=1, audited=len(told))


def github(text: str = GOOD_CI, **more: object) -> GitHubWorkflows:
    return GitHubWorkflows(all=ci(text, **more))


def spec(*needs: Quality) -> Spec:
    content = Specification(gonogo=1, service=ServiceHead(name="shop", summary="A shop", owner="us"), quality=needs)
    text = "".join(f"- id: {need.id}\n" for need in needs)
    return Spec(file=SpecificationFile(path="spec.yaml", text=text, problems=(), parsed=content), content=content)


# --- the lock and what it makes


def test_dp001_passes_a_lock_with_hashes() -> None:
    verdict = checks_supply.every_dependency_is_locked_with_its_hash(LOCK)
    assert verdict.message == "requirements.lock names version and hash of each"
    assert verdict.shares == (every(3, "package"), every(1, "declared dependency"))


def test_dp001_names_packages_left_open_and_without_hash() -> None:
    check = checks_supply.every_dependency_is_locked_with_its_hash
    opened = check(replace(LOCK, pins=(replace(PINS[0], version=None), PINS[1])))
    assert opened.message == "1 of 2 have no exact version: fastapi"
    lost = check(replace(LOCK, wanted=("fastapi", "celery")))
    assert lost.message == "1 of 2 declared are not locked: celery"
    bare = check(replace(LOCK, pins=(PINS[0], replace(PINS[1], hashed=False))))
    assert (bare.message, str(bare.places[0])) == ("1 of 2 have no hash: redis", "requirements.lock:5")
    none = check(LockFile(path=None, declared="pyproject.toml"))
    assert (none.outcome, none.message, str(none.places[0])) == (Outcome.FAILED, "there is no lock", "pyproject.toml")


def test_dp002_passes_a_whole_environment() -> None:
    verdict = checks_supply.the_lock_installs_in_a_clean_environment(LOCK, ROOM)
    assert verdict.message == "installed from requirements.lock for Python 3.12.4, and the app imports"
    assert verdict.shares == (every(2, "installed package"),)


def test_dp002_names_what_the_lock_does_not_bring() -> None:
    check = checks_supply.the_lock_installs_in_a_clean_environment
    assert check(LOCK, replace(ROOM, missing="jwt")).message == "the app imports `jwt`, which the lock does not bring"
    broken = check(LOCK, replace(ROOM, problem="hash mismatch for redis"))
    assert broken.message == "it does not make a whole environment: hash mismatch for redis"


def test_dp002_is_unknown_where_no_index_answers() -> None:
    check = checks_supply.the_lock_installs_in_a_clean_environment
    verdict = check(LOCK, replace(ROOM, not_tried="could not install requirements.lock: no package index answered"))
    assert verdict.outcome is Outcome.UNKNOWN


def test_dp003_passes_a_supported_python() -> None:
    versions = PythonVersions(named=(Named(version="3.12.4", path=None),))
    verdict = checks_supply.python_is_still_supported(versions, TODAY)
    assert (verdict.message, verdict.shares) == ("Python 3.12 until 31 Oct 2028", (every(1, "named version"),))


def test_dp003_names_an_ended_python() -> None:
    versions = PythonVersions(
        named=(Named(version="3.12.4", path=None), Named(version="3.9", path=".python-version", line=1))
    )
    verdict = checks_supply.python_is_still_supported(versions, TODAY)
    assert (verdict.message, str(verdict.places[0])) == ("Python 3.9 ended on 31 Oct 2025", ".python-version:1")


def test_dp004_passes_supported_bases() -> None:
    verdict = checks_supply.base_images_are_still_supported(image(), TODAY)
    assert verdict.message == "Python 3.12 until 31 Oct 2028; Debian bookworm until 30 Jun 2028"
    assert verdict.shares == (every(2, "base image"),)


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("python:3.8-slim", "Python 3.8 ended on 07 Oct 2024"),
        ("python:3.12-slim-buster", "Debian buster ended on 30 Jun 2024"),
        ("python:3.12-alpine3.17", "Alpine 3.17 ended on 22 Nov 2024"),
        ("ubuntu:18.04", "Ubuntu 18.04 ended on 31 May 2023"),
        ("postgres:12", "Postgres 12 ended on 21 Nov 2024"),
        ("node:18.20.4-bookworm-slim AS front", "Node 18 ended on 30 Apr 2025"),
    ],
)
def test_dp004_names_an_ended_base(base: str, said: str) -> None:
    verdict = checks_supply.base_images_are_still_supported(image(f"FROM {base}\n"), TODAY)
    assert (verdict.message, str(verdict.places[0])) == (said, "Dockerfile:1")


def test_support_knows_nothing_of_what_is_not_in_its_table() -> None:
    assert python_support("3.99.1") is None
    assert image_support("gcr.io/distroless/python3", "nonroot") == []


def test_dp005_passes_pinned_images_and_demanded_secrets() -> None:
    demanded = Setting(name="POSTGRES_PASSWORD", value="${POSTGRES_PASSWORD:?set it}", line=4)
    parts = (Part(name="db", line=2, image="postgres:16.4", builds=False, health=True, settings=(demanded,)),)
    verdict = checks_supply.compose_is_safe_to_start(Compose(path="compose.yaml", parts=parts, written=1))
    assert (verdict.outcome, verdict.shares) == (Outcome.PASSED, (every(1, "service"),))


def test_dp005_names_each_risk_of_a_compose_file() -> None:
    secret = Setting(name="DB_PASSWORD", value="${DB_PASSWORD:-postgres}", line=7)
    parts = (Part(name="db", line=2, image="postgres", builds=False, health=False, awaited=True, settings=(secret,)),)
    verdict = checks_supply.compose_is_safe_to_start(Compose(path="compose.yaml", parts=parts))
    assert verdict.message == (
        "3 in compose.yaml: db: image `postgres` is not pinned to a version; db has no health check; "
        "db: DB_PASSWORD has a default that everybody can read"
    )
    broken = checks_supply.compose_is_safe_to_start(Compose(path="compose.yaml", unreadable="it has no `services`"))
    assert broken.message == "compose.yaml can't be read: it has no `services`"


# --- the image

IMAGE_CHECKS = [check for check in vars(checks_image).values() if hasattr(check, "claim")]


@pytest.mark.parametrize("check", IMAGE_CHECKS, ids=lambda check: str(check.id))
def test_every_image_check_fails_on_what_is_no_dockerfile(check: object) -> None:
    broken = image("FORM python:3.12\n")
    wanted = (broken, LOCK) if check is checks_image.the_image_installs_the_lock else (broken,)
    verdict = check(*wanted)  # type: ignore[operator]
    assert verdict.outcome is Outcome.FAILED
    assert "line 1: `FORM` is no instruction" in verdict.message


def test_dp010_passes_users_and_entrypoints_that_drop_root() -> None:
    check = checks_image.the_container_does_not_run_as_root
    assert (check(image()).message, check(image()).shares) == ("USER 10001", (every(1, "Dockerfile"),))
    dropping = replace(image('FROM a:1.2.3\nENTRYPOINT ["/e.sh"]\n'), scripts=(("e.sh", 'exec gosu app "$@"\n'),))
    assert check(dropping).message == "starts as root and drops it in e.sh"
    inherited = image("FROM a:1.2.3 AS base\nUSER app\nFROM base\nCOPY x x\n")
    assert check(inherited).message == "USER app"


@pytest.mark.parametrize(
    ("text", "line"), [("FROM a:1.2.3\n", 1), ("FROM a:1.2.3\nUSER app\nUSER root\n", 3), ("FROM a\nUSER 0:0\n", 2)]
)
def test_dp010_names_root(text: str, line: int) -> None:
    verdict = checks_image.the_container_does_not_run_as_root(image(text))
    assert verdict.outcome is Outcome.FAILED
    assert str(verdict.places[0]) == f"Dockerfile:{line}"


def test_dp010_names_a_user_that_only_the_build_stage_has() -> None:
    text = "FROM a:1.2.3 AS build\nUSER app\nFROM a:1.2.3\nCOPY --from=build /x /x\n"
    assert checks_image.the_container_does_not_run_as_root(image(text)).outcome is Outcome.FAILED


def test_dp011_passes_a_health_check_here_or_in_kubernetes() -> None:
    assert checks_image.the_image_has_a_health_check(image()).message == "HEALTHCHECK in line 8"
    watched = replace(image("FROM a:1.2.3\n"), probes="k8s/web.yaml")
    assert "watches its health" in checks_image.the_image_has_a_health_check(watched).message


CURL = Composed(path="compose.yaml", line=12, command='["curl", "-f", "http://localhost/health"]', watches=True)


def test_dp011_names_a_compose_file_that_asks_with_what_the_image_lacks() -> None:
    check = checks_image.the_image_has_a_health_check
    for text in (GOOD_IMAGE, "FROM python:3.12.4-slim\n"):
        verdict = check(replace(image(text), composed=CURL, probes="compose.yaml"))
        assert verdict.outcome is Outcome.FAILED
        assert "health check of compose.yaml: curl is not in the image" in verdict.message
        assert str(verdict.places[0]) == "compose.yaml:12"


def test_dp011_passes_a_compose_file_that_asks_with_what_is_there() -> None:
    check = checks_image.the_image_has_a_health_check
    there = replace(CURL, command="python -c 'import http.client'")
    assert check(replace(image(), composed=there)).outcome is Outcome.PASSED
    assert check(replace(image(f"FROM python:3.12.4-slim\n{APT}"), composed=CURL, probes="c.yaml")).message == (
        "c.yaml watches its health"
    )


@pytest.mark.parametrize(
    ("test", "command"),
    [
        (["CMD", "curl", "-f", "x y"], '["curl", "-f", "x y"]'),
        (["CMD-SHELL", "curl x || exit 1"], "curl x || exit 1"),
        ("curl x", "curl x"),
        (["NONE"], ""),
        (None, ""),
    ],
)
def test_a_health_check_of_compose_reads_as_one_of_a_dockerfile(test: object, command: str) -> None:
    assert health_command({"test": test}) == command


def test_dp011_names_a_missing_or_switched_off_health_check() -> None:
    check = checks_image.the_image_has_a_health_check
    assert check(image("FROM a:1.2.3\n")).message == "nobody can see whether it is healthy: no HEALTHCHECK"
    assert "HEALTHCHECK NONE" in check(image("FROM a:1.2.3\nHEALTHCHECK NONE\n")).message


START = 'CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0"]\n'
APT = "RUN apt-get update && apt-get install -y --no-install-recommends curl\n"


@pytest.mark.parametrize(
    ("base", "more", "command"),
    [
        ("python:3.12.4-slim", APT, "curl -f http://localhost:8000/health || exit 1"),
        ("python:3.12.4", "", "curl -f http://localhost:8000/health"),
        ("python:3.12.4-alpine3.20", "", "wget -qO- http://127.0.0.1:8000/health"),
        ("python:3.12.4-slim", "COPY --from=a/b:1 /usr/bin/curl /usr/local/bin/curl\n", "curl -f http://127.0.0.1/"),
        (
            "gcr.io/distroless/python3-debian12",
            "",
            """["python3", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1/')"]""",
        ),
    ],
)
def test_dp011_passes_a_command_that_is_in_the_image(base: str, more: str, command: str) -> None:
    verdict = checks_image.the_image_has_a_health_check(image(f"FROM {base}\n{more}HEALTHCHECK CMD {command}\n{START}"))
    assert verdict.outcome is Outcome.PASSED, verdict.message


@pytest.mark.parametrize(
    ("base", "more", "command", "said"),
    [
        ("python:3.12.4-slim", "", "curl -fsS http://localhost:8000/health || exit 1", "curl is not in the image"),
        ("debian:12.6", "", '["wget", "-q", "http://127.0.0.1:8000/health"]', "wget is not in the image"),
        ("python:3.12.4-alpine", "", "curl -f http://127.0.0.1:8000/health", "curl is not in the image"),
        ("python:3.12.4-alpine", "", "wget -qO- http://localhost:8000/health", "localhost may be ::1"),
        ("python:3.12.4-slim", f"{APT}RUN apt-get purge -y curl\n", "curl -f http://127.0.0.1/", "curl is not in"),
        ("gcr.io/distroless/python3-debian12", "", "curl -f http://127.0.0.1:8000/health", "has none"),
    ],
)
def test_dp011_names_a_command_that_is_not_in_the_image(base: str, more: str, command: str, said: str) -> None:
    verdict = checks_image.the_image_has_a_health_check(image(f"FROM {base}\n{more}HEALTHCHECK CMD {command}\n{START}"))
    assert verdict.outcome is not Outcome.PASSED
    assert said in verdict.message


def test_dp011_names_what_only_the_build_stage_installs() -> None:
    built = (
        f"FROM python:3.12.4-slim AS build\n{APT}FROM python:3.12.4-slim\nHEALTHCHECK CMD curl -f http://127.0.0.1/\n"
    )
    verdict = checks_image.the_image_has_a_health_check(image(built + START))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.places[0].note == (
        "HEALTHCHECK: curl is not in the image: python:3.12.4-slim has none, and no RUN installs it"
    )


@pytest.mark.parametrize(("base", "more"), [("acme/base:1.2.3", ""), ("python:3.12.4-slim", "RUN ./install.sh\n")])
def test_dp011_does_not_know_what_an_unknown_base_or_script_brings(base: str, more: str) -> None:
    check = checks_image.the_image_has_a_health_check
    verdict = check(image(f"FROM {base}\n{more}HEALTHCHECK CMD curl -f http://127.0.0.1/\n{START}"))
    assert verdict.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "base", [f"python@sha256:{'b' * 64}", "python:3.12.4-slim", "postgres:16.4", "debian:12.6-slim"]
)
def test_dp012_passes_pinned_bases(base: str) -> None:
    assert checks_image.every_base_image_is_pinned(image(f"FROM {base}\n")).outcome is Outcome.PASSED


@pytest.mark.parametrize("base", ["python", "python:latest", "python:3", "python:3.12-slim", "org/base:stable"])
def test_dp012_names_a_base_that_moves(base: str) -> None:
    verdict = checks_image.every_base_image_is_pinned(image(f"FROM {base}\n"))
    assert verdict.message == f"1 of 1 bases move: {base}"


def test_dp012_fills_in_build_arguments() -> None:
    text = "ARG V=3.12\nFROM python:${V}-slim AS one\nFROM one\n"
    assert checks_image.every_base_image_is_pinned(image(text)).message == "1 of 1 bases move: python:3.12-slim"


@pytest.mark.parametrize(
    "run",
    [
        "pip install --require-hashes -r requirements.lock",
        "pip install --upgrade pip && pip install -r /tmp/requirements.lock",
        "uv pip sync --system requirements.lock",
        "--mount=type=cache,target=/root/.cache pip install --no-cache-dir -r requirements.lock",
    ],
)
def test_dp013_passes_installs_from_the_lock(run: str) -> None:
    verdict = checks_image.the_image_installs_the_lock(image(f"FROM a:1.2.3\nRUN {run}\n"), LOCK)
    assert verdict.message == "installs from requirements.lock in line 2"


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ("pip install fastapi uvicorn", "installs packages that no lock names"),
        ("pip install .", "installs packages that no lock names"),
        ("pip install -r requirements.txt", "installs from requirements.txt, not from requirements.lock"),
        ("uv sync", "`uv sync` without --frozen may resolve anew"),
        (
            "uv export --frozen --no-hashes -o /r.txt && pip install -r /r.txt",
            "installs from r.txt, which was exported from requirements.lock without its hashes",
        ),
    ],
)
def test_dp013_names_an_install_beside_the_lock(run: str, said: str) -> None:
    verdict = checks_image.the_image_installs_the_lock(image(f"FROM a:1.2.3\nRUN {run}\n"), LOCK)
    assert (verdict.message, str(verdict.places[0])) == (said, "Dockerfile:2")


def test_dp014_passes_an_image_with_nothing_local() -> None:
    check = checks_image.no_secret_is_baked_in
    assert check(image()).outcome is Outcome.PASSED
    assert (
        check(image("FROM a:1.2.3\nENV TOKEN_SECONDS=900 API_KEY_FILE=/run/key\nCOPY . .\n")).outcome is Outcome.PASSED
    )


def test_dp014_names_secrets_and_local_files_that_are_let_in() -> None:
    check = checks_image.no_secret_is_baked_in
    baked = check(image("FROM a:1.2.3\nENV SECRET_KEY=abc\nARG DB_PASSWORD=x\n"))
    assert baked.message == "2 ways in: SECRET_KEY is set in the image; DB_PASSWORD is set in the image"
    whole = check(image("FROM a:1.2.3\nCOPY . .\n", ignored=None))
    assert whole.message == "1 ways in: copies the whole folder, and there is no .dockerignore"
    lets = check(image("FROM a:1.2.3\nCOPY . .\n", ignored=(".venv",)))
    assert lets.message == "2 ways in: .dockerignore lets .env in; .dockerignore lets .git in"


def test_an_ignore_file_is_read_as_docker_does() -> None:
    assert ignores(("*", "!app"), ".env")
    assert ignores(("**/.env*",), ".env")
    assert not ignores((".env*", "!.env"), ".env")


def test_dp015_passes_tools_in_the_build_stage_and_tools_that_leave() -> None:
    check = checks_image.the_final_stage_is_lean
    assert check(image("FROM a:1.2.3 AS b\nRUN apt-get install gcc\nFROM a:1.2.3\n")).outcome is Outcome.PASSED
    gone = "FROM a:1.2.3\nRUN apt-get install -y gcc && pip install x && apt-get purge -y gcc\n"
    assert check(image(gone)).outcome is Outcome.PASSED


def test_dp015_names_a_compiler_and_test_tools() -> None:
    text = "FROM a:1.2.3\nRUN apt-get install -y build-essential\nRUN pip install -r requirements-dev.txt\n"
    verdict = checks_image.the_final_stage_is_lean(image(text))
    assert verdict.message == "`build-essential` stays in the image; test tools are installed into the image"


OFF = (
    'ARG DEV=false\nRUN if [ "$DEV" = "true" ]; then {0}; fi',
    'ARG DEV=false\nRUN if [ "$DEV" != "true" ]; then true; else {0}; fi',
    'ARG DEV\nRUN if [ -n "$DEV" ]; then {0}; fi',
    'ARG DEV=\nRUN test -z "$DEV" || {0}',
    'ENV ENVIRONMENT=production\nRUN [ "$ENVIRONMENT" = development ] && {0} || true',
    'ARG DEV=0\nRUN if [ "${{DEV:-0}}" -eq 1 ]; then {0}; fi',
    'ARG MODE=prod\nRUN case "$MODE" in dev|test) {0} ;; *) true ;; esac',
    'ARG MODE=prod\nRUN if [ "$MODE" = prod ]; then true; elif [ "$MODE" = dev ]; then {0}; fi',
    'ARG MODE=prod\nRUN if [[ "$MODE" == "dev" || "$MODE" == "test" ]]; then {0}; fi',
)
ON = (
    'ARG DEV=true\nRUN if [ "$DEV" = "true" ]; then {0}; fi',
    'RUN DEV=$(cat mode); if [ "$DEV" = "true" ]; then {0}; fi',
    "RUN if [ -f dev ]; then {0}; fi",
    'ARG MODE=dev\nRUN case "$MODE" in dev|test) {0} ;; *) true ;; esac',
)


@pytest.mark.parametrize("shape", OFF)
def test_what_the_defaults_of_a_build_leave_out_is_not_in_the_image(shape: str) -> None:
    lock = "RUN pip install --require-hashes -r requirements.lock\n"
    text = f"FROM python:3.12.4-slim\n{shape.format('pip install pytest')}\n{lock}"
    assert checks_image.the_final_stage_is_lean(image(text)).outcome is Outcome.PASSED
    assert checks_image.the_image_installs_the_lock(image(text), LOCK).outcome is Outcome.PASSED
    compiler = f"FROM python:3.12.4-slim\n{shape.format('apt-get install -y gcc')}\n"
    assert checks_image.the_final_stage_is_lean(image(compiler)).outcome is Outcome.PASSED
    builder = f"FROM a:1.2.3 AS b\n{shape.format('pip install pytest')}\n{lock}FROM a:1.2.3\nCOPY --from=b /opt /opt\n"
    assert checks_image.the_image_installs_the_lock(image(builder), LOCK).outcome is Outcome.PASSED


@pytest.mark.parametrize("shape", ON)
def test_what_the_defaults_of_a_build_may_put_in_is_in_the_image(shape: str) -> None:
    text = f"FROM python:3.12.4-slim\n{shape.format('pip install pytest')}\n"
    assert checks_image.the_final_stage_is_lean(image(text)).outcome is Outcome.FAILED
    assert checks_image.the_image_installs_the_lock(image(text), LOCK).outcome is Outcome.FAILED


def test_a_default_that_ci_overrides_decides_nothing() -> None:
    text = f"FROM python:3.12.4-slim\n{OFF[0].format('pip install pytest')}\n"
    told = replace(image(text), given=("DEV",))
    assert checks_image.the_final_stage_is_lean(told).outcome is Outcome.FAILED


def test_dp016_passes_a_dockerfile_whose_sources_are_there() -> None:
    assert checks_image.the_image_can_be_built(image()).outcome is Outcome.PASSED


def test_dp016_names_absent_sources_and_errors() -> None:
    broken = replace(
        image(),
        absent=(("config", 6),),
        objections=(Objection(code="DL3020", level="error", line=2, message="Use COPY"),),
    )
    verdict = checks_image.the_image_can_be_built(broken)
    assert verdict.message == "2 problems: `config` is not in the service's folder; DL3020 Use COPY"


def test_dp017_names_a_script_that_gives_no_time() -> None:
    script = "set -e\nexec gunicorn app.main:app --graceful-timeout 0\n"
    verdict = checks_image.sigterm_reaches_the_server(
        replace(image('FROM a:1.2.3\nENTRYPOINT ["/start.sh"]\n'), scripts=(("docker/start.sh", script),))
    )
    assert [str(place) for place in verdict.places] == ["docker/start.sh:2"]


@pytest.mark.parametrize("words", ["pytest httpx", "'ruff==0.5.1'", "--no-cache-dir pytest-cov>=4"])
def test_dp015_names_test_tools_that_are_installed_by_name(words: str) -> None:
    verdict = checks_image.the_final_stage_is_lean(image(f"FROM python:3.12.4-slim\nRUN pip install {words}\n"))
    assert verdict.message == "test tools are installed into the image"


def test_dp017_passes_a_script_that_hands_over() -> None:
    handing = replace(image(), scripts=(("e.sh", "alembic upgrade head\nexec uvicorn app:app\n"),))
    assert checks_image.sigterm_reaches_the_server(handing).outcome is Outcome.PASSED


def test_dp017_names_what_stands_before_the_server() -> None:
    check = checks_image.sigterm_reaches_the_server
    staying = replace(image(), scripts=(("e.sh", "alembic upgrade head\nuvicorn app:app\n"),))
    assert (check(staying).message, str(check(staying).places[0])) == (
        "the shell stays in front of the server: no `exec`",
        "e.sh:2",
    )
    hasty = image('FROM a:1.2.3\nCMD ["uvicorn", "a:b", "--timeout-graceful-shutdown", "0"]\n')
    assert check(hasty).message == "gives open requests 0 seconds to end"
    assert "STOPSIGNAL" in check(image("FROM a:1.2.3\nSTOPSIGNAL SIGKILL\n")).message


# --- CI


def test_dp020_passes_actions_at_commits_and_local_ones() -> None:
    text = GOOD_CI + "      - uses: ./.github/actions/setup\n"
    verdict = checks_ci.every_action_is_pinned(github(text))
    assert (verdict.message, verdict.shares) == ("each stands at a commit", (every(1, "used action"),))


def test_dp020_names_an_action_by_its_tag() -> None:
    verdict = checks_ci.every_action_is_pinned(github(GOOD_CI.replace(f"@{SHA} # v5", "@v5")))
    assert verdict.message == "1 of 1 actions can be moved: actions/checkout@v5"
    assert str(verdict.places[0]) == ".github/workflows/ci.yml:11"


def test_dp020_fails_on_what_is_no_workflow() -> None:
    verdict = checks_ci.every_action_is_pinned(github("jobs: ["))
    assert verdict.outcome is Outcome.FAILED
    assert "is not a valid workflow" in verdict.message


def test_dp021_passes_rights_given_by_name() -> None:
    assert checks_ci.the_pipeline_has_only_the_rights_it_needs(github()).outcome is Outcome.PASSED


def test_dp021_names_rights_that_nobody_restricted() -> None:
    check = checks_ci.the_pipeline_has_only_the_rights_it_needs
    bare = GOOD_CI.replace("permissions: {}\n", "").replace("    permissions: {contents: read}\n", "")
    assert check(github(bare)).message == "no `permissions` for `test`: the repository's default, often all"
    broad = bare.replace("jobs:", "permissions: write-all\njobs:")
    assert check(github(broad)).message == "the whole workflow may write everything"
    writing = bare.replace("jobs:", "permissions: {packages: write}\njobs:\n  other: {steps: []}")
    assert "the whole workflow may write packages" in check(github(writing)).message
    alone = bare.replace("jobs:", "permissions: {packages: write}\njobs:")
    assert check(github(alone)).outcome is Outcome.PASSED  # the one job that needs it


def test_dp022_passes_what_zizmor_finds_harmless() -> None:
    mild = Concern(
        audit="template-injection", severity="Informational", confidence="Low", path="a", line=1, message="x"
    )
    assert checks_ci.no_workflow_can_be_taken_over(github(concerns=(mild,))).outcome is Outcome.PASSED


def test_dp022_names_a_way_in_and_is_unknown_without_zizmor() -> None:
    check = checks_ci.no_workflow_can_be_taken_over
    at = ".github/workflows/ci.yml"
    bad = Concern(audit="dangerous-triggers", severity="High", confidence="Medium", path=at, line=3, message="x")
    fetching = GOOD_CI + "        env: {REF: '${{ github.event.workflow_run.head_sha }}'}\n"
    assert check(github(fetching, concerns=(bad,))).message == "1 ways in: dangerous-triggers"
    assert check(github(concerns=(bad,))).outcome is Outcome.PASSED  # nothing of a stranger's is fetched
    assert check(github(zizmor_problem="zizmor gave no answer: killed")).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "run",
    [
        "pytest",
        "docker stop web || true",
        "grep -c x log || true",
        "curl -f http://x || echo waiting",
        "mkdir build || true",
        'echo "a || true"x',
        "test -f x || exit 1",
    ],
)
def test_dp023_passes_steps_that_can_fail(run: str) -> None:
    text = GOOD_CI.replace("run: pytest", f"run: {json.dumps(run)}")
    assert checks_ci.no_failure_is_swallowed(github(text)).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    "run", ["pytest || true", "pytest || :", "pytest || exit 0", "ruff check --exit-zero", "set +e; pytest; true"]
)
def test_dp023_names_a_swallowed_failure(run: str) -> None:
    verdict = checks_ci.no_failure_is_swallowed(github(GOOD_CI.replace("run: pytest", f'run: "{run}"')))
    assert verdict.message == f"1 failure would be swallowed: `{run}` can't fail"
    assert str(verdict.places[0]) == ".github/workflows/ci.yml:12"


def test_dp023_names_continue_on_error_and_the_line_of_a_script() -> None:
    check = checks_ci.no_failure_is_swallowed
    forgiving = GOOD_CI.replace("- run: pytest", "- run: pytest\n        continue-on-error: true")
    assert check(github(forgiving)).message == "1 failure would be swallowed: `pytest` has continue-on-error"
    sending = GOOD_CI + "      - uses: codecov/codecov-action@" + SHA + "\n        continue-on-error: true\n"
    assert check(github(sending)).outcome is Outcome.PASSED
    script = GOOD_CI.replace("- run: pytest", "- run: |\n          ruff check\n          pytest || true")
    assert str(check(github(script)).places[0]) == ".github/workflows/ci.yml:14"


def test_dp023_names_a_release_that_follows_a_failure() -> None:
    waits = "on:\n  workflow_run:\n    workflows: [tests]\njobs:\n  d:\n    steps:\n      - run: docker push x\n"
    check = checks_ci.no_failure_is_swallowed
    assert str(check(github(waits)).places[0]) == ".github/workflows/ci.yml:2"
    asks = waits.replace("steps:", "if: github.event.workflow_run.conclusion == 'success'\n    steps:")
    assert check(github(asks)).outcome is Outcome.PASSED
    assert check(github(waits.replace("docker push", "echo"))).outcome is Outcome.PASSED


def test_dp023_passes_a_failure_that_a_later_step_asks_for() -> None:
    fixed = GOOD_CI.replace(
        "- run: pytest", "- run: ruff check --fix\n        id: fix\n        continue-on-error: true"
    )
    asked = fixed + "      - run: exit 1\n        if: steps.fix.outcome == 'failure'\n"
    assert checks_ci.no_failure_is_swallowed(github(asked)).outcome is Outcome.PASSED
    assert checks_ci.no_failure_is_swallowed(github(fixed)).outcome is Outcome.FAILED


def test_dp024_passes_tests_with_what_they_need() -> None:
    needing = ci(demanded=(("DB", "tests/conftest.py", 3),), needs_postgres=("tests/conftest.py", 4))
    assert checks_ci.ci_runs_the_tests(needing).message == "the tests run in 1 step, on pull_request, push"


def test_dp024_names_what_is_missing() -> None:
    check = checks_ci.ci_runs_the_tests
    assert check(Workflows(workflows=())).message == "there is no CI at all"
    assert check(Workflows(workflows=())).places[0].note == "no workflow (see TS003)"
    assert check(Workflows(workflows=(), elsewhere="Jenkinsfile")).outcome is Outcome.UNKNOWN
    assert check(ci(GOOD_CI.replace("pytest", "ruff check"))).message == "no workflow runs the tests"
    assert check(ci(GOOD_CI.replace("[push, pull_request]", "workflow_dispatch"))).message == (
        "the tests run only on workflow_dispatch"
    )
    lacking = ci(demanded=(("REDIS_URL", "tests/conftest.py", 3),))
    assert check(lacking).message == "the tests demand REDIS_URL, and .github/workflows/ci.yml does not set it"
    alone = GOOD_CI.replace('    services:\n      db: {image: "postgres:16.4"}\n', "")
    assert "the tests want PostgreSQL" in check(ci(alone, needs_postgres=("tests/conftest.py", 4))).message


def test_dp024_follows_a_workflow_that_another_one_calls() -> None:
    part = read_workflow(".github/workflows/part.yml", GOOD_CI.replace("[push, pull_request]", "workflow_call"))
    caller = "on: pull_request\njobs: {tests: {uses: ./.github/workflows/part.yml}}\n"
    both = workflows(part, read_workflow(".github/workflows/pr.yml", caller))
    assert checks_ci.ci_runs_the_tests(both).message == "the tests run in 1 step, on pull_request"


@pytest.mark.parametrize(
    ("events", "rare"),
    [
        ("{push: {branches: [release]}}", True),
        ("{push: {branches: [release]}, schedule: [{cron: '1 1 * * 1'}]}", True),
        ("{push: {branches: [release]}, pull_request: {}}", False),
        ("{push: {branches: [release, main]}}", False),
        ("{push: {branches: ['**']}}", False),
        ("{push: {branches-ignore: [docs]}}", False),
    ],
)
def test_dp024_names_pushes_to_a_rare_branch(events: str, rare: bool) -> None:  # noqa: FBT001
    verdict = checks_ci.ci_runs_the_tests(ci(GOOD_CI.replace("[push, pull_request]", events)))
    assert (verdict.outcome is Outcome.FAILED) is rare
    assert ("only on a push to release" in verdict.message) is rare


def test_dp037_judges_a_need_by_the_alerts_that_name_it() -> None:
    own = Rule(path="a.yaml", line=1, name="Own", expression=f"{LATENCY} > 3", words=SLOW.id)
    general = Rule(path="a.yaml", line=2, name="General", expression=f"{LATENCY} > 0.5", words="")
    check = checks.every_quality_need_has_an_alert
    verdict = check(spec(SLOW), AlertRules(paths=("a.yaml",), rules=(own, general)), REHEARSAL)
    assert [str(place) for place in verdict.places] == ["a.yaml:1"]


# --- the rehearsal


def test_dp030_passes_a_rehearsal_to_the_end() -> None:
    verdict = checks.it_migrates_and_starts_as_in_production(REHEARSAL)
    assert verdict.message == "migrate, start: in the lock's environment, with ENVIRONMENT"
    assert verdict.shares == (every(2, "step"),)


def test_dp030_names_the_step_that_failed() -> None:
    bad = replace(REHEARSAL, acts=(Act(name="start", command="python -m uvicorn a:b", problem="KeyError: 'REGION'"),))
    verdict = checks.it_migrates_and_starts_as_in_production(bad)
    assert verdict.message == "start failed: KeyError: 'REGION'"
    assert verdict.again == ("python -m uvicorn a:b",)


def test_dp031_passes_when_everything_answers() -> None:
    verdict = checks.the_smoke_test_passes(REHEARSAL)
    assert verdict.message == "answers, health at /health"
    assert verdict.shares == (every(1, "health path"), every(1, "public operation"))


def test_dp031_names_operations_that_fail() -> None:
    check = checks.the_smoke_test_passes
    bad = replace(REHEARSAL, smoke=(SEEN[0], Seen(endpoint="GET /books", status=500)))
    assert check(bad).message == "1 of 2 fail on a new database: GET /books 500"
    assert check(replace(REHEARSAL, live=None, smoke=())).message == "no health endpoint answers"
    ill = replace(REHEARSAL, smoke=(Seen(endpoint="GET /health", status=404),))
    assert check(ill).message == "1 of 1 fail on a new database: GET /health 404"
    never = replace(REHEARSAL, smoke=(), acts=(Act(name="start", command="", problem="boom"),))
    assert check(never).outcome is Outcome.UNKNOWN
    assert check(replace(REHEARSAL, contract_problem="openapi() raised")).outcome is Outcome.UNKNOWN


def test_dp032_passes_when_every_request_is_answered() -> None:
    verdict = checks.no_request_is_lost_in_a_restart(REHEARSAL)
    assert verdict.message == "all answered, 1 of them in flight at SIGTERM (POST /orders)"
    assert verdict.shares == (every(151, "request"),)


def test_dp032_names_requests_that_are_lost() -> None:
    check = checks.no_request_is_lost_in_a_restart
    cut = Answer(path="/orders", at=1.0, status=None, problem="the connection was cut without an answer")
    dropped = check(replace(REHEARSAL, restart=replace(RESTART, caught=(cut,))))
    assert "1 of 1 requests that were being sent at SIGTERM: the connection was cut" in dropped.message
    lost = check(replace(REHEARSAL, restart=replace(RESTART, lost=(Answer(path="/health", at=1.0, status=502),))))
    assert (lost.message, lost.places[0].note) == ("1 of 150 requests failed around the restart", "answered 502")


def test_dp032_is_unknown_when_nothing_could_be_held_in_flight() -> None:
    check = checks.no_request_is_lost_in_a_restart
    none = replace(RESTART, caught=(), not_caught="no operation of the contract takes a JSON body")
    assert check(replace(REHEARSAL, restart=none)).outcome is Outcome.UNKNOWN
    assert check(replace(REHEARSAL, restart=None)).outcome is Outcome.UNKNOWN


def test_dp033_passes_an_orderly_end() -> None:
    for code in (0, 143):
        stopped = replace(REHEARSAL, restart=replace(RESTART, exit_code=code))
        assert checks.it_stops_cleanly(stopped).outcome is Outcome.PASSED


def test_dp033_names_an_end_by_force_or_in_error() -> None:
    killed = replace(REHEARSAL, restart=replace(RESTART, exit_code=None))
    assert checks.it_stops_cleanly(killed).message == "it had to be killed"
    raised = replace(REHEARSAL, restart=replace(RESTART, last_words="ERROR: Application shutdown failed. Exiting."))
    assert checks.it_stops_cleanly(raised).message == "its shutdown fails"
    crashed = replace(REHEARSAL, restart=replace(RESTART, exit_code=3))
    assert checks.it_stops_cleanly(crashed).message == "it ended with exit code 3"


def test_dp034_passes_refusals() -> None:
    refused = Attempt(variable="KEY", known=Known(value=None), started=False, last_words="needs KEY")
    refusals = ProductionRefusals(production=("ENV",), attempts=(refused,), there=1)
    verdict = checks.production_refuses_known_secrets(refusals)
    assert (verdict.message, verdict.shares) == ("refused: KEY unset", (every(1, "known secret"),))


def test_dp034_names_a_known_secret_that_is_taken() -> None:
    known = Known(value="changeme", path="app/settings.py", line=7)
    taken = Attempt(variable="KEY", known=known, started=True, command="uvicorn app:app")
    verdict = checks.production_refuses_known_secrets(ProductionRefusals(production=("ENV",), attempts=(taken,)))
    assert verdict.message == "it starts in production with KEY set to `changeme`, as in app/settings.py"
    assert (str(verdict.places[0]), verdict.again) == ("app/settings.py:7", ("KEY=changeme uvicorn app:app",))


def test_dp035_passes_a_migration_that_leaves_no_trace() -> None:
    verdict = checks.the_newest_migration_can_be_taken_back(ROLLBACK)
    assert verdict.message == "b2 down and up again, and no trace is left"
    assert verdict.shares == (every(1, "migration"), every(1, "filled table"))


def test_dp035_names_what_does_not_go_back() -> None:
    check = checks.the_newest_migration_can_be_taken_back
    assert "left behind: index ix" in check(replace(ROLLBACK, left=("index ix",))).message
    assert "book: 2 of 3 rows lost" in check(replace(ROLLBACK, rows_lost=(("book", 3, 1),))).message
    refused = check(replace(ROLLBACK, refused="NotImplementedError"))
    assert refused.message == "`alembic downgrade -1` fails: NotImplementedError"


def test_dp036_passes_a_schema_that_the_old_code_can_use() -> None:
    verdict = checks.old_code_works_on_the_new_schema(ROLLBACK)
    assert verdict.message == "what worked before b2 still does: rows written, all columns there"
    assert verdict.shares == (every(1, "migration"), every(1, "filled table"))
    assert checks.old_code_works_on_the_new_schema(replace(ROLLBACK, previous=None)).outcome is Outcome.NOT_APPLICABLE


def test_dp036_names_what_the_old_code_can_no_longer_do() -> None:
    broken = replace(ROLLBACK, breaks=(Break(table="book", column="price", what="the column is gone"),))
    verdict = checks.old_code_works_on_the_new_schema(broken)
    assert verdict.message == "b2 breaks the code before it: book.price: the column is gone"


def test_dp037_passes_needs_that_are_watched_by_name_or_by_metric() -> None:
    by_name = Rule(path="a.yaml", line=1, name="Slow", expression=f"{LATENCY} > 0.2", words="page QN-001")
    by_metric = Rule(
        path="a.yaml", line=9, name="Bad", expression='rate(http_requests_total{status=~"5.."}[5m])', words=""
    )
    rules = AlertRules(paths=("a.yaml",), rules=(by_name, by_metric))
    verdict = checks.every_quality_need_has_an_alert(spec(SLOW, FAILING), rules, REHEARSAL)
    assert (verdict.outcome, verdict.shares) == (Outcome.PASSED, (every(2, "quality need"),))


def test_dp037_names_needs_that_nobody_watches() -> None:
    check = checks.every_quality_need_has_an_alert
    other = Rule(path="a.yaml", line=1, name="Slow", expression="x > 1", words="QN-0011")
    verdict = check(spec(SLOW, FAILING), AlertRules(paths=("a.yaml",), rules=(other,)), REHEARSAL)
    assert verdict.message == "the rules of a.yaml watch not QN-001, QN-002"
    assert str(verdict.places[1]) == "spec.yaml:2"
    none = check(spec(SLOW), AlertRules(paths=()), REHEARSAL)
    assert none.message == "there are no alert rules: 1 need unwatched"
    assert check(spec(), AlertRules(paths=()), REHEARSAL).outcome is Outcome.NOT_APPLICABLE


LATENCY = "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))"
FAILURES = 'sum(rate(http_requests_total{status="5xx"}[5m])) / sum(rate(http_requests_total[5m]))'


@pytest.mark.parametrize(
    ("need", "expressions", "silent"),
    [
        (SLOW, (f"{LATENCY} > 3",), True),
        (SLOW, (f"{LATENCY} > 0.25",), False),
        (SLOW, (f"{LATENCY} > 3", f"{LATENCY} > 0.2"), False),
        (FAILING, (f"{FAILURES} > 0.5",), True),
        (FAILING, (f"{FAILURES} > 0.01",), False),
        (FAILING, (f"100 * {FAILURES} > 1",), False),
        (FAILING, (f"{FAILURES} > (14.4 * 0.001)",), True),
    ],
)
def test_dp037_names_alerts_that_come_too_late(need: Quality, expressions: tuple[str, ...], silent: bool) -> None:  # noqa: FBT001
    rules = tuple(
        Rule(path="a.yaml", line=n, name="Bad", expression=one, words=need.id) for n, one in enumerate(expressions, 1)
    )
    found = AlertRules(paths=("a.yaml",), rules=rules)
    verdict = checks.every_quality_need_has_an_alert(spec(need), found, REHEARSAL)
    assert (verdict.outcome is Outcome.FAILED) is silent
    assert [str(place) for place in verdict.places] == (["a.yaml:1"] if silent else [])


@pytest.mark.parametrize(
    ("quantile", "limit", "why"),
    [
        ("0.5", "0.25", "it measures percentile 50, and QN-001 promises it for 95"),
        ("0.9", "0.3", "it fires later than QN-001 promises"),
        ("0.95", "0.25", ""),
        ("0.99", "0.25", ""),
        ("0.5", "0.1", ""),
    ],
)
def test_dp037_names_an_alert_on_a_lower_percentile(quantile: str, limit: str, why: str) -> None:
    text = f"{LATENCY.replace('0.95', quantile)} > {limit}"
    rule = Rule(path="a.yaml", line=1, name="Slow", expression=text, words="QN-001")
    assert [reason for _, reason in watch(SLOW, AlertRules(paths=(), rules=(rule,)), METRICS).silent] == (
        [why] if why else []
    )


@pytest.mark.parametrize(
    "matcher",
    ['=~"50[0-9]"', '=~"5[0-9]{2}"', '=~"^5.*"', '!~"[1-4].."', '="503"', '="5xx"', '=~"5xx|4xx"', '=~"(500|503)"'],
)
def test_dp037_knows_failures_in_any_spelling(matcher: str) -> None:
    failing = f"http_requests_total{{status{matcher}}}"
    text = f"sum(rate({failing}[5m])) / sum(rate(http_requests_total[5m])) > 0.01"
    rule = Rule(path="a.yaml", line=1, name="Bad", expression=text, words="QN-002")
    found = watch(FAILING, AlertRules(paths=(), rules=(rule,)), METRICS)
    assert (found.silent, found.firing) == ((), (rule,))


@pytest.mark.parametrize("matcher", ['=~"2.."', '!="404"', '=~".+"', '="404"'])
def test_dp037_names_an_alert_that_counts_no_failures(matcher: str) -> None:
    picked = f"http_requests_total{{status{matcher}}}"
    text = f"sum(rate({picked}[5m])) / sum(rate(http_requests_total[5m])) > 0.01"
    rule = Rule(path="a.yaml", line=1, name="Bad", expression=text, words="QN-002")
    assert watch(FAILING, AlertRules(paths=(), rules=(rule,)), METRICS).silent


@pytest.mark.parametrize(
    ("matcher", "seen", "told"),
    [
        ('="500"', {"2xx", "4xx"}, True),
        ('=~"50[0-9]"', {"2xx"}, True),
        ('="5xx"', {"200", "404"}, True),
        ('=~"5.."', {"2xx"}, False),
        ('=~"5.."', {"200"}, False),
        ('="5xx"', {"2xx"}, False),
        ('="5XX"', {"2XX"}, False),
        ('="500"', {"200"}, False),
        ('="500"', {"200", "2xx"}, False),
        ('="500"', set(), False),
        ('!="200"', {"2xx"}, False),
    ],
)
def test_dp037_names_a_status_that_no_metric_has(matcher: str, seen: set[str], told: bool) -> None:  # noqa: FBT001
    failing = f"http_requests_total{{status{matcher}}}"
    text = f"sum(rate({failing}[5m])) / sum(rate(http_requests_total[5m])) > 0.01"
    rule = Rule(path="a.yaml", line=1, name="Failing", expression=text, words="QN-002 error")
    metrics = (METRICS[0], replace(METRICS[1], statuses=frozenset(seen)))
    found = watch(FAILING, AlertRules(paths=(), rules=(rule,)), metrics).silent
    assert any("never has the status" in why for _, why in found) is told


# --- documents


def test_the_alert_rules_are_valid_and_watch_every_need() -> None:
    metrics = (
        Metric(name="http_request_duration_seconds", kind="histogram", labels=("method", "route")),
        Metric(name="http_requests_total", kind="counter", labels=("method", "route", "status")),
    )
    text = artifacts.alert_rules(spec(SLOW, FAILING), replace(REHEARSAL, metrics=metrics))
    rules = yaml.safe_load(text)["groups"][0]["rules"]
    assert [rule["labels"]["need"] for rule in rules] == ["QN-001", "QN-002"]
    assert rules[0]["expr"] == (
        'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{method="GET", '
        'route="/books"}[5m]))) > 0.25'
    )


def test_a_need_without_a_metric_says_so_in_the_alert_rules() -> None:
    text = str(artifacts.alert_rules(spec(SLOW), replace(REHEARSAL, metrics=())))
    assert "# QN-001: the service exposes no metric that measures it" in text
    assert rules_for([SLOW], ())[0].expression == ""
    assert yaml.safe_load(text)["groups"][0]["rules"] in (None, [])


def test_the_bill_of_materials_is_valid_cyclonedx() -> None:
    more = (
        Installed(name="torch", version="2.4.0+cpu", licence="BSD-3-Clause OR MIT", summary="Ten\x0bsors"),
        Installed(name="old", version="1", licence="as is"),
        Installed(name="bare", version="2", licence=""),
    )
    room = replace(ROOM, installed=(*ROOM.installed, *more))
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(str(artifacts.bill_of_materials(room))) is None


def test_the_bill_of_materials_is_stable_and_names_licences() -> None:
    text = artifacts.bill_of_materials(ROOM)
    assert text == artifacts.bill_of_materials(replace(ROOM, seconds=9.0))
    whole = json.loads(text)
    other = json.loads(artifacts.bill_of_materials(replace(ROOM, python_version="3.13")))
    assert whole["serialNumber"] != other["serialNumber"]
    assert "timestamp" not in whole["metadata"]
    assert (whole["bomFormat"], whole["specVersion"]) == ("CycloneDX", "1.6")
    assert {"ref": "shop", "dependsOn": ["pkg:pypi/fastapi@0.120.0"]} in whole["dependencies"]
    pydantic = {"ref": "pkg:pypi/fastapi@0.120.0", "dependsOn": ["pkg:pypi/pydantic@2.12.0"]}
    assert pydantic in whole["dependencies"]


@pytest.mark.parametrize(
    ("licence", "said"),
    [
        ("MIT", [{"license": {"id": "MIT"}}]),
        ("Apache-2.0 OR BSD-2-Clause", [{"expression": "Apache-2.0 OR BSD-2-Clause"}]),
        ("MIT License", [{"license": {"name": "MIT License"}}]),
    ],
)
def test_a_licence_is_named_by_its_spdx_id_where_it_has_one(licence: str, said: list[object]) -> None:
    installed = Installed(name="torch", version="2.4.0+cpu", licence=licence)
    whole = json.loads(artifacts.bill_of_materials(replace(ROOM, installed=(installed,))))
    (one,) = whole["components"]
    assert (one["licenses"], one["purl"]) == (said, "pkg:pypi/torch@2.4.0%2Bcpu")


def test_the_runbook_and_the_plan_say_what_was_rehearsed() -> None:
    runbook = str(artifacts.release_runbook(REHEARSAL, LOCK, ROOM, ROLLBACK))
    assert "**Rehearsed** on Python 3.12.4, in a clean environment made from `requirements.lock`" in runbook
    assert "| half sent when SIGTERM arrived (POST /orders) | 1 of 1 answered |" in runbook
    broken = replace(ROLLBACK, breaks=(Break(table="book", column=None, what="the table is gone"),))
    assert "**The code alone can't go back.**" in str(artifacts.rollback_plan(REHEARSAL, broken, ROOM))
    assert "Take back the code first" in str(artifacts.rollback_plan(REHEARSAL, ROLLBACK, ROOM))
    assert json.loads(artifacts.rehearsal_record(REHEARSAL))["restart"]["in_flight"]["answered"] == 1


def test_the_rehearsals_record_reads_in_the_readers_language() -> None:
    with speaking("zh_CN"):
        record = json.loads(artifacts.rehearsal_record(REHEARSAL))
    assert record["environment"] == "按锁文件新建"
    assert [one["step"] for one in record["steps"]][:2] == ["迁移", "启动"]


def test_messages_of_the_rehearsal_name_the_service_s_own_files() -> None:
    room = Room(python=Path("/tmp/room/bin/python"), release=Path("/tmp/room/release"), cache=Path("/tmp/room/cache"))
    assert room.at_home("no /tmp/room/release/app/.env in /tmp/room/release") == "no app/.env in ."


BUILT = 'FROM python:3.13.1-slim\n{}\nCMD ["uvicorn", "app:app"]\n'


@pytest.mark.parametrize(
    "run",
    [
        "RUN curl -LsSf https://x.example/install.sh | sh",
        "RUN wget -qO- https://x.example/install.sh | bash -s -- -y",
        "RUN curl -sSL https://x.example/install.py | python3 -",
        "RUN bash <(curl -s https://x.example/install.sh)",
        'RUN eval "$(curl -s https://x.example/env)"',
        'RUN sh -c "$(wget -qO- https://x.example/install.sh)"',
        "RUN curl -o /tmp/i.sh https://x.example/i.sh && sh /tmp/i.sh",
        "RUN wget https://x.example/i.sh && chmod +x i.sh && ./i.sh",
        "ADD https://x.example/i.sh /tmp/\nRUN sh /tmp/i.sh",
    ],
)
def test_dp050_names_what_runs_straight_from_the_network(run: str) -> None:
    verdict = checks_shipped.nothing_is_run_straight_from_the_network(image(BUILT.format(run)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.places[0].path == "Dockerfile"


@pytest.mark.parametrize(
    "run",
    [
        "RUN pip install -r requirements.lock",
        "RUN curl -o /tmp/i.sh https://x.example/i.sh && echo 'ab12  /tmp/i.sh' | sha256sum -c && sh /tmp/i.sh",
        "RUN curl -fsS https://x.example/data.json -o data.json && python -m json.tool data.json.schema",
        "RUN curl -s https://x.example/key.asc | gpg --dearmor -o /k.gpg && sh setup.sh",
        "ADD --checksum=sha256:ab https://x.example/i.sh /tmp/\nRUN sh /tmp/i.sh",
        "COPY --from=ghcr.io/astral-sh/uv:0.5.1 /uv /bin/",
    ],
)
def test_dp050_passes_what_was_compared_or_is_not_run(run: str) -> None:
    verdict = checks_shipped.nothing_is_run_straight_from_the_network(image(BUILT.format(run)))
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, "what is fetched is not run unseen")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('CMD ["uvicorn", "app:app", "--reload"]', "--reload is for development"),
        ("CMD fastapi dev app/main.py", "`fastapi dev` is for development: `fastapi run`"),
        ('ENV APP_DEBUG=true\nCMD ["uvicorn", "app:app"]', "APP_DEBUG=true is set in the image"),
        ('ENV GUNICORN_CMD_ARGS="--reload"\nCMD gunicorn app:app', "GUNICORN_CMD_ARGS=--reload is set in the image"),
        ("ENTRYPOINT alembic revision --autogenerate -m x && uvicorn a:b", "a migration is generated where it runs"),
    ],
)
def test_dp051_names_what_is_for_development(lines: str, said: str) -> None:
    verdict = checks_shipped.the_image_starts_as_for_others(image(f"FROM python:3.13.1-slim\n{lines}\n"))
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, said)


@pytest.mark.parametrize(
    "run",
    [
        "RUN alembic upgrade head",
        "RUN pip install x && /opt/venv/bin/python -m alembic -c db/alembic.ini upgrade head",
        "RUN uv run flask db upgrade",
        "RUN alembic upgrade head || true",
    ],
)
def test_dp051_names_a_migration_that_runs_while_the_image_is_built(run: str) -> None:
    verdict = checks_shipped.the_image_starts_as_for_others(
        image(f'FROM python:3.13.1-slim\nWORKDIR /srv\n{run}\nCMD ["uvicorn", "app:app"]\n')
    )
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.startswith("a migration runs while the image is built: ")
    assert verdict.places[0].line == 3


@pytest.mark.parametrize(
    "lines",
    [
        "RUN alembic upgrade head --sql > schema.sql",
        "RUN pip install --upgrade alembic",
        "RUN echo alembic upgrade head",
        "FROM python:3.13.1-slim AS test\nRUN alembic upgrade head\nFROM python:3.13.1-slim",
        "ENTRYPOINT alembic upgrade head && exec uvicorn app:app",
    ],
)
def test_dp051_names_no_migration_that_the_build_does_not_run(lines: str) -> None:
    verdict = checks_shipped.the_image_starts_as_for_others(
        image(f'FROM python:3.13.1-slim\n{lines}\nCMD ["uvicorn", "app:app"]\n')
    )
    assert verdict.outcome is Outcome.PASSED


def test_dp051_and_dp052_read_the_scripts_that_the_image_hands_over_to() -> None:
    script = ("start.sh", "#!/bin/sh\nexec uvicorn app:app --reload --forwarded-allow-ips '*'\n")
    handed = replace(image('FROM python:3.13.1-slim\nENTRYPOINT ["./start.sh"]\n'), scripts=(script,))
    assert checks_shipped.the_image_starts_as_for_others(handed).places[0].path == "start.sh"
    assert checks_shipped.not_everybody_is_a_trusted_proxy(handed).places[0].path == "start.sh"


@pytest.mark.parametrize(
    ("line", "check", "said"),
    [
        ('export FORWARDED_ALLOW_IPS="*"', checks_shipped.not_everybody_is_a_trusted_proxy, "`*`"),
        ("FORWARDED_ALLOW_IPS=10.0.0.1,*", checks_shipped.not_everybody_is_a_trusted_proxy, "`10.0.0.1,*`"),
        ("export A=1 DEBUG=true", checks_shipped.the_image_starts_as_for_others, "DEBUG=true is set"),
    ],
)
def test_dp051_and_dp052_read_what_a_script_sets(line: str, check: Callable[[ImageFile], Verdict], said: str) -> None:
    script = ("start.sh", f"#!/bin/sh\n{line}\nexec uvicorn app:app\n")
    handed = replace(image('FROM python:3.13.1-slim\nENTRYPOINT ["./start.sh"]\n'), scripts=(script,))
    verdict = check(handed)
    assert verdict.outcome is Outcome.FAILED
    assert said in verdict.message
    assert (verdict.places[0].path, verdict.places[0].line) == ("start.sh", 2)
    open_one = replace(
        handed, scripts=(("start.sh", script[1].replace('"*"', '"$PROXIES"').replace(",*", "").replace("true", "0")),)
    )
    assert check(open_one).outcome is not Outcome.FAILED


def test_dp051_and_dp052_take_no_word_for_an_act() -> None:
    """What a script only says starts nothing, and passes nothing."""
    says = "#!/bin/sh\necho 'uvicorn app:app starts, without --reload'\nexec {}\n"
    for starts, outcome in (("uvicorn app:app", Outcome.PASSED), ("python -m shop.serve", Outcome.UNKNOWN)):
        script = ("start.sh", says.format(starts))
        handed = replace(image('FROM python:3.13.1-slim\nENTRYPOINT ["./start.sh"]\n'), scripts=(script,))
        for check in (checks_shipped.the_image_starts_as_for_others, checks_shipped.not_everybody_is_a_trusted_proxy):
            assert check(handed).outcome is outcome


def test_dp051_and_dp052_pass_and_do_not_know_what_starts() -> None:
    for check in (checks_shipped.the_image_starts_as_for_others, checks_shipped.not_everybody_is_a_trusted_proxy):
        assert check(image(BUILT.format("ENV DEBUG=0"))).outcome is Outcome.PASSED
        assert check(image("FROM python:3.13.1-slim\n")).outcome is Outcome.UNKNOWN
    named = image('FROM python:3.13.1-slim\nCMD ["uvicorn", "a:b", "--forwarded-allow-ips=10.0.0.0/8"]\n')
    assert checks_shipped.not_everybody_is_a_trusted_proxy(named).message == "it trusts 10.0.0.0/8"


@pytest.mark.parametrize(
    "run",
    [
        "ssh -o StrictHostKeyChecking=no deploy@shop.example.com ./release.sh",
        "ssh deploy@shop 'alembic revision --autogenerate -m x && alembic upgrade head'",
        "echo 'StrictHostKeyChecking no' >> ~/.ssh/config",
    ],
)
def test_dp053_names_what_a_deployment_does_not_look_at(run: str) -> None:
    used = GitHubWorkflows(all=ci(DEPLOYING.format(run)))
    verdict = checks_ci.deployments_know_whom_they_talk_to(used)
    assert verdict.outcome is Outcome.FAILED
    assert verdict.places[0].path == ".github/workflows/ci.yml"


@pytest.mark.parametrize(
    "run", ["ssh deploy@shop ./release.sh", "# StrictHostKeyChecking=no", "alembic revision --autogenerate && git diff"]
)
def test_dp053_passes_known_hosts_and_committed_migrations(run: str) -> None:
    used = GitHubWorkflows(all=ci(DEPLOYING.format(run)))
    assert checks_ci.deployments_know_whom_they_talk_to(used).outcome is Outcome.PASSED


def test_dp051_and_dp052_do_not_know_what_a_command_of_the_teams_own_gives_its_server() -> None:
    own = image('FROM python:3.13.1-slim\nCMD ["python", "-m", "shop.serve"]\n')
    for check in (checks_shipped.the_image_starts_as_for_others, checks_shipped.not_everybody_is_a_trusted_proxy):
        assert check(own).outcome is Outcome.UNKNOWN
    settings = image("FROM python:3.13.1-slim\nCMD exec gunicorn -c gunicorn.conf.py app:app\n")
    verdict = checks_shipped.not_everybody_is_a_trusted_proxy(settings)
    assert (verdict.outcome, verdict.message) == (Outcome.UNKNOWN, "which proxies gunicorn.conf.py names is not read")


SERVES = {
    "uvicorn.run('shop:app', reload=True, forwarded_allow_ips='*')": (Outcome.FAILED, Outcome.FAILED),
    "uvicorn.run(app, host='0.0.0.0', reload=False)": (Outcome.PASSED, Outcome.PASSED),
    "uvicorn.run(app, reload=settings.debug)": (Outcome.UNKNOWN, Outcome.PASSED),
    "uvicorn.run(app, **options)": (Outcome.UNKNOWN, Outcome.UNKNOWN),
    "serve(app)": (Outcome.UNKNOWN, Outcome.UNKNOWN),
}


@pytest.mark.parametrize("call", SERVES)
def test_dp051_and_dp052_read_the_program_that_starts_the_server_itself(tmp_path: Path, call: str) -> None:
    (tmp_path / "src/shop").mkdir(parents=True)
    (tmp_path / "src/shop/serve.py").write_text(f"import uvicorn\n\ndef main():\n    {call}\n\nmain()\n")
    servers = tuple(own_servers(tmp_path, [("exec", "python", "-u", "-m", "shop.serve")]))
    own = replace(image('FROM python:3.13.1-slim\nCMD ["python", "-m", "shop.serve"]\n'), own_servers=servers)
    found = [checks_shipped.the_image_starts_as_for_others(own), checks_shipped.not_everybody_is_a_trusted_proxy(own)]
    assert tuple(one.outcome for one in found) == SERVES[call]
    if Outcome.FAILED in SERVES[call]:
        assert (found[0].places[0].path, found[0].places[0].line) == ("src/shop/serve.py", 4)


@pytest.mark.parametrize("words", [("python3", "/srv/app/main.py"), ("uv", "run", "python", "-m", "app"), ("python",)])
def test_the_program_is_found_wherever_the_image_puts_it(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "app").mkdir()
    for name in ("main", "__main__"):
        (tmp_path / f"app/{name}.py").write_text("import uvicorn\nuvicorn.run('app.web:app', port=80)\n")
    commands = [command for _, _, command in own_servers(tmp_path, [words])]
    assert commands == (["uvicorn app.web:app --port 80"] if len(words) > 1 else [])


def test_dp011_does_not_know_what_a_copy_of_whole_folders_brings() -> None:
    asked = 'HEALTHCHECK CMD ["curl", "-f", "http://127.0.0.1:8000/health"]\nCMD ["uvicorn", "a:b"]\n'
    for to, outcome in (("/", Outcome.UNKNOWN), ("/usr/bin/", Outcome.UNKNOWN), ("/opt/venv", Outcome.FAILED)):
        text = f"FROM python:3.13.1 AS b\nFROM python:3.13.1-slim\nCOPY --from=b {to} {to}\n{asked}"
        assert checks_image.the_image_has_a_health_check(image(text)).outcome is outcome


@pytest.mark.parametrize(
    ("matcher", "why"),
    [
        ('method="POST"', "it measures POST, not GET"),
        ('method=~"PUT|POST"', "it measures PUT|POST, not GET"),
        ('method="GET"', ""),
        ('method=~"get|head"', ""),
        ('method!="OPTIONS"', ""),
        ("", ""),
    ],
)
def test_dp037_knows_of_which_method_an_alert_speaks(matcher: str, why: str) -> None:
    need = Quality(id="NFR-1", text="x", metric="latency", endpoint="GET /posts", limit=100, unit="ms", percentile=95)
    seconds = f"http_request_duration_seconds_bucket{{{matcher}}}"
    expression = f"histogram_quantile(0.95, sum by (le) (rate({seconds}[5m]))) > 0.09"
    rule = Rule(path="a.yaml", line=1, name="Slow", expression=expression, words=need.id)
    found = watch(need, AlertRules(paths=("a.yaml",), rules=(rule,)), REHEARSAL.metrics)
    assert [reason for _, reason in found.silent] == ([why] if why else [])


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("command: uvicorn app:app --reload", "--reload"),
        ("command: [fastapi, dev, app.py]", "fastapi dev"),
        ("command: fastapi dev app.py", "fastapi dev"),
        ("command: uvicorn app:app --reload\n    volumes: ['./app:/srv/app']", ""),
        ("command: uvicorn app:app --reload\n    volumes: [{type: bind, source: ./app, target: /srv}]", ""),
        ("command: uvicorn app:app --reload\n    develop: {watch: []}", ""),
        ("command: uvicorn app:app --reload\n    volumes: ['data:/data']", "--reload"),
        ("command: uvicorn app:app", ""),
        ('environment: {UVICORN_RELOAD: "true"}', "UVICORN_RELOAD=true"),
        ("environment: ['GUNICORN_CMD_ARGS=--workers 2 --reload']", "--reload"),
        ("environment: {SHOP_DEBUG: '${DEBUG:-on}'}", "SHOP_DEBUG=on"),
        ("environment: {SHOP_DEBUG: '${DEBUG:-}', UVICORN_RELOAD: 'false', NOTES: use --reload}", ""),
        ('environment: {UVICORN_RELOAD: "true"}\n    develop: {watch: []}', ""),
    ],
)
def test_dp005_names_a_reloader_in_front_of_code_that_nobody_changes(part: str, said: str) -> None:
    (found,) = parts_in(yaml_in(f"services:\n  web:\n    build: .\n    {part}\n"))
    assert found.develops == said
    verdict = checks_supply.compose_is_safe_to_start(Compose(path="compose.yaml", parts=(found,), written=1))
    assert verdict.outcome is (Outcome.FAILED if said else Outcome.PASSED)


DEPLOYING = "on: push\njobs:\n  out:\n    steps:\n      - name: x\n        run: |\n          true\n          {}\n"
