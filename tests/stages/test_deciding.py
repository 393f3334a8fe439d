"""Which records are written, what stands in them, and what is never touched?"""

from datetime import date

import pytest

from runner.evidence.agreed.decisions import Decision, record
from runner.evidence.release.parts_seen import TALKS
from runner.specification import Specification
from runner.specification_text import parse
from runner.vocabulary.support import TABLE, last_day, line_of, source_of
from stages.design import checks_stack
from stages.design.deciding.records import Made, Situation, missing_records
from stages.design.regions import region, renew
from tests.stages.test_decided import part, records, seen

TODAY = date(2026, 11, 29)
HEAD = "gonogo: 1\nservice: {name: shop, summary: A shop., owner: clerk}\n"
ROOM = """resources: [{id: order, description: What was bought.}]
constraints:
  - {id: CON-1, text: The team knows PostgreSQL., kind: team, names: [Postgres]}
  - {id: CON-2, text: It stays unchanged for three years., kind: lifetime, limit: 3, unit: years}
"""


def specification(text: str) -> Specification:
    problems, found = parse("spec.yaml", HEAD + text)
    assert found is not None, problems
    return found


def made(text: str | None, *there: Decision, now: date = TODAY) -> dict[str, Made]:
    situation = Situation(
        today=now,
        spec=specification(text) if text is not None else None,
        records=there,
        seen=seen(part("postgresql", "16.4"), part("stripe", how=TALKS, others=True)),
        python="3.12.1",
        locked={"fastapi": "0.165.1"},
    )
    return {one.name: one for one in missing_records(situation)}


def test_a_record_for_each_choice_that_is_used_and_that_nobody_decided() -> None:
    found = made(ROOM)
    assert list(found) == ["0001-python.md", "0002-fastapi.md", "0003-postgresql.md", "0004-stripe.md"]
    assert {one.status for one in found.values()} == {"proposed"}
    again = [record(f"docs/decisions/{one.name}", one.text) for one in found.values()]
    assert made(ROOM, *again) == {}


def test_the_options_are_weighed_by_the_constraints_and_by_their_last_days() -> None:
    text = made(ROOM)["0003-postgresql.md"].text
    assert "| option | CON-1 | CON-2 | fixes until | licence | for | against |" in text
    assert "| PostgreSQL 16 | known | ends 384 days before | Nov 2028 | PostgreSQL (open source) | as above |" in text
    assert "| PostgreSQL 18 | known | outlives it | Nov 2030 |" in text
    assert "| MySQL 8.4 | new to the team | outlives it | Apr 2032 |" in text
    assert 'servers: {postgresql: ">=16,<17"}' in text
    assert source_of("postgresql") in text


def test_the_same_day_writes_the_same_and_an_ended_version_is_no_option() -> None:
    assert made(ROOM) == made(ROOM)
    later = made(ROOM, now=date(2029, 1, 1))["0003-postgresql.md"].text
    assert "- PostgreSQL 16 got its last fix on 09 Nov 2028: choose another version now (RQ021)." in later
    assert "| PostgreSQL 17 |" in later


def test_what_people_chose_is_accepted_and_passes_the_checks_of_records() -> None:
    chosen = """decisions:
  - {about: database, choose: postgresql, version: ">=17,<18", because: Our hosts offer it}
  - {about: third-party, choose: Stripe, because: The shop has a contract, gets: amounts and e-mail addresses}
"""
    found = made(ROOM + chosen)
    database, stripe = found["0003-postgresql.md"], found["0004-stripe.md"]
    assert (database.status, stripe.status) == ("accepted", "accepted")
    assert "\nOur hosts offer it.\n" in database.text
    assert 'servers: {postgresql: ">=17,<18"}' in database.text
    assert "- What it is given: amounts and e-mail addresses." in stripe.text
    verdict = checks_stack.decisions_weigh_options(records(database.text, stripe.text))
    assert verdict.message == "each with options and consequences"


def test_without_a_specification_what_is_used_is_proposed() -> None:
    assert list(made(None)) == ["0001-python.md", "0002-fastapi.md", "0003-postgresql.md", "0004-stripe.md"]


def test_where_nothing_is_used_yet_the_constraints_speak() -> None:
    situation = Situation(today=TODAY, spec=specification(ROOM), records=(), seen=seen(), locked={})
    text = next(one.text for one in missing_records(situation) if one.name.endswith("postgresql.md"))
    assert "the constraints speak for **PostgreSQL 18** (CON-1: known; CON-2: outlives it)" in text


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("constraints: [{id: C-1, text: x, kind: team}]", 3, "names what it is about: `names: [postgresql]`"),
        ("constraints: [{id: C-1, text: x, kind: load, limit: 3, unit: GB}]", 3, "`limit: 20` and `unit: req/s`"),
        ("constraints: [{id: C-1, text: x, limit: 3}]", 3, "leave them out, or write the `kind`"),
        ("constraints: [{id: C-1, text: x, names: [a]}]", 3, "leave it out, or write the `kind`"),
        ("decisions: [{about: cache, choose: redis, because: x, version: new}]", 3, 'write ">=16,<17"'),
        (
            "decisions:\n  - {about: cache, choose: a, because: x}\n  - {about: cache, choose: b, because: x}",
            5,
            "twice",
        ),
        ("decisions: [{about: cache, choose: redis, because: x, gets: y}]", 3, "only a third-party has `gets`"),
        ("decisions: [{about: cache, choose: redis}]", 3, "because is missing"),
        ("constraints: [{id: C-1, text: x, kind: teem}]", 3, "kind"),
    ],
)
def test_what_is_wrong_in_the_specification_is_told_with_its_line(text: str, line: int, said: str) -> None:
    problems, found = parse("spec.yaml", HEAD + text)
    assert found is None
    assert problems[0].line == line
    assert said in problems[0].note


def test_a_made_part_is_renewed_an_edited_one_and_what_people_wrote_stay() -> None:
    document = f"# A\n\nOurs.\n\n{region('context', 'old')}\n\nMore.\n\n{region('data-flow', 'old')}\n".replace(
        "old\n<!-- /gonogo:data-flow", "edited\n<!-- /gonogo:data-flow"
    )
    found = renew(document, {"context": "new", "data-flow": "new", "deployment": "new"})
    assert (found.renewed, found.edited, found.absent) == (("context",), ("data-flow",), ("deployment",))
    assert found.text == document.replace(region("context", "old"), region("context", "new"))
    assert renew(found.text, {"context": "new"}).renewed == ()


def test_every_date_has_a_source() -> None:
    assert all(source_of(product) for product in TABLE)
    assert last_day("postgresql", "16.4") == date(2028, 11, 9)
    assert (line_of("postgresql", "16.4"), line_of("redis", "7.4.1"), line_of("python", "3.12.1")) == (
        "16",
        "7.4",
        "3.12",
    )
