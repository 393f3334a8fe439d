"""Design: does the service run on what was decided, and is that still maintained?"""

import re
from collections import defaultdict
from collections.abc import Iterator

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from runner.evidence.agreed.decisions import Decision, Decisions
from runner.evidence.agreed.today import Today
from runner.evidence.code.interpreter import Interpreter, normal
from runner.evidence.code.lock_file import LockFile, how_to_lock
from runner.model import Place, Share, Verdict, check, every, failed, in_file, named, passed, share, unknown
from runner.said import say, together
from runner.vocabulary.support import TABLE
from runner.words import plural
from stages.design.words import some

OPTIONS = r"option|alternative|considered|candidates"
CLOSED = {"superseded", "rejected", "deprecated", "replaced", "obsolete", "withdrawn"}  # nobody follows these any more
NEWEST = 15  # 3.15 is the last whose end stands in support.toml
FEWEST = 2  # options
WORDLESS = re.compile(
    r"\W*(?:tb[acd]|todo|fixme|xxx+|n/?a|none|待定)?\W*", re.IGNORECASE
)  # a section that says nothing
NOTICE = 180  # days before the end in which a change of Python should be planned
# Chosen in a decision, and not a distribution that a lock could hold.
ELSEWHERE = {
    "postgresql",
    "postgres",
    "redis-server",
    "valkey",
    "mysql",
    "mariadb",
    "sqlite",
    "docker",
    "kubernetes",
    "nginx",
}


@check("DS015", step="1.2")
def decided_is_locked_is_installed(decisions: Decisions, lock: LockFile, interpreter: Interpreter) -> Verdict:
    """What was decided is what is locked and installed.

    A decision that the lock does not follow is history, and a proof on other versions than the locked ones proves
    nothing about the release.
    Fix: write down the decision that really holds, or lock what was decided; then install from the lock anew.
    """
    if not decisions.accepted:  # DS016 names that; what is locked can still be compared with what is installed
        return _as_locked(lock, interpreter)
    if not any(decision.decides for decision in decisions.accepted):
        at = [one.place(say("names no package and no version")) for one in decisions.accepted]
        return failed("no decision names a package and its versions, so nothing can be held against them", at=at)
    if lock.path is None:
        return failed("there is no lock to hold the decisions against", at=[named("lock", "none")])
    found = [*_decided(decisions, lock, interpreter), *_installed(lock, interpreter)]
    if found:
        return failed(some(place.note for place in found), at=found)
    choices = [name for one in decisions.accepted for name in one.decides]
    held = [name for name in choices if normal(name.partition("[")[0]) not in ELSEWHERE]
    many = len(decisions.accepted)
    judged = share(len(held), len(choices), "choice"), _compared(lock, interpreter)
    return passed(say("as {decisions} say{s}", decisions=plural(many, "decision"), s="s" * (many == 1)), *judged)


def _as_locked(lock: LockFile, interpreter: Interpreter) -> Verdict:
    if lock.path is None:
        installed = plural(len(interpreter.installed), "installed package")
        return unknown(
            say(
                "neither a decision nor a lock says what the {installed} should be. Write a lock: {how_to_lock}",
                installed=installed,
                how_to_lock=how_to_lock(lock.declared),
            )
        )
    if lock.pins and not any(pin.version for pin in lock.pins):
        return unknown(
            say(
                "{path} leaves open which version of its {pins} is meant, so nothing says which should be installed. "
                "Write a lock: {how_to_lock}",
                path=lock.path,
                pins=plural(len(lock.pins), "package"),
                how_to_lock=how_to_lock(lock.declared),
            )
        )
    found = list(_installed(lock, interpreter))
    if found:
        return failed(some(place.note for place in found), at=found)
    return passed("as locked; no decision is recorded to hold them against", _compared(lock, interpreter))


def _compared(lock: LockFile, interpreter: Interpreter) -> Share:
    """The locked packages that are installed in a version that could be compared, of all that are locked."""
    names = {normal(pin.name) for pin in lock.pins}
    pinned = {normal(pin.name) for pin in lock.pins if pin.version}
    return share(len(pinned & set(interpreter.installed)), len(names), "locked package")


def _decided(decisions: Decisions, lock: LockFile, interpreter: Interpreter) -> Iterator[Place]:
    locked = defaultdict(list)
    for pin in lock.pins:
        locked[normal(pin.name)].append(pin.version)
    for decision in decisions.accepted:
        for choice, wanted in decision.decides.items():
            name = normal(choice.partition("[")[0])
            if name == "python":
                yield from _outside(decision, "python", wanted, [interpreter.python], "runs")
            elif name in locked:
                yield from _outside(decision, name, wanted, [v for v in locked[name] if v], say("is locked"))
            elif name not in ELSEWHERE:
                yield decision.place(
                    say("{id} decides {name}, which {path} does not have", id=decision.id, name=name, path=lock.path)
                )


def _outside(decision: Decision, name: str, wanted: str, versions: list[str], how: str) -> Iterator[Place]:
    try:
        allowed = SpecifierSet(wanted if not wanted or wanted[0] in "<>=!~" else f"=={wanted}.*")
    except InvalidSpecifier:
        yield decision.place(
            say("{id}: `{wanted}` is no version specifier for {name}", id=decision.id, wanted=wanted, name=name)
        )
        return
    for version in versions:
        if not allowed.contains(version, prereleases=True):
            yield decision.place(
                say(
                    "{id} decides {name} {wanted}, {version} {how}",
                    id=decision.id,
                    name=name,
                    wanted=wanted,
                    version=version,
                    how=how,
                )
            )


