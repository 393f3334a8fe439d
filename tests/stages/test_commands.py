"""Does what a finding tells people to type really show what the finding says? SQL on a real PostgreSQL."""

from runner.live.workshop import Workshop
from runner.model import failed, in_file, in_table, named
from stages.database.checks_schema import MUTE_KEYS, NAIVE_COLUMNS


def test_the_sql_shows_foreign_keys_without_a_rule_and_naive_timestamps_alone(workshop: Workshop) -> None:
    database = workshop.new_database()
    database.rows("CREATE TABLE people (id int PRIMARY KEY, seen timestamptz, born timestamp(3))")
    database.rows("CREATE TABLE mute (person int CONSTRAINT bare REFERENCES people)")
    database.rows("CREATE TABLE told (person int REFERENCES people ON DELETE CASCADE)")
    assert [row["conname"] for row in database.rows(MUTE_KEYS)] == ["bare"]
    naive = [(row["table_name"], row["column_name"]) for row in database.rows(NAIVE_COLUMNS)]
    assert naive == [("people", "born")]


def test_places_are_shown_where_a_check_knows_no_command() -> None:
    places = [in_file("app/a b.py", 3), in_file("Dockerfile", 7), in_file("README.md"), in_table("people", "born")]
    assert failed("bad", at=places).again == ("sed -n 3,11p 'app/a b.py'", "sed -n 7p Dockerfile", "\\d people")
    assert failed("bad", at=[named("thing")]).again == ()


def test_a_command_of_the_check_comes_alone() -> None:
    assert failed("bad", at=[in_file("a.py", 1)], again=["pytest a.py"]).again == ("pytest a.py",)


def test_equal_places_are_shown_once_and_three_at_most() -> None:
    places = [in_file("a.sql", line) for line in (1, 1, 2, 3, 4)]
    assert failed("bad", at=places).again == ("sed -n 1p a.sql", "sed -n 2p a.sql", "sed -n 3p a.sql")
