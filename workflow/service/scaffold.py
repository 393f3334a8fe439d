"""A new service from the fixed skeleton: boots, passes its own tests and every stage. Over nothing that is there."""

import keyword
import re
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from runner.errors import WorkflowError
from runner.processes.process import quick
from workflow.settings import ROOT

TEMPLATE = ROOT / "stages" / "design" / "templates" / "service"
LONGEST = 40
NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
PACKAGE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
OWN_FOLDERS = frozenset({"tests", "test", "migrations", "docs", "ops", "locustfile"})
# what the skeleton imports under another name than its lock gives it
OTHER_NAMES = frozenset({"jwt", "argon2", "dotenv", "multipart", "dns", "locust", "yaml"})
TIDY = (("check", "--select", "I", "--fix"), ("format",))  # lines and imports depend on how long the name is


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a new service is called: its folder, its package, the start of its settings, its title."""

    name: str
    package: str

    @property
    def prefix(self) -> str:
        return self.package.upper()

    @property
    def title(self) -> str:
        return re.sub(r"[-_]", " ", self.name).capitalize()


def names_of(name: str, package: str = "") -> Names:
    """Both names, checked. Raises `WorkflowError` with what is wrong and a name that would do."""
    if not NAME.fullmatch(name) or len(name) > LONGEST:
        raise WorkflowError(f"`{name}` can't be a service's name: {_allowed('- and _')}{_instead(name, '-')}")
    chosen = package or name.replace("-", "_")
    which = f"`{chosen}` can't be the package's name"
    if not PACKAGE.fullmatch(chosen) or len(chosen) > LONGEST:
        raise WorkflowError(f"{which}: {_allowed('_')}{_instead(chosen, '_')}")
    if reason := _taken(chosen):
        raise WorkflowError(f"{which}: {reason}. Name another one with --package, as --package {chosen}_service")
    return Names(name=name, package=chosen)


def new_service(name: str, output: str, package: str, today: date) -> Path:
    """Make the folder `output/name`, whole or not at all. Raises `WorkflowError` where something is there."""
    names = names_of(name, package)
    parent = Path(output or ".").absolute()
    folder = parent / names.name
    if folder.exists() or folder.is_symlink():
        raise WorkflowError(
            f"{folder} is there already; nothing was written. Choose another name, or another --output."
        )
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent, prefix=".new-") as desk:
            made = _generate(names, Path(desk), today)
            made.rename(folder)
    except OSError as error:
        raise WorkflowError(f"No service can be made in {parent}: {error.strerror}.") from error
    return folder


def _generate(names: Names, desk: Path, today: date) -> Path:
    from cookiecutter.generate import generate_files  # noqa: PLC0415 - slow to import, and only needed here

    asked = {
        "name": names.name,
        "package": names.package,
        "prefix": names.prefix,
        "title": names.title,
        "date": today.isoformat(),
    }
    made = Path(generate_files(repo_dir=str(TEMPLATE), context={"cookiecutter": asked}, output_dir=str(desk)))
    ruff = str(Path(sysconfig.get_path("scripts")) / "ruff")
    for words in TIDY:
        ran = quick([ruff, *words, "--no-cache", "--quiet", "."], cwd=made, timeout=60)
        if ran.code:
            raise WorkflowError(f"The new service's files can't be formatted (ruff {words[0]}): {ran.last_words}")
    return made


def _allowed(signs: str) -> str:
    return f"lower-case letters and digits, single {signs} between them, a letter first, {LONGEST} at most."


def _instead(name: str, joint: str) -> str:
    """A name like it that would do."""
    near = re.sub(r"[^a-z0-9]+", joint, name.lower()).strip(joint)[:LONGEST].strip(joint)
    near = re.sub(r"^[\d_-]+", "", near)
    return f" How about `{near}`?" if near else ""


def _taken(package: str) -> str:
    if keyword.iskeyword(package) or keyword.issoftkeyword(package):
        return "it is a word of the language"
    if package in sys.stdlib_module_names:
        return "Python has a module of this name"
    if package in OWN_FOLDERS:
        return "the skeleton has a folder or file of this name"
    if package in OTHER_NAMES | _locked():
        return "the skeleton depends on a package of this name"
    return ""


def _locked() -> frozenset[str]:
    lock = (TEMPLATE / "{{cookiecutter.name}}" / "requirements-dev.lock").read_text(encoding="utf-8")
    return frozenset(
        found.replace("-", "_") for found in re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==", lock, re.MULTILINE)
    )
