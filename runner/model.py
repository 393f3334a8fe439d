"""The words every room shares. Frozen data and two decorators; no I/O."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from types import ModuleType, NoneType
from typing import Any, ClassVar, Generic, ParamSpec, Self, TypeVar, get_args, get_origin, get_type_hints

from runner.errors import NotThere, ProbeError, Thing
from runner.said import say, together
from runner.words import for_psql, plural

P = ParamSpec("P")
E = TypeVar("E", bound="Evidence")
Content = str | bytes
LEFT_OUT = "gonogo.toml, [scope]"  # where the absence of a step is seen that the team leaves out
SHOWN = 3  # places of a finding that are shown by a command
AROUND = 8  # lines of code behind the named one that tell enough


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"  # we could not look; never green
    NOT_APPLICABLE = "not applicable"
    BROKEN = "broken"  # the check crashed: our bug, not the team's


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a finding points. `note` says what is wrong at this very place."""

    path: str | None = None  # relative to the service's folder, with forward slashes
    line: int | None = None  # 1-based
    endpoint: str | None = None  # "GET /posts/{post_id}"
    table: str | None = None
    column: str | None = None
    item: str | None = None  # anything else with a name: a requirement, a package, a test
    note: str = ""

    def __str__(self) -> str:
        if self.table:
            return f"{self.table}.{self.column}" if self.column else self.table
        if self.path:
            return f"{self.path}:{self.line}" if self.line else self.path
        return self.endpoint or self.item or "?"

    def as_json(self) -> dict[str, str | int]:
        return {key: value for key, value in asdict(self).items() if value not in (None, "")}


def in_file(path: str, line: int | None = None, note: str = "") -> Place:
    return Place(path=path, line=line, note=note)


def at_endpoint(endpoint: str, note: str = "") -> Place:
    return Place(endpoint=endpoint, note=note)


def in_table(table: str, column: str | None = None, note: str = "") -> Place:
    return Place(table=table, column=column, note=note)


def named(item: str, note: str = "") -> Place:
    return Place(item=item, note=note)


@dataclass(frozen=True, slots=True)
class Share:
    """How much of what there was has been judged: `27 of 27 operations`. Raises `ValueError` for 3 of 2."""

    judged: int
    there: int
    what: str  # one of them, in the singular: "operation"

    def __post_init__(self) -> None:
        if not 0 <= self.judged <= self.there:
            raise ValueError(f"{self.judged} of {self.there} {self.what} is no share")

    def __str__(self) -> str:
        return say("{judged} of {things}", judged=self.judged, things=plural(self.there, self.what))

    def said_in(self, text: str) -> bool:
        """Has a message told it already, in these words or as `25 of the 27 public operations`?"""
        stem = re.escape(self.what.split()[0][:4])
        return bool(re.search(rf"(?<!\d){self.judged} of (?:the )?{self.there} (?:\w+ ){{0,2}}{stem}", text))

    def as_json(self) -> dict[str, str | int]:
        return {"judged": self.judged, "there": self.there, "what": self.what}


def share(judged: int, there: int, what: str) -> Share:
    """So many were judged of so many that there were: `share(24, 27, "operation")`."""
    return Share(judged, there, what)


def every(number: int, what: str) -> Share:
    """All of them were judged: `every(6, "table")`."""
    return Share(number, number, what)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check concluded: an outcome, a sentence that says what was found, and the places."""

    outcome: Outcome
    message: str
    places: tuple[Place, ...] = ()
    again: tuple[str, ...] = ()  # commands that show it outside gonogo: curl, SQL, pytest, alembic
    shares: tuple[Share, ...] = ()  # of PASSED: what was judged, of what there was
    looked: str = ""  # of NOT APPLICABLE: where the absence was seen
    absent: Thing | None = None  # … and of what


def passed(message: str, *judged: Share) -> Verdict:
    """As claimed, for so much of what there was. What too little was judged of becomes UNKNOWN: see `weighed`."""
    return Verdict(Outcome.PASSED, message, shares=judged)


ENOUGH = Fraction(1, 2)  # of what there was must have been judged


def weighed(verdict: Verdict) -> Verdict:
    """A PASSED that had something in front of it, else UNKNOWN.

    The rule, for each of its shares: nothing judged, or less than half of what there was, is UNKNOWN. Half or more,
    but not all, stays PASSED and says its share in the message. Anything but a PASSED is returned as it is.
    """
    if verdict.outcome is not Outcome.PASSED:
        return verdict
    if thin := next((one for one in verdict.shares if one.judged < one.there * ENOUGH or not one.judged), None):
        why = say("there was nothing to judge") if thin.judged == 0 else say("too little was judged")
        message = say("{why}: {share}. Of these: {message}", why=why, share=thin, message=verdict.message)
        return replace(verdict, outcome=Outcome.UNKNOWN, message=message)
    partly = [str(one) for one in verdict.shares if one.judged < one.there and not one.said_in(verdict.message)]
    if not partly:
        return verdict
    return replace(
        verdict, message=say("{message} ({shares} judged)", message=verdict.message, shares=together(partly))
    )


def failed(message: str, *, at: Iterable[Place] = (), again: Iterable[str] = ()) -> Verdict:
    """Not as claimed. Where a check knows no command that shows it, the places themselves are shown."""
    places = tuple(at)
    return Verdict(Outcome.FAILED, message, places, tuple(again) or tuple(shown(places)))


def shown(places: Iterable[Place]) -> list[str]:
    """Commands that show the first places: lines of a file by `sed`, a table by psql's `\\d`."""
    commands = (_shown(place) for place in places)
    return list(dict.fromkeys(filter(None, commands)))[:SHOWN]


