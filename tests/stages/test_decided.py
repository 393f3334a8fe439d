"""Is what was decided held against what is run, drawn, maintained and used?"""

from datetime import date

import pytest

from runner.evidence.agreed.architecture import ArchitectureDocument
from runner.evidence.agreed.decisions import Decisions, record
from runner.evidence.agreed.today import Today
from runner.evidence.release.parts_seen import BRINGS, RUNS, TALKS, PartSeen, PartsSeen
from runner.model import Outcome, Verdict, weighed
from stages.design import checks_decided, checks_records

POSTGRES = """---
id: DR-4
status: accepted
servers: {postgresql: ">=16,<17"}
---
# PostgreSQL for the data

## Decision

PostgreSQL.
"""
NYGARD = "# 3. Use PostgreSQL 16\n\n## Status\n\nAccepted\n\n## Decision\n\nWe use PostgreSQL 16, not MySQL 5.7.\n"
MADR = (
    "# Payments\n\n* Status: accepted\n\n## Considered Options\n\n* Stripe\n* PayPal\n\n## Decision Outcome\n\n"
    'Chosen option: "Stripe", because PayPal costs more.\n'
)
TODAY = Today(date=date(2026, 11, 29))


def records(*texts: str) -> Decisions:
    return Decisions(
        folder="docs/adr", records=tuple(record(f"docs/adr/{n:04}-x.md", t) for n, t in enumerate(texts, 1))
    )


def part(id: str, version: str = "", how: str = RUNS, title: str = "", *, others: bool = False) -> PartSeen:
    titles = {
        "postgresql": "PostgreSQL",
        "redis": "Redis",
        "stripe": "Stripe",
        "python": "Python",
        "rabbitmq": "RabbitMQ",
    }
    path = "compose.yaml" if how == RUNS else "app/x.py"
    return PartSeen(
        id=id, title=title or titles.get(id, id), how=how, path=path, line=7, said=f"what names {id}", version=version,
        others=others,
    )  # fmt: skip


def seen(*parts: PartSeen, dark: tuple[str, ...] = (), pythons: tuple[PartSeen, ...] = ()) -> PartsSeen:
    return PartsSeen(parts=parts, files=5, dark=dark, pythons=pythons)


def told(verdict: Verdict) -> tuple[Outcome, str]:
    found = weighed(verdict)
    return found.outcome, " · ".join([found.message, *map(str, found.shares)])


def test_rq020_passes_what_runs_as_decided() -> None:
    for text in (POSTGRES, NYGARD):
        verdict = checks_decided.servers_run_as_decided(records(text), seen(part("postgresql", "16.4")))
        assert told(verdict) == (Outcome.PASSED, "as decided: PostgreSQL 16.4 · 1 of 1 decided server")
    newest = checks_decided.servers_run_as_decided(records(POSTGRES), seen(part("postgresql", "16")))
    assert newest.outcome is Outcome.PASSED


@pytest.mark.parametrize("text", [POSTGRES, NYGARD])
def test_rq020_names_another_version(text: str) -> None:
    verdict = checks_decided.servers_run_as_decided(records(text), seen(part("postgresql", "14.2")))
    assert verdict.outcome is Outcome.FAILED
    assert "decides PostgreSQL" in verdict.message
    assert verdict.message.endswith("compose.yaml runs 14.2")
    assert str(verdict.places[0]) == "compose.yaml:7"


def test_rq020_names_an_image_on_another_python() -> None:
    python = records("---\nid: DR-1\nstatus: accepted\nruntime: python\nversion: '>=3.11,<3.15'\n---\n# Python\n")
    old = part("python", "3.9")
    verdict = checks_decided.servers_run_as_decided(python, seen(pythons=(old,)))
    assert verdict.message == "DR-1 decides Python >=3.11,<3.15, compose.yaml runs 3.9"


def test_rq020_is_unknown_where_nothing_says_what_runs_and_not_applicable_without_a_version() -> None:
    assert told(checks_decided.servers_run_as_decided(records(POSTGRES), seen()))[0] is Outcome.UNKNOWN
    bare = records(POSTGRES.replace('">=16,<17"', "any"))
    assert checks_decided.servers_run_as_decided(bare, seen(part("postgresql", "14"))).outcome is Outcome.NOT_APPLICABLE
    none = Decisions(folder=None, records=())
    assert checks_decided.servers_run_as_decided(none, seen(part("postgresql", "14"))).outcome is Outcome.NOT_APPLICABLE


def test_rq021_passes_what_is_maintained() -> None:
    verdict = checks_decided.servers_are_maintained(records(POSTGRES), seen(part("postgresql", "16.4")), TODAY)
    assert told(verdict) == (Outcome.PASSED, "PostgreSQL 16.4 until Nov 2028 · 1 of 1 version")


@pytest.mark.parametrize(
    ("id", "version", "message"),
    [
        ("postgresql", "14", "PostgreSQL 14 ended on 12 Nov 2026"),
        ("redis", "7.0.15", "Redis 7.0.15 ended on 29 Jul 2024"),
        ("rabbitmq", "3.12", "RabbitMQ 3.12 ended on 30 Jun 2024"),
    ],
)
def test_rq021_names_what_has_ended(id: str, version: str, message: str) -> None:
    verdict = checks_decided.servers_are_maintained(records(POSTGRES), seen(part(id, version)), TODAY)
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.startswith(message)


