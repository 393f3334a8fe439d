"""Does a variable lead to who signs people in for a service: an OpenID Connect provider, or its keys? And what then?"""

import re

PROVIDER = (
    r"(?:KEYCLOAK|KC|OIDC|OAUTH2?|OPENID(?:_CONNECT)?|IDP|IDENTITY|AUTH0|COGNITO|OKTA|ZITADEL|AUTHENTIK|LOGTO|CASDOOR"
    r"|AUTHING|SSO|ENTRA|CLERK|FUSIONAUTH|HYDRA|JWKS?|ISSUER|AUTHORITY)"
)
WHOSE = rf"(?:{PROVIDER}|AUTH|AUTHENTICATION|AUTHN|JWT|TOKEN)"
URL = r"(?:_(?:URL|URI|ENDPOINT|ADDRESS))?"
# Where people's browsers are sent, and come back from: nothing that the service asks itself.
FOR_BROWSERS = re.compile(r"REDIRECT|CALLBACK|LOGOUT|SIGNOUT|FRONTEND|SUCCESS|FAILURE|REGISTRATION|RETURN")
# Most telling first: the end of a name, and where that leads at a provider that no example shows.
PLACES = (
    (rf"(?:JWKS?|CERTS|PUBLIC_KEYS?){URL}", "/jwks"),
    (rf"(?:DISCOVERY|WELL_KNOWN|OPENID_CONFIG\w*|OIDC_CONFIG\w*|METADATA){URL}", "/.well-known/openid-configuration"),
    (rf"INTROSPECT(?:ION)?{URL}", "/introspect"),
    (rf"USER_?INFO{URL}", "/userinfo"),
    (rf"{PROVIDER}(?:_\w+)?_TOKEN_(?:URL|URI|ENDPOINT)", "/token"),
    (rf"(?:ISSUER|ISS|AUTHORITY){URL}", ""),
    (rf"{PROVIDER}(?:_\w+)?_(?:URL|URI|SERVER|SERVER_URL|BASE|ENDPOINT|ADDRESS)", ""),
)
PARTS = (
    (rf"{WHOSE}(?:_SERVER)?_(?:HOST|HOSTNAME)", "{issuer_host}"),
    (rf"{WHOSE}(?:_SERVER)?_PORT", "{issuer_port}"),
    (rf"{WHOSE}(?:_\w+)?_(?:SCHEMA|SCHEME|PROTOCOL)", "http"),
    (rf"(?:{PROVIDER}|AUTH)(?:_TENANT)?_DOMAIN", "{issuer_host}:{issuer_port}"),
    (rf"{WHOSE}_(?:ENABLED|REQUIRED)", "true"),
)
AUDIENCE = re.compile(r"(?:^|_)(?:AUDIENCES?|AUD|CLIENT_ID|CLIENT|API_ID|API_IDENTIFIER|RESOURCE|RESOURCE_SERVER)$")
NAMES_ISSUER = re.compile(r"(?:^|_)(?:ISSUER|ISS|AUTHORITY)(?:_URL|_URI)?$")
ORIGIN = re.compile(r"^https?://[^/?#\s]+")
# What code has that takes tokens of somebody else's: their public keys, or a question to who gave them out.
ELSEWHERE = re.compile(
    r"jwks|openid-connect/|\.well-known/openid-configuration|\bintrospect|KeycloakOpenID|fastapi_keycloak|OAuth2Introspec"
)


def takes_tokens_of_others(text: str) -> bool:
    """Does this code take tokens that another server gave out?"""
    return ELSEWHERE.search(text) is not None


def leads_to_issuer(name: str, value: str) -> str:
    """What stands for a variable so that it leads to the run's own issuer; empty where it leads to none.

    `value`: what the repository shows for it. The path of an address stays: `/realms/shop`.
    """
    flat = name.upper().replace("__", "_")
    if FOR_BROWSERS.search(flat):
        return ""
    shown = ORIGIN.match(value)
    for ending, place in PLACES:
        if _ends(flat, ending) and (shown or not value):
            return "{issuer_url}" + (_plain(value[shown.end() :]) if shown else place)
    for ending, part in PARTS:
        if _ends(flat, ending):
            return "{issuer_url}" + _plain(value[shown.end() :]) if shown else part
    return ""


def is_audience(name: str) -> bool:
    """Does a variable say for whom tokens are given out?"""
    return AUDIENCE.search(name.upper().replace("__", "_")) is not None


def names_audience(name: str) -> bool:
    """Does a variable say what a token's `aud` has to name?"""
    return re.search(r"(?:^|_)(?:AUDIENCES?|API_IDENTIFIER)$", name.upper().replace("__", "_")) is not None


def belongs_to_issuer(name: str) -> bool:
    """Is a variable about who signs people in: which realm, which client?"""
    return re.match(rf"(?:\w+_)?{WHOSE}_", name.upper().replace("__", "_")) is not None


def names_issuer(name: str) -> bool:
    """Does a variable say what issuer a token has to name?"""
    return NAMES_ISSUER.search(name.upper().replace("__", "_")) is not None


def _ends(name: str, ending: str) -> bool:
    return re.search(rf"(?:^|_){ending}$", name) is not None


def _plain(path: str) -> str:
    """Its braces are no placeholder."""
    return path.replace("{", "{{").replace("}", "}}")
