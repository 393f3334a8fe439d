"""Which failures does the team accept for a while? Asked for by one, approved by another, kept in gonogo.toml."""

import ast
import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from runner.discovery.config import NAME, Config, Waiver
from runner.discovery.target import Target, find_target
from runner.errors import WorkflowError
from runner.model import Finding, Outcome, Place, Waived
from runner.reading.syntax import parsed
from runner.said import say, together
from workflow.report.causes import OWN
from workflow.service.own import own_path

LONGEST = timedelta(days=90)
LETTERS = 16  # of a digest that are written down
# What two looks at the same thing measure differently; other numbers count: three rows more are another content.
MEASURED = re.compile(r"\b\d[\d.,]*\s?(?:ms|s|µs|%|kB|KB|MB|GB|MiB|GiB|req/s)(?![\w])|\b\d+\.\d+\b")


def excused(finding: Finding, target: Target, today: date) -> tuple[Finding, tuple[str, ...]]:
    """A failure with the waivers that count for it, and why others of gonogo.toml don't. No other outcome has any."""
    if finding.outcome is not Outcome.FAILED:
        return finding, ()
    left = [one for one in target.config.waivers if one.check == finding.check]
    counted: list[Waived] = []
    void: list[str] = []
    for place in finding.places or (None,):
        where = where_of(place)
        content = content_at(target.root, place, finding)
        here = [one for one in left if _place(one.place) == _place(where)]
        fitting = [one for one in here if one.content == content]
        for one in fitting or here:
            if problem := void_because(one, target.config, today) or (
                "" if one in fitting else say("what stands there has changed")
            ):
                void.append(
                    say(
                        "The waiver of {check}{place} does not count: {problem}.",
                        check=one.check,
                        place=say(" at {place}", place=one.place) if one.place else "",
                        problem=problem,
                    )
                )
                continue
            left.remove(one)
            counted.append(_waived(one))
            break
    return replace(finding, waivers=tuple(counted)), tuple(dict.fromkeys(void))


def today() -> date:
    """By this machine's clock and zone, as people say it."""
    return datetime.now(UTC).astimezone().date()


def _waived(one: Waiver) -> Waived:
    return Waived(
        place=one.place, reason=one.reason, owner=one.owner, approver=one.approver or "", until=one.until.isoformat()
    )


def void_because(one: Waiver, config: Config, today: date) -> str:
    """Why a waiver does not count on this day; empty where it does."""
    if one.approver is None:
        return say("nobody has approved it yet (invoke waive {check} --approve)", check=one.check)
    if one.approver == one.owner:
        return say("who asked for it has approved it")
    if config.people.get(one.approver) != "lead":
        return say("{approver}, who approved it, is no lead in [people]", approver=one.approver)
    if today > one.until:
        return say("it ended on {until}", until=one.until)
    if one.until - min(one.asked, today) > LONGEST:
        return say("it would last longer than {days} days", days=LONGEST.days)
    return ""


def where_of(place: Place | None) -> str:
    return str(place) if place else ""


def _place(where: str) -> str:
    """Without the line's number: lines move while their content stays."""
    return re.sub(r":\d+$", "", where)


def content_at(root: Path, place: Place | None, finding: Finding) -> str:
    """The digest of what stands at a place: the statement, the line or the file; elsewhere what was found there."""
    said = _steady(f"{place} {place.note}" if place else finding.message)
    stands = _text_at(root, place) if place and place.path else None
    whole = f"{said.replace(str(place), _place(str(place)))}\0{stands}" if stands is not None else said
    return hashlib.sha256(whole.encode(errors="surrogateescape")).hexdigest()[:LETTERS]


def _steady(text: str) -> str:
    return MEASURED.sub("…", OWN.sub("…", text))


def _text_at(root: Path, place: Place) -> str | None:
    """None where no such file can be read."""
    try:
        text = (root / (place.path or "")).read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    lines = text.splitlines()
    if not place.line or place.line > len(lines):
        return text
    first, last = _statement(text, place.line) if (place.path or "").endswith(".py") else (place.line, place.line)
    return "\n".join(line.strip() for line in lines[first - 1 : last])


