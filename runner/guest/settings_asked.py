"""Guest: which variables does the service ask for while its app is imported? argv: ANSWER APP [FOLDER].

Answers {"imported": bool, "said": str, "asked": [{"name", "value", "required", "kind", "wanted", "refused"}]}: names
that are not set and that the service's own code, or a library of settings for it, asked for, and those whose value it
refused. `value`: the default, where that is a text; `required`: there is none; `kind`: the type that it must have,
`wanted`: a value that its limits let in, `refused`: why the given one was not.
Ends without running exit handlers: a service may leave threads behind.
"""

import importlib
import json
import os
import re
import sys
from pathlib import Path

# A service may read its own command line while it is imported: it has the one that a server gives it.
TOLD, sys.argv = sys.argv, ["uvicorn"]
ROOT = str(Path.cwd().resolve()) + os.sep
INSTALLED = f"{os.sep}site-packages{os.sep}"
# Libraries that read variables for whoever calls them.
READERS = re.compile(rf"{INSTALLED}(?:environs|environ|decouple|dotenv|starlette{os.sep}config|dynaconf|envparse)\b")
SELF = __file__
STEPS = (f"{os.sep}os.py", "_collections_abc.py")
ASKED = {}


def main():
    answer = {"imported": False, "said": ""}
    watch()
    try:
        load(TOLD[2])
        answer["imported"] = True
    except BaseException as error:  # a service may call sys.exit while it is imported
        answer["said"] = f"{type(error).__name__}: {error}"[:500]
        for one in causes(error):
            refused(one)
            told_of(one)
            spelt_out(one)
    open_ones = {name: facts for name, facts in ASKED.items() if name not in os.environ or facts["refused"]}
    answer["asked"] = [{"name": name, **facts} for name, facts in open_ones.items()]
    Path(TOLD[1]).write_text(json.dumps(answer, default=str), encoding="utf-8")
    sys.stdout.flush()
    os._exit(0)


def load(name):
    for folder in ("src", *TOLD[3:]):
        if Path(ROOT + folder).is_dir() and ROOT + folder not in sys.path:
            sys.path.insert(1, ROOT + folder)
    module, _, attribute = name.partition(":")
    os.chdir(os.environ.get("GONOGO_RUNS_IN", "."))
    found = importlib.import_module(module)
    for part in attribute.removesuffix("()").split("."):
        found = getattr(found, part)
    if attribute.endswith("()"):
        found()


def watch():
    """Write down each variable that is asked for and not there."""
    kind = type(os.environ)
    plain_item = kind.__getitem__

    def there(self, key):
        try:
            plain_item(self, key)
        except (KeyError, TypeError):
            return False
        return True

    def item(self, key):
        if self is os.environ and not there(self, key):
            note(key, None, required=True)
        return plain_item(self, key)

    def get(self, key, default=None):
        if there(self, key):
            return plain_item(self, key)
        note(key, default, required=default is None)
        return default

    def pop(self, key, *default):
        if there(self, key) or not default:
            found = item(self, key)
            del self[key]
            return found
        return default[0]

    def contains(self, key):
        if not there(self, key):
            note(key, None, required=False)
        return there(self, key)

    kind.__getitem__, kind.get, kind.pop, kind.__contains__ = item, get, pop, contains
    os.getenv = lambda key, default=None: get(os.environ, key, default)


def note(key, default, *, required):
    if isinstance(key, str) and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key) and for_the_service():
        value = default if isinstance(default, str) else None
        known = ASKED.setdefault(key, {"value": value, "required": required, "kind": "", "wanted": "", "refused": ""})
        known["required"] = known["required"] or required


def for_the_service():
    """Did its own code ask, by itself or through a library of settings?"""
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if file != SELF and not file.startswith("<frozen") and not file.endswith(STEPS):
            if INSTALLED not in file:
                return file.startswith(ROOT)
            if not READERS.search(file):
                return False
        frame = frame.f_back
    return False


def causes(problem):
    """An exception and those behind it."""
    seen = []
    while problem is not None and problem not in seen:
        seen.append(problem)
        problem = problem.__cause__ or problem.__context__
    return seen


def refused(problem):
    """Of pydantic's refusal of settings: each field by the name of its variable, with what would fit."""
    errors = getattr(problem, "errors", None)
    settings = settings_called(getattr(problem, "title", ""))
    for error in errors() if callable(errors) and settings else ():
        place = [str(part) for part in error.get("loc", ())]
        name = next((name for one in settings for name in variables(one, place)), "") if place else ""
        if name:
            told = re.findall(r"'([^']+)'", str((error.get("ctx") or {}).get("expected", "")))
            kind, wanted = field_of(settings[0], place)
            refusal = "" if error.get("type") == "missing" else f"{error.get('type')}: {error.get('msg')}"
            ASKED[name] = {
                "value": None, "required": True, "kind": kind, "wanted": told[0] if told else wanted, "refused": refusal
            }  # fmt: skip


