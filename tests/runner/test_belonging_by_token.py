"""Is a caller known to belong to what its token names?"""

import base64
import json

import httpx
import pytest

from runner.http.identities import NOBODY, Identity, id_told_by
from runner.http.objects import Objects
from runner.http.requests import Requests


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


@pytest.mark.parametrize(("owner", "owned"), [(caller(shop_id=7), True), (NOBODY, False)])
def test_what_no_operation_makes_is_what_the_callers_token_names(owner: Identity, owned: bool) -> None:  # noqa: FBT001
    """A stranger is to be refused at the shop of somebody else."""
    requests = Requests({"paths": {"/shops/{shop_id}/branches": {"post": {}}}})
    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(lambda _: httpx.Response(404)))
    made = Objects(requests, client, [caller(shop_id=7)]).make(requests.operations[0], owner)
    assert (made.values["shop_id"], made.owned) == (7, owned)


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
