"""Design: does each record say where it stands, and do the records together say one thing?"""

import re
from collections.abc import Iterator

from runner.evidence.agreed.decisions import KNOWN, Decision, Decisions
from runner.model import Verdict, check, every, failed, not_applicable, passed
from runner.said import say
from runner.vocabulary.technologies import technologies
from stages.design.words import some

LINKS = re.compile(r"supersed\w*|replaced|取代", re.IGNORECASE)


@check("RQ023", step="1.2")
def records_have_a_status(decisions: Decisions) -> Verdict:
    """Every record says where it stands, and no two that hold decide the same thing.

    Without a status a proposal reads like a decision; of two that hold, each reader follows another one.
    Fix: write `status: accepted` (or proposed, rejected, superseded by DR-012) into its front matter or below
    `## Status`; where two decide the same thing, mark the older one as superseded and name the newer one.
    """
    if not decisions.records:
        looked = decisions.folder or say("docs/decisions, docs/adr, doc/adr, doc/decisions and their like")
        return not_applicable("no decision is recorded, which DS016 names", looked=looked)
    found = [(one, note) for one in decisions.records for note in _open(one)]
    found += list(_twice(decisions))
    if found:
        return failed(
            some(say("{id} {note}", id=one.id, note=note) for one, note in found),
            at=[one.place(note) for one, note in found],
        )
    held = len(decisions.accepted)
    return passed(
        say("{held} accepted, {records} other", held=held, records=len(decisions.records) - held),
        every(len(decisions.records), "record"),
    )


def _open(record: Decision) -> Iterator[str]:
    if not record.status_said:
        yield say("has no status")
    elif record.status_said.lower() not in KNOWN:
        yield say(
            "has the status “{status_said}”: write accepted, proposed, rejected or superseded",
            status_said=record.status_said,
        )
    elif record.status == "superseded" and not _followed(record):
        yield say("is superseded, and does not say by which record")


def _followed(record: Decision) -> bool:
    """Does it name another record, by its number, its id or its file?"""
    behind = [record.text[found.end() : found.end() + 200] for found in LINKS.finditer(record.text)]
    said = [*behind, *(f"{key} {value}" for key, value in record.links.items())]
    return any(re.search(r"\b(?:[A-Z]+-)?\d+\b|\.md\b", one) for one in said)


def _twice(decisions: Decisions) -> Iterator[tuple[Decision, str]]:
    """Two that hold and decide the version of one thing differently."""
    first: dict[str, Decision] = {}
    for one in decisions.accepted:
        for name, versions in {**one.servers, **one.decides}.items():
            other = first.setdefault(name, one)
            told = {**other.servers, **other.decides}[name]
            if other is not one and told and versions and told != versions:
                yield (
                    one,
                    say(
                        "decides {name} {versions}, {id} decides {name} {told}, and both are accepted",
                        name=name,
                        versions=versions,
                        id=other.id,
                        told=told,
                    ),
                )


def undecided(id: str, title: str, decisions: Decisions) -> bool:
    """Does no record that holds decide it: by its front matter, its title; a host that is not known, by its text?"""
    for one in decisions.accepted:
        said = [one.title, *(() if id in technologies() else one.sections.values())]
        if id in {*one.servers, *one.decides} or any(_names(name, text) for name in (id, title) for text in said):
            return False
    return True


def _names(word: str, text: str) -> bool:
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", text, re.IGNORECASE) is not None
