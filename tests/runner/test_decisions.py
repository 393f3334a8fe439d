"""Are decision records read in the forms that people write them in?"""

import pytest

from runner.evidence.agreed.decisions import is_record, record


@pytest.mark.parametrize(
    ("head", "decides"),
    [
        ("package: fastapi\nversion: '>=1'", {"fastapi": ">=1"}),
        ("runtime: python\nversion: 3.12", {"python": "3.12"}),
        ("decides: {fastapi: '>=1', uvicorn: any}", {"fastapi": ">=1", "uvicorn": ""}),
        ("decides: ['psycopg[binary]>=3', pyjwt]", {"psycopg[binary]": ">=3", "pyjwt": ""}),
        ("status: accepted", {}),
    ],
)
def test_what_was_decided_is_read(head: str, decides: dict[str, str]) -> None:
    assert record("docs/decisions/0001-x.md", f"---\n{head}\n---\n# X\n").decides == decides


def test_a_record_without_front_matter_is_read() -> None:
    found = record("adr/0002-use-x.md", "# 2. Use X\n\n## Status\n\nSuperseded by 3\n\n## Decision\n\nX.\n")
    assert (found.id, found.title, found.status) == ("0002-use-x", "2. Use X", "superseded")
    assert found.sections["decision"] == "X."


def test_the_readme_of_the_folder_is_no_record() -> None:
    assert not is_record("adr/README.md", "# Decisions")
    assert is_record("adr/0001-x.md", "# X")


NYGARD = (
    "# 3. Use PostgreSQL 16\n\n## Status\n\nAccepted\n\n## Decision\n\nWe use PostgreSQL 16 or newer, not MySQL 8.\n"
)
MADR = """# Cache

* Status: superseded by [12](0012.md)

## Considered Options

* Redis 7.2

## Decision Outcome

Chosen option: "Valkey 8.1", because Redis changed its licence.
"""
CHINESE = "# 数据库\n\n## 状态\n\n已接受\n\n## 决定\n\n我们使用PostgreSQL 15以上，而不是MySQL。\n"


@pytest.mark.parametrize(
    ("text", "status", "servers"),
    [
        (NYGARD, "accepted", {"postgresql": ">=16"}),
        (MADR, "superseded", {"valkey": "8.1"}),
        (CHINESE, "accepted", {"postgresql": ">=15"}),
        ("---\nstatus: proposed\nservice: redis\nversion: '7.4'\n---\n# Redis\n", "proposed", {"redis": "7.4"}),
        ("---\npackage: redis\nversion: '>=8'\nservers: [valkey]\n---\n# Cache\n", "accepted", {"valkey": ""}),
    ],
)  # fmt: skip
def test_status_and_servers_are_read_in_the_forms_of_teams(text: str, status: str, servers: dict[str, str]) -> None:
    found = record("doc/adr/0003-x.md", text)
    assert (found.status, dict(found.servers)) == (status, servers)


def test_a_record_without_a_status_says_none() -> None:
    assert record("adr/1.md", "# Redis\n\n## Decision\n\nRedis.\n").status_said == ""


def test_consequences_below_the_outcome_are_read_as_madr_has_them() -> None:
    found = record("adr/1.md", "# X\n\n## Decision Outcome\n\nY.\n\n### Consequences\n\n* Good\n\n## More\n\nz\n")
    assert found.sections["consequences"] == "* Good"
    assert "### Consequences" in found.sections["decision outcome"]
