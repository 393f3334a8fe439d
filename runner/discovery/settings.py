"""Which variables carry the service's database, Redis and secret, where `gonogo.toml` names none? Read, never run.

A proof must never reach a developer's own database. So the answer is all or nothing: unless a whole address of the
database was found (a URL, or a host with a port), nothing is filled in, and what needs a database says so.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from runner.discovery.engine_kind import found_engine
from runner.discovery.invented import as_it_stands, invented, kind_of_number
from runner.reading.env_text import assigned_in
from runner.reading.syntax import parsed
from runner.vocabulary.secrets import is_secret

LOOPBACK = frozenset({"localhost", "0.0.0.0", "[::1]", "::1"})  # noqa: S104 - compared with, never bound
ENVIRONMENT = re.compile(r"(?:^|_)(?:ENV|ENVIRONMENT|APP_ENV|STAGE)$")
PRODUCTION = re.compile(r"([\"'])(production|prod)\1", re.IGNORECASE)
ADDRESS = re.compile(r"(://(?:[^/@\s]*@)?)(\[[^\]]*\]|[^/:?#\s,]*)(?::\d+)?")
EMPTY: Mapping[str, str] = {}
# One of several databases of one kind: POSTGRES_HOST_TEST.
SUFFIX = (
    r"(?:_(?:TESTS?|TESTING|DEV|DEVELOPMENT|LOCAL|PROD|PRODUCTION|MAIN|PRIMARY|MASTER|REPLICA|READ|WRITE|ASYNC|SYNC))?"
)
# What the machine itself says, so nothing is to be put in its place.
MACHINE = re.compile(r"(?:PATH|HOME|USER|SHELL|LANG|LC_\w+|PWD|TZ|TERM|TMPDIR|VIRTUAL_ENV|PYTHON\w+|\w+_PROXY)$")
LIMITED = re.compile(
    r"max_length|min_length|validator\(|\blen\(|constr\(|StringConstraints|AfterValidator|fromhex|b64decode"
)
PLAIN = re.compile(r"[\d.]*|true|false|yes|no|on|off", re.IGNORECASE)  # ACCESS_TOKEN_EXPIRE_MINUTES=30
DIRECT = re.compile(r"\b(?:asyncpg|psycopg2?)\.(?:connect|create_pool|\w*Connection\.connect)\(|\b\w*ConnectionPool\(")
ENGINE = re.compile(r"\bcreate_(?:async_)?engine\(|async_engine_from_config|\+(?:asyncpg|psycopg2?|pg8000)\b")
READERS = {"getenv", "get", "config", "str", "int", "env", "environ", "getitem"}
DATABASE = r"(?:DATABASE|DB|POSTGRES|POSTGRESQL|PG|SQLALCHEMY|SQLALCHEMY_DATABASE|ASYNC_DATABASE|SYNC_DATABASE)"
REDIS = r"(?:REDIS|CACHE|BROKER|CELERY|RATE_LIMIT\w*)"
MAIL = r"(?:SMTP|E?MAILS?)"
# Most telling first. Each is matched against the end of a variable's name, at the start of a word.
MEANINGS = (
    (rf"REDIS(?:_\w+)?_(?:URL|URI|DSN)|{REDIS}_(?:URL|URI)", "{redis_url}"),
    (r"REDIS(?:_\w+)?_(?:HOST|SERVER|HOSTNAME)", "{redis_host}"),
    (r"REDIS(?:_\w+)?_PORT", "{redis_port}"),
    (r"REDIS(?:_\w+)?_(?:DB|DATABASE|DB_INDEX|DB_NUMBER|INDEX)", "{redis_db}"),
    (rf"{DATABASE}_(?:URL|URI|DSN)", "{database_url}"),
    (rf"{DATABASE}_(?:HOST|SERVER|HOSTNAME|ADDRESS)|PGHOST", "{database_host}"),
    (rf"{DATABASE}_PORT|PGPORT", "{database_port}"),
    (rf"{DATABASE}_(?:USER|USERNAME)|PGUSER", "{database_user}"),
    (rf"{DATABASE}_(?:PASS|PASSWORD|PWD)|PGPASSWORD", "{database_password}"),
    (rf"{DATABASE}_(?:NAME|DB|BASE|DATABASE|DATABASE_NAME)|PGDATABASE", "{database_name}"),
    (rf"{MAIL}_(?:HOST|SERVER|HOSTNAME)", "{mail_host}"),
    (rf"{MAIL}_(?:SERVER_)?PORT", "{mail_port}"),
    (rf"{MAIL}_(?:USE_|ENABLE_)?(?:START_?TLS|SSL_TLS|TLS|SSL)(?:_ENABLED)?", "false"),  # ours has no certificate
    (r"SECRET(?:_KEY)?|SECRET_KEY_\w+|JWT_(?:SECRET_)?KEY", "{secret}"),
)


def found_settings(
    files: Iterable[Path], env_files: Iterable[Path] = (), named: Mapping[str, str] = EMPTY
) -> dict[str, str]:
    """Variable → what stands for it, for the names that the code reads; empty without a database's whole address.

    `named`: what gonogo.toml says already, which may be that address. What the settings demand, or leave empty, and
    `env_files` show is given as shown; the first file that shows it counts. What they demand and nobody shows gets a
    value of its kind. An address on another machine leads to this one, where nobody listens.
    """
    examples, files = examples_in(env_files), list(files)
    names = {*examples, *(name for path in files for name in _names(path))}
    usual = "postgresql://" if _calls_a_driver(files) else ""
    found = {name: spelt(meaning, examples.get(name, usual)) for name in sorted(names) if (meaning := meaning_of(name))}
    for url, parts in (("{database_url}", "{database_"), ("{redis_url}", "{redis_")):
        if {f"{parts}host}}", f"{parts}port}}"} <= set(found.values()):  # a URL is put together from its parts
            found = {name: value for name, value in found.items() if meaning_of(name) != url or name in examples}
    found |= found_engine(names, files)
    told = " ".join([*found.values(), *named.values()])
    whole = any(meaning_of(name) == "{database_url}" for name in found) or "{database_url" in told
    if not whole and not ("{database_host" in told and "{database_port" in told):
        return {}
    demanded = {name: kind for path in files for name, kind in _empty(path) if examples.get(name)}
    demanded |= {name: kind for path in files for name, kind in _demanded(path)}
    values = {name: given(name, kind, examples.get(name, "")) for name, kind in sorted(demanded.items())}
    return {name: value for name, value in values.items() if value is not None} | found


def leaves_doubt(files: Iterable[Path], env_files: Iterable[Path], named: Mapping[str, str]) -> bool:
    """May its code ask for more than reading shows, or refuse what was found? Then only importing it tells.

    No doubt: every variable is read by its name in full, each that is demanded has a known meaning, an example or a
    value of gonogo.toml, and the address of the database is among them.
    """
    examples, files = examples_in(env_files), list(files)
    if not found_settings(files, env_files, named):
        return True
    known = {name.upper() for name, value in (*examples.items(), *named.items()) if value}
    demanded = (name for path in files for name, _ in _demanded(path))
    if any(name.upper() not in known and not meaning_of(name) for name in demanded):
        return True
    return any(_reads_by_other_names(path) or _limits_secrets(path) for path in files)


def _limits_secrets(path: Path) -> bool:
    """Does a class of settings demand a secret, and may it refuse one for its length or its signs?"""
    demanded = any(is_secret(name) and not kind_of_number(kind) for name, kind in _demanded(path))
    return demanded and LIMITED.search(path.read_text(encoding="utf-8", errors="replace")) is not None


def _reads_by_other_names(path: Path) -> bool:
    """Is a variable read whose name is put together, through a helper, or in a class that builds on another one's?"""
    text = path.read_text(encoding="utf-8", errors="replace")
    if not re.search(r"environ|getenv|Settings", text):
        return False
    tree = parsed(text)
    if tree is None:
        return True
    plain = {id(part) for node in ast.walk(tree) for part in _plainly_read(node)}
    spoken = (node for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute))
    if any(_last(node) in {"environ", "getenv"} and id(node) not in plain for node in spoken):
        return True
    return any(_last(base) != "BaseSettings" for settings in _classes(tree) for base in settings.bases) or (
        "env_nested_delimiter" in text or "prefixed(" in text
    )