def _shown(place: Place) -> str:
    if place.path and place.line:
        last = place.line + (AROUND if place.path.endswith(".py") else 0)
        lines = f"{place.line},{last}p" if last > place.line else f"{place.line}p"
        return f"sed -n {lines} {shlex.quote(place.path)}"
    return f"\\d {for_psql(place.table)}" if place.table else ""


def unknown(message: str) -> Verdict:
    return Verdict(Outcome.UNKNOWN, message)


def not_applicable(reason: str, *, looked: str = "", absent: Thing | None = None) -> Verdict:
    """The service has no such thing, as was seen where we `looked`: "the 27 operations of the contract".

    Where something speaks against the absence of the `absent` thing, the engine makes it UNKNOWN.
    """
    return Verdict(Outcome.NOT_APPLICABLE, reason, looked=looked, absent=absent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Facts about a target. A subclass adds fields and says how to collect them.

    `collect` takes a probe and, as `needs_of` reads them, the other kinds of evidence that it builds on. It raises
    `ProbeError` when it could not look (its checks become UNKNOWN) and `NotThere` when the service has no such thing
    (NOT APPLICABLE). `exclusive` evidence is measured while nothing else runs.
    """

    exclusive: ClassVar[bool] = False
    holds: ClassVar[timedelta | None] = None  # how long it may be reused where nothing changed; None: for good

    @classmethod
    def collect(cls, probe: Any, *needs: Any, **named: Any) -> Self:
        raise NotImplementedError

    @classmethod
    def title(cls) -> str:
        """What people see while it is collected: the class's first docstring line."""
        return (inspect.getdoc(cls) or cls.__name__).partition("\n")[0].rstrip(".")

    def is_partial(self) -> bool:
        """Was something not seen that the next look may see, although nothing changed? Then it is not reused."""
        return False


@dataclass(frozen=True)  # with slots, `Looked[Kind](…)` could not be called
class Looked(Generic[E]):
    """A need that a `collect` may do without: the evidence, or else why there is none."""

    evidence: E | None = None
    problem: ProbeError | None = None

    def must(self) -> E:
        """The evidence. Raises the problem where there is none."""
        if self.evidence is None:
            raise self.problem or ProbeError("nobody looked")
        return self.evidence

    def or_none(self) -> E | None:
        """The evidence, None where the service has no such thing. Raises any other problem."""
        return None if isinstance(self.problem, NotThere) else self.must()


@dataclass(frozen=True, slots=True)
class Need:
    """One parameter of a `collect`: the kind of evidence, and the form in which it is wanted."""

    kind: type[Evidence]
    or_none: bool = False  # `Kind | None`
    looked: bool = False  # `Looked[Kind]`

    def given(self, evidence: Evidence | None, problem: Exception | None) -> object:
        """The argument for this parameter. Raises the problem that `collect` does not do without.

        `Kind | None` is None for `NotThere` alone, `Looked[Kind]` holds any `ProbeError`.
        """
        if self.looked and (problem is None or isinstance(problem, ProbeError)):
            return Looked(evidence, problem)
        if self.or_none and isinstance(problem, NotThere):
            return None
        if problem is not None:
            raise problem
        return evidence


def needs_of(kind: type[Evidence]) -> Mapping[str, Need]:
    """What its `collect` builds on, by parameter. Raises `TypeError` where one is no evidence."""
    hints = get_type_hints(kind.collect)
    wanted = [name for name in inspect.signature(kind.collect).parameters if name != "probe"]
    return {name: _need(f"{kind.__name__}.collect", name, hints.get(name)) for name in wanted}


def _need(id: str, name: str, hint: Any) -> Need:
    inner = [one for one in get_args(hint) if one is not NoneType]
    kind = inner[0] if len(inner) == 1 else hint
    if not (isinstance(kind, type) and issubclass(kind, Evidence)):
        raise TypeError(f"{id}: parameter `{name}` must be an Evidence subclass, got {hint!r}")
    looked = get_origin(hint) is Looked
    return Need(kind, or_none=kind is not hint and not looked, looked=looked)


@dataclass(frozen=True, slots=True)
class Check(Generic[P]):
    """A claim, and a pure function from evidence to a verdict about it."""

    id: str
    step: str
    claim: str
    why: str
    fix: str
    needs: Mapping[str, type[Evidence]]
    judge: Callable[P, Verdict]
    where: str = ""  # of a team's own check: "ops/gonogo_checks.py:12"; empty for gonogo's

    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> Verdict:
        """The verdict, weighed: nothing judged is never PASSED."""
        return weighed(self.judge(*args, **kwargs))


@dataclass(frozen=True, slots=True)
class Artifact(Generic[P]):
    """A document made from evidence."""

    name: str
    step: str
    title: str
    needs: Mapping[str, type[Evidence]]
    write: Callable[P, Content]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Content:
        return self.write(*args, **kwargs)

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES.get(Path(self.name).suffix, "text/plain")


MEDIA_TYPES = {
    ".md": "text/markdown",
    ".json": "application/json",
    ".yaml": "application/yaml",
    ".csv": "text/csv",
    ".svg": "image/svg+xml",
    ".html": "text/html",
    ".mmd": "text/vnd.mermaid",
    ".sql": "application/sql",
}


def check(id: str, *, step: str) -> Callable[[Callable[P, Verdict]], Check[P]]:
    """Mark a function as a check. Its parameters name the evidence it needs.

    The docstring is the product's text: a one-line claim, a paragraph that says why it matters, and `Fix:`.
    """

    def mark(judge: Callable[P, Verdict]) -> Check[P]:
        claim, _, rest = (inspect.getdoc(judge) or "").partition("\n\n")
        why, fix_word, fix = rest.partition("Fix:")
        if not fix_word or "\n" in claim or not why.strip():
            raise TypeError(f"{id}: docstring needs a one-line claim, a paragraph why, then `Fix:`")
        return Check(id, step, claim, _flowed(why), _flowed(fix), _needs(id, judge), judge)

    return mark


def artifact(name: str, *, step: str) -> Callable[[Callable[P, Content]], Artifact[P]]:
    """Mark a function as the writer of a document. Its docstring's first line is the title."""

    def mark(write: Callable[P, Content]) -> Artifact[P]:
        title = (inspect.getdoc(write) or "").partition("\n")[0].rstrip(".")
        if not title:
            raise TypeError(f"{name}: its docstring must start with a title")
        return Artifact(name, step, title, _needs(name, write), write)

    return mark


def _flowed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _needs(id: str, function: Callable[..., object]) -> Mapping[str, type[Evidence]]:
    hints = get_type_hints(function)
    hints.pop("return", None)
    for name, kind in hints.items():
        if not (isinstance(kind, type) and issubclass(kind, Evidence)):
            raise TypeError(f"{id}: parameter `{name}` must be an Evidence subclass, got {kind!r}")
    return hints


def checks_in(*modules: ModuleType) -> tuple[Check[...], ...]:
    return tuple(t for module in modules for t in vars(module).values() if isinstance(t, Check))


def artifacts_in(*modules: ModuleType) -> tuple[Artifact[...], ...]:
    return tuple(t for module in modules for t in vars(module).values() if isinstance(t, Artifact))


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the checklist. Its number is a row of the flow ("3.1") or a part of it ("3.1a")."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    slug: str
    task: str  # what is typed after `invoke stage.`
    title: str
    question: str
    steps: tuple[Step, ...]
    checks: tuple[Check[...], ...] = ()
    artifacts: tuple[Artifact[...], ...] = ()

    def __post_init__(self) -> None:
        known = {step.id for step in self.steps}
        for name, step in [(c.id, c.step) for c in self.checks] + [(a.name, a.step) for a in self.artifacts]:
            if step not in known:
                raise ValueError(f"{name} names step `{step}`; {self.slug} has {sorted(known)}")

    def only(self, ids: Iterable[str]) -> Stage:
        """The same stage with these checks alone, and no documents."""
        wanted = set(ids)
        return replace(self, checks=tuple(c for c in self.checks if c.id in wanted), artifacts=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """One place of a FAILED finding that the team accepts for a while, as gonogo.toml says. The verdict stays."""

    place: str  # empty where the finding names none
    reason: str
    owner: str
    approver: str
    until: str  # the last day, ISO 8601


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A verdict stamped with its check, the commands that led to it and the requirements it traces to."""

    check: str
    stage: str
    step: str
    claim: str
    outcome: Outcome
    message: str
    places: tuple[Place, ...] = ()
    why: str = ""
    fix: str = ""
    again: tuple[str, ...] = ()  # shows it outside gonogo
    commands: tuple[str, ...] = ()  # what gonogo ran to learn it
    requirements: tuple[str, ...] = ()
    seconds: float = 0.0
    shares: tuple[Share, ...] = ()  # of PASSED: what was judged, of what there was
    looked: str = ""  # of NOT APPLICABLE: where the absence was seen
    reused: int | None = None  # the earlier run in which all that it is judged from was seen
    waivers: tuple[Waived, ...] = ()  # of FAILED: what of it is waived, one for each place


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An artifact as written in one run."""

    name: str
    stage: str
    step: str
    title: str
    media_type: str
    content: bytes
    sha256: str
    told: tuple[tuple[str, bytes], ...] = ()  # the same for readers of other languages: (language, content)