def _installed(lock: LockFile, interpreter: Interpreter) -> Iterator[Place]:
    """Packages whose installed version the lock does not name. What is not installed may be for another platform."""
    names = {normal(pin.name) for pin in lock.pins if pin.version}
    for name in sorted(names & set(interpreter.installed)):
        pins = [pin for pin in lock.pins if normal(pin.name) == name and pin.version]
        if interpreter.installed[name] not in {pin.version for pin in pins}:
            note = say(
                "{name} {version} is locked, {installed} is installed",
                name=name,
                version=pins[0].version,
                installed=interpreter.installed[name],
            )
            yield in_file(pins[0].path, pins[0].line, note)


@check("DS016", step="1.2")
def decisions_weigh_options(decisions: Decisions) -> Verdict:
    """Every decision says what else was possible and what follows.

    A choice without its alternatives is made anew in every discussion, and nobody dares to undo it when its reason is
    gone.
    Fix: give the record the sections Context, Options (two at least, with what speaks for and against), Decision and
    Consequences.
    """
    if not decisions.accepted:
        where = decisions.folder or "docs/decisions"
        places = [in_file(where, note="no accepted record")]
        return failed(say("no decision is recorded in {where}", where=where), at=places, again=[f"ls {where}"])
    bad = [(one, gaps) for one in decisions.accepted if (gaps := _gaps(one))]
    if not bad:
        waiting = [one for one in decisions.records if one.status not in {"accepted", *CLOSED}]
        judged = share(len(decisions.accepted), len(decisions.accepted) + len(waiting), "decision")
        return passed("each with options and consequences", judged)
    return failed(
        some(say("{id} lacks {gaps}", id=one.id, gaps=gaps) for one, gaps in bad),
        at=[one.place(say("lacks {gaps}", gaps=gaps)) for one, gaps in bad],
    )


def _gaps(decision: Decision) -> str:
    wanted = {
        "options": OPTIONS,
        say("a decision"): r"decision|outcome|chosen|choice",
        "consequences": r"consequence|follow|impact",
    }
    found = {gap: _section(decision, words) for gap, words in wanted.items()}
    found["options"] = found["options"] if _entries(found["options"]) >= FEWEST else ""
    return together((gap for gap, text in found.items() if WORDLESS.fullmatch(text)), " and ")


def _section(decision: Decision, words: str) -> str:
    return next((text for name, text in decision.sections.items() if re.search(words, name) and text), "")


def _entries(text: str) -> int:
    """Different rows of a table below its head, list items, or headings of a deeper level, that say something."""
    lines = [line.strip() for line in text.splitlines()]
    rows = [line for line in lines if line.startswith("|")][2:]
    items = [line for line in lines if re.match(r"(?:[-*+]|\d+\.|###+)\s", line)]
    return max(len({line for line in found if re.search(r"[^\W\d_]", line)}) for found in (rows, items))


@check("DS017", step="1.2")
def python_is_maintained(interpreter: Interpreter, today: Today) -> Verdict:
    """The service runs on a Python that still gets security fixes.

    After its end of life a hole in the interpreter stays open, and packages drop it one by one.
    Fix: test on a newer Python, then change it in the image, the CI and pyproject.toml's `requires-python`.
    """
    if interpreter.implementation not in {"CPython", ""} or not re.fullmatch(r"3\.\d+\.\d+\+?", interpreter.python):
        return _other_python(interpreter)
    minor = ".".join(interpreter.python.split(".")[:2])
    ends = TABLE["python"].get(minor)
    if ends is None and int(minor.split(".")[1]) > NEWEST:
        return unknown(
            say(
                "gonogo does not know yet until when Python {python} gets fixes. Take a newer gonogo",
                python=interpreter.python,
            )
        )
    at = [
        named(
            f"Python {interpreter.python}",
            say("end of life {isoformat}", isoformat=ends.isoformat()) if ends else "long gone",
        )
    ]
    if ends is None or ends < today.date:
        return failed(
            say(
                "Python {python} got its last fix {ends}",
                python=interpreter.python,
                ends=say("in {ends}", ends=f"{ends:%B %Y}") if ends else say("long ago"),
            ),
            at=at,
            again=["python --version"],
        )
    left = (ends - today.date).days
    soon = say(", {left} days: plan the next one", left=left) if left < NOTICE else ""
    return passed(
        say(
            "Python {python} gets fixes until {ends}{soon}", python=interpreter.python, ends=f"{ends:%B %Y}", soon=soon
        ),
        every(1, "interpreter"),
    )


def _other_python(interpreter: Interpreter) -> Verdict:
    """Neither an ended one nor one whose end is known: a pre-release, or another implementation."""
    known = say("only the end of CPython's releases is known")
    if interpreter.python.startswith("2."):
        note = say("Python {python} got its last fix long ago", python=interpreter.python)
        return failed(note, at=[named(f"Python {interpreter.python}", "long gone")], again=["python --version"])
    if re.match(r"3\.\d+\.\d+(?:a|b|rc)", interpreter.python):
        note = say("Python {python} is a pre-release, which nobody maintains", python=interpreter.python)
        return failed(note, at=[named(f"Python {interpreter.python}", "a pre-release")], again=["python --version"])
    said = f"{interpreter.implementation} {interpreter.python}".strip() or say("the service's interpreter")
    return unknown(
        say(
            "until when {said} gets fixes was not seen: {known}. Ask its makers, and say so in a decision",
            said=said,
            known=known,
        )
    )