def _plainly_read(node: ast.AST) -> Iterator[ast.expr]:
    """The `os.environ` or `os.getenv` of a place where a variable stands by its name in full."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        yield node.value
    elif isinstance(node, ast.Compare) and isinstance(node.left, ast.Constant):
        yield from node.comparators
    elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        yield node.func
        if isinstance(node.func, ast.Attribute) and node.func.attr in {"get", "setdefault", "pop"}:
            yield node.func.value


def optional_in(files: Iterable[Path]) -> dict[str, str]:
    """Variables that the code does without → their defaults, as far as these are texts; else empty."""
    found: dict[str, str] = {}
    for path in files:
        text = path.read_text(encoding="utf-8", errors="replace")
        if not re.search(r"environ|getenv|Settings|config\(", text):
            continue
        tree = parsed(text)
        if tree is None:
            continue
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args):
            if re.search(r"(?:getenv|environ\.get|config)$", ast.unparse(call.func)) and not _is_strict(call):
                default = next((one.value for one in call.keywords if one.arg == "default"), (*call.args[1:2], None)[0])
                found |= dict.fromkeys(_variable(call.args[0]), _text_of(default))
        for settings in _classes(tree):
            optional = [(name, node.value) for name, node in _assigned(settings) if not _is_demanded(node.value)]
            found |= {name: _text_of(_default(value)) for name, value in optional}
    return found


def _text_of(default: ast.expr | None) -> str:
    return default.value if isinstance(default, ast.Constant) and isinstance(default.value, str) else ""


def _default(value: ast.expr | None) -> ast.expr | None:
    """Of `= "x"`, of `= Field("x")` and of `= Field(default="x")`."""
    if not isinstance(value, ast.Call) or _last(value.func) != "Field":
        return value
    named = next((word.value for word in value.keywords if word.arg == "default"), None)
    return named or (value.args[0] if value.args else None)


def given(name: str, kind: ast.expr | None, example: str) -> str | None:
    """What stands for a demanded setting: its example, else something of its kind; None where nobody can guess.

    An example that leads to another machine leads to a port of this one on which nobody listens.
    """
    if example:
        return _shown(name, at_home(name, example))
    if MACHINE.match(name):
        return None
    return "{secret}" if is_secret(name) and not kind_of_number(kind) else invented(name, kind)


def leads_away(name: str, value: str) -> bool:
    """Does a setting name another machine: in an address, or as a host?"""
    hosts = [host for host in re.findall(r"://(?:[^/@\s]*@)?(\[[^\]]*\]|[^/:?#\s,]*)", value) if host]
    if not hosts and re.search(r"(?:^|_)(?:HOST|SERVER|HOSTNAME|ENDPOINT)$", name):
        hosts = [value.partition(":")[0]] if "." in value else []
    return any(host not in LOOPBACK and not host.startswith("127.") for host in hosts)


def at_home(name: str, value: str) -> str:
    """The value of a setting with this machine's closed port in place of any other machine."""
    if not leads_away(name, value):
        return value
    return ADDRESS.sub(r"\g<1>127.0.0.1:1", value) if "://" in value else "nowhere.invalid"


