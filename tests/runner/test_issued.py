"""Is somebody signed in by the run's own issuer where a service takes its tokens, and nobody where it does not?"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import jwt
import pytest

from runner.errors import NotThere, ProbeError
from runner.evidence.access.protected_operation import ProtectedOperation
from runner.evidence.access.token_attack import EXPIRY, PURPOSE, SIGNATURE
from runner.evidence.access.token_forgeries import Forgeries
from runner.evidence.accounts.visit import Visit
from runner.http.callers import Callers
from runner.http.identities import ADMINISTRATOR, PLAIN
from runner.http.issued import Issued, SignedInElsewhere
from runner.http.requests import Requests
from runner.http.tokens import encoded
from runner.live.issuer import Issuer
from runner.postgres.database import Database

GUARDED: dict[str, Any] = {"get": {"security": [{"bearer": []}], "responses": {}}}
OPEN: dict[str, Any] = {"get": {"responses": {}}}


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    made = Issuer(tmp_path_factory.mktemp("issuer"))
    yield made
    made.close()


class Shop:
    """A service that takes this issuer's tokens, as far as it is told to look at them."""

    def __init__(self, by: Issuer, role: str = "", algorithms: tuple[str, ...] = ("RS256",), **look: Any) -> None:
        self.issuer, self.role, self.look, self.algorithms = by, role, look, algorithms
        self.asked = itertools.count(1)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        next(self.asked)
        if request.url.path == "/health":
            return httpx.Response(200)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            claims = self.read(token)
        except jwt.PyJWTError as error:
            return httpx.Response(401, json={"detail": str(error)})
        if self.role and self.role not in claims["realm_access"]["roles"]:
            return httpx.Response(403)
        return httpx.Response(200, json={"id": claims["sub"]})

    def read(self, token: str) -> Any:
        self.issuer.asked.append(f"{self.issuer.url}/realms/shop/protocol/openid-connect/certs")
        key = jwt.PyJWK(self.issuer.answer(f"{self.issuer.url}/certs", {}, "")[1]["keys"][0])
        options = {"verify_aud": "audience" in self.look, "verify_signature": self.algorithms != ()}
        return jwt.decode(token, key, algorithms=self.algorithms or ["RS256"], options=options, **self.look)  # type: ignore[arg-type]


def visit(
    shop: Callable[[httpx.Request], httpx.Response], issuer: Issuer, told: Mapping[str, str], *, guarded: bool = True
) -> Visit:
    paths = {"/health": OPEN, "/orders": GUARDED if guarded else OPEN}
    requests = Requests({"paths": paths})
    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(shop))
    issued = Issued(issuer=issuer, told=told, roles=lambda: ("boss", "clerk"), permissions=lambda: ("order:read",))
    people = Callers(requests, client, Database(port=1, name="nowhere"), issued=issued)
    facts: dict[str, Any] = {"server": None, "client": client, "database": None, "requests": requests}
    return Visit(people=people, specification=None, **facts)


@pytest.mark.parametrize("guarded", [True, False])
def test_an_account_is_let_in_whether_or_not_the_contract_names_a_guard(issuer: Issuer, *, guarded: bool) -> None:
    here = visit(Shop(issuer), issuer, {}, guarded=guarded)
    somebody, other = here.caller(PLAIN), here.fresh(PLAIN)
    assert len({somebody.user_id, other.user_id, None}) == 3
    assert here.client.get("/orders", headers=dict(somebody.headers)).status_code == 200
    assert here.allowed(here.requests.operations[1]) == PLAIN
    assert here.allowed(here.requests.operations[0]) == "anonymous"


@pytest.mark.parametrize(
    ("look", "told"),
    [
        ({"audience": "shop-api"}, {"OIDC_AUDIENCE": "shop-api", "OIDC_CLIENT_ID": "web"}),
        ({"audience": "account"}, {"KEYCLOAK_CLIENT_ID": "web"}),
        ({"audience": "web", "issuer": "IN REALM"}, {"KEYCLOAK_CLIENT_ID": "web"}),
        ({"issuer": "https://shop.auth.example/"}, {"AUTH0_ISSUER": "https://shop.auth.example/"}),
    ],
)
def test_what_a_token_must_say_is_found(issuer: Issuer, look: dict[str, str], told: dict[str, str]) -> None:
    wanted: dict[str, Any] = {
        name: value.replace("IN REALM", f"{issuer.url}/realms/shop") for name, value in look.items()
    }
    assert visit(Shop(issuer, **wanted), issuer, told).caller(PLAIN).signed_in


