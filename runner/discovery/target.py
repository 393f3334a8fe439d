"""Which service, and where are its parts? `gonogo.toml` first, convention otherwise."""

import ast
import os
import re
import secrets
import sys
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISDIR

from runner.discovery.config import NAME, Config, read_config
from runner.discovery.env_files import shown_env_files
from runner.discovery.other_folders import projects_below, what_is_there
from runner.discovery.settings import examples_in, found_production, found_settings, leaves_doubt
from runner.errors import WorkflowError
from runner.reading.syntax import parsed
from runner.reading.walk import FEW, MANY, TooMuch, files_below, names_in
from runner.reading.walk import folders_above as folders_above  # noqa: PLC0414 - others take it from here
from runner.vocabulary.servers import A_SERVER

SKIPPED = {
    ".git",
    ".venv",
    "venv",
    "env",
    "node_modules",
    "__pycache__",
    ".gonogo",
    "build",
    "dist",
    "site-packages",
}
# A requirements file beside a lock is mostly its export, without hashes; it goes before what uv can't install.
LOCKS = (
    "requirements.lock",
    "uv.lock",
    "poetry.lock",
    "pylock.toml",
    "requirements.txt",
    "pdm.lock",
    "Pipfile.lock",
)
CONTRACTS = (
    "openapi.json",
    "openapi.yaml",
    "docs/openapi.json",
    "docs/openapi.yaml",
    "contract/openapi.json",
)

IMPORTED = re.compile(r"^[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
MODULES = re.compile(
    r"^[ \t]*(?:from|import)[ \t]+([A-Za-z_][\w.]*)(?:[ \t]+import[ \t]+\(?[ \t]*(\w+))?", re.MULTILINE
)
NO_SOURCES = SKIPPED | {"tests", "test", "migrations", "alembic"}

# What is not the service itself: beside its code, or for those who develop it.
BESIDE = NO_SOURCES | {"docs", "doc", "examples", "scripts", "tools", "bench", "benchmarks", "load", "loadtests"}
TEST_FILE = re.compile(r"test_.*|.*_test\.py|(?:conftest|setup|noxfile|tasks|locustfile|fabfile|gunicorn\S*)\.py")

LARGEST = 4_000_000  # bytes of a file of code

# The locks that one workspace shares; a requirements file above the service belongs to something else.
SHARED_LOCKS = ("uv.lock", "pdm.lock", "poetry.lock", "pylock.toml")

IMAGES = tuple(
    f"{deep}{name}"
    for deep in ("", "*/", "*/*/")
    for name in ("Dockerfile", "Containerfile", "*.[Dd]ockerfile", "*.Containerfile", "[DC]*file.*", "[DC]*file-*")
)
NOT_RELEASED = re.compile(r"dev|test|debug|local|\bci\b|lint|docs", re.IGNORECASE)  # a Dockerfile for other ends
SERVES = re.compile(rf"{A_SERVER.pattern}|\bpython\b")
COMPOSE = tuple(
    f"{deep}{name}.{ending}"
    for deep in ("", "*/")
    for name in ("compose", "docker-compose")
    for ending in ("yaml", "yml")
)


NO_APP = f'no FastAPI app found: name it in {NAME}, [service] app = "module:attribute"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A service: its folder, its own interpreter, its app, its settings. Paths are relative to `root`."""

    root: Path
    python: Path
    config: Config = field(default_factory=Config)
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)  # 64 characters
    written: frozenset[str] = frozenset()  # the variables that gonogo.toml names in [env]; the others were found
    names_sources: bool = False  # gonogo.toml says where its code is; else that was found

    @property
    def name(self) -> str:
        return self.config.service.name or self.root.name

    def parts(self) -> tuple[str, ...]:
        """What it runs on, for the head of a run, read from its virtual environment: `Python 3.12.1`."""
        config = self.python.parent.parent / "pyvenv.cfg"
        text = config.read_text(encoding="utf-8") if config.is_file() else ""
        found = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+\.\d+)", text, re.MULTILINE)
        return (f"Python {found[1]}",) if found else ()

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
        return self.config.service.alembic or _first(self.root, *(f"{deep}alembic.ini" for deep in ("", "*/", "*/*/")))

    @property
    def alembic_folder(self) -> str:
        """The folder (relative) that Alembic runs in: its configuration's, where its scripts are found only there."""
        if self.alembic is None or not (self.root / self.alembic).is_file():
            return "."
        text = (self.root / self.alembic).read_text(encoding="utf-8", errors="replace")
        named = re.search(r"^script_location\s*=\s*([^\s%:]+)\s*$", text, re.MULTILINE)
        folder = Path(self.alembic).parent
        if named is None or (self.root / named[1]).exists() or not (self.root / folder / named[1]).exists():
            return "."
        return folder.as_posix()

    @property
    def alembic_url(self) -> str:
        """The database that Alembic's configuration names by itself; empty where it has the template's or none."""
        path = self.root / self.alembic if self.alembic else None
        text = path.read_text(encoding="utf-8", errors="replace") if path and path.is_file() else ""
        named = re.search(r"^sqlalchemy\.url[ \t]*[=:][ \t]*(\S+)", text, re.MULTILINE)
        return named[1] if named and not named[1].startswith("driver:") else ""

    @property
    def tests(self) -> str | None:
        return self.config.service.tests or _first(self.root, "tests", "test", "*/tests", "*/*/tests")

    @property
    def lock(self) -> str | None:
        """Its own, else the one that its workspace shares, else one in a folder below, as requirements/ has them.

        Of several of its own, the one that its image is made from.
        """
        there = [name for name in LOCKS if (self.root / name).is_file()]
        named = [name for name in there if self._image_names(name)] if len(there) > 1 else []
        own = self.config.service.lock or next(iter([*named, *there]), None)
        return own or _first_above(self.root, *SHARED_LOCKS) or _first(self.root, *(f"*/{name}" for name in LOCKS))

    def deploys_with(self, variable: str) -> bool:
        """Does its compose file or its Dockerfile speak of a variable?"""
        paths = [self.root / one for one in (self.compose, self.image) if one]
        texts = (path.read_text(encoding="utf-8", errors="replace") for path in paths if path.is_file())
        return any(re.search(rf"\b{re.escape(variable)}\b", text) for text in texts)

    def _image_names(self, file: str) -> bool:
        """Does the Dockerfile speak of a file by its name?"""
        path = self.root / self.image if self.image else None
        return path is not None and path.is_file() and file in path.read_text(encoding="utf-8", errors="replace")

    @property
    def contract(self) -> str | None:
        return self.config.service.contract or _first(self.root, *CONTRACTS)

    @property
    def load(self) -> str | None:
        return self.config.service.load or _first(self.root, "locustfile.py", "*/locustfile.py")

    @property
    def path(self) -> str | None:
        """The folder that must be on the module path for the app to be found; None when it is the service's own."""
        return find_path(self.root, self.app.split(":")[0]) if self.app else None

    @property
    def folder(self) -> str:
        """Where its processes run (relative): in the folder of its modules where Alembic works from there alone."""
        return self.path if self.path and self.path == self.alembic_folder else "."

    @property
    def image(self) -> str | None:
        return self.config.deployment.image or _image(self.root) or _first_above(self.root, *IMAGES[:2])

    @property
    def compose(self) -> str | None:
        return self.config.deployment.compose or _first(self.root, *COMPOSE) or _first_above(self.root, *COMPOSE[:4])


