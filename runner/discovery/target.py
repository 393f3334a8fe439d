"""Which service, and where are its parts? `gonogo.toml` first, convention otherwise."""

import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from runner.discovery.alembic_ini import alembic_folder, alembic_url, told_in_project
from runner.discovery.code_files import python_files
from runner.discovery.config import NAME, Config
from runner.discovery.config_file import read_config
from runner.discovery.fastapi_app import find_app
from runner.discovery.folder import readable_folder
from runner.discovery.images import IMAGES, released_image
from runner.discovery.modules import find_path
from runner.discovery.other_folders import projects_below, what_is_there
from runner.discovery.production import found_production
from runner.discovery.sources import find_sources
from runner.discovery.start_commands import started_in
from runner.discovery.usual_places import COMPOSE, CONTRACTS, find_lock, first_above, first_below, text_if_there
from runner.discovery.variables import found_variables
from runner.errors import WorkflowError
from runner.reading.walk import FEW, TooMuch
from runner.said import say, together

TESTS = tuple(f"{deep}{name}" for deep in ("", "*/", "*/*/") for name in ("tests", "test"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A service: its folder, its own interpreter, its app, its settings. Paths are relative to `root`."""

    root: Path
    python: Path
    config: Config = field(default_factory=Config)
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)  # 64 characters
    written: frozenset[str] = frozenset()  # the variables that gonogo.toml names in [env]; the others were found
    told_production: bool = False  # does gonogo.toml say what it is given in production?
    named_sources: tuple[str, ...] = ()  # where gonogo.toml says that its code is; empty where it was found

    @property
    def name(self) -> str:
        return self.config.service.name or self.root.name

    def parts(self) -> tuple[str, ...]:
        """What it runs on, for the head of a run, read from its virtual environment: `Python 3.12.1`."""
        config = self.python.parent.parent / "pyvenv.cfg"
        text = config.read_text(encoding="utf-8") if config.is_file() else ""
        found = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+\.\d+)", text, re.MULTILINE)
        return (say("Python {found}", found=found[1]),) if found else ()

    @property
    def spec(self) -> str:
        return self.config.service.spec

    @property
    def app(self) -> str | None:
        return self.config.service.app or find_app(self.root)

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(self.config.service.sources or find_sources(self.root))

    @property
    def alembic(self) -> str | None:
        """Alembic's configuration: its own file, else a project's where `[tool.alembic]` says where the scripts are."""
        ini = first_below(self.root, *(f"{deep}alembic.ini" for deep in ("", "*/", "*/*/")))
        return self.config.service.alembic or ini or told_in_project(self.root)

    @property
    def alembic_folder(self) -> str:
        """The folder (relative) that Alembic runs in: its configuration's, where its scripts are found only there."""
        return alembic_folder(self.root, self.alembic)

    @property
    def alembic_url(self) -> str:
        """The database that Alembic's configuration names by itself; empty where it has the template's or none."""
        return alembic_url(self.root, self.alembic)

    @property
    def tests(self) -> str | None:
        return self.config.service.tests or first_below(self.root, *TESTS)

    @property
    def lock(self) -> str | None:
        return self.config.service.lock or find_lock(self.root, lambda: self.image)

    def deploys_with(self, variable: str) -> bool:
        """Does its compose file or its Dockerfile speak of a variable?"""
        texts = (text_if_there(self.root, one) for one in (self.compose, self.image))
        return any(re.search(rf"\b{re.escape(variable)}\b", text) for text in texts)

    @property
    def contract(self) -> str | None:
        return self.config.service.contract or first_below(self.root, *CONTRACTS)

    @property
    def load(self) -> str | None:
        return self.config.service.load or first_below(self.root, "locustfile.py", "*/locustfile.py")

    @property
    def path(self) -> str | None:
        """The folder that must be on the module path for the app to be found; None when it is the service's own."""
        return find_path(self.root, self.app.split(":")[0]) if self.app else None

    @property
    def folder(self) -> str:
        """Where its processes run (relative): in the folder of its modules where Alembic works from there alone.

        Or where the repository starts the server there: `cd src && gunicorn main:app`. Its other files are found there.
        """
        return self.path if self.path and self.path in (self.alembic_folder, started_in(self.root)) else "."

    @property
    def image(self) -> str | None:
        return self.config.deployment.image or released_image(self.root) or first_above(self.root, *IMAGES[:2])

    @property
    def compose(self) -> str | None:
        return (
            self.config.deployment.compose or first_below(self.root, *COMPOSE) or first_above(self.root, *COMPOSE[:4])
        )


class NoService(WorkflowError):
    """A folder that can be read and holds no service."""


def find_target(folder: Path) -> Target:
    """The service in `folder`. Raises `NoService` where there is none, `WorkflowError` where it can't be read."""
    root = readable_folder(folder)
    target = Target(root=root, python=Path(), config=read_config(root))
    if not is_service(root):
        raise _no_service(root, what_is_there(root, python_files(root, FEW)))
    return Target(
        root=root,
        python=find_python(target),
        config=_completed(target),
        written=frozenset(target.config.env),
        told_production=bool(target.config.production),
        named_sources=tuple(target.config.service.sources or ()),
    )


def _no_service(root: Path, why: str) -> NoService:
    return NoService(
        say(
            "No service in {root}: no {name}, no alembic.ini and {why}. gonogo proves services "
            "made with FastAPI. Name the folder of one (--service PATH), or its app in a {name}; "
            "`invoke new NAME` makes a new one.",
            root=root,
            name=NAME,
            why=why,
        )
    )


def _completed(target: Target) -> Config:
    """With what convention finds, looked for once: the app, and the variables that its code and `.env.example` name."""
    config, root = target.config, target.root
    env = found_variables(root, config.env, config.production) | config.env
    production = config.production or found_production(python_files(root))
    service = config.service.model_copy(update={"app": target.app, "sources": list(target.sources)})
    return config.model_copy(update={"env": env, "production": production, "service": service})


def is_service(root: Path) -> bool:
    """Is it said to be one, or is there an app in it? Raises `NoService` where it is too large to look through."""
    if (root / NAME).is_file() or (root / "alembic.ini").is_file():
        return True
    if root == Path(root.anchor):
        raise _no_service(root, say("it is the whole machine, which is not looked through for an app"))
    try:
        return find_app(root, FEW) is not None
    except TooMuch as error:
        why = say("too large to look for an app in it (more than {few} files and folders)", few=FEW)
        raise _no_service(root, why) from error


def find_python(target: Target) -> Path:
    """The service's own interpreter: named, else its virtual environment's. Not resolved: a venv is its path."""
    named = target.config.service.python
    candidates = [named] if named else [".venv/bin/python", "venv/bin/python", "../.venv/bin/python"]
    for candidate in candidates:
        path = target.root / candidate
        if path.is_file():
            return path.parent.resolve() / path.name
    inner = None if named else next((one for one in projects_below(target.root) if find_app(one, FEW)), None)
    meant = (
        say(
            " Is the service in {relative_to}? Then: --service {inner}",
            relative_to=inner.relative_to(target.root),
            inner=inner,
        )
        if inner
        else ""
    )
    raise WorkflowError(
        say(
            "{root}: no interpreter at {candidates}. Make one (python3 -m venv .venv, then "
            "install the service's requirements into it), or name it in {name}: [service] python "
            '= "…"{meant}',
            root=target.root,
            candidates=together(candidates, " or "),
            name=NAME,
            meant=meant and f".{meant}",
        )
    )
