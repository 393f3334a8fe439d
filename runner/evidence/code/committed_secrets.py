"""Which secrets stand in the repository? detect-secrets over every file that would be pushed, less the usual noise."""

import ast
import codecs
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from runner.discovery.usual_places import shown
from runner.errors import ProbeError
from runner.model import Evidence
from runner.probe import Probe
from runner.reading.syntax import parsed
from runner.reading.walk import folders_above
from runner.said import say
from runner.vocabulary.folders import SKIPPED
from runner.vocabulary.secrets import is_password, is_secret, never_excused, signs, speaks_of_one

# Long random texts are mostly hashes and ids; what is secret about them is said by the name that they are given.
NOISY_KINDS = frozenset(("Hex High Entropy String", "Base64 High Entropy String"))
INVENTED_KINDS = frozenset(("Secret Keyword", "Basic Auth Credentials", "JSON Web Token"))  # normal in tests
LOCKS = re.compile(
    r"(?:\.lock|lock\.json|lock\.toml|lock\.yaml|requirements[\w.-]*\.txt|openapi\.(?:json|yaml)|\.svg)$"
)
TESTS = re.compile(r"(?:^|/)(?:tests?|testing|conftest\.py|fixtures?)(?:/|$)|(?:^|/)test_[^/]*$|_test\.py$")
PATTERNS = re.compile(
    r"[._-](?:example|sample|template|dist|tmpl|j2)$|\.env\.(?:example|sample|test)$|\.(?:md|rst|adoc)$"
    r"|(?:^|/)examples?(?:/|\.py$)"  # what the documentation of the API shows
    r"|(?:^|/)(?:pyproject\.toml|pytest\.ini|tox\.ini|setup\.cfg|noxfile\.py)$"  # what tests are run with
)
PIPELINES = re.compile(r"^\.(?:github|gitlab-ci|circleci)|(?:^|/)(?:docker-)?compose[\w.-]*\.ya?ml$")
FILLED_IN = re.compile(r"\$\{|\{\{|\$\(|\$[A-Z_]+|<[a-z -]+>|os\.environ|getenv|secrets\.", re.IGNORECASE)
# What documentation and templates write for an account: `driver://user:pass@localhost/dbname` is Alembic's own.
STAND_IN = re.compile(r"://(?:user|username|login|name)(?:name)?:(?:pass|password|passwd|pwd|secret)@", re.IGNORECASE)
# A developer's own database: nobody comes to it from elsewhere, and its password is no secret to anybody.
AT_HOME = re.compile(
    r"://([^:/@\s]+):(?:\1|postgres|passw(?:or)?d|pass|root|admin|secret|changeme|example|test|dev|\d{3,8})"
    r"@(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?![\w.-])",
    re.IGNORECASE,
)
# Three words and more that speak of a secret are a message to a person: "Incorrect email or password".
SPEAKS = r"password|token|secret|key|credential|invalid|incorrect|wrong|expired|missing|required|must"
SENTENCE = re.compile(rf"([\"'])(?=[^\"']*\b(?:{SPEAKS})\b)[^\"'\s]+(?:\s+[^\"'\s]+){{2,}}\1", re.IGNORECASE)
# `API_KEYS = "apikeys"`, `"api_key": "API Key"`: the value says what the name says, and keeps nothing secret.
NAMED = re.compile(r"([\w.-]+)[\"'\]]*\s*(?::[^=\"']*)?[=:]\s*[frb]*([\"'])([^\"']*)\2")
TELLING = frozenset({"password", "passwd", "secret", "changeme"})  # a name, and a password that people really use
# What is done with a password, where it says so itself: `RESET_PASSWORD = "reset-password"`, a path or an event.
DONE = re.compile(
    r"(?:^|[_.-])(?:reset|forgot|forgotten|change|update|set|confirm|verify|recover|restore|create|invalid|wrong|hash)"
    r"[_-](?:\w+[_-])?(?:password|secret)$",
    re.IGNORECASE,
)
# What a page shows in each language speaks of passwords all the time, and so do the types of its fields.
TRANSLATED = re.compile(
    r"(?:^|/)(?:i18n|locales?|lang(?:uages)?|translations?)/.*\.(?:json|ya?ml|po|ts|js|php)$", re.IGNORECASE
)
SHOWN = re.compile(r"\.(?:tsx?|jsx?|mjs|vue|svelte|html?)$")
STATEMENT = re.compile(r"\bWHERE\b|\bUPDATE \w+ SET\b", re.IGNORECASE)
FORMATTED = re.compile(r"\{\w+\}")
DOCUMENTS = frozenset({"example", "examples", "openapi_examples", "json_schema_extra", "schema_extra"})
SETTINGS = re.compile(r"(?:^|/)(?:\.env(?:\.[\w-]+)?|[\w-]+\.env)$")
SET = re.compile(r"(?:export )?(\w+)\s*=\s*[\"']?([^\s\"'#]{12,})")
KEY = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[^\s]{12,}")  # what a made key looks like
NOTHING = frozenset({"", "none", "null", "false", "unset", "undefined", "..."})
DEFAULTED = re.compile(r"\bgetattr\(|getenv\(|environ|config\(|\benv\b")
WRITTEN = re.compile(r"(?:secret|key|passw\w*|pwd)\w*\s*(?::[^=\n]+)?=\s*[\"']", re.IGNORECASE)
READS = re.compile(
    r"(?:^|\.)(?:getattr|getenv|config|env)$|(?:^|\.)(?:environ|env|config|settings)\.(?:get|setdefault|str)$"
)
# A yes, a no, the address of a page: `MASTER_PASSWORD_REQUIRED: "False"`.
PLAIN_FACT = re.compile(r"[=:]\s*([\"']?)(?:true|false|yes|no|null|https?://[^\s@\"']+)\1,?\s*(?:#.*)?$", re.IGNORECASE)
# Words that nobody quoted: `challengePassword = A challenge password`.
PROMPT = re.compile(r"=\s*(?:[A-Za-z]+ ){2,}[A-Za-z]+\s*$")
OUT_OF_USE = re.compile(r"\s*#[^\d]*$")  # code in a comment whose value has no digit: `# client_secret="secret",`
BATCH = 400
# What detect-secrets passes over by a file's name alone, and what finds nothing but long random texts.
FILTERS = ("is_lock_file", "is_swagger_file")
TAKEN_OUT = (
    *(word for name in FILTERS for word in ("--disable-filter", f"detect_secrets.filters.heuristic.{name}")),
    *(word for kind in ("Hex", "Base64") for word in ("--disable-plugin", f"{kind}HighEntropyString")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedSecret:
    path: str
    line: int
    kind: str
    name: str = ""  # what stands before the value, never the value


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedSecrets(Evidence):
    """Secrets in the repository."""

    files: int  # that could be read
    there: int  # files with text, in whatever encoding
    tracked: bool  # the files that git tracks; otherwise every file in the folder
    found: tuple[CommittedSecret, ...]
    allowed: tuple[str, ...] = ()  # lines that a comment of the service's keeps from being looked at

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        tracked, paths = _files(probe)
        texts = [path for path in paths if not _is_binary(probe.root / path)]
        wanted = [path for path in texts if _is_readable(probe.root / path)]
        found = [secret for n in range(0, len(wanted), BATCH) for secret in _scanned(probe, wanted[n : n + BATCH])]
        seen = {(one.path, one.line) for one in found}
        for path in wanted:
            look = in_settings if SETTINGS.search(path) else in_defaults if path.endswith(".py") else None
            text = (probe.root / path).read_text(encoding="utf-8", errors="replace") if look else ""
            found += [one for one in look(path, text) if (one.path, one.line) not in seen] if look else []
        return cls(
            files=len(wanted),
            there=len(texts),
            tracked=tracked,
            found=tuple(sorted(found, key=lambda s: (s.path, s.line))),
            allowed=tuple(_allowed(probe, wanted)),
        )


def _is_binary(file: Path) -> bool:
    """No text in any encoding; UTF-16 says by its first bytes that it is one."""
    with file.open("rb") as opened:
        start = opened.read(8000)
    return b"\0" in start and not start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def _is_readable(file: Path) -> bool:
    """Can detect-secrets read it, which knows UTF-8 alone?"""
    try:
        file.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError):
        return False
    return True


def _allowed(probe: Probe, paths: Iterable[str]) -> Iterator[str]:
    """The lines that a comment of the service's keeps from being looked at."""
    for path in paths:
        text = (probe.root / path).read_text(encoding="utf-8", errors="replace")
        if "pragma: allowlist" in text:
            lines = enumerate(text.splitlines(), start=1)
            yield from (f"{path}:{number}" for number, line in lines if re.search(r"pragma:\s*allowlist", line))


def _files(probe: Probe) -> tuple[bool, list[str]]:
    """Files that git tracks; where there is no repository, all but those of environments."""
    ran = probe.run(["git", "ls-files", "-z", "."], timeout=30)
    names = [name for name in ran.out.split("\0") if name and (probe.root / name).is_file()]
    if ran.code == 0 and names:
        return True, [*names, *_beside(probe)]
    every = (path.relative_to(probe.root) for path in probe.root.rglob("*") if path.is_file())
    return False, sorted(path.as_posix() for path in every if not _skipped(path.parts))


def _beside(probe: Probe) -> Iterator[str]:
    """The files right in the folders above, where a repository with several services keeps its settings."""
    for folder in folders_above(probe.root):
        ran = probe.run(["git", "ls-files", "-z", "--", ":(glob)*"], cwd=folder, timeout=30)
        for name in filter(None, ran.out.split("\0")):
            if (folder / name).is_file():
                yield shown(probe.root, folder / name)


def _skipped(parts: Iterable[str]) -> bool:
    return any(part in SKIPPED or part.endswith("_cache") for part in parts)


def _scanned(probe: Probe, paths: list[str]) -> Iterator[CommittedSecret]:
    """By their names; what is called like a picture or a lock under another one, or detect-secrets passes it over."""
    from detect_secrets.filters.heuristic import IGNORED_FILE_EXTENSIONS  # noqa: PLC0415 - brings requests: a tenth of every start

    renamed = [path for path in paths if Path(path).suffix in IGNORED_FILE_EXTENSIONS]
    yield from _scan(
        probe, probe.root, {path: path for path in paths if Path(path).suffix not in IGNORED_FILE_EXTENSIONS}
    )
    folder = probe.workshop.scratch("secrets")
    names = {f"{number}.txt": path for number, path in enumerate(renamed)}
    for name, path in names.items():
        shutil.copyfile(probe.root / path, folder / name)
    yield from _scan(probe, folder, names)


def _scan(probe: Probe, root: Path, names: Mapping[str, str]) -> Iterator[CommittedSecret]:
    """`names`: the files in `root`, with what they are called in the service's folder."""
    if not names:
        return
    words = ["-C", str(root), "scan", "--no-verify", "--all-files", *TAKEN_OUT, *names]
    ran = probe.tool("detect-secrets", *words, cwd=root, timeout=180)
    try:
        results = json.loads(ran.out)["results"]
    except (json.JSONDecodeError, KeyError) as error:
        raise ProbeError(
            say("detect-secrets could not look at the files: {last_words}", last_words=ran.last_words)
        ) from error
    for name, answers in results.items():
        path = names[name]
        text = (probe.root / path).read_text(encoding="utf-8", errors="replace")
        python = path.endswith(".py")
        lines, quiet = text.splitlines(), example_lines(text) | compared_lines(text) if python else frozenset()
        for answer in answers:
            if answer["type"] in INVENTED_KINDS and answer["line_number"] in quiet:
                continue
            line = lines[answer["line_number"] - 1] if answer["line_number"] <= len(lines) else ""
            if is_meant(path, answer["type"], line):
                yield CommittedSecret(path=path, line=answer["line_number"], kind=answer["type"], name=_name(line))


def in_settings(path: str, text: str) -> Iterator[CommittedSecret]:
    """`SECRET_KEY=…` in an env file: a line that detect-secrets passes over once another one in it looks like a URL."""
    for number, line in enumerate(text.splitlines(), start=1):
        given = SET.match(line.strip())
        random = given is not None and re.search(r"\d", given[2]) and re.search(r"[A-Za-z]", given[2])
        if given and random and is_secret(given[1]) and is_meant(path, "Secret Keyword", line):
            yield CommittedSecret(path=path, line=number, kind="Secret Keyword", name=given[1])


def is_meant(path: str, kind: str, line: str) -> bool:
    """Does it matter? Not a random id, a password made up for a test, or a place that is filled in later."""
    if kind in NOISY_KINDS:
        return False
    if kind not in INVENTED_KINDS:
        return True
    invented = LOCKS.search(path) or TESTS.search(path) or PATTERNS.search(path) or PIPELINES.search(path)
    speaks = _speaks(path, line) or OUT_OF_USE.match(line) or PLAIN_FACT.search(line) or PROMPT.search(line)
    message = kind == "Secret Keyword" and speaks
    return not (invented or message or FILLED_IN.search(line) or STAND_IN.search(line) or AT_HOME.search(line))


def example_lines(text: str) -> frozenset[int]:
    """The lines (1-based) of what the API's documentation shows: `json_schema_extra={"example": …}` and its like."""
    tree = parsed(text) if "example" in text or "schema_extra" in text else None
    found: list[ast.expr | None] = []
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.keyword) and node.arg in DOCUMENTS:
            found.append(node.value)
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            found += [value for key, value in pairs if isinstance(key, ast.Constant) and key.value in DOCUMENTS]
        elif isinstance(node, ast.Assign) and any(getattr(one, "id", "") in DOCUMENTS for one in node.targets):
            found.append(node.value)
    spans = ((one.lineno, one.end_lineno or one.lineno) for one in found if one is not None)
    return frozenset(line for start, end in spans for line in range(start, end + 1))


