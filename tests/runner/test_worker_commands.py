"""Is the command that starts a worker found where services write it down, and no other taken for it?"""

from pathlib import Path

import pytest

from runner.discovery.worker_commands import worker_commands, worker_words


def found(root: Path, **files: str) -> list[str]:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_py", ".py").replace("_yaml", ".yaml").replace("_md", ".md")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    compose = "compose.yaml" if "compose_yaml" in files else None
    return [f"{one.said} ({one.path}:{one.line})" for one in worker_commands(root, compose)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("celery -A app.tasks worker -l info", "celery -A app.tasks worker -l info"),
        ("uv run celery --app=app.tasks:app worker", "celery --app=app.tasks:app worker"),
        ("sh -c 'alembic upgrade head && exec arq app.jobs.WorkerSettings'", "arq app.jobs.WorkerSettings"),
        ("python -m celery -A app worker", "python -m celery -A app worker"),
        ("watchfiles --filter python 'celery -A app worker'", "celery -A app worker"),
        ("taskiq worker app.broker:broker", "taskiq worker app.broker:broker"),
        ("poetry run dramatiq app.actors", "dramatiq app.actors"),
        ("rq worker --url redis://redis", "rq worker --url redis://redis"),
        ("celery -A app beat", ""),
        ("celery -A app flower --port=5555", ""),
        ("uvicorn app.main:app", ""),
        ("python -m app.worker", ""),  # alone, nothing says that it is one
        ("arq", ""),
        ("", ""),
    ],
)
def test_a_line_that_starts_a_worker(line: str, words: str) -> None:
    assert " ".join(worker_words(line)) == words


def test_a_program_of_the_services_own_is_a_worker_where_a_process_is_called_so(tmp_path: Path) -> None:
    compose = (
        "services:\n  api:\n    command: python -m app.main\n  worker:\n    build: .\n"
        '    command: ["python", "-m", "app.worker"]\n  celery-beat:\n    command: celery -A app beat\n'
    )
    assert found(tmp_path, compose_yaml=compose) == ["python -m app.worker (compose.yaml:6)"]
    assert (
        found(tmp_path, Procfile="web: uvicorn app:app\nworker: python work.py\n")[-1] == "python work.py (Procfile:2)"
    )


def test_what_gonogo_toml_names_is_taken_alone(tmp_path: Path) -> None:
    (tmp_path / "Procfile").write_text("worker: arq app.Settings")
    named = worker_commands(tmp_path, None, "celery -A other worker")
    assert [(one.said, one.path) for one in named] == [("celery -A other worker", "gonogo.toml")]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ('from celery import Celery\napp = Celery("a")', "celery -A app.jobs:app worker"),
        ("from arq import cron\nclass Settings:\n    functions = [send]", "arq app.jobs.Settings"),
        ("from arq import cron\nclass Settings:\n    functions: list = [send]", "arq app.jobs.Settings"),
        ("import dramatiq\n@dramatiq.actor\ndef send(): ...", "dramatiq app.jobs"),
        (
            "from taskiq_redis import ListQueueBroker\nbroker = ListQueueBroker(URL).with_result_backend(R(URL))",
            "taskiq worker app.jobs:broker --fs-discover",
        ),
        ("class Settings:\n    functions = [send]", ""),
        ("import celery_stubs", ""),
    ],
)
def test_code_tells_where_no_file_does(text: str, command: str, tmp_path: Path) -> None:
    starts = found(tmp_path, app__jobs_py=text)
    assert [one.partition(" (")[0] for one in starts] == ([command] if command else [])


def test_a_readme_tells_in_its_own_line_and_not_in_a_sentence(tmp_path: Path) -> None:
    text = "We use celery for mails, as a worker.\n```\n$ celery -A app worker\n```\ncelery -A <your app> worker\n"
    assert found(tmp_path, README_md=text) == ["celery -A app worker (README.md:3)"]
