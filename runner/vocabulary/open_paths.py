"""Which changing operations are usually open to strangers on purpose, and what for? Told by method and path.

One whose path speaks of administration never is. What is not known here a team says itself.
"""

import re

from runner.vocabulary.health import is_about_itself
from runner.vocabulary.names import words_of

PLACEHOLDER = re.compile(r"\{[^}]*\}")
POWERFUL = frozenset(
    {"admin", "admins", "administration", "internal", "management", "staff", "superuser", "superusers"}
)
# Words, or two of them, in the last part of a path that is a word. By POST, and where no placeholder is in the path.
DOORS = {
    "signs people up": ("register", "registration", "registrations", "signup", "sign up", "join"),
    "signs people in": (
        "login",
        "signin",
        "log in",
        "sign in",
        "authenticate",
        "authorize",
        "sso",
        "session",
        "sessions",
    ),
    "renews a sign-in, or ends it": ("refresh", "renew", "introspect", "revoke", "logout", "log out", "sign out"),
    "takes a message from anybody": (
        *("contact", "feedback", "subscribe", "unsubscribe", "newsletter", "waitlist", "enquiry", "inquiry"),
        *("enquiries", "inquiries", "csp report", "csp reports", "telemetry", "beacon"),
    ),
}
CALLS = "takes calls of other services"
# Also with a placeholder (a token in a link), and by PUT and PATCH.
LINKS = {
    "helps who forgot a password, or confirms an address": (
        *("forgot", "forgotten", "forget", "reset", "recover", "recovery", "verify", "verification", "confirm"),
        *("confirmation", "activate", "activation", "resend", "magic", "otp"),
    ),
    CALLS: ("webhook", "webhooks", "hook", "hooks", "callback", "ipn"),
}
TOKENS = frozenset({"token", "access-token", "access_token", "auth"})  # as the whole word: `api-token` is none


def why_open(method: str, path: str) -> str:
    """What it is open for; empty where nothing tells."""
    words = [part for part in path.split("/") if part and not PLACEHOLDER.search(part)]
    if method == "DELETE" or not words or POWERFUL & {one for part in words for one in words_of(part)}:
        return ""
    last, fixed = words[-1], not PLACEHOLDER.search(path)
    if fixed and is_about_itself(path):
        return "tells about the service itself"
    if fixed and method == "POST" and (last.lower() in TOKENS or _why(DOORS, last)):
        return _why(DOORS, last) or "signs people in"
    hooked = any("webhook" in part.lower() for part in words)  # /webhooks/stripe
    return _why(LINKS, last) or (CALLS if hooked else "")


def _why(known: dict[str, tuple[str, ...]], part: str) -> str:
    text = f" {' '.join(words_of(part))} "
    return next((why for why, words in known.items() if any(f" {one} " in text for one in words)), "")
