"""Which variables lead to who signs people in, and what stands for them?"""

import pytest

from runner.vocabulary.issuers import (
    belongs_to_issuer,
    is_audience,
    leads_to_issuer,
    names_audience,
    names_issuer,
    takes_tokens_of_others,
)


@pytest.mark.parametrize(
    ("name", "shown", "to"),
    [
        ("KEYCLOAK_URL", "http://keycloak:8080", "{issuer_url}"),
        ("KEYCLOAK_SERVER_URL", "http://keycloak:8080/auth/", "{issuer_url}/auth/"),
        ("AUTH__ISSUER_URL", "http://kc.local:8080/realms/shop", "{issuer_url}/realms/shop"),
        ("AUTH__JWKS_URL", "", "{issuer_url}/jwks"),
        ("OIDC_JWKS_URI", "https://x.example/t/{tenant}/keys", "{issuer_url}/t/{{tenant}}/keys"),
        ("OIDC_DISCOVERY_URL", "", "{issuer_url}/.well-known/openid-configuration"),
        ("OIDC_AUTHORITY", "https://login.example/", "{issuer_url}/"),
        ("JWT_ISSUER", "https://shop.auth0.com/", "{issuer_url}/"),
        ("AUTH0_DOMAIN", "shop.eu.auth0.com", "{issuer_host}:{issuer_port}"),
        ("AUTH_HOST", "", "{issuer_host}"),
        ("AUTH_PORT", "8080", "{issuer_port}"),
        ("AUTH_HTTP_SCHEMA", "https", "http"),
        ("AUTH__ENABLED", "false", "true"),
        # Nothing of the kind:
        ("JWT_ISSUER", "my-shop", ""),
        ("OIDC_REDIRECT_URI", "http://localhost/cb", ""),
        ("KEYCLOAK_REALM", "shop", ""),
        ("KEYCLOAK_CLIENT_SECRET", "x", ""),
        ("API_URL", "http://api", ""),
        ("SMTP_HOST", "mail", ""),
        ("COOKIE_DOMAIN", "shop.example", ""),
        ("AUTHOR_URL", "http://me.example", ""),
    ],
)
def test_what_a_variable_leads_to(name: str, shown: str, to: str) -> None:
    assert leads_to_issuer(name, shown) == to


def test_for_whom_and_by_whom() -> None:
    for says, of_it, not_of_it in (
        (is_audience, ("AUTH__AUDIENCE", "KEYCLOAK_CLIENT_ID"), ("CLIENT_ID_LENGTH",)),
        (names_audience, ("OIDC_AUDIENCE",), ("OIDC_CLIENT_ID",)),
        (names_issuer, ("AUTH__ISSUER_URL",), ("REISSUER", "KEYCLOAK_URL")),
        (belongs_to_issuer, ("KEYCLOAK_REALM", "AUTH__CLIENT_ID"), ("DATABASE_URL",)),
    ):
        assert [name for name in (*of_it, *not_of_it) if says(name)] == [*of_it]


@pytest.mark.parametrize(
    ("code", "takes"),
    [
        ("client = PyJWKClient(jwks_uri)", True),
        ('f"{realm}/protocol/openid-connect/certs"', True),
        ("token = jwt.encode(claims, settings.SECRET_KEY)", False),
        ("app = FastAPI(openapi_url='/openapi.json')", False),
    ],
)
def test_whether_code_takes_tokens_of_another_server(code: str, takes: bool) -> None:  # noqa: FBT001
    assert takes_tokens_of_others(code) is takes