class NoService(WorkflowError):
    """A folder that can be read and holds no service."""


def find_target(folder: Path) -> Target:
    """The service in `folder`. Raises `NoService` where there is none, `WorkflowError` where it can't be read."""
    root = _readable(folder)
    target = Target(root=root, python=Path(), config=read_config(root))
    if not is_service(root):
        raise _no_service(root, what_is_there(root, python_files(root, FEW)))
    return Target(
        root=root,
        python=find_python(target),
        config=_completed(target),
        written=frozenset(target.config.env),
        names_sources=bool(target.config.service.sources),
    )


def _readable(folder: Path) -> Path:
    """The folder's own path. Raises `WorkflowError` where there is none that this user may look into."""
    try:  # not `is_dir`: from Python 3.14 on it says no to whatever it can't look at
        if not S_ISDIR(folder.stat().st_mode):
            raise WorkflowError(f"{folder} is no folder. Name the service's folder: --service PATH")
    except (FileNotFoundError, NotADirectoryError):
        near = _near(folder)
        raise WorkflowError(f"No folder `{folder}`.{f' Did you mean `{near}`?' if near else ''}") from None
    except OSError as error:
        raise _not_read(folder, error) from error
    try:
        (folder / NAME).stat()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise _not_read(folder, error) from error
    return folder.resolve()


def _not_read(folder: Path, error: OSError) -> WorkflowError:
    return WorkflowError(f"{folder} can't be read: {error.strerror or error}. Name a folder that this user may read.")