def found_production(files: Iterable[Path]) -> dict[str, str]:
    """The variable that says which environment this is, as for production; empty where the code knows none.

    Only a variable that the code reads, with a word that the code itself has: `production` or `prod`, as it spells it.
    """
    files = list(files)
    names = {name for path in files for name in _names(path) if ENVIRONMENT.search(name)}
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in files]
    said = {word for text in texts for _, word in PRODUCTION.findall(text)}
    said = said or {word for text in texts for word in _enumerated(text)}
    listed = {word for text in texts for word in _listed(text)} & said if len(said) > 1 else said
    words = sorted(listed or said, key=lambda word: (-len(word), not word.islower(), word))
    return {next(iter(names)): words[0]} if len(names) == 1 and words else {}


def _enumerated(text: str) -> Iterator[str]:
    """The value of `PRODUCTION = auto()` in an enum: StrEnum writes it small, others mostly as it is called."""
    tree = parsed(text) if "auto()" in text else None
    for owner in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)) if tree else ():
        bases = {_last(base) for base in owner.bases}
        for one in owner.body if any("Enum" in base for base in bases) else ():
            name = _last(one.targets[0]) if isinstance(one, ast.Assign) else ""
            if name.lower() in {"production", "prod"} and ast.unparse(one).endswith("auto()"):
                yield name.lower() if "StrEnum" in bases else name


