"""How is the worker of a service's queue started? As its files say it, the likeliest first; read, never run."""

import ast
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.discovery.code_files import python_files
from runner.discovery.usual_places import shown, text_if_there
from runner.reading.documents import NotReadable, yaml_in
from runner.reading.shell import script_of
from runner.reading.syntax import parsed

# Programs that are workers, with the word that must follow where they are more than that.
PROGRAMS: Mapping[str, str] = {
    "celery": "worker", "arq": "", "taskiq": "worker", "dramatiq": "", "rq": "worker", "rqworker": "", "saq": "",
    "huey_consumer": "", "huey_consumer.py": "", "streaq": "", "procrastinate": "worker",
}  # fmt: skip
SERVERS = frozenset({"uvicorn", "gunicorn", "hypercorn", "granian", "fastapi", "daphne", "alembic", "pytest", "flower"})
RUNNERS = (("uv", "run"), ("poetry", "run"), ("pdm", "run"), ("hatch", "run"), ("pipenv", "run"), ("exec",))
A_WORKER = re.compile(r"worker|consumer|jobs?\b|queue", re.IGNORECASE)
NO_WORKER = re.compile(r"beat|flower|monitor|migrat|seed|scheduler", re.IGNORECASE)
TEXTS = ("README*", "docs/*.md", "Makefile", "justfile", "*.sh", "scripts/*.sh", "docker/*.sh", "bin/*", "tasks.py")
MOST = 200_000  # characters of a text that are read
STARTS = "|".join((*PROGRAMS, r"python3? -m \w+"))
FENCED = re.compile(rf"^\s*(?:[$>#]\s+)?((?:uv run |poetry run |pdm run |pipenv run )?(?:{STARTS})\b.*)$")
BROKER = re.compile(r"\w*(?:Queue|Stream|PubSub|AioPika|InMemory|Sentinel|Cluster)Broker")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerCommand:
    """The words that start a worker, and the place that says so."""

    words: tuple[str, ...]
    path: str
    line: int = 1

    @property
    def said(self) -> str:
        return shlex.join(self.words)


def worker_commands(root: Path, compose: str | None, named: str | None = None) -> Iterator[WorkerCommand]:
    """What gonogo.toml names, and nothing else then; else what compose, Procfile, texts and code tell, each once."""
    if named:
        yield WorkerCommand(words=tuple(shlex.split(named)), path="gonogo.toml")
        return
    seen = set()
    for one in (*_of_compose(root, compose), *_of_procfile(root), *_of_texts(root), *_of_code(root)):
        if one.words not in seen:
            seen.add(one.words)
            yield one


def worker_words(text: str, *, alone: bool = False) -> tuple[str, ...]:
    """The command in a line of shell that starts a worker; empty where none does.

    `alone`: the line is all that a process called a worker runs, so a Python program of the service's own is one.
    """
    for command in script_of(text).commands:
        words = list(command.argv)
        if words[:2] and words[0].rpartition("/")[2] in {"sh", "bash"} and "-c" in words[:3]:
            return worker_words(words[-1], alone=alone)
        words = _bare(words)
        if _is_worker(words) or (alone and _is_own(words)):
            return tuple(words)
    return ()


def _bare(words: list[str]) -> list[str]:
    """Without what installs and watches first: `uv run`, `watchfiles 'celery …'`."""
    for start in RUNNERS:
        if tuple(words[: len(start)]) == start:
            rest = words[len(start) :]
            return _bare(rest[next((n for n, one in enumerate(rest) if not one.startswith("-")), 0) :])
    if words and words[0].rpartition("/")[2] in {"watchfiles", "watchmedo"}:
        inner = next((one for one in words[1:] if " " in one), "")
        return _bare(shlex.split(inner)) if inner else words
    return words


def _is_worker(words: Sequence[str]) -> bool:
    name, rest = _program(words)
    return name in PROGRAMS and (
        PROGRAMS[name] in rest if PROGRAMS[name] else any(not one.startswith("-") for one in rest)
    )


