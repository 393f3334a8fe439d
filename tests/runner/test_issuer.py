"""Does the run's own issuer answer as a provider does, over HTTP and TLS, and do libraries take its tokens?"""

import socket
import ssl
import time
from collections.abc import Iterator

import httpx
import jwt
import pytest
from cryptography import x509

from runner.http import tokens
from runner.live.issuer import Issuer, names_behind

NOW = int(time.time())
DAY = 86_400  # seconds: the other tests of a run take their time


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    made = Issuer(tmp_path_factory.mktemp("issuer"))
    yield made
    made.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_library_finds_the_key_by_the_discovery_document(issuer: Issuer, scheme: str) -> None:
    base = f"{scheme}://127.0.0.1:{issuer.port}/realms/shop"
    trusted = ssl.create_default_context(cafile=str(issuer.certificate))
    with httpx.Client(verify=trusted) as client:
        told = client.get(f"{base}/.well-known/openid-configuration").json()
    assert told["issuer"] == base
    token = issuer.token({"iss": base, "sub": "7", "aud": ["shop"], "exp": NOW + DAY})
    key = jwt.PyJWKClient(told["jwks_uri"], ssl_context=trusted).get_signing_key_from_jwt(token)
    assert jwt.decode(token, key, algorithms=["RS256"], audience="shop", issuer=base)["sub"] == "7"
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(issuer.forged({"sub": "7"}), key, algorithms=["RS256"])


def test_a_stranger_to_its_certificate_does_not_talk_to_it(issuer: Issuer) -> None:
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"https://127.0.0.1:{issuer.port}/jwks")
    assert httpx.get(f"{issuer.url}/jwks").status_code == 200, "and it goes on"


def test_it_tells_of_its_own_tokens_alone_and_of_none_that_ended(issuer: Issuer) -> None:
    good, over = (issuer.token({"sub": "7", "exp": NOW + more}) for more in (DAY, -60))
    asked = f"{issuer.url}/protocol/openid-connect/token/introspect"
    assert httpx.post(asked, data={"token": good}).json()["active"]
    assert not httpx.post(asked, data={"token": over}).json()["active"]
    assert not httpx.post(asked, data={"token": issuer.forged({"sub": "7", "exp": NOW + DAY})}).json()["active"]
    info = f"{issuer.url}/userinfo"
    assert httpx.get(info, headers={"Authorization": f"Bearer {good}"}).json()["sub"] == "7"
    assert httpx.get(info, headers={"Authorization": "Bearer x"}).status_code == 401
    assert httpx.get(f"{issuer.url}/anything").status_code == 404


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/realms/shop/protocol/openid-connect/certs", "/realms/shop"),
        ("/.well-known/jwks.json", ""),
        ("/t/discovery/v2.0/keys", "/t"),
        ("/application/o/shop/.well-known/openid-configuration", "/application/o/shop"),
    ],
)
def test_it_goes_by_the_address_that_it_is_asked_for_its_keys_at(issuer: Issuer, path: str, name: str) -> None:
    issuer.asked.append(f"https://127.0.0.1:1{path}")
    assert issuer.names()[:2] == [f"https://127.0.0.1:1{name}", f"https://127.0.0.1:1{name}/"]


def test_a_token_that_ended_is_signed_as_the_issuer_signs(issuer: Issuer) -> None:
    real = issuer.token({"sub": "7", "iat": NOW, "exp": NOW + DAY})
    past, _ = tokens.expired(real, lambda header, claims: issuer.token(claims, header), NOW)
    key = jwt.PyJWK(issuer.answer(f"{issuer.url}/jwks", {}, "")[1]["keys"][0])
    with pytest.raises(jwt.ExpiredSignatureError):
        jwt.decode(past.token, key, algorithms=["RS256"])


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("https://cognito-idp.eu.amazonaws.com/a/.well-known/jwks.json", "https://cognito-idp.eu.amazonaws.com/a"),
        ("https://shop.auth0.com/.well-known/jwks.json", "https://shop.auth0.com/"),
        ("https://login.microsoftonline.com/t/discovery/v2.0/keys", "https://login.microsoftonline.com/t/v2.0"),
        ("https://login.microsoftonline.com/t/discovery/v2.0/keys", "https://sts.windows.net/t/"),
        ("https://www.googleapis.com/oauth2/v3/certs", "https://accounts.google.com"),
    ],
)
def test_the_address_of_its_keys_tells_its_name(asked: str, name: str) -> None:
    assert name in names_behind(asked)


def test_by_another_name_it_shows_a_certificate_of_that_name(issuer: Issuer) -> None:
    trusted = ssl.create_default_context(cafile=str(issuer.certificate))
    trusted.verify_flags |= ssl.VERIFY_X509_STRICT
    for host in ("keys.example.com", "localhost"):
        with (
            socket.create_connection((issuer.host, issuer.port), 5) as line,
            trusted.wrap_socket(line, server_hostname=host) as secure,
        ):
            assert host in str(secure.getpeercert())


def test_its_key_is_also_shown_as_a_certificate(issuer: Issuer) -> None:
    _, told = issuer.answer("https://x/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com", {}, "")
    key = x509.load_pem_x509_certificate(told["gonogo"].encode()).public_key()
    assert jwt.decode(issuer.token({"sub": "7"}), key, algorithms=["RS256"])["sub"] == "7"  # type: ignore[arg-type]


def test_what_is_asked_of_a_user_pool_is_answered_by_one(issuer: Issuer) -> None:
    def ask(action: str, **sent: object) -> httpx.Response:
        headers = {"x-amz-target": f"AWSCognitoIdentityProviderService.{action}"}
        return httpx.post(issuer.url, headers=headers, json=sent)

    assert ask("SignUp", Username="ann", Password="Correct-horse-7").status_code == 200
    given = {"USERNAME": "ann", "PASSWORD": "Correct-horse-7"}
    token = ask("InitiateAuth", ClientId="shop", AuthParameters=given).json()["AuthenticationResult"]["IdToken"]
    assert issuer.given[token]["aud"] == "shop"
    assert ask("SignUp", Username="ann", Password="Correct-horse-7").json()["__type"] == "UsernameExistsException"