def _listed(text: str) -> Iterator[str]:
    """Texts that stand beside others, as the values of a setting do: a dictionary's keys, a list, an enum."""
    tree = parsed(text)
    for node in ast.walk(tree) if tree else ():
        several: list[ast.expr | None] = []
        if isinstance(node, ast.Dict):
            several = list(node.keys)
        elif isinstance(node, ast.List | ast.Tuple | ast.Set):
            several = list(node.elts)
        elif isinstance(node, ast.ClassDef):
            several = [part.value for part in node.body if isinstance(part, ast.Assign)]
        if len(several) > 1:
            yield from (str(one.value) for one in several if isinstance(one, ast.Constant))


def _shown(name: str, example: str) -> str:
    """As the example shows it; a secret that everybody can read is replaced."""
    secret = is_secret(name) and not PLAIN.fullmatch(example)
    return "{secret}" if secret else as_it_stands(example)


def meaning_of(name: str) -> str:
    flat = name.replace("__", "_")  # a nested settings class: DATABASE__PORT
    return next((filled for ending, filled in MEANINGS if re.search(rf"(?:^|_)(?:{ending}){SUFFIX}$", flat)), "")


def spelt(meaning: str, example: str) -> str:
    """A URL as the example spells it: with its scheme, since some want `postgresql+asyncpg://` and some must not."""
    scheme = re.match(r"(postgres(?:ql)?(?:\+\w+)?)://", example)
    if meaning != "{database_url}" or not scheme:
        return meaning
    return scheme[1] + "://{database_user}:{database_password}@{database_host}:{database_port}/{database_name}"


def _calls_a_driver(files: Iterable[Path]) -> bool:
    """Does its code connect by drivers alone, which take no `postgresql+asyncpg://`, and by no engine?"""
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in files]
    return any(map(DIRECT.search, texts)) and not any(map(ENGINE.search, texts))


def examples_in(env_files: Iterable[Path]) -> Mapping[str, str]:
    """Variable (upper case) → what the first of these files that has it shows."""
    found: dict[str, str] = {}
    for path in env_files:
        text = path.read_text(encoding="utf-8", errors="replace")
        for name, value in {one.name.upper(): one.value for one in assigned_in(text)}.items():  # the last one counts
            if "\0" not in value:  # which no environment can hold
                found.setdefault(name, value)
    return found


