"""Which decision records does a service lack, and what stands in each? Markdown as MADR has it. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from runner.evidence.agreed.decisions import Decision
from runner.evidence.release.parts_seen import BRINGS, RUNS, TALKS, PartSeen, PartsSeen
from runner.markdown import cell, table
from runner.specification import Choice, Constraint, Specification
from runner.vocabulary.support import last_day, line_of, source_of
from runner.vocabulary.technologies import of_word, technologies
from stages.design.deciding.weighing import BEARING, Area, Option, area, weighed_by

SERVERS = ("database", "cache", "queue")
FRAMEWORKS = ("fastapi", "litestar", "django", "flask")
ALONE = frozenset(("search", "storage", "mail", "jobs", "third party"))  # one record each, without known rivals
NOBODY = "Nobody has decided yet. Of these options the constraints speak for **{named}**{why}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known when records are written."""

    today: date
    spec: Specification | None
    records: Sequence[Decision]
    seen: PartsSeen
    python: str = ""  # "3.12.1"
    locked: Mapping[str, str]  # distribution → version


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One record that is to be written."""

    name: str  # of its file
    title: str
    status: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """What is chosen in an area, and by whom."""

    option: Option
    range: str  # of versions; empty: any
    by: str  # why, in a sentence or two
    status: str
    gets: str = ""


def missing_records(now: Situation) -> list[Made]:
    """A record for each choice that the service shows or its specification took, and that no record decides."""
    first = max((int(n[0]) for one in now.records if (n := re.findall(r"\d+", one.path.rpartition("/")[2]))), default=0)
    made: list[Made] = []
    for about, chosen, told in _choices(now):
        number = first + len(made) + 1
        made.append(_record(number, about, chosen, told, now))
    return made


def _choices(now: Situation) -> Iterator[tuple[str, _Choice, Area]]:
    constraints = now.spec.constraints if now.spec else ()
    for about in ("python", "framework", *SERVERS):
        told = area(about, constraints, now.today)
        ids = {one.id for one in told.options}
        if chosen := _chosen(about, told, now, decided=_decided(now, ids)):
            yield about, chosen, told
    for id, title, parts in _others(now):
        told = _alone(id, title, constraints, now.today)
        yield "third-party", _of_other(id, told, parts, now), told


def _decided(now: Situation, ids: set[str]) -> bool:
    """Does a record that holds, or is proposed, decide one of them already?"""
    live = [one for one in now.records if one.status in {"accepted", "proposed"}]
    return any(ids & {name.lower() for name in (*one.decides, *one.servers)} for one in live)


def _chosen(about: str, told: Area, now: Situation, *, decided: bool) -> _Choice | None:
    if decided:
        return None
    given = next((one for one in now.spec.decisions if one.about == about), None) if now.spec else None
    if given:
        return _by_people(given, told)
    used = _used(about, now)
    if used is None:
        wanted = now.spec is not None and (
            about in {"python", "framework"} or (about == "database" and now.spec.resources)
        )
        return _by_weight(told) if wanted else None
    id, version, where = used
    option = _option(told, id, version)
    return _Choice(
        option=option, range=_range(about, id, version), status="proposed",
        by=f"{option.named}, as it is used today ({where}). Nobody has said yet that it shall stay so.",
    )  # fmt: skip


def _option(told: Area, id: str, version: str) -> Option:
    """The option of the version that is used; one that is no longer offered is named all the same."""
    same = [one for one in told.options if one.id == id]
    line = line_of(id, version)
    exact = next((one for one in same if one.version == line), None)
    if exact or not version:
        return exact or (same[0] if same else Option(id=id, title=_title(id)))
    texts = same[0] if same else Option(id=id, title=_title(id))
    return replace(texts, version=line, until=last_day(id, version), marks=(), score=0)


def _title(id: str) -> str:
    found = of_word(id)
    return found.title if found else id


def _used(about: str, now: Situation) -> tuple[str, str, str] | None:
    """(id, version, where it was seen) of what is in use for it."""
    if about == "python":
        return ("python", now.python, f"its interpreter is {now.python}") if now.python else None
    if about == "framework":
        id = next((one for one in FRAMEWORKS if one in now.locked), None)
        return (id, now.locked[id], f"{id} {now.locked[id]} is locked") if id else None
    running = now.seen.of(RUNS, TALKS, BRINGS)
    for id, parts in running.items():
        if technologies()[id].job == about if id in technologies() else False:
            versions = [one for one in parts if one.version] or list(parts)
            return id, versions[0].version, f"{versions[0].said} in {versions[0].path}"
    return None


def _by_people(given: Choice, told: Area) -> _Choice:
    found = of_word(given.choose)
    id = found.id if found else given.choose.strip().lower()
    version = next(iter(re.findall(r"\d+(?:\.\d+)?", given.version or "")), "")
    option = _option(told, id, version)
    said = f"{given.because.rstrip('.')}."
    return _Choice(option=option, range=given.version or "", by=said, status="accepted", gets=given.gets or "")


def _by_weight(told: Area) -> _Choice:
    best = max(told.options, key=lambda one: one.score)  # the first of those that are as good
    why = f" ({'; '.join(f'{id}: {said}' for id, said in best.marks if said != 'to be judged')})" if best.score else ""
    range = _range(told.about, best.id, best.version) if best.version else ""
    return _Choice(option=best, range=range, by=NOBODY.format(named=best.named, why=why), status="proposed")


def _range(about: str, id: str, version: str) -> str:
    """The versions that are meant where one is used: up to the next that may break something."""
    numbers = [int(one) for one in re.findall(r"\d+", version)[:2]]
    if not numbers:
        return ""
    major, minor = (*numbers, 0)[:2]
    if about == "python":
        return f">={major}.{minor},<{major}.{minor + 1}"
    if id == "postgresql":
        return f">={major},<{major + 1}"
    return f">=0.{minor},<0.{minor + 1}" if major == 0 else f">={major}.{minor},<{major + 1}"


def _others(now: Situation) -> Iterator[tuple[str, str, tuple[PartSeen, ...]]]:
    """(id, title, signs) of each third party, search, storage and the like that no record decides."""
    seen = now.seen.of(RUNS, TALKS)
    for id, parts in seen.items():
        job = technologies()[id].job if id in technologies() else "third party"
        if job in ALONE and not _decided(now, {id}) and not _speaks(now, parts[0].title):
            yield id, parts[0].title, parts
    for one in now.spec.decisions if now.spec else ():
        found = of_word(one.choose)
        id = found.id if found else one.choose.lower()
        if one.about == "third-party" and id not in seen and not _decided(now, {id}) and not _speaks(now, one.choose):
            yield id, found.title if found else one.choose, ()


def _speaks(now: Situation, title: str) -> bool:
    return any(re.search(rf"\b{re.escape(title)}\b", one.title, re.IGNORECASE) for one in now.records)


def _alone(id: str, title: str, constraints: Sequence[Constraint], today: date) -> Area:
    """Of what has no rivals here: itself, another one, and neither."""
    bearing = tuple(one for one in constraints if one.kind in BEARING["third-party"])
    others = technologies()[id].is_others if id in technologies() else True
    rivals = ("another provider", "as far as it is known", "a contract, and code of its own") if others else (
        "another server", "as far as it is known", "code of its own")  # fmt: skip
    options = (
        Option(id=id, title=title, speaks_for="used today", against="what happens while it does not answer?"),
        Option(id="other", title=rivals[0], speaks_for=rivals[1], against=rivals[2]),
        Option(id="none", title="do without", speaks_for="nothing to fail, nothing to pay", against="its work is ours"),
    )
    weighed = tuple(weighed_by(one, bearing, today) for one in options)
    front = "servers: {{{id}: any}}"
    return Area(about="third-party", heading="{title}", need="", front=front, options=weighed, constraints=bearing)


def _of_other(id: str, told: Area, parts: Sequence[PartSeen], now: Situation) -> _Choice:
    taken = now.spec.decisions if now.spec else ()
    given = next((one for one in taken if one.about == "third-party" and _same(one, id)), None)
    if given:
        said = f"{given.because.rstrip('.')}."
        return _Choice(option=told.options[0], range="", by=said, status="accepted", gets=given.gets or "")
    where = f"{parts[0].said} in {parts[0].path}"
    return _Choice(
        option=told.options[0], range="", status="proposed",
        by=f"{told.options[0].title}, as it is used today ({where}). Nobody has said yet that it shall stay so.",
    )  # fmt: skip


def _same(one: Choice, id: str) -> bool:
    found = of_word(one.choose)
    return (found.id if found else one.choose.lower()) == id


def _record(number: int, about: str, chosen: _Choice, told: Area, now: Situation) -> Made:
    option = chosen.option
    title = told.heading.format(title=option.named, version=option.version, id=option.id)
    said = [
        _head(number, chosen, told, now.today),
        f"# {title}",
        f"## Context\n\n{_context(about, told, now)}",
        f"## Considered options\n\n{_options(told, option)}",
        f"## Decision\n\n{chosen.by}",
        f"## Consequences\n\n{_consequences(about, chosen, now.today)}",
    ]
    slug = re.sub(r"[^a-z0-9]+", "-", option.id.lower()).strip("-")
    return Made(name=f"{number:04}-{slug}.md", title=title, status=chosen.status, text="\n\n".join(said) + "\n")


def _head(number: int, chosen: _Choice, told: Area, today: date) -> str:
    option = chosen.option
    version = option.version or "0"
    major, _, minor = version.partition(".")
    following = f"{major}.{int(minor) + 1}" if minor.isdigit() else str(int(major or 0) + 1)
    front = told.front.format(id=option.id, version=version, next=following, range=chosen.range or "any")
    if told.about == "framework" and not chosen.range:
        front = f"package: {option.id}"
    if told.about == "python" and chosen.range:
        front = f'runtime: python\nversion: "{chosen.range}"'
    if option.id == "none" or (told.about == "queue" and option.id == "postgresql" and not chosen.range):
        front = "decides: {}"
    return f"---\nid: DR-{number:03}\nstatus: {chosen.status}\ndate: {today.isoformat()}\n{front}\n---"


def _context(about: str, told: Area, now: Situation) -> str:
    said = [told.need] if told.need else []
    if told.constraints:
        said.append("\n".join(f"- **{one.id}** {one.text}" for one in told.constraints))
    elif now.spec:
        said.append(f"No constraint of the specification has a `kind` that bears on the {about.replace('-', ' ')}.")
    return "\n\n".join(said) or "What it does for the service: to be written by those who know."


def _options(told: Area, chosen: Option) -> str:
    """The table: what each constraint says of each, its last day, its licence, and what speaks for and against."""
    options = list(told.options)
    if chosen.named not in {one.named for one in options}:
        options.insert(0, chosen)
    dated = any(one.until for one in options)
    licensed = any(one.licence for one in options)
    head = ["option", *(one.id for one in told.constraints), *(["fixes until"] if dated else []),
            *(["licence"] if licensed else []), "for", "against"]  # fmt: skip
    rows: list[list[object]] = []
    for before, one in pairwise([None, *options]):
        assert one is not None
        marks = dict(one.marks)
        row: list[object] = [one.named, *(marks.get(c.id, "·") for c in told.constraints)]
        row += [f"{one.until:%b %Y}" if one.until else "no day known"] if dated else []
        row += [one.licence or "·"] if licensed else []
        same = before is not None and before.id == one.id
        rows.append([*row, *(["as above"] * 2 if same else [one.speaks_for or "·", one.against or "·"])])
    sources = list(dict.fromkeys(s for one in options if one.until and (s := source_of(one.id))))
    read = f"\n\nDays of support: {'; '.join(map(cell, sources))}." if sources else ""
    return table(head, rows) + read


def _consequences(about: str, chosen: _Choice, today: date) -> str:
    option = chosen.option
    said = []
    if option.until:
        ended = option.until < today
        what = "got its last fix on" if ended else "gets fixes until"
        then = "choose another version now" if ended else "plan the next version before"
        said.append(f"- {option.named} {what} {option.until:%d %b %Y}: {then} (RQ021).")
    if chosen.range and about in SERVERS:
        said.append("- Compose file and CI run these versions and no others (RQ020).")
    if chosen.range and about in {"python", "framework"}:
        said.append("- The lock, the interpreter and the image keep to these versions (DS015, RQ020).")
    if about == "third-party":
        gets = chosen.gets or "to be written: which data, and whether it speaks of people"
        said += [f"- What it is given: {gets}.", "- While it does not answer: to be written."]
    return "\n".join(said) or "- Whatever follows from it: to be written."