def test_rq021_names_what_ends_soon_and_what_was_only_decided() -> None:
    soon = Today(date=date(2028, 9, 1))
    verdict = checks_decided.servers_are_maintained(records(NYGARD), seen(), soon)
    assert verdict.message.startswith("PostgreSQL 16 ends on 09 Nov 2028 (postgresql.org/support/versioning")
    assert str(verdict.places[0]) == "docs/adr/0001-x.md:1"


def test_rq021_is_unknown_where_no_table_knows_the_version() -> None:
    verdict = checks_decided.servers_are_maintained(records(POSTGRES), seen(part("postgresql", "99")), TODAY)
    assert verdict.outcome is Outcome.UNKNOWN
    published = checks_decided.servers_are_maintained(records(POSTGRES), seen(part("redis", "7.4.1")), TODAY)
    assert published.message.startswith("Redis 7.4.1, whose last day is not published (endoflife.date/redis")


def test_rq022_passes_a_decided_third_party_and_names_another_one() -> None:
    stripe = part("stripe", how=TALKS, others=True)
    verdict = checks_decided.third_parties_are_decided(records(MADR), seen(stripe))
    assert told(verdict) == (Outcome.PASSED, "each by a record: Stripe · 1 of 1 third party")
    paypal = part("paypal", how=TALKS, title="PayPal", others=True)
    verdict = checks_decided.third_parties_are_decided(records(MADR), seen(stripe, paypal))
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, "no record decides PayPal")
    assert verdict.places[0].note == "PayPal: what names paypal; no record decides it"


def test_rq022_takes_an_unknown_host_by_its_name() -> None:
    host = part("api.rates.io", how=TALKS, others=True)
    assert checks_decided.third_parties_are_decided(records(MADR), seen(host)).outcome is Outcome.FAILED
    named = MADR.replace('"Stripe"', '"api.rates.io"')
    assert checks_decided.third_parties_are_decided(records(named), seen(host)).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("# Redis\n\n## Decision\n\nx\n", "0001-x has no status"),
        ("# Redis\n\n## Status\n\nMaybe\n", "0001-x has the status “Maybe”: write accepted"),
        ("# Redis\n\n## Status\n\nSuperseded\n\n## Decision\n\nx\n", "0001-x is superseded, and does not say by which"),
    ],
)
def test_rq023_names_a_record_that_does_not_say_where_it_stands(text: str, note: str) -> None:
    verdict = checks_records.records_have_a_status(records(text))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.startswith(note)


def test_rq023_passes_the_three_forms_and_names_two_that_contradict() -> None:
    left = NYGARD.replace("Accepted", "Superseded by [2](0002-x.md)")
    verdict = checks_records.records_have_a_status(records(left, MADR, POSTGRES))
    assert told(verdict) == (Outcome.PASSED, "2 accepted, 1 other · 3 of 3 records")
    twice = records(POSTGRES, POSTGRES.replace("DR-4", "DR-5").replace(">=16,<17", ">=17"))
    said = "DR-5 decides postgresql >=17, DR-4 decides postgresql >=16,<17, and both are accepted"
    assert checks_records.records_have_a_status(twice).message == said


DRAWN = '# A\n\n```mermaid\nflowchart LR\n    s --> d[("PostgreSQL 16")]\n```\n\nIt pays by Stripe.\n'


def test_rq024_passes_a_document_that_shows_what_is_there() -> None:
    document = ArchitectureDocument.read("docs/architecture.md", DRAWN)
    found = seen(part("postgresql", "16.4"), part("stripe", how=TALKS, others=True))
    verdict = checks_decided.architecture_shows_what_is_there(document, found)
    assert told(verdict) == (Outcome.PASSED, "docs/architecture.md shows PostgreSQL, Stripe · 2 of 2 parts")


def test_rq024_names_what_lacks_what_is_too_much_and_another_version() -> None:
    drawn = DRAWN.replace("PostgreSQL 16", "PostgreSQL 14").replace("d[(", 'k[("Kafka")] --> d[(')
    document = ArchitectureDocument.read("docs/architecture.md", drawn)
    found = seen(part("postgresql", "16.4"), part("redis", how=TALKS), part("stripe", how=BRINGS, others=True))
    notes = [one.note for one in checks_decided.architecture_shows_what_is_there(document, found).places]
    assert notes == [
        "Redis (what names redis) does not stand in docs/architecture.md",
        "Kafka is drawn, and nothing of the service shows it",
        "PostgreSQL 14 is drawn, 16.4 runs (compose.yaml)",
    ]


def test_rq024_takes_a_comment_for_no_drawing() -> None:
    document = ArchitectureDocument.read("docs/architecture.md", "# A\n\n<!-- Redis -->\n\n`SHOP_REDIS_URL`\n")
    verdict = checks_decided.architecture_shows_what_is_there(document, seen(part("redis", how=TALKS)))
    assert verdict.outcome is Outcome.FAILED


def test_rq024_takes_a_host_as_it_is_written() -> None:
    document = ArchitectureDocument.read("docs/architecture.md", "# A\n\nRates come from api.rates.io.\n")
    host = seen(part("api.rates.io", how=TALKS, others=True))
    assert checks_decided.architecture_shows_what_is_there(document, host).outcome is Outcome.PASSED
