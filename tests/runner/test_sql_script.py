"""Are statements told apart as PostgreSQL does, whatever stands in texts and comments?"""

import pytest

from runner.evidence.code.sql_script import statements_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SELECT 1; CREATE INDEX a ON t (b);", ["SELECT 1", "CREATE INDEX a ON t (b)"]),
        ("-- squawk-ignore\nCREATE INDEX a ON t (b)", ["CREATE INDEX a ON t (b)"]),
        ("/* one /* in another */ ; */ DROP TABLE t", ["DROP TABLE t"]),
        ("INSERT INTO t VALUES ('a;--b', 'it''s /* no */')", ["INSERT INTO t VALUES ('a;--b', 'it''s /* no */')"]),
        (r"SELECT E'\';' ; DROP TABLE t", [r"SELECT E'\';'", "DROP TABLE t"]),
        ('ALTER TABLE "a;b" ADD c$d$ int; SELECT $1', ['ALTER TABLE "a;b" ADD c$d$ int', "SELECT $1"]),
        ("DO $x$ BEGIN EXECUTE $$a;b$$; END $x$; SELECT 2", ["DO $x$ BEGIN EXECUTE $$a;b$$; END $x$", "SELECT 2"]),
        (" ; ;; -- nothing\n/* never closed", []),
    ],
)
def test_statements(text: str, found: list[str]) -> None:
    assert list(statements_in(text)) == found
