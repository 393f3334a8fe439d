"""Is a known account told from a safe one? Evidence by hand; the reading of files and rows for real."""

from dataclasses import replace
from pathlib import Path

from runner.evidence.access.default_accounts import (
    DefaultAccounts,
    Opened,
    Written,
    accounts_in,
    known_passwords,
    unnamed_in,
    written_accounts,
)
from runner.live.workshop import Workshop
from runner.model import Outcome
from stages.security import checks_passwords


def evidence(*opened: Opened, accounts: tuple[str, ...] = (), tries: int = 0, slowed: bool = False) -> DefaultAccounts:
    return DefaultAccounts(login="POST /login", accounts=accounts, tries=tries, opened=opened, slowed=slowed, tables=4)


def test_sc028_passes_without_an_account() -> None:
    verdict = checks_passwords.no_known_account(replace(evidence(), written=2, written_tried=2))
    assert verdict.message == "a new production database holds no account"
    assert [str(one) for one in verdict.shares] == [
        "4 of 4 tables",
        "2 of 2 accounts of the code and its documents",
    ]


def test_sc028_passes_when_no_known_password_fits() -> None:
    verdict = checks_passwords.no_known_account(evidence(accounts=("root@shop.example",), tries=14))
    assert verdict.outcome is Outcome.PASSED
    assert verdict.message == "there from the start: root@shop.example; none of 14 known passwords signs in"


def test_sc028_names_the_account_and_where_its_password_stands() -> None:
    written = Written(password="changethis", path=".env.example", line=4)
    verdict = checks_passwords.no_known_account(
        evidence(Opened(account="a@b.c", by=written, curl="curl x"), accounts=("a@b.c",))
    )
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "a@b.c exists from the start, and a password that stands in .env.example:4 signs in"
    assert str(verdict.places[0]) == ".env.example:4"
    assert "changethis" not in verdict.message


def test_sc028_does_not_know_when_it_was_slowed() -> None:
    assert checks_passwords.no_known_account(evidence(accounts=("a@b.c",), slowed=True)).outcome is Outcome.UNKNOWN


def test_passwords_are_read_from_settings_and_code(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("FIRST_PASSWORD=changethis\nNAME=x\n", encoding="utf-8")
    (tmp_path / "seed.py").write_text('admin_password: str = "letmein1"\npassword = hash(given)\n', encoding="utf-8")
    found = {one.password: (one.path, one.line) for one in known_passwords(tmp_path)}
    assert found["changethis"] == (".env.example", 1)
    assert found["letmein1"] == ("seed.py", 1)


def test_a_password_that_the_readme_tells_in_a_sentence_is_known(tmp_path: Path) -> None:
    text = "# Shop\n\nSign in as `root@shop.example` with the password `Welcome2024!`.\nForgot your password? Ask us.\n"
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    assert [(one.password, one.path, one.line) for one in known_passwords(tmp_path)] == [
        ("Welcome2024!", "README.md", 3)
    ]


def test_accounts_are_read_by_what_people_sign_in_with(workshop: Workshop) -> None:
    database = workshop.new_database()
    database.rows("CREATE TABLE people (id int, name text, email text, hashed_password text)")
    database.rows("CREATE TABLE notes (id int, name text)")
    database.rows("INSERT INTO people VALUES (1, 'Ann', 'ann@shop.example', 'x')")
    database.rows("INSERT INTO notes VALUES (1, 'not an account')")
    assert list(accounts_in(database)) == ["ann@shop.example"]


def test_sc028_does_not_know_rows_that_nobody_can_name_nor_accounts_it_did_not_try() -> None:
    unnamed = checks_passwords.no_known_account(replace(evidence(), unnamed=("members",)))
    assert (unnamed.outcome, unnamed.message) == (
        Outcome.UNKNOWN, "what one signs in with is not known of the rows in members",
    )  # fmt: skip
    more = checks_passwords.no_known_account(replace(evidence(accounts=("a@b.c",), tries=9), more=4))
    assert (more.outcome, more.message) == (Outcome.UNKNOWN, "4 accounts beyond a@b.c could not be tried")


def test_tables_whose_login_nobody_knows_are_named_when_they_have_rows(workshop: Workshop) -> None:
    database = workshop.new_database()
    database.rows("CREATE TABLE members (phone text, password text)")
    database.rows("CREATE TABLE empty (phone text, password text)")
    database.rows("INSERT INTO members VALUES ('1', 'x')")
    assert list(unnamed_in(database)) == ["members"]


def test_a_back_door_in_the_code_is_found_by_the_name_beside_its_password(tmp_path: Path) -> None:
    (tmp_path / "login.py").write_text(
        'def ok(mail, password):\n    if mail == "root@shop.example" and password == "letmein-9000":\n        pass\n',
        encoding="utf-8",
    )
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "people.py").write_text('email = "a@b.example"\npassword = "made-up-1"\n', encoding="utf-8")
    found = [(name, one.password, one.line) for name, one in written_accounts(tmp_path)]
    assert found == [("root@shop.example", "letmein-9000", 2)]


def test_sc028_does_not_pass_where_no_table_holds_anything() -> None:
    assert checks_passwords.no_known_account(replace(evidence(), tables=0)).outcome is Outcome.UNKNOWN
    untried = checks_passwords.no_known_account(replace(evidence(), written=5, written_tried=0))
    assert untried.outcome is Outcome.UNKNOWN


def test_hashes_in_a_column_of_another_name_are_accounts_that_nobody_can_name(workshop: Workshop) -> None:
    database = workshop.new_database()
    database.rows("CREATE TABLE members (phone text, secret text)")
    database.rows("INSERT INTO members VALUES ('1', '$2b$12$abcdefghijklmnopqrstuv')")
    assert list(unnamed_in(database)) == ["members"]