def compared_lines(text: str) -> frozenset[int]:
    """The lines (1-based) whose texts are all compared with: `if settings.secret_key == "changethis": raise …`.

    One that looks like a key is a key, whatever is done with it.
    """
    tree = parsed(text)
    if tree is None:
        return frozenset()
    every, compared, said = set[ast.Constant](), set[ast.Constant](), set[ast.expr]()
    for node in ast.walk(tree):
        every |= {node} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()
        if isinstance(node, ast.Compare | ast.MatchValue):
            compared |= {one for one in ast.walk(node) if isinstance(one, ast.Constant)}
        if isinstance(node, ast.Assert) and isinstance(node.msg, ast.Constant):
            said.add(node.msg)
    kept = {one.lineno for one in every - said if one not in compared or KEY.fullmatch(str(one.value))}
    return frozenset(one.lineno for one in compared) - kept


def in_defaults(path: str, text: str) -> Iterator[CommittedSecret]:
    """`os.environ.get("SECRET_KEY", "…")`, `getattr(settings, "key", "…")`: who sets nothing gets a known one.

    And `SECRET_KEY = "123456"`: detect-secrets takes a row of keys, or one letter again and again, for no secret.
    """
    tree = parsed(text) if DEFAULTED.search(text) or WRITTEN.search(text) else None
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Assign | ast.AnnAssign):
            yield from _written(path, node)
        if not isinstance(node, ast.Call) or not READS.search(ast.unparse(node.func)):
            continue
        given = [*node.args, *(word.value for word in node.keywords if word.arg == "default")]
        texts = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if len(texts) == 2 and _is_known(path, *texts):  # noqa: PLR2004 - a name and its default
            yield CommittedSecret(path=path, line=node.lineno, kind=say("Secret as a default"), name=texts[0])


