"""Is a caller known to belong to what its token names?"""

import base64
import json

import pytest

from runner.http.identities import Identity, id_told_by


def caller(**claims: object) -> Identity:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return Identity(role="user", access_token=f"e30.{body}.x")


@pytest.mark.parametrize(
    ("name", "value"),
    [("coffee_shop_id", 7), ("orgId", "o-1"), ("id", None), ("sub", None), ("branch_id", None), ("is_id", None)],
)
def test_the_shop_that_the_token_names_is_the_callers(name: str, value: object) -> None:
    one = caller(sub="1", id=3, coffee_shop_id=7, orgId="o-1", branch_id=None, is_id=True)
    assert one.belongs_to(name) == value


def test_a_token_that_says_nothing_names_nothing() -> None:
    assert Identity(role="user", access_token="opaque").belongs_to("org_id") is None


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"sub": "ann@corp.io", "id": 3}, 3),
        ({"user_id": "u-1"}, "u-1"),
        ({"sub": "7", "id": 3}, "7"),  # of a session, say
        ({"sub": "ann@corp.io"}, "ann@corp.io"),
        ({}, None),
    ],
)
def test_an_account_is_known_by_its_id_where_the_subject_is_its_address(
    claims: dict[str, object], told: object
) -> None:
    assert id_told_by(caller(**claims).access_token, ["ann@corp.io"]) == told
