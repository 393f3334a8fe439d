"""Which names on the internet does code ask for the keys of tokens, where no variable leads there?"""

import pytest

from runner.vocabulary.providers import providers_in

COMPOSED = """
ISSUER = f"https://cognito-idp.{settings.AWS_REGION}.amazonaws.com/{settings.POOL}"
JWKS_URL = f"{ISSUER}/.well-known/jwks.json"
"""


@pytest.mark.parametrize(
    ("code", "host"),
    [
        (COMPOSED, "cognito-idp.eu-west-1.amazonaws.com"),
        ('jwks = get(f"https://{tenant}.eu.auth0.com/.well-known/jwks.json")', "shop.eu.auth0.com"),
        ('KEYS = "https://www.googleapis.com/oauth2/v3/certs"', "www.googleapis.com"),
        ("from firebase_admin import auth", "www.googleapis.com"),
        ('f"https://login.microsoftonline.com/{t}/.well-known/openid-configuration"', "login.microsoftonline.com"),
        ('f"https://{ref}.supabase.co/auth/v1/.well-known/jwks.json"', "abc.supabase.co"),
        ('get("https://sign-in.shop.example/realms/a/protocol/openid-connect/certs")', "sign-in.shop.example"),
        ('ISSUER: str = "https://id.shop.example/"\nKEYS = ISSUER + "jwks"', "id.shop.example"),
    ],
)
def test_a_host_is_known_that_the_code_writes_itself(code: str, host: str) -> None:
    assert any(one.match(host) for one in providers_in([code]))


@pytest.mark.parametrize(
    "host",
    ["amazonaws.com", "s3.eu-west-1.amazonaws.com", "cognito-idp.eu.amazonaws.com.evil.example", "shop.auth0.com"],
)
def test_no_other_host_is(host: str) -> None:
    assert not any(one.match(host) for one in providers_in([COMPOSED]))


@pytest.mark.parametrize(
    "code",
    [
        'client = boto3.client("cognito-idp")',
        'url = f"https://{name}.supabase.co/rest/v1/items"',
        'LINK = "https://accounts.google.com/o/oauth2/auth"',
        "",
    ],
)
def test_code_that_takes_nobodys_tokens_asks_nobody(code: str) -> None:
    assert providers_in([code]) == ()
