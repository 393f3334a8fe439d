"""At which addresses on the internet do people sign in for a service whose code writes that address itself?"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from runner.vocabulary.issuers import takes_tokens_of_others


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """`mentioned`: how code shows that it asks this one. `hosts`: by which names it is asked."""

    mentioned: re.Pattern[str]
    hosts: re.Pattern[str]


def _provider(mentioned: str, hosts: str) -> Provider:
    return Provider(mentioned=re.compile(mentioned), hosts=re.compile(rf"(?:{hosts})\Z", re.IGNORECASE))


LABEL = r"[\w-]+"
COGNITO = _provider(
    r"cognito-idp\.|\bfastapi_cognito\b|fastapi_cloudauth\.cognito",
    rf"cognito-idp\.{LABEL}\.amazonaws\.com(?:\.cn)?|{LABEL}\.auth\.{LABEL}\.amazoncognito\.com",
)
GOOGLE = _provider(
    r"\bfirebase_admin\b|fastapi_cloudauth\.firebase|securetoken|oauth2/v3/certs|accounts\.google\.com",
    r"(?:www|oauth2|identitytoolkit|securetoken)\.googleapis\.com|(?:accounts|securetoken)\.google\.com",
)
PROVIDERS = (
    COGNITO,
    GOOGLE,
    _provider(r"\.auth0\.com\b|fastapi_cloudauth\.auth0", rf"(?:{LABEL}\.)+auth0\.com"),
    _provider(r"\.okta(?:preview|-emea)?\.com\b", rf"{LABEL}\.okta(?:preview|-emea)?\.com"),
    _provider(
        r"clerk\.(?:accounts\.)?(?:dev|com)\b|\bclerk_backend_api\b",
        rf"{LABEL}\.clerk\.accounts\.dev|(?:api|clerk)\.clerk\.(?:com|dev)",
    ),
    _provider(r"\.supabase\.(?:co|in)\b", rf"{LABEL}\.supabase\.(?:co|in)"),
    _provider(
        r"login\.microsoftonline\.|sts\.windows\.net|\bfastapi_azure_auth\b|\.(?:b2c|ciam)login\.com",
        rf"login\.microsoftonline\.(?:com|us|cn)|sts\.windows\.net|{LABEL}\.(?:b2c|ciam)login\.com",
    ),
    _provider(r"appleid\.apple\.com", r"appleid\.apple\.com"),
    *(
        _provider(rf"\.{name}\b", rf"(?:{LABEL}\.)+{name}")
        for name in (r"zitadel\.cloud", r"logto\.app", r"authing\.cn", r"kinde\.com", r"descope\.com", r"workos\.com")
    ),
)
# Code that takes their tokens by a library of theirs, which has the address of the keys in itself.
LIBRARIES = re.compile(
    r"\bfirebase_admin\b|\bfastapi_cognito\b|\bfastapi_cloudauth\b|\bfastapi_azure_auth\b|\bclerk_backend_api\b"
    r"|\bverify_firebase_token\b|oauth2/v3/certs|x509/securetoken"
)
# Somebody's own server under a name that stands in the code, as an issuer or in front of the path of its keys.
NAMED = re.compile(
    r"(?:ISSUER|AUTHORITY|JWKS?|OIDC)\w*\s*(?::\s*\w+\s*)?=\s*f?[\"']https://([a-z0-9-]+(?:\.[a-z0-9-]+)+)[/\"']"
    r"|https://([a-z0-9-]+(?:\.[a-z0-9-]+)+)/[^\s\"'{}]*(?:jwks|/certs\b|\.well-known/openid-configuration)",
    re.IGNORECASE,
)


def providers_in(texts: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    """The names of servers that this code asks for keys of tokens, under addresses that it writes itself."""
    texts = list(texts)
    if not any(takes_tokens_of_others(text) or LIBRARIES.search(text) for text in texts):
        return ()
    known = [one.hosts for one in PROVIDERS if any(map(one.mentioned.search, texts))]
    named = {first or second for text in texts for first, second in NAMED.findall(text)}
    others = sorted(one.lower() for one in named if not any(host.match(one) for host in known))
    return (*known, *(re.compile(rf"{re.escape(one)}\Z", re.IGNORECASE) for one in others))
