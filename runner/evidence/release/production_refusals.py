"""Does it start as in production with a secret that everybody knows? Tried for real, beside a start that must work."""

import ast
import re
from collections.abc import Iterator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from runner.discovery.code_files import python_files
from runner.discovery.env_files import shown_env_files
from runner.discovery.production import PRODUCTION
from runner.discovery.usual_places import COMPOSE, shown
from runner.discovery.variables_read import names_read
from runner.errors import NotThere, ProbeError, Thing
from runner.evidence.code.lock_file import LockFile
from runner.evidence.release.clean_room import CleanRoom, Room, room_of
from runner.evidence.release.compose_file import Setting, settings_of
from runner.evidence.release.image_words import pairs_of
from runner.evidence.release.rehearsal import start_in_room
from runner.live.server import DidNotStart
from runner.migrator import Migrator
from runner.model import Evidence, Looked
from runner.postgres.database import Database
from runner.probe import Probe
from runner.processes.reads import carried
from runner.reading.dockerfile import parse
from runner.reading.documents import NotReadable, yaml_in
from runner.reading.env_text import assigned_in
from runner.reading.syntax import parsed
from runner.reading.walk import folders_above
from runner.said import say
from runner.vocabulary.secrets import is_secret, signs

# What a key's expression has in it when it comes from settings: `settings.jwt`, `SECRET`, `config("KEY")`, `self.key`.
SETTING = re.compile(r"(?i:secret|key|settings|config|environ)|\benv\b|[A-Z]{3}")
MOST = 4  # values tried for one variable
SIGNS_TOKENS = re.compile(r"jwt|sign|session|auth|token|secret_?key|^(?:app_?)?secret$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A value that anybody can read in the repository. `value` None: the variable is not set at all."""

    value: str | None
    path: str | None = None
    line: int | None = None

    @property
    def said(self) -> str:
        return "unset" if self.value is None else f"={self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A start with a known secret. `started` is wrong; `last_words` is how it refused."""

    variable: str
    known: Known
    started: bool
    late: bool = False  # it neither started nor ended in time: that is no refusal
    last_words: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionRefusals(Evidence):
    """Starts with secrets that everybody knows."""

    production: tuple[str, ...]  # variables that make it production
    attempts: tuple[Attempt, ...]
    there: int = 0  # ways to start with a known secret that there are, tried or not

    @classmethod
    def collect(cls, probe: Probe, lock: LockFile, clean: Looked[CleanRoom]) -> Self:
        config = probe.target.config
        named = probe.environment.named() | config.production
        texts = {path: path.read_text(errors="replace") for path in python_files(probe.root)}
        among = secrets_among(named, probe.target.written)
        variables = [name for name in among if name in probe.target.written or is_read(name, texts)]
        if not variables:
            _explain_none(texts)
        if not config.production and any(PRODUCTION.search(text) for text in texts.values()):
            raise ProbeError(
                "the code knows production, and gonogo.toml does not say how to start it so: "
                "add [production] with the variables that a deployment sets"
            )
        clean.must()
        room = room_of(probe, lock)
        database = Migrator(probe).database_or_nowhere()
        tries = [(n, known) for n in variables for known in known_values(probe.root, n, texts)]
        with ThreadPoolExecutor(2) as pool:
            control = pool.submit(carried(_attempt), probe, room, database, "", Known(value=None))
            started = [pool.submit(carried(_attempt), probe, room, database, *one) for one in tries]
            attempts = tuple(one.result() for one in started)
        if not control.result().started:
            words = control.result().last_words
            raise ProbeError(say("it does not start as in production even with a good secret: {words}", words=words))
        there = sum(len(all_known(probe.root, n, texts)) for n in variables)
        fixed = [n for n, v in named.items() if signs(n) and v and "{" not in v]
        return cls(production=tuple(config.production), attempts=attempts, there=there + len(fixed))


def is_read(name: str, texts: Mapping[Path, str]) -> bool:
    """Does this service's own code ask for it? An example of variables may serve a whole repository.

    Also by a field of settings behind a prefix: `secret_key` of `SHOP_SECRET_KEY`. A field that nothing asks for is
    none that is read.
    """
    fields, mentions = rf"(?im)^[ \t]+{re.escape(name)}[ \t]*:", rf"(?i)(?<!\w){re.escape(name)}(?!\w)"
    declared, spoken_of = (sum(len(re.findall(one, text)) for text in texts.values()) for one in (fields, mentions))
    if declared and declared == spoken_of:
        return False
    if any(name in names_read(path) for path in texts):
        return True
    words = name.lower().replace("__", "_").split("_")
    spelt = ["_".join(words[start:]) for start in range(max(len(words) - 1, 1))]
    asked = re.compile(rf"(?<![a-z0-9_])(?:{'|'.join(map(re.escape, spelt))})(?![a-z0-9_])")
    return any(asked.search(text.lower()) for text in texts.values())


def secrets_among(named: Mapping[str, str], written: Set[str]) -> list[str]:
    """The variables that hold a secret. What merely had to be a long text is none, unless gonogo.toml says so."""
    return [name for name, value in named.items() if "{secret" in value and (is_secret(name) or name in written)]


def _explain_none(texts: dict[Path, str]) -> None:
    """No variable holds {secret}: either there is nothing to keep secret, or nobody has said where."""
    signed = [(path, line, key) for path, text in texts.items() for line, key in keys_signed_with(text)]
    if signed and not any(SETTING.search(key) for _, _, key in signed):
        path, line, key = signed[0]
        if re.match(r"[rRbBuU]{0,2}['\"]", key):
            raise ProbeError(
                say(
                    "tokens are signed with a text in the code ({name}:{line}): take it from a setting, "
                    "so that production can refuse a known one",
                    name=path.name,
                    line=line,
                )
            )
        raise NotThere(
            say(
                "tokens are signed with `{key}` ({name}:{line}), which comes from no setting",
                key=key,
                name=path.name,
                line=line,
            ),
            looked=say("{texts} Python files", texts=len(texts)),
        )
    if any(re.search(r"\bjwt\b|secret_?key|SessionMiddleware|itsdangerous", t, re.IGNORECASE) for t in texts.values()):
        raise ProbeError(
            "the code uses a secret and gonogo.toml does not say which variable holds it: "
            'add [env] SECRET_KEY = "{secret}", with the service\'s own name for it'
        )
    looked = say("{texts} Python files and gonogo.toml, [env]", texts=len(texts))
    reason = say("no variable of this service holds a secret that it signs with")
    raise NotThere(reason, looked=looked, absent=Thing.CALLERS)


def keys_signed_with(text: str) -> Iterator[tuple[int, str]]:
    """(line, expression) of the second argument of each `jwt.encode(…)`, or of its `key=`."""
    tree = parsed(text) if "encode(" in text and "jw" in text else None
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[0].lower() in {
            "jwt",
            "jose.jwt",
            "_jwt",
        }:
            named = [word.value for word in node.keywords if word.arg == "key"]
            keys = [*node.args[1:2], *named] if ast.unparse(node.func).endswith("encode") else []
            yield from ((node.lineno, ast.unparse(key)) for key in keys)


def _attempt(probe: Probe, room: Room, database: Database, variable: str, known: Known) -> Attempt:
    env = room.environment(probe, database)
    if variable:
        env.pop(variable, None)
    if variable and known.value is not None:
        env[variable] = known.value
    try:
        server = start_in_room(probe, room, env)
    except DidNotStart as refusal:
        late = "was not ready within" in str(refusal)
        return Attempt(variable=variable, known=known, started=False, late=late, last_words=str(refusal))
    server.stop()
    probe.workshop.runner.forget(server.process)
    command = server.command.replace(str(room.python), "python").replace(str(server.port), "8000")
    return Attempt(variable=variable, known=known, started=True, command=command)


def shown_files(root: Path, *more: str) -> list[Path]:
    """What a repository shows of settings: env files, compose files, and files of these names; nearest first."""
    return [*shown_env_files(root, folders_above(root)), *_other_files(root, *more)]


def _other_files(root: Path, *more: str) -> list[Path]:
    named = (*COMPOSE, *more)
    found = [path for name in named for path in root.glob(name)]
    found += [folder / name for folder in folders_above(root) for name in named if "/" not in name]
    return [path for path in found if path.is_file()]


def known_values(root: Path, variable: str, texts: dict[Path, str]) -> list[Known]:
    """The first of them, which are the ones that are tried."""
    return all_known(root, variable, texts)[:MOST]


def all_known(root: Path, variable: str, texts: dict[Path, str]) -> list[Known]:
    """Unset first (which is the code's own default), then what the code, the example files and compose files show."""
    found = [] if _is_off_unset(variable, texts) else [Known(value=None)]
    for path, line, value in [*_in_code(variable, texts), *_in_files(root, variable)]:
        if value and all(value != one.value for one in found):
            found.append(Known(value=value, path=shown(root, path), line=line))
    return found


def _is_off_unset(variable: str, texts: dict[Path, str]) -> bool:
    """`captcha_secret: str | None = None`, which signs nothing: unset, the thing is off, and no secret is known."""
    if SIGNS_TOKENS.search(variable):
        return False
    trees = (parsed(text) for text in texts.values() if variable.lower() in text.lower())
    nodes = [node for tree in trees if tree for node in ast.walk(tree) if isinstance(node, ast.AnnAssign)]
    given = [one.value for one in nodes if getattr(one.target, "id", "").lower() == variable.lower()]
    return any(isinstance(one, ast.Constant) and one.value is None for one in given)


def _in_code(variable: str, texts: dict[Path, str]) -> Iterator[tuple[Path, int, str]]:
    """String literals given to a name that the variable ends with: `secret_key: str = "…"`, `getenv("X", "…")`."""
    for path, text in texts.items():
        tree = parsed(text)
        for node in ast.walk(tree) if tree else ():
            value = _literal_of(node, variable)
            if value is not None and value.value != variable:  # `secret: str = os.getenv("SECRET")` has no default
                yield path, value.lineno, str(value.value)


def _literal_of(node: ast.AST, variable: str) -> ast.Constant | None:
    if isinstance(node, ast.AnnAssign | ast.Assign):
        targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
        names = [getattr(target, "id", "") for target in targets]
        if any(name and signs(name) and variable.lower().endswith(name.lower()) for name in names):
            return _first_text(node.value)
    if isinstance(node, ast.Call) and len(node.args) > 1:
        first = node.args[0]
        if isinstance(first, ast.Constant) and first.value == variable:
            return _first_text(node.args[1])
    return None


def _first_text(node: ast.expr | None) -> ast.Constant | None:
    """The literal itself, or the first one given to `Field("…")`, `SecretStr("…")`, `Field(default="…")`."""
    if isinstance(node, ast.Constant):
        return node if isinstance(node.value, str) else None
    if isinstance(node, ast.Call):
        named = [k.value for k in node.keywords if k.arg == "default"]
        return next((found for one in [*node.args[:1], *named] if (found := _first_text(one))), None)
    return None


def _in_files(root: Path, variable: str) -> Iterator[tuple[Path, int, str]]:
    for path in shown_files(root, "Dockerfile"):
        for name, value, line in _shown_in(path):
            if name == variable and value and not value.startswith(("$", "?", "<")):
                yield path, line, value


def _shown_in(path: Path) -> Iterator[tuple[str, str, int]]:
    """(variable, value, 1-based line) of an env file, a compose file or a Dockerfile."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix in {".yaml", ".yml"}:
        yield from ((one.name, one.default or "", one.line) for one in _composed(text))
    elif path.name == "Dockerfile":
        for one in parse(text)[0]:
            yield from ((name, value, one.line) for name, value in pairs_of(one) if one.word in {"ENV", "ARG"})
    else:
        for given in assigned_in(text):
            yield given.name, Setting(name=given.name, value=given.value, line=given.line).default or "", given.line


def _composed(text: str) -> list[Setting]:
    try:
        document = yaml_in(text)
    except NotReadable:  # what is wrong with it is said where the compose file is judged
        return []
    services = document.value.get("services") if isinstance(document.value, Mapping) else None
    named = (
        [name for name, one in services.items() if isinstance(one, Mapping)] if isinstance(services, Mapping) else []
    )
    return [one for name in named for one in settings_of(document, name)]