def _no_service(root: Path, why: str) -> NoService:
    return NoService(
        f"No service in {root}: no {NAME}, no alembic.ini and {why}. gonogo proves services made with FastAPI. "
        f"Name the folder of one (--service PATH), or its app in a {NAME}; `invoke new NAME` makes a new one."
    )


def _completed(target: Target) -> Config:
    """With what convention finds, looked for once: the app, and the variables that its code and `.env.example` name."""
    config, root = target.config, target.root
    found = found_settings(python_files(root), shown_env_files(root, folders_above(root)), named=config.env)
    env = ({} if _moves_database(found, config.env | config.production) else found) | config.env
    production = config.production or found_production(python_files(root))
    service = config.service.model_copy(update={"app": target.app, "sources": list(target.sources)})
    return config.model_copy(update={"env": env, "production": production, "service": service})


def leaves_open(target: Target) -> bool:
    """May the service demand variables that reading its code does not show?"""
    env_files = shown_env_files(target.root, folders_above(target.root))
    return leaves_doubt(python_files(target.root), env_files, target.config.env)


def shown_values(target: Target) -> Mapping[str, str]:
    """Variable (upper case) → what the repository's env files show for it."""
    return examples_in(shown_env_files(target.root, folders_above(target.root)))


def _moves_database(found: Mapping[str, str], named: Mapping[str, str]) -> bool:
    """Does gonogo.toml put something fixed where a part of the database's address was found?

    The rest of what was found would then look like a whole address, while the service goes to the fixed one.
    """
    fixed = {name.upper() for name, value in named.items() if "{database_" not in value}  # pydantic ignores the case
    return any("{database_" in value and name.upper() in fixed for name, value in found.items())


def is_service(root: Path) -> bool:
    """Is it said to be one, or is there an app in it? Raises `NoService` where it is too large to look through."""
    if (root / NAME).is_file() or (root / "alembic.ini").is_file():
        return True
    if root == Path(root.anchor):
        raise _no_service(root, "it is the whole machine, which is not looked through for an app")
    try:
        return find_app(root, FEW) is not None
    except TooMuch as error:
        why = f"too large to look for an app in it (more than {FEW} files and folders)"
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
    meant = f" Is the service in {inner.relative_to(target.root)}? Then: --service {inner}" if inner else ""
    raise WorkflowError(
        f"{target.root}: no interpreter at {' or '.join(candidates)}. Make one (python3 -m venv .venv, then install "
        f'the service\'s requirements into it), or name it in {NAME}: [service] python = "…"{meant and f".{meant}"}'
    )


def find_app(root: Path, most: int = MANY) -> str | None:
    """`module:attribute` of the first module-level `x = FastAPI(…)`, shallowest file first.

    Where there is none, of the first `x = make_app(…)` with a function that another file of the service has; a function
    that makes one and is called nowhere comes last.
    """
    texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in python_files(root, most)}
    trees = {path: parsed(text) for path, text in texts.items() if "FastAPI" in text}
    found = [(path, name) for path, tree in trees.items() if (name := _app_in(tree))]
    made = next((one for one in found if not one[1].endswith("()")), None)
    elsewhere = next(_made_elsewhere(texts, _makers_in(trees.values())), None) if made is None else None
    path, name = made or elsewhere or next(iter(found), (None, None))
    return f"{module_name(root, path)}:{name}" if path else None


def _made_elsewhere(texts: Mapping[Path, str], makers: Set[str]) -> Iterator[tuple[Path, str]]:
    """Files with `app = create_application(…)` where that function is imported from another file of the service."""
    for path, text in texts.items():
        tree = parsed(text) if any(maker in text for maker in makers) else None
        imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)] if tree else []
        imported = {alias.asname or alias.name for node in imports for alias in node.names if alias.name in makers}
        imported |= _makers_in([tree], imported) if imported else set()
        name = next((name for name, value in _assigned(tree) if _makes_app(value, imported)), None) if tree else None
        if tree and name and not _serves(tree):
            yield path, name


