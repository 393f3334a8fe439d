"""Are statements told apart as PostgreSQL does, whatever stands in texts and comments?"""

import pytest

from runner.evidence.code.sql_script import done_in_block, statements_in


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


LOOP = "DO $$ BEGIN FOR t IN SELECT x FROM y LOOP EXECUTE format('DROP TABLE %I', t); END LOOP; END $$"
CHOICE = """DO LANGUAGE plpgsql $do$ DECLARE n int := 1; m int; BEGIN
    IF n = 1 THEN DROP TABLE a; ELSE DROP TABLE b; END IF; END $do$"""


@pytest.mark.parametrize(
    ("block", "found"),
    [
        ("ALTER TABLE a ADD b int", ["ALTER TABLE a ADD b int"]),
        ("DO $$ BEGIN ALTER TABLE a ADD b int; DROP TABLE c; END $$",
         ["ALTER TABLE a ADD b int", "DROP TABLE c", "END"]),
        (CHOICE, ["DROP TABLE a", "DROP TABLE b", "END IF", "END"]),
        ("do $$ begin execute 'ALTER TABLE a ADD c text DEFAULT ''x'''; end $$",
         ["ALTER TABLE a ADD c text DEFAULT 'x'", "end"]),
        ("DO $$ BEGIN EXECUTE $q$DROP TABLE a$q$; EXCEPTION WHEN others THEN NULL; END $$",
         ["DROP TABLE a", "NULL", "END"]),
        (LOOP, ["EXECUTE format('DROP TABLE %I', t)", "END LOOP", "END"]),
    ],
)  # fmt: skip
def test_what_a_block_does_is_read(block: str, found: list[str]) -> None:
    assert list(done_in_block(block)) == found