def _program(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """`celery` and what follows, also of `python -m celery …`."""
    if (
        len(words) > len(("python", "-m"))
        and re.fullmatch(r"python[\d.]*", words[0].rpartition("/")[2])
        and words[1] == "-m"
    ):
        return words[2], words[3:]
    return (words[0].rpartition("/")[2], words[1:]) if words else ("", ())


def _is_own(words: Sequence[str]) -> bool:
    """A program of the service's: `python -m app.worker`, `python worker.py`."""
    if not words or not re.fullmatch(r"python[\d.]*", words[0].rpartition("/")[2]):
        return False
    name, _ = _program(words)
    return name not in SERVERS and len(words) > 1 and (words[1] == "-m" or words[1].endswith(".py"))


def _of_compose(root: Path, compose: str | None) -> Iterator[WorkerCommand]:
    try:
        document = yaml_in(text_if_there(root, compose)) if compose else None
    except NotReadable:
        return
    if document is None or not isinstance(document.value, Mapping):
        return
    services = document.value.get("services")
    for name, one in services.items() if isinstance(services, Mapping) else ():
        if not isinstance(one, Mapping) or NO_WORKER.search(str(name)):
            continue
        for key in ("command", "entrypoint"):
            given = one.get(key)
            text = shlex.join(map(str, given)) if isinstance(given, list) else str(given or "")
            if words := worker_words(text, alone=bool(A_WORKER.search(str(name)))):
                yield WorkerCommand(words=words, path=str(compose), line=document.line("services", str(name), key) or 1)


def _of_procfile(root: Path) -> Iterator[WorkerCommand]:
    for number, line in enumerate(text_if_there(root, "Procfile").splitlines(), start=1):
        name, _, command = line.partition(":")
        if not NO_WORKER.search(name) and (words := worker_words(command.strip(), alone=bool(A_WORKER.search(name)))):
            yield WorkerCommand(words=words, path="Procfile", line=number)


def _of_texts(root: Path) -> Iterator[WorkerCommand]:
    files = (file for pattern in TEXTS for file in sorted(root.glob(pattern)) if file.is_file())
    for file in files:
        text = file.read_text(encoding="utf-8", errors="replace")[:MOST]
        for number, line in enumerate(text.splitlines(), start=1):
            found = FENCED.match(line.strip().strip("`"))
            words = worker_words(found[1], alone=False) if found else ()
            if words and not any(re.search(r"[<{$]", word) for word in words):
                yield WorkerCommand(words=words, path=shown(root, file), line=number)


def _of_code(root: Path) -> Iterator[WorkerCommand]:
    """An app or a broker at the top of a module, arq's settings, modules with actors."""
    for file in python_files(root):
        text = file.read_text(encoding="utf-8", errors="replace")
        if not re.search(r"\b(?:celery|arq|taskiq\w*|dramatiq|rq)\b", text):
            continue
        tree, module = parsed(text), ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        for node in tree.body if tree else ():
            if line := _started(node, module, text):
                yield WorkerCommand(words=tuple(shlex.split(line)), path=shown(root, file), line=node.lineno)


def _started(node: ast.stmt, module: str, text: str) -> str:
    if isinstance(node, ast.ClassDef):
        names = {getattr(target, "id", "") for one in node.body for target in getattr(one, "targets", ())}
        names |= {getattr(one.target, "id", "") for one in node.body if isinstance(one, ast.AnnAssign)}
        return f"arq {module}.{node.name}" if "functions" in names and "arq" in text else ""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and "dramatiq" in text:
        decorated = {ast.unparse(one).partition("(")[0] for one in node.decorator_list}
        return f"dramatiq {module}" if decorated & {"dramatiq.actor", "actor"} else ""
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    value = getattr(node, "value", None)
    while (
        isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and isinstance(value.func.value, ast.Call)
    ):
        value = value.func.value  # `ListQueueBroker(…).with_result_backend(…)`
    if not isinstance(target, ast.Name) or not isinstance(value, ast.Call):
        return ""
    made = ast.unparse(value.func).rpartition(".")[2]
    if made == "Celery":
        return f"celery -A {module}:{target.id} worker"
    return f"taskiq worker {module}:{target.id} --fs-discover" if BROKER.fullmatch(made) and "taskiq" in text else ""
