"""Do callers come with an issuer's tokens where the service's own sign-in hands the password on, and only there?"""

from types import SimpleNamespace
from typing import Any

import pytest

from runner.errors import ProbeError
from runner.http.handed_on import hands_on


class People:
    """`lets_in`: by what somebody gets in, of "password", "handed on" and "token"."""

    def __init__(self, *lets_in: str, issued: bool = True, shut: bool = False) -> None:
        self.pool = SimpleNamespace(signed_in=0)
        issuer = SimpleNamespace(pool=self.pool)
        self.lets_in, self.issued, self.shut = lets_in, SimpleNamespace(issuer=issuer) if issued else None, shut
        self.log_ins: tuple[str, ...] = ("POST /login",)
        self.notes: list[str] = []
        self.note = self.notes.append

    @property
    def login(self) -> str | None:
        return self.log_ins[0] if self.log_ins else None

    def sign_in_at(self, log_ins: tuple[str, ...]) -> None:
        self.log_ins = log_ins

    def one(self, role: str) -> Any:
        ways = ("password", "handed on") if self.log_ins else ("token",)
        used = next((way for way in ways if way in self.lets_in), None)
        if used is None:
            said = "POST /login answers 500"
            raise ProbeError(said)
        self.pool.signed_in += used == "handed on"
        return SimpleNamespace(role=role)

    def shut_out(self, _: Any) -> bool:
        return self.shut


@pytest.mark.parametrize("people", [People("token"), People("token", "handed on")])
def test_who_gets_in_by_a_token_of_another_server_alone_comes_with_one(people: People) -> None:
    assert hands_on(people)  # type: ignore[arg-type]
    assert people.log_ins == ()
    assert "hands passwords on to another server" in people.notes[0]


@pytest.mark.parametrize(
    "people",
    [
        People("password", "token"),
        People("password"),
        People("handed on"),
        People(),
        People("token", issued=False),
        People("token", shut=True),
    ],
)
def test_everybody_else_signs_in_as_before(people: People) -> None:
    assert not hands_on(people)  # type: ignore[arg-type]
    assert people.log_ins == ("POST /login",)
    assert people.notes == []
