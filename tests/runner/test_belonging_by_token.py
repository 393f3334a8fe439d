"""Is a caller known to belong to what its token names?"""

import base64
import json

import pytest

from runner.http.identities import Identity


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