def _serves(tree: ast.Module) -> bool:
    """Does the import of a module start a server, as `uvicorn.run(app)` at its top does? It never ends then."""
    calls = (node.value for node in tree.body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
    return any(ast.unparse(call.func).rpartition(".")[2] == "run" for call in calls)


def find_sources(root: Path) -> list[str]:
    """The service's code (relative): the app's package or file and those beside it that it imports, else packages."""
    app = find_app(root)
    if app:
        module = app.split(":")[0]
        base, top = find_path(root, module) or ".", module.split(".")[0]
        if _code_called(root / base, top):
            return [(Path(base) / name).as_posix() for name in _with_neighbours(root / base, top)]
    return sorted(p.parent.name for p in root.glob("*/__init__.py") if p.parent.name not in {"tests", "migrations"})


def _with_neighbours(folder: Path, top: str) -> list[str]:
    """A package or module, and those in the same folder that it imports, and that those import."""
    found = [top]
    for name in found:  # it grows meanwhile
        paths = python_files(folder / (_code_called(folder, name) or name))
        named = {
            word for path in paths for word in IMPORTED.findall(path.read_text(encoding="utf-8", errors="replace"))
        }
        found += sorted(one for one in named - {*found, *NO_SOURCES} if _code_called(folder, one))
    return [_code_called(folder, name) or name for name in found]


def _code_called(folder: Path, name: str) -> str | None:
    """The package or the file of a module, with an `__init__.py` or without."""
    if any((folder / name).glob("**/*.py")):
        return name
    return f"{name}.py" if (folder / f"{name}.py").is_file() else None


def own_files(target: Target) -> list[Path]:
    """The Python files that the service may consist of: of its sources, where gonogo.toml names them, else of all.

    Left out are tests, migrations, and what is for developers alone.
    """
    places = [target.root / source for source in target.sources] if target.names_sources else [target.root]
    files = {path: path.relative_to(target.root) for place in places for path in python_files(place)}
    return [path for path, name in files.items() if not BESIDE & set(name.parts) and not TEST_FILE.fullmatch(name.name)]


def find_path(root: Path, module: str) -> str | None:
    """The folder (relative) that holds a module's top package, when it is not the service's folder itself."""
    top = module.split(".", maxsplit=1)[0]
    if (root / top).is_dir() or (root / f"{top}.py").is_file():
        return None
    wanted = (root / Path(*module.split("."))).relative_to(root)
    for path in python_files(root):
        name = path.relative_to(root).with_suffix("")
        whole = name.parent if name.name == "__init__" else name
        if whole.parts[-len(wanted.parts) :] == wanted.parts:
            return Path(*whole.parts[: -len(wanted.parts)]).as_posix()
    return None


def python_files(root: Path, most: int = MANY) -> Iterator[Path]:
    """The service's Python files outside of environments and tests, shallowest first.

    One with megabytes is data, not code. Raises `WorkflowError` where there is more than `most` to look through.
    """
    below = [root] if root.is_file() else files_below(root, SKIPPED | {"tests", "test"}, most)
    named = [path for path in below if path.suffix == ".py"]
    return (path for path in named if os.access(path, os.R_OK) and path.stat().st_size <= LARGEST)


def _makers_in(trees: Iterable[ast.Module | None], known: Set[str] = frozenset()) -> set[str]:
    """Names of the functions that return an app, which they make themselves or get from one of the known functions."""
    found = (node for tree in trees if tree for node in tree.body)
    return {node.name for node in found if isinstance(node, ast.FunctionDef) and _returns_app(node, known)}


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr | None]]:
    """Name and value of each assignment at the top of a module."""
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if targets and isinstance(targets[0], ast.Name):
            yield targets[0].id, getattr(node, "value", None)


def _app_in(tree: ast.Module | None) -> str | None:
    if tree is None:
        return None
    makers = _makers_in([tree])
    found = [name for name, value in _assigned(tree) if _makes_app(value, makers)]
    if found:  # beside `app` there may be others that are mounted in it
        return "app" if "app" in found else found[0]
    return next((f"{n.name}()" for n in tree.body if isinstance(n, ast.FunctionDef) and _is_factory(n)), None)


def _makes_app(value: ast.expr | None, makers: Iterable[str] = ()) -> bool:
    """A call of FastAPI, or of one of these functions."""
    function = value.func if isinstance(value, ast.Call) else None
    return getattr(function, "id", getattr(function, "attr", None)) in {"FastAPI", *makers}


def _is_factory(function: ast.FunctionDef) -> bool:
    """A function that makes an app and can be called without arguments."""
    return len(function.args.args) <= len(function.args.defaults) and _returns_app(function)


def _returns_app(function: ast.FunctionDef, known: Set[str] = frozenset()) -> bool:
    """It says that it returns one, or makes one and returns something."""
    if getattr(function.returns, "id", getattr(function.returns, "attr", None)) == "FastAPI":
        return True
    inside = list(ast.walk(function))
    makes = any(isinstance(node, ast.Call) and _makes_app(node, known) for node in inside)
    return makes and any(isinstance(node, ast.Return) and node.value is not None for node in inside)


