"""Design: is what was decided what is run, maintained and drawn, and was everything that is used decided?"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from runner.evidence.agreed.architecture import ArchitectureDocument
from runner.evidence.agreed.decisions import Decision, Decisions
from runner.evidence.agreed.today import Today
from runner.evidence.release.parts_seen import BRINGS, RUNS, TALKS, PartSeen, PartsSeen
from runner.model import Place, Verdict, check, every, failed, in_file, not_applicable, passed, share, unknown
from runner.said import say, together
from runner.vocabulary.support import has_no_last_day, last_day, newest, source_of
from runner.vocabulary.technologies import technologies
from runner.words import plural
from stages.design.checks_records import undecided
from stages.design.words import some

NOTICE = timedelta(days=90)  # before the last day: to try the next version, and to move the data
# What a service keeps to itself: who draws one means the service's own, and its files show it.
OWN = frozenset(("database", "cache", "queue", "search", "jobs"))
# What is decided, and drawn, by whoever uses it; a proxy or a collector of numbers is often run by others.
OWED = OWN | {"third party", "storage", "mail"}


@check("RQ020", step="1.2")
def servers_run_as_decided(decisions: Decisions, seen: PartsSeen) -> Verdict:
    """The servers that compose, CI and the image start are those that the decisions name, in their versions.

    Tests on PostgreSQL 14 prove nothing about a release on 16, and a record that nobody follows misleads its readers.
    Fix: raise the image's tag in the compose file and the CI to what was decided, or write down what holds now in a new
    record that supersedes the old one. `servers: {postgresql: ">=16,<17"}` in a record's front matter names both.
    """
    if not decisions.accepted:
        return _no_record(decisions)
    wanted = [(one, name, versions) for one in decisions.accepted for name, versions in _versions(one).items()]
    if not wanted:
        looked = say(
            "{records} in {folder}", records=plural(len(decisions.accepted), "accepted record"), folder=decisions.folder
        )
        return not_applicable("no record decides the version of a server or of Python", looked=looked)
    running = [*seen.of(RUNS).values(), seen.pythons]
    judged = [
        (decision, versions, part)
        for decision, name, versions in wanted
        for parts in running
        for part in parts
        if part.id == name and part.version
    ]
    bad = [(part, note) for decision, versions, part in judged if (note := _apart(decision, versions, part))]
    if bad:
        return failed(some(note for _, note in bad), at=[part.place(note) for part, note in bad])
    if not judged:
        named = together(dict.fromkeys(name for _, name, _ in wanted))
        return unknown(
            say(
                "no compose file, CI service or image says which version of {named} is run, so "
                "nothing can be held against the decision. Write the full tag: `image: postgres:16.4`",
                named=named,
            )
        )
    held = {name for _, name, _ in wanted} & {part.id for _, _, part in judged}
    every_one = dict.fromkeys(name for _, name, _ in wanted)
    told = say(
        "as decided: {fromkeys}",
        fromkeys=together(
            dict.fromkeys((say("{title} {version}", title=p.title, version=p.version) for _, _, p in judged))
        ),
    )
    return passed(told, share(len(held), len(every_one), "decided server"))


def _no_record(decisions: Decisions) -> Verdict:
    looked = decisions.folder or say("docs/decisions, docs/adr, doc/adr, doc/decisions and their like")
    return not_applicable("no decision is recorded, which DS016 names", looked=looked)


def _versions(decision: Decision) -> Mapping[str, str]:
    """What it decides of servers, and of Python, with a version."""
    python = {name: versions for name, versions in decision.decides.items() if name.lower() == "python"}
    return {name: versions for name, versions in {**decision.servers, **python}.items() if versions}


def _apart(decision: Decision, versions: str, part: PartSeen) -> str:
    """Why a version that runs is none of those decided; empty where it is, or where both may be meant."""
    precise = versions if versions[0] in "<>=!~" else f"=={versions}.*"
    try:
        allowed = SpecifierSet(precise)
    except InvalidSpecifier:
        return say(
            "{id}: `{versions}` is no version of {title} that can be compared",
            id=decision.id,
            versions=versions,
            title=part.title,
        )
    # A tag of `16` is the newest 16: it is apart only where no 16.x is meant.
    if any(allowed.contains(f"{part.version}{rest}", prereleases=True) for rest in ("", ".0", ".99", ".999.999")):
        return ""
    return say(
        "{id} decides {title} {versions}, {path} runs {version}",
        id=decision.id,
        title=part.title,
        versions=versions,
        path=part.path,
        version=part.version,
    )


@check("RQ021", step="1.2")
def servers_are_maintained(decisions: Decisions, seen: PartsSeen, today: Today) -> Verdict:
    """Every database, cache and queue that is decided or started gets security fixes, and will for three months yet.

    On its last day nothing happens; the first hole after it stays open, and moving a database in a hurry loses data.
    Fix: try the next version in CI, move the data, then raise the compose file's tag and the record's version.
    (Python is DS017's and DP003's, what an image is built on DP004's.)
    """
    found = list(dict.fromkeys(_run(seen, decisions)))
    if not found:
        return not_applicable(
            "no version of a database, cache or queue is decided or started",
            looked=say(
                "{folder}; {files} of compose, CI, code",
                folder=decisions.folder or say("no folder of records"),
                files=plural(seen.files, "file"),
            ),
        )
    known = [(title, id, version, where) for title, id, version, where in found if last_day(id, version)]
    bad = [one for one in known if (until := last_day(one[1], one[2])) and until < today.date + NOTICE]
    if bad:
        places = [in_file(*where, _ends(id, version, title, today)) for title, id, version, where in bad]
        return failed(some(dict.fromkeys(place.note for place in places)), at=places)
    lines = [
        say(
            "{title} {version} until {last_day}",
            title=title,
            version=version,
            last_day=f"{last_day(id, version):%b %Y}",
        )
        for title, id, version, _ in known
    ]
    undated = [one for one in found if one not in known and has_no_last_day(one[1], one[2])]
    lines += [
        say(
            "{title} {version}, whose last day is not published ({source_of})",
            title=title,
            version=version,
            source_of=source_of(id),
        )
        for title, id, version, _ in undated
    ]
    dark = list(
        dict.fromkeys(
            say("{t} {version}", t=t, version=version) for t, id, version, _ in found if not _is_known(id, version)
        )
    )
    if not lines:
        return unknown(
            say(
                "until when {dark} gets fixes is in no table here. Take a newer gonogo, or ask its makers",
                dark=together(dark),
            )
        )
    told = list(dict.fromkeys(lines))
    more = say("; no last day is known of {dark}", dark=together(dark)) if dark else ""
    return passed(say("{told}{more}", told=some(told), more=more), share(len(told), len(told) + len(dark), "version"))


def _is_known(id: str, version: str) -> bool:
    return last_day(id, version) is not None or has_no_last_day(id, version)


Where = tuple[str, int | None]


def _run(seen: PartsSeen, decisions: Decisions) -> Iterator[tuple[str, str, str, Where]]:
    """(title, id, version, place) of each server that is started, and of each whose one version was decided."""
    known = technologies()
    for id, parts in seen.of(RUNS).items():
        if known[id].job in OWN:
            yield from ((one.title, id, one.version, (one.path, one.line)) for one in parts if one.version)
    for decision in decisions.accepted:
        for name, versions in decision.servers.items():
            if versions and versions[0].isdigit() and name in known and known[name].job in OWN:
                yield known[name].title, name, versions, (decision.path, 1)


def _ends(id: str, version: str, title: str, today: Today) -> str:
    until = last_day(id, version)
    assert until is not None
    when = (
        say("ended on {until}", until=f"{until:%d %b %Y}")
        if until < today.date
        else say("ends on {until}", until=f"{until:%d %b %Y}")
    )
    longest = newest(id)
    return say(
        "{title} {version} {when} ({source_of}); {title} {longest} lasts until {last_day}",
        title=title,
        version=version,
        when=when,
        source_of=source_of(id),
        longest=longest,
        last_day=f"{last_day(id, longest):%b %Y}",
    )


@check("RQ022", step="1.2")
def third_parties_are_decided(decisions: Decisions, seen: PartsSeen) -> Verdict:
    """Every service of somebody else that code or settings name was decided by a record.

    What data it gets, what happens while it is down, and how one leaves it, is nobody's thought until it is too late.
    Fix: `invoke decide` writes a record for it with the options; fill in what it gets, and set its status. Is it not
    used any more? Take the import, the setting or the address out.
    """
    if not decisions.accepted:
        return _no_record(decisions)
    others = {id: parts for id, parts in seen.of(RUNS, TALKS).items() if parts[0].others}
    if not others:
        if seen.dark:
            return unknown(say("{dark} could not be read, so what it names was not seen", dark=seen.dark[0]))
        return not_applicable(
            "neither code nor settings name a service of somebody else",
            looked=say("imports, addresses and settings of {files}", files=plural(seen.files, "file")),
        )
    bad = [(id, parts) for id, parts in others.items() if undecided(id, parts[0].title, decisions)]
    if bad:
        places = [
            one.place(say("{title}: {said}; no record decides it", title=one.title, said=one.said))
            for _, parts in bad
            for one in parts[:3]
        ]
        return failed(say("no record decides {bad}", bad=some((parts[0].title for _, parts in bad))), at=places)
    told = together(parts[0].title for parts in others.values())
    return passed(say("each by a record: {told}", told=told), every(len(others), "third party"))


@check("RQ024", step="1.2")
def architecture_shows_what_is_there(document: ArchitectureDocument, seen: PartsSeen) -> Verdict:
    """The architecture document shows every server and third party that the service uses, and no other.

    Who plans by a drawing that lacks the queue forgets it in the backup; who looks for the drawn one loses a day.
    Fix: `invoke decide` renews the parts that it made; in your own, draw what was named, or take it out of the drawing.
    """
    jobs = {id: known.job for id, known in technologies().items()}
    there = {id: parts for id, parts in seen.of(RUNS, TALKS).items() if parts[0].others or jobs.get(id) in OWED}
    missing = [parts[0] for id, parts in there.items() if not _stands(id, document)]
    known = {*seen.of(RUNS, TALKS, BRINGS)}
    drawn = {one.id: one for one in document.drawn if jobs[one.id] in OWN or jobs[one.id] == "third party"}
    extra = [one for id, one in drawn.items() if id not in known and id != "sqlite"]
    places: list[Place] = [
        one.place(say("{title} ({said}) does not stand in {path}", title=one.title, said=one.said, path=document.path))
        for one in missing
    ]
    places += [
        document.place(one.line, say("{title} is drawn, and nothing of the service shows it", title=one.title))
        for one in extra
    ]
    places += [document.place(line, note) for line, note in _other_versions(document, seen)]
    if places:
        return failed(some(place.note for place in places), at=places)
    if seen.dark:
        return unknown(say("{dark} could not be read, so what it uses was not seen", dark=seen.dark[0]))
    if not there:
        return not_applicable(
            "the service uses no server and no third party",
            looked=say("imports, addresses, settings and images of {files}", files=plural(seen.files, "file")),
        )
    return passed(
        say("{path} shows {values}", path=document.path, values=together(p[0].title for p in there.values())),
        every(len(there), "part"),
    )


def _stands(id: str, document: ArchitectureDocument) -> bool:
    """A known technology by its name, and not inside of another word as REDIS_URL; a host as it is written."""
    return id in document.named or (id not in technologies() and id in document.words)


def _other_versions(document: ArchitectureDocument, seen: PartsSeen) -> Iterator[tuple[int, str]]:
    """What is drawn in a version that nothing runs."""
    running = seen.of(RUNS)
    for one in document.drawn:
        versions = [part.version for part in running.get(one.id, ()) if part.version]
        if one.version and versions and not any(_same_line(one.version, version) for version in versions):
            yield (
                one.line,
                say(
                    "{title} {version} is drawn, {versions} runs ({path})",
                    title=one.title,
                    version=one.version,
                    versions=versions[0],
                    path=running[one.id][0].path,
                ),
            )


def _same_line(drawn: str, running: str) -> bool:
    pairs = zip(drawn.split("."), running.split("."), strict=False)
    return all(a == b for a, b in pairs)
