"""Is a token's end found where it is kept, and who carries it how? Rows for real, callers by hand."""

import hashlib
from collections.abc import Mapping

import pytest

from runner.evidence.access.kept_passwords import hashes_in, text_of, too_fast
from runner.evidence.access.switched_off import switch_off
from runner.evidence.access.token_end import forms_of, set_back
from runner.evidence.access.tokens import lifetime_of
from runner.http.carried import Carrier, carrier_of
from runner.http.identities import Identity
from runner.http.tokens import made_up
from runner.live.workshop import Workshop

TOKEN = "an-opaque-token-of-some-length"


def test_only_the_rows_that_hold_a_token_are_set_back(workshop: Workshop) -> None:
    database = workshop.new_database()
    kept = hashlib.sha256(TOKEN.encode()).hexdigest()
    database.rows("CREATE TABLE sessions (id int, hashed text, expires_at timestamptz, exp bigint, made date)")
    database.rows("CREATE TABLE notes (id int, made_at timestamptz)")
    database.rows(f"INSERT INTO sessions VALUES (1, '{kept}', now(), 1900000000, now()), (2, 'x', now(), 1, now())")
    database.rows("INSERT INTO notes VALUES (1, now())")
    changed = set(set_back(database, tuple(forms_of(TOKEN))))
    assert changed == {"sessions.expires_at", "sessions.made", "sessions.exp"}
    old = database.rows("SELECT id FROM sessions WHERE expires_at < now() - interval '9 years'")
    assert [row["id"] for row in old] == [1]


def test_a_token_that_is_a_uuid_is_found_in_either_spelling() -> None:
    plain, spelt = "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
    assert spelt in [*forms_of(plain)]
    assert plain in [*forms_of(spelt)]


def test_a_hash_in_a_column_of_bytes_is_one(workshop: Workshop) -> None:
    database = workshop.new_database()
    database.rows("CREATE TABLE people (email text, password bytea)")
    database.rows(
        "INSERT INTO people VALUES ('a@b.cd', '$pbkdf2-sha512$25000$c2FsdA$aGFzaA'::bytea), ('b', '\\xff'::bytea)"
    )
    (found,) = hashes_in(database)
    assert (found.where, too_fast(text_of(found.value))) == ("people.password", "")
    assert too_fast(text_of("\\x" + b"$pbkdf2-sha256$10$a$b".hex())) == "PBKDF2 with 10 iterations"


def test_an_account_is_switched_off_by_its_own_row_and_a_newsletter_is_not(workshop: Workshop) -> None:
    database = workshop.new_database()
    database.rows("CREATE TABLE people (email text, hashed_password text, is_active bool, banned bool, is_admin bool)")
    database.rows("CREATE TABLE subscribers (email text, active bool)")
    database.rows(
        "INSERT INTO people VALUES ('A@x.example', 'x', true, false, true), ('b@x.example', 'x', true, null, null)"
    )
    database.rows("INSERT INTO subscribers VALUES ('a@x.example', true)")
    assert switch_off(database, "a@x.example") == "people.banned became TRUE, people.is_active became FALSE"
    assert [tuple(row.values()) for row in database.rows("SELECT is_active, banned, is_admin FROM people")] == [
        (True, None, None), (False, True, True),
    ]  # fmt: skip
    assert database.rows("SELECT active FROM subscribers")[0]["active"] is True
    assert switch_off(database, "nobody@x.example") == ""


def test_hashes_are_found_in_any_column(workshop: Workshop) -> None:
    database = workshop.new_database()
    database.rows("CREATE TABLE members (phone text, secret text, note text)")
    database.rows("INSERT INTO members VALUES ('1', '$2b$12$abcdefghijklmnopqrstuv', 'in the middle $2b$12$x')")
    assert [one.where for one in hashes_in(database)] == ["members.secret"]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("$2b$04$abc", "bcrypt with a cost of 4"),
        ("$2b$12$abc", ""),
        ("pbkdf2_sha256$1000$salt$x", "PBKDF2 with 1000 iterations"),
        ("pbkdf2:sha256:600000$salt$x", ""),
        ("$pbkdf2-sha256$29000$x$y", ""),
        ("scrypt:16:8:1$x$y", "scrypt with N = 16"),
        ("$scrypt$ln=4,r=8,p=1$x$y", "scrypt with N = 2^4"),
        ("$argon2id$v=19$m=8,t=1,p=1$x$y", "argon2 with 8 KiB and t = 1"),
        ("$argon2id$v=19$m=19456,t=2,p=1$x$y", ""),
    ],
)
def test_a_slow_hash_may_be_a_fast_one(value: str, why: str) -> None:
    assert too_fast(value) == why


def test_a_token_is_carried_by_the_header_else_by_the_cookie_that_decides() -> None:
    both = Identity(
        role="user", access_token="t", headers={"Authorization": "Bearer t", "Cookie": "theme=dark; sid=secret"}
    )

    def by_cookie(headers: Mapping[str, str]) -> bool:
        return "sid=secret" in headers.get("Cookie", "")

    assert carrier_of(both, lambda headers: "Authorization" in headers) == Carrier()
    found = carrier_of(both, by_cookie)
    assert found == Carrier("sid")
    assert found.token(both) == "secret"
    assert found.headers(both, "other")["Cookie"] == "theme=dark; sid=other"
    assert carrier_of(both, lambda _: True) == Carrier()
    assert carrier_of(Identity(role="user", headers={"Cookie": "a=1"}), lambda _: True) is None


def test_another_name_is_written_into_a_token_that_can_be_read() -> None:
    encoded = "YW5uQHNob3AuZXhhbXBsZQ"  # ann@shop.example
    forged = {one.what: one.token for one in made_up(encoded, ["ann@shop.example"], ["bob@shop.example"])}
    assert forged["another user's name written in, as base64"] == "Ym9iQHNob3AuZXhhbXBsZQ"
    assert encoded not in forged.values()
    opaque = [one.what for one in made_up(TOKEN, ["ann@shop.example"], ["bob@shop.example"])]
    assert not [what for what in opaque if "written in" in what]


def test_how_long_the_claims_say() -> None:
    assert lifetime_of({"exp": 1000, "iat": 100}, 500) == 900
    assert lifetime_of({"exp": 1000}, 500) == 500
    assert lifetime_of({"sub": "1"}, 500) is None
