"""What is made up or overlooked must not touch, print or blame what is not the proof's own."""

from pathlib import Path

import pytest

from runner.discovery.invented import invented
from runner.errors import NotThere, ProbeError
from runner.evidence.release.production_refusals import _explain_none
from runner.postgres.writes import Fingerprint


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MONGO_HOST", "nowhere.invalid"),
        ("RABBITMQ_SERVER", "nowhere.invalid"),
        ("HOST", "127.0.0.1"),
        ("SERVER_HOST", "127.0.0.1"),
    ],
)
def test_an_invented_host_is_no_server_of_this_machine(name: str, value: str) -> None:
    assert invented(name) == value


@pytest.mark.parametrize("table", ["public.blog_users", "catalog.customers", "public.logins", "public.operations"])
def test_a_table_whose_name_only_holds_the_letters_is_no_bookkeeping(table: str) -> None:
    assert Fingerprint({table: "a"}).differs(Fingerprint({table: "b"}))


@pytest.mark.parametrize("table", ["public.login_attempts", "public.audit_log", "public.auditlog", "public.sessions"])
def test_bookkeeping_does_not_count(table: str) -> None:
    assert not Fingerprint({table: "a"}).differs(Fingerprint({table: "b"}))


def test_a_key_in_the_code_is_not_printed_and_opens_no_gate() -> None:
    code = 'import jwt\njwt.encode({}, "changeme123", algorithm="HS256")\n'
    with pytest.raises(ProbeError, match=r"text in the code \(auth.py:2\)") as said:
        _explain_none({Path("auth.py"): code})
    assert not isinstance(said.value, NotThere)
    assert "changeme" not in str(said.value)