def _statement(text: str, line: int) -> tuple[int, int]:
    """The innermost statement that holds a line, whole: of a function's first line the function, with decorators."""
    tree = parsed(text)
    spans = [_span(node) for node in ast.walk(tree) if isinstance(node, ast.stmt)] if tree else []
    around = [(first, last) for first, last in spans if first <= line <= last]
    return min(around, key=lambda span: span[1] - span[0], default=(line, line))


def _span(node: ast.stmt) -> tuple[int, int]:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)]), node.end_lineno or node.lineno


def until_of(text: str, today: date) -> date:
    """A last day, as it was typed. Raises `WorkflowError` for one that is none, is over, or is too far away."""
    try:
        until = date.fromisoformat(text)
    except ValueError as error:
        raise WorkflowError(
            say("`{text}` is no day. Write it like this: --until {today}", text=text, today=today + timedelta(days=30))
        ) from error
    if not today <= until <= today + LONGEST:
        raise WorkflowError(
            say(
                "A waiver ends between today and {today}, at most {days} days from now, not on {until}.",
                today=today + LONGEST,
                days=LONGEST.days,
                until=until,
            )
        )
    return until


@contextmanager
def changing(target: Target) -> Iterator[Target]:
    """The service as its gonogo.toml says now, which nobody else changes meanwhile: of two, one sees the other's."""
    with own_path(target, "decide.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield find_target(target.root)


def write_waivers(target: Target, new: Sequence[Waiver]) -> None:
    """Add waivers to gonogo.toml. Comments and order stay."""
    with _document(target) as document:
        tables = document.setdefault("waivers", tomlkit.aot())
        if not isinstance(tables, AoT):
            raise WorkflowError(
                say("{root}: `waivers` is no list of sections. Write [[waivers]] above each.", root=target.root / NAME)
            )
        for one in new:
            tables.append(_section(one))


def write_approval(target: Target, check: str, approver: str) -> None:
    """Note who approved the waivers of a check that wait for it."""
    with _document(target) as document:
        for table in document["waivers"]:
            if isinstance(table, Table) and table["check"] == check and "approver" not in table:
                table["approver"] = approver


def waiting(config: Config, check: str) -> list[Waiver]:
    return [one for one in config.waivers if one.check == check and one.approver is None]


def _section(one: Waiver) -> Table:
    table = tomlkit.table()
    for key, value in one.model_dump(exclude_none=True).items():
        if value != "":
            table[key] = value
    return table


class _document:  # noqa: N801 - read like a function, in `with`
    """gonogo.toml, written back when nothing went wrong, and only where it can be read again."""

    def __init__(self, target: Target) -> None:
        self._target, self._path = target, target.root / NAME

    def __enter__(self) -> tomlkit.TOMLDocument:
        self._before = self._path.read_bytes() if self._path.is_file() else None
        try:
            self._document = tomlkit.parse((self._before or b"").decode())
        except (TOMLKitError, UnicodeDecodeError) as error:
            raise WorkflowError(say("{path} can't be written: {error}.", path=self._path, error=error)) from error
        return self._document

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            return
        try:
            self._replace(tomlkit.dumps(self._document).encode())
            find_target(self._target.root)
        except (OSError, WorkflowError) as error:
            if self._before is not None:
                self._replace(self._before)
            raise WorkflowError(say("{path} can't be written: {error}", path=self._path, error=error)) from error

    def _replace(self, content: bytes) -> None:
        """Whole: who reads it meanwhile sees what was there, or what is."""
        file = self._path.resolve()
        part = file.with_name(f".{file.name}.{os.getpid()}")
        part.write_bytes(content)
        if file.exists():
            shutil.copymode(file, part)
        part.replace(file)


def places_of(finding: Finding, wanted: str) -> Iterator[Place | None]:
    """The places of a finding, or the one that was asked for. Raises `WorkflowError` where it names no such place."""
    places = [place for place in finding.places if wanted in {"", str(place)}]
    if wanted and not places:
        there = together(map(str, finding.places)) or "none"
        raise WorkflowError(
            say(
                "{check} names no place `{wanted}`. It names: {there}.", check=finding.check, wanted=wanted, there=there
            )
        )
    yield from places or (None,)
