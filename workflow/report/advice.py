"""What is to be done now, where a check could not look? Read from the reason that was given."""

import re
from collections.abc import Callable

from runner.model import Finding, Outcome
from runner.said import say, together
from workflow import gate

Advise = Callable[[re.Match[str]], str]


def _install(found: re.Match[str]) -> str:
    name = found[1].partition(".")[0]
    return say(
        "install the package that has `{name}` into the service's environment, and name it "
        "in its requirements and lock. Where `{name}` is the service's own, name its folder "
        "in gonogo.toml: [service] sources",
        name=name,
    )


def _variables(found: re.Match[str]) -> str:
    names = [name.rpartition(".")[2].upper() for name in (found[1] or "NAME").split(", ")]
    listed = re.search(r"Input should be '([^']+)'", found.string)
    value = listed[1] if listed and len(names) == 1 else "…"
    lines = together(say('{name} = "{value}"', name=name, value=value) for name in names)
    return say(
        "give the service values that it takes, in gonogo.toml: [env] {lines} (with the prefix that its settings have)",
        lines=lines,
    )


REASONS: tuple[tuple[re.Pattern[str], Advise], ...] = (
    (re.compile(r"No module named '([\w.]+)'"), _install),
    (
        re.compile(r"cannot import name '(\w+)' from '([\w.]+)'"),
        lambda found: say(
            "`{found}` has no `{found2}` here: where it is a package, install the version that "
            "the service was written for, and lock it; where it is the service's own, mend the "
            "import",
            found=found[2],
            found2=found[1],
        ),
    ),
    (
        re.compile(r"\b(?:Syntax|Indentation|Tab)Error\b"),
        lambda _: say(
            "mend the named line. Where a newer Python takes it, make the service's environment with that one "
            "(`python3.X -m venv .venv`)"
        ),
    ),
    (
        re.compile(r"KeyError: '([A-Z][A-Z0-9_]+)'"),
        lambda found: say('give the service its variable in gonogo.toml: [env] {found} = "…"', found=found[1]),
    ),
    (
        re.compile(r"is no FastAPI app\b"),
        lambda _: say(
            'name the app, or the function that makes it, in gonogo.toml: [service] app = "module:attribute"'
        ),
    ),
    (re.compile(r"\bValidationError\b(?:.*: ([A-Za-z_][\w.]*(?:, [A-Za-z_][\w.]*)*)(?= \(|$))?"), _variables),
    (
        re.compile(
            r"Connection ?[Rr]efused|Connect(?:ion)?Error|gaierror|getaddrinfo|name resolution|"
            r"[Nn]ame or service not known|could not translate host|[Nn]etwork is unreachable"
        ),
        lambda _: say(
            "while it starts, it asks a server that the run did not start. Give it the run's own in gonogo.toml "
            '([env] NAME = "{database_url}" or "{redis_url}"), or connect when the first request needs it'
        ),
    ),
    (
        re.compile(r"No such file or directory: '([^']+)'"),
        lambda found: say(
            "let the service find `{found}`: keep one in the repository and name it in "
            'gonogo.toml, [env] NAME = "{{root}}/…"',
            found=found[1],
        ),
    ),
    (
        re.compile(r"Read-only file system|Permission denied"),
        lambda _: say(
            "a run writes only below its own folders: let a variable say where the service writes, in gonogo.toml: "
            '[env] NAME = "/tmp/…"'
        ),
    ),
    (
        re.compile(r'relation "([^"]+)" does not exist'),
        lambda found: say(
            "let a revision make `{found}` before it is used: `alembic upgrade head` on an empty database",
            found=found[1],
        ),
    ),
    (
        re.compile(r"\bSystemExit\b"),
        lambda _: say(
            "the service ends itself while it is imported, for the reason that it gives. Where that is a variable: "
            'gonogo.toml, [env] NAME = "…"'
        ),
    ),
    (
        re.compile(r"did not end within|not ready within|[Tt]imed? ?out"),
        lambda _: say(
            "type the command again on a machine that is free. Where it hangs each time, mend what it waits for"
        ),
    ),
    (
        re.compile(r"\b[A-Z]\w*(?:Error|Exception|Violation|Undefined\w+)\b"),
        lambda _: say("it is an error of the service's own: mend the line or the setting that it names"),
    ),
)


def advice_for(finding: Finding) -> str:
    """The thing to do now: the fix of what failed, else what lets gonogo look; empty where the reason says it."""
    if finding.outcome is not Outcome.UNKNOWN:
        return finding.fix
    if gate.OF_THE_TEAM.search(finding.message):
        return ""  # the reason says what to write
    return next((advise(found) for kind, advise in REASONS if (found := kind.search(finding.message))), "")