def _names(path: Path) -> Iterator[str]:
    """Names of variables that a file reads: `os.getenv("X")`, `config("X")`, `environ["X"]`, fields of its settings."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if not re.search(r"environ|getenv|Settings|config\(|env\(", text):
        return
    tree = parsed(text)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Call) and _last(node.func) in READERS and node.args:
            yield from _variable(node.args[0])
        elif isinstance(node, ast.Subscript) and _last(node.value) == "environ":
            yield from _variable(node.slice)
    yield from (name for settings in _classes(tree) for name, _ in _fields(settings))


def _demanded(path: Path) -> Iterator[tuple[str, ast.expr | None]]:
    """Fields of settings classes that have no default, with their types, and variables that are read without one."""
    text = path.read_text(encoding="utf-8", errors="replace")
    tree = parsed(text) if re.search(r"Settings|config\(|env\b|environ\[", text) else None
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Subscript) and _last(node.value) == "environ" and isinstance(node.ctx, ast.Load):
            yield from ((name, None) for name in _variable(node.slice))
        elif isinstance(node, ast.Call) and _is_strict(node):
            kind = next((word.value for word in node.keywords if word.arg == "cast"), None)
            yield from ((name, kind) for name in _variable(node.args[0]))
    yield from (field for settings in _classes(tree) for field in _fields(settings, wanted=_is_demanded))


def _empty(path: Path) -> Iterator[tuple[str, ast.expr | None]]:
    """Fields with `""` for a default, secrets left out: what uses them works only where they are set."""
    text = path.read_text(encoding="utf-8", errors="replace")
    tree = parsed(text) if "Settings" in text else None
    fields = (field for settings in _classes(tree) for field in _fields(settings, wanted=_is_empty))
    yield from (field for field in fields if not is_secret(field[0]))


def _classes(tree: ast.Module | None) -> Iterator[ast.ClassDef]:
    """Classes of settings, also those that build on another one of the same file: `Config(BaseConfig)`."""
    known: set[str] = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.ClassDef):
            bases = {_last(base) for base in node.bases}
            if bases & known or any(base.endswith("Settings") for base in bases):
                known.add(node.name)
                yield node


def _is_strict(call: ast.Call) -> bool:
    """`config("X", cast=int)` of decouple or starlette, `env("X")` and `env.int("X")` of environs: no default given."""
    spoken = ast.unparse(call.func).split(".")
    strict = spoken[-1] in {"config", "env"} or (len(spoken) > 1 and spoken[-2] == "env" and spoken[-1] != "get")
    return strict and len(call.args) == 1 and all(keyword.arg != "default" for keyword in call.keywords)


def _is_demanded(value: ast.expr | None) -> bool:
    """No default: nothing, or pydantic's `Field(...)` with none in it."""
    if not isinstance(value, ast.Call) or _last(value.func) != "Field":
        return value is None
    given = [keyword.arg for keyword in value.keywords]
    first = value.args[0] if value.args else None
    empty = first is None or (isinstance(first, ast.Constant) and first.value is Ellipsis)
    return empty and "default" not in given and "default_factory" not in given


def _variable(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[A-Z][A-Z0-9_]+", node.value):
        yield node.value


def _is_empty(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value == ""


def _fields(
    settings: ast.ClassDef, *, wanted: Callable[[ast.expr | None], bool] = lambda _: True
) -> Iterator[tuple[str, ast.expr]]:
    """The fields of a settings class, as the environment spells them (upper case, with the prefix), and their types.

    Fields that read a variable of another name themselves (`x: str = config("Y")`) are that variable. Only those
    with a `wanted` default.
    """
    yield from ((name, node.annotation) for name, node in _assigned(settings) if wanted(node.value))


def _assigned(settings: ast.ClassDef) -> Iterator[tuple[str, ast.AnnAssign]]:
    words = [n for n in ast.walk(settings) if isinstance(n, ast.keyword | ast.Assign)]
    prefix = next((_prefix(word) for word in words if _prefix(word)), "")
    for node in settings.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and not _reads(node.value):
            yield (_alias(node.value) or f"{prefix}{node.target.id}").upper(), node


def _alias(value: ast.expr | None) -> str:
    """Of `Field(..., validation_alias="X")`: pydantic then reads that variable, without a prefix."""
    words = value.keywords if isinstance(value, ast.Call) and _last(value.func) == "Field" else ()
    named = (word.value for word in words if word.arg in {"validation_alias", "alias", "env"})
    return next((str(one.value) for one in named if isinstance(one, ast.Constant)), "")


def _prefix(word: ast.keyword | ast.Assign) -> str:
    """Of `env_prefix="SHOP_"`, as an argument or in `class Config`."""
    names = [word.arg] if isinstance(word, ast.keyword) else [_last(target) for target in word.targets]
    value = word.value.value if isinstance(word.value, ast.Constant) else None
    return value if "env_prefix" in names and isinstance(value, str) else ""


def _reads(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and _last(value.func) in READERS


def _last(node: ast.expr) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))