def module_name(root: Path, path: Path) -> str:
    """Its dotted name: from the topmost package around it, else from `src` or the service's folder.

    A folder without `__init__.py` inside of a package belongs to it. `src` is no package unless somebody imports it.
    """
    parts = list(path.relative_to(root).with_suffix("").parts)
    packages = (n for n in range(len(parts) - 1) if _is_package(root, parts, n))
    start = next(packages, None)
    above = range(len(parts) - 1 if start is None else start)  # folders without __init__.py, which may be packages
    imported = _imported_modules(root) if above else set()
    spoken = next((n for n in above if _is_imported(root.joinpath(*parts[:n]), parts[n], imported)), None)
    if spoken is not None:
        start = spoken
    elif start is not None and parts[start] == "src" and not _imports_src(root):
        start += 1
    if start is None:
        start = len(parts) - parts[::-1].index("src") if "src" in parts[:-1] else 0
        start = len(parts) - 1 if _imports_from_beside(root, path) else start
    parts = parts[start:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _is_package(root: Path, parts: list[str], end: int) -> bool:
    return (root / Path(*parts[: end + 1]) / "__init__.py").is_file()


def _imported_modules(root: Path) -> set[str]:
    """What the service's own code imports, as it spells it: `api.db` of `from api import db`."""
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in python_files(root))
    return {".".join(filter(None, found)) for text in texts for found in MODULES.findall(text)}


def _is_imported(folder: Path, name: str, modules: Set[str]) -> bool:
    """Does the code import something of this folder's package by such a name?"""
    inner = (folder.joinpath(*module.split(".")) for module in modules if module.startswith(f"{name}."))
    return any(
        one.is_dir() or one.with_suffix(".py").is_file() or one.parent.with_suffix(".py").is_file() for one in inner
    )


def _imports_from_beside(root: Path, path: Path) -> bool:
    """Does a file import what lies in its own folder, and not in the service's, as if that were on the module path?"""
    text = path.read_text(encoding="utf-8", errors="replace")
    named = set() if re.search(r"^[ \t]*from[ \t]+\.", text, re.MULTILINE) else set(IMPORTED.findall(text))
    own = named - sys.stdlib_module_names
    return path.parent != root and any(_code_called(path.parent, one) and not _code_called(root, one) for one in own)


def _imports_src(root: Path) -> bool:
    """Does the service's own code say `from src.… import`?"""
    says = re.compile(r"^\s*(?:from|import) src\b", re.MULTILINE)
    return any(says.search(path.read_text(encoding="utf-8", errors="replace")) for path in python_files(root))


def _first(root: Path, *patterns: str) -> str | None:
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            parts = path.relative_to(root).parts
            if not SKIPPED & set(parts) and not any(part.startswith(".") for part in parts[:-1]):  # .devcontainer
                return path.relative_to(root).as_posix()
    return None


def images(root: Path) -> list[Path]:
    """The Dockerfiles (relative), by whatever name, the likeliest first."""
    found = (path.relative_to(root) for pattern in IMAGES for path in sorted(root.glob(pattern)) if path.is_file())
    visible = (path for path in found if not any(part.startswith(".") for part in path.parts[:-1]))  # .devcontainer
    return [path for path in dict.fromkeys(visible) if not SKIPPED & set(path.parts) and is_image(root / path)]


def is_image(path: Path) -> bool:
    """Does it begin as a Dockerfile does, and is no `Dockerfile.dockerignore`?"""
    text = path.read_text(encoding="utf-8", errors="replace") if path.suffix != ".dockerignore" else ""
    return re.search(r"^\s*FROM\s", text, re.MULTILINE | re.IGNORECASE) is not None or path.name in IMAGES


def _image(root: Path) -> str | None:
    """The one that is released and serves something, else the likeliest."""
    found = images(root)
    released = [path for path in found if not NOT_RELEASED.search(str(path))]
    serving = [path for path in released if SERVES.search((root / path).read_text(encoding="utf-8", errors="replace"))]
    return next((path.as_posix() for path in (*serving, *released, *found)), None)


def shown(root: Path, path: Path) -> str:
    """A path as people read it: from the service's folder, `../uv.lock` where it lies above."""
    return Path(os.path.relpath(path, root)).as_posix()


def _first_above(root: Path, *names: str) -> str | None:
    """What a repository with several services in it keeps above them."""
    found = (folder / name for folder in folders_above(root) for name in names)
    return next((shown(root, path) for path in found if path.is_file()), None)


def _near(folder: Path) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415 - only on the way to an error

    return next(iter(get_close_matches(folder.name, names_in(folder.parent), n=1)), None)