def test_who_has_to_have_a_role_gets_the_least_that_lets_it_in(issuer: Issuer) -> None:
    here = visit(Shop(issuer, role="clerk"), issuer, {})
    claims = jwt.decode(here.caller(PLAIN).access_token, options={"verify_signature": False})
    assert claims["roles"] == ["clerk"]
    mighty = jwt.decode(here.caller(ADMINISTRATOR).access_token, options={"verify_signature": False})
    assert {"boss", "clerk", "admin"} <= {*mighty["roles"]}
    assert mighty["permissions"] == ["order:read"]


def test_nobody_is_signed_in_where_no_token_is_taken(issuer: Issuer) -> None:
    shop = Shop(issuer, issuer="https://elsewhere.example")
    with pytest.raises(
        ProbeError, match=r"/orders answers 401.*Invalid issuer.*asked for /realms/shop/.*\[env\]"
    ) as said:
        visit(shop, issuer, {}).caller(PLAIN)
    assert not isinstance(said.value, NotThere)
    assert next(shop.asked) < 80


def test_nobody_is_signed_in_where_everybody_is_let_in(issuer: Issuer) -> None:
    here = visit(lambda _: httpx.Response(200), issuer, {})
    with pytest.raises(ProbeError, match="no token of the one that stands in for it"):
        here.caller(PLAIN)


def test_no_password_is_looked_for_where_another_server_signs_in(issuer: Issuer) -> None:
    people = visit(Shop(issuer), issuer, {}).people
    for look in (lambda: people.login_request("a", "b"), people.sign_up):
        with pytest.raises(SignedInElsewhere, match="another server signs people in"):
            look()


def attacks(issuer: Issuer, shop: Shop) -> dict[str, dict[str, int]]:
    """Kind of attack → what it was → the service's answer."""
    protected = ProtectedOperation(visit(shop, issuer, {"OIDC_AUDIENCE": "shop-api"}))
    made = [*Forgeries(protected, keys=[]).attacks()]
    assert all(one.told for one in made)
    return {kind: {one.what: one.status for one in made if one.kind == kind} for kind in (SIGNATURE, EXPIRY, PURPOSE)}


def test_a_careful_service_refuses_all(issuer: Issuer) -> None:
    found = attacks(issuer, Shop(issuer, audience="shop-api"))
    assert {status for one in found.values() for status in one.values()} == {401}
    assert all(found.values()), "something of each kind was tried"


def test_a_service_that_looks_at_no_audience_takes_another_service_s_tokens(issuer: Issuer) -> None:
    found = attacks(issuer, Shop(issuer))
    assert found[PURPOSE] == {"a token that the issuer gave out for another service (`aud`)": 200}
    assert set(found[SIGNATURE].values()) == set(found[EXPIRY].values()) == {401}


def test_a_service_that_looks_at_no_signature_takes_a_stranger_s_key(issuer: Issuer) -> None:
    found = attacks(issuer, Shop(issuer, algorithms=()))
    assert found[SIGNATURE]["signed with another key under the name of the issuer's"] == 200
    assert found[EXPIRY] == {"expired an hour ago": 200}


class Confused(Shop):
    """Takes the issuer's public key for the secret of whatever algorithm a token names, as old libraries do."""

    def read(self, token: str) -> Any:
        if jwt.get_unverified_header(token).get("alg") == "HS256":
            header, claims = jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
            if encoded(header, claims, self.issuer.public_key) == token:
                return claims
        return super().read(token)


def test_the_public_key_taken_for_a_secret_is_noticed(issuer: Issuer) -> None:
    found = attacks(issuer, Confused(issuer, audience="shop-api"))
    got_in = [what for what, status in found[SIGNATURE].items() if status == 200]
    assert got_in == ["signed with the issuer's public key as a secret, with alg 'HS256'"]
