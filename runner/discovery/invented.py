"""What stands for a setting that the service demands, that nobody shows an example of, and that gonogo does not start?

Enough for the service to be imported and started: a value of the right kind that leads to no other machine.
"""

import ast
import re

# Most telling first; each is looked for at the end of a variable's name, at the start of a word.
NAMES = (
    (r"ENV|ENVIRONMENT|STAGE", "local"),
    (r"ALGORITHM|ALG", "HS256"),
    (r"LOG_?LEVEL", "INFO"),
    (r"PORT", "1"),
    (r"(?:AMQP|RABBIT\w*)_(?:URL|URI|DSN)", "amqp://guest:guest@127.0.0.1:1//"),
    (r"MONGO\w*_(?:URL|URI|DSN)", "mongodb://127.0.0.1:1"),
    (r"URL|URI|ENDPOINT|ORIGIN|WEBHOOK", "http://127.0.0.1:1"),
    (r"(?:SERVER|APP|API|BACKEND|UVICORN|SERVICE|WEB|BIND|LISTEN)_HOST", "127.0.0.1"),  # its own
    (r"(?<=_)(?:HOST|SERVER|HOSTNAME)", "nowhere.invalid"),  # on this machine somebody else's may listen
    (r"HOST|SERVER|HOSTNAME", "127.0.0.1"),
    (r"DOMAIN", "localhost"),
    (r"EMAIL|EMAILS?_FROM|MAIL_FROM|SENDER|FROM_ADDRESS|SUPERUSER", "nobody@example.com"),
    (r"MINUTES?|SECONDS?|HOURS?|DAYS?|TTL|TIMEOUT|EXPIRE|EXPIRES|EXPIRY|EXPIRATION|SIZE|LIMIT|COUNT|WORKERS", "30"),
    (r"DEBUG|ENABLED|TLS|SSL|STARTTLS|ECHO|TESTING", "false"),
)
KINDS = (
    (r"bool", "false"),
    (r"EmailStr|NameEmail", "nobody@example.com"),
    (r"\w*Url|\w*Dsn", "http://127.0.0.1:1"),
    (r"list|List|set|Set|tuple|Tuple|Sequence|frozenset", "[]"),
    (r"dict|Dict|Mapping", "{{}}"),
    (r"Path|DirectoryPath", "."),
)
# A service's signing of tokens; `algorithm` alone is that as well, a hash's or a packer's is not.
SIGNING = re.compile(
    r"(?:(?:^|_)(?:JWT|JWS|TOKEN|AUTH|OAUTH2?|ACCESS|SECRET|SECURITY|SIGN\w*)_(?:\w+_)?|^)ALG(?:ORITHM)?$"
)
ALGORITHM = re.compile(r"(?:HS|RS|ES|PS)(?:256|384|512)|ES256K|EdDSA")
AS_DEVELOPED = ("local", "dev", "development", "develop")
SWITCH = re.compile(r"0|1|on|off|t|f|true|false|y|n|yes|no", re.IGNORECASE)
NUMBERS = {"int", "float", "Decimal", "PositiveInt", "NonNegativeInt", "PositiveFloat"}
TEXTS = {"", "str", "SecretStr", "Any", "StrictStr"}


def as_it_stands(text: str) -> str:
    """A value in which nothing is filled in: its braces are no placeholder."""
    return text.replace("{", "{{").replace("}", "}}")


def invented(name: str, kind: ast.expr | None = None) -> str | None:
    """For a variable and its annotation, where it has one; None for kinds that nobody can guess, such as an enum."""
    first = _first_choice(kind)
    if first is not None:
        return first
    outer = _outer(kind)
    number = next((value for ending, value in NAMES if re.search(rf"(?:^|_)(?:{ending})$", name)), None)
    if outer in NUMBERS:
        return number if number and number.isdigit() else "30"
    fixed = next((value for names, value in KINDS if re.fullmatch(names, outer)), None)
    if fixed:
        return fixed
    return (number or "gonogo") if outer in TEXTS else None


def kind_of_number(kind: ast.expr | None) -> bool:
    """Is it a number, or yes or no: nothing that could be secret, whatever its name?"""
    return _outer(kind) in NUMBERS | {"bool"}


def _outer(kind: ast.expr | None) -> str:
    """The name of a type, without what stands in its brackets, `Annotated` and `| None`; empty without one."""
    if isinstance(kind, ast.BinOp):
        return _outer(kind.left)
    if isinstance(kind, ast.Subscript):
        outer = _outer(kind.value)
        inner = kind.slice.elts[0] if isinstance(kind.slice, ast.Tuple) and kind.slice.elts else kind.slice
        return _outer(inner) if outer in {"Annotated", "Optional", "Union"} else outer
    return getattr(kind, "id", getattr(kind, "attr", "")) if kind is not None else ""


def signs_tokens(name: str) -> bool:
    """Does a variable say by which algorithm tokens are signed, so that nobody signs in where it says nothing?"""
    return bool(SIGNING.search(name))


def fits(name: str, kind: ast.expr | None, example: str) -> bool:
    """May an example be what the setting takes? `your_algo`, `a / b / c` and a word for a number are told to people."""
    choices, outer = choices_of(kind), _outer(kind)
    if choices:
        return example in choices
    if outer in NUMBERS:
        return bool(re.fullmatch(r"[+-]?[\d_]+(?:\.\d+)?", example))
    if outer == "bool":
        return bool(SWITCH.fullmatch(example))
    return not signs_tokens(name) or bool(ALGORITHM.fullmatch(example))


def _first_choice(kind: ast.expr | None) -> str | None:
    """Of `Literal["test", "local", "production"]` the one that developers run, else the first; None for other types."""
    choices = choices_of(kind)
    developed = (one for one in choices if one.lower() in AS_DEVELOPED)
    return as_it_stands(next(developed, choices[0])) if choices else None


def choices_of(kind: ast.expr | None) -> list[str]:
    """What a `Literal` lists; empty for other types."""
    if not isinstance(kind, ast.Subscript) or _outer(kind.value) != "Literal":
        return []
    listed = kind.slice.elts if isinstance(kind.slice, ast.Tuple) else [kind.slice]
    return [str(one.value) for one in listed if isinstance(one, ast.Constant)]