def _written(path: str, node: ast.Assign | ast.AnnAssign) -> Iterator[CommittedSecret]:
    """A key that signs, or the password of a setting, as a plain text; detect-secrets passes over `name: str = "…"`."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    value = node.value.value if isinstance(node.value, ast.Constant) else None
    for name in (one.id for one in targets if isinstance(one, ast.Name)):
        if isinstance(value, str) and (signs(name) or is_password(name)) and _is_known(path, name, value):
            yield CommittedSecret(path=path, line=node.lineno, kind="Secret Keyword", name=name)


def _is_known(path: str, name: str, value: str) -> bool:
    """Is it a default that a secret would have: any text for a key that signs, a random one for an API key?"""
    said = f'{name} = "{value}"'
    secret = never_excused(name) and value.lower() not in NOTHING
    return (secret or (is_secret(name) and KEY.fullmatch(value) is not None)) and is_meant(path, "Secret Keyword", said)


def _speaks(path: str, line: str) -> bool:
    """Is it a text for people, a statement, or a name, rather than a value that is kept?"""
    told = SENTENCE.search(line) or STATEMENT.search(line) or TRANSLATED.search(path)
    found = NAMED.search(line)
    if found and speaks_of_one(found[1]) and not KEY.fullmatch(found[3]):
        return True
    return bool(told) or says_its_name(line, telling=frozenset() if SHOWN.search(path) else TELLING)


def says_its_name(line: str, telling: frozenset[str] = TELLING) -> bool:
    """Is the value of an assignment only its name in other words, or a text that a name is put into?"""
    found = NAMED.search(line)
    if found is None or (telling and _is_kept(found[1], found[3])):
        return False
    name, value = (re.sub(r"[^a-z]", "", word.lower()) for word in (found[1], found[3]))
    if FORMATTED.search(found[3]):
        return True
    plain = len(value) > 3 and not re.search(r"\d", found[3]) and value not in telling  # noqa: PLR2004
    thing = re.sub(r"(?:name|type|header|field)$", "", name)  # `SECRET_KEY_HEADER = "X-Secret-Key"`
    return plain and (value in name or (thing in value and len(value) <= len(name) + 8))


def _is_kept(name: str, value: str) -> bool:
    """Is it a secret by its name, with a value that could be one: no words for a person, nothing only filled in?"""
    filled = FORMATTED.search(value) and not re.search(r"\w{4}", FORMATTED.sub("", value))
    return never_excused(name) and not (filled or re.search(r"\s", value) or DONE.search(name))


def _name(line: str) -> str:
    """What stands before `=` or `:` on the line, where that is a name and not half a command."""
    found = re.split(r"[=:]", line.strip(), maxsplit=1)[0].strip(" \"'")
    return found if re.fullmatch(r"(?:export )?[\w.\[\]\"'-]{1,60}", found) else ""
