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