def told_of(problem):
    """Settings without a value that a refusal of the service's own names: `Missing settings: ISSUER, AUDIENCE`."""
    words = set(re.findall(r"\b[A-Za-z]\w{2,}\b", str(problem)[:4000]))
    for one in subclasses_of_settings():
        for field in words & set(one.model_fields):
            name = next(variables(one, [field]), "")
            if name and name.lower() not in {key.lower() for key in os.environ}:
                kind, wanted = field_of(one, [field])
                known = {"value": None, "required": True, "kind": kind, "wanted": wanted, "refused": ""}
                ASKED[name] = ASKED.get(name) or known
    for name in words & set(ASKED):
        if name not in os.environ:
            ASKED[name]["required"] = True


# `Set COOKIE_SECURE=true`, `COOKIE_SECURE must be True`, `COOKIE_SAMESITE should be set to "strict"`.
NAMED, MUST = r"\b([A-Za-z]\w{2,})", r"\s+(?:must|should|has to|needs to)\s+be\s+(?:set\s+to\s+)?"
SPELT_OUT = (
    re.compile(rf"{NAMED}\s*=\s*[`'\"]?([\w:/-]+(?:\.[\w:/-]+)*)"),
    re.compile(rf"{NAMED}{MUST}([Tt]rue|[Ff]alse|TRUE|FALSE|\d+)\b"),
    re.compile(rf"{NAMED}{MUST}[`'\"]([^`'\"\s]+)[`'\"]"),
)


def spelt_out(problem):
    """Settings that must have another value than they have, where a refusal of the service's own says which."""
    known = {
        variable.lower(): (one, field)
        for one in subclasses_of_settings()
        for field in one.model_fields
        for variable in (field, *variables(one, [field]))
    }
    there = {key.lower(): held for key, held in os.environ.items()}
    said = {name: value for pattern in SPELT_OUT[::-1] for name, value in pattern.findall(str(problem)[:4000])}
    for name, value in said.items():
        settings, field = known.get(name.lower(), (None, name))
        variable = next(variables(settings, [field]), "") if settings else name
        if (settings or variable in ASKED or variable.lower() in there) and there.get(variable.lower()) != value:
            kind = field_of(settings, [field])[0] if settings else "str"
            ASKED[variable] = {
                "value": None, "required": True, "kind": kind, "wanted": value, "refused": f"said: {name} {value}"
            }  # fmt: skip


def field_of(settings, place):
    """The name of the type that a field has, and a value that its limits let in; empty where they are open."""
    try:
        whole = settings.model_json_schema()
    except Exception:
        return "", ""
    inner = whole
    for part in place:
        inner = resolved(whole, (inner.get("properties") or {}).get(part) or {})
    kinds = {"integer": "int", "number": "float", "boolean": "bool", "array": "list", "object": "dict"}
    kind = "AnyUrl" if inner.get("format") in {"uri", "multi-host-uri"} else kinds.get(inner.get("type"), "str")
    return ("EmailStr" if inner.get("format") == "email" else kind), fitting(inner)


def resolved(whole, schema):
    for _ in range(8):
        several = [one for one in schema.get("anyOf") or schema.get("allOf") or () if one.get("type") != "null"]
        if "$ref" in schema:
            schema = (whole.get("$defs") or {}).get(schema["$ref"].rpartition("/")[2]) or {}
        elif several:
            schema = {**schema, "anyOf": None, "allOf": None, **several[0]}
    return schema


def fitting(schema):
    """A text for a value of this schema, where it says more than its type."""
    if schema.get("enum"):
        return str(schema["enum"][0])
    if "const" in schema:
        return str(schema["const"])
    low, high = (
        schema.get("minimum", schema.get("exclusiveMinimum")),
        schema.get("maximum", schema.get("exclusiveMaximum")),
    )
    if low is not None or high is not None:
        step = 1 if schema.get("type") == "integer" else 0.001
        if low is not None:
            return str(low + (step if "minimum" not in schema else 0))
        return str(high - (step if "maximum" not in schema else 0))
    if schema.get("minLength") and not schema.get("format"):
        return ("gonogo" + "-gonogo" * (schema["minLength"] // 7))[: schema.get("maxLength")]
    return ""


def settings_called(title):
    """The classes of settings that are imported under that name."""
    every = subclasses_of_settings()
    return [one for one in every if title in (one.__name__, getattr(one, "model_config", {}).get("title"))]


def subclasses_of_settings():
    base = getattr(sys.modules.get("pydantic_settings"), "BaseSettings", None)
    found = [base] if base else []
    for one in found:
        found += one.__subclasses__()
    return found[1:]


def variables(settings, place):
    """The name that a field's variable has: its alias, else its own behind the prefix, upper case."""
    config = settings.model_config
    for name, field in settings.model_fields.items():
        alias = field.validation_alias
        spoken = [alias] if isinstance(alias, str) else list(getattr(alias, "choices", ()))
        if place[0] == name or place[0] in spoken:
            first = next((one for one in spoken if isinstance(one, str)), None)
            whole = first or f"{config.get('env_prefix', '')}{name}"
            inner = config.get("env_nested_delimiter")
            yield (inner.join([whole, *place[1:]]) if inner else whole).upper()
            return
    if len(place) == 1 and re.fullmatch(r"\w+", place[0]):
        yield place[0].upper()  # the name as pydantic-settings looked for it: with the prefix, or an alias


if __name__ == "__main__":
    main()
