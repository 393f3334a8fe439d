"""Which changing operations are usually open to strangers on purpose, and what for? Told by method and path.

One whose path speaks of administration never is. What is not known here a team says itself.
"""

import re

from runner.vocabulary.account_paths import FORGOT, RENEWS, SIGNS_IN_SURELY, SIGNS_OUT, SIGNS_UP, says
from runner.vocabulary.health import is_about_itself
from runner.vocabulary.names import words_of
from runner.vocabulary.roles import ADMINISTRATION

PLACEHOLDER = re.compile(r"\{[^}]*\}")
# Words, or two of them, in the last part of a path that is a word. By POST, and where no placeholder is in the path.
WHY_OPEN = {
    "signs people up": (*SIGNS_UP, "join"),
    "signs people in": (*SIGNS_IN_SURELY, "authorize", "sso", "session", "sessions"),
    "renews a sign-in, or ends it": (*RENEWS, *SIGNS_OUT, "introspect", "revoke"),
    "takes a message from anybody": (
        *("contact", "feedback", "subscribe", "unsubscribe", "newsletter", "waitlist", "enquiry", "inquiry"),
        *("enquiries", "inquiries", "csp report", "csp reports", "telemetry", "beacon"),
    ),
}
# Where the path speaks of an account or of nothing else, by PUT and PATCH too; with a placeholder only where that is
# what came by mail, or an address: `POST /users/{id}/activate` asks for no proof.
LINKS = "helps who forgot a password, or confirms an address"
LINKED = (
    *FORGOT,
    *("verify", "verification", "confirm", "confirmation", "activate", "activation", "resend", "magic", "otp"),
)
ACCOUNTS = frozenset({
    "account", "accounts", "auth", "authentication", "customer", "customers", "email", "emails", "identity", "mail",
    "me", "member", "members", "passcode", "passwd", "password", "passwords", "phone", "profile", "registration",
    "signup", "user", "users",
})  # fmt: skip
BY_MAIL = frozenset({"token", "code", "key", "hash", "otp", "secret", "link", "email", "uidb64"})
ROOTS = re.compile(r"api|rest|v\d+|public", re.IGNORECASE)
# By POST alone: what manages hooks by id, or makes one more of them (`POST /webhooks`), takes no call.
CALLS = "takes calls of other services"
CALLED = ("webhook", "hook", "callback", "ipn")
TOKENS = frozenset({"token", "access-token", "access_token", "auth"})  # as the whole word: `api-token` is none


def why_open(method: str, path: str) -> str:
    """What it is open for; empty where nothing tells."""
    words = [part for part in path.split("/") if part and not PLACEHOLDER.search(part)]
    if method == "DELETE" or not words or ADMINISTRATION & {one for part in words for one in words_of(part)}:
        return ""
    last, fixed = words[-1], not PLACEHOLDER.search(path)
    if fixed and is_about_itself(path):
        return "tells about the service itself"
    if fixed and method == "POST" and (last.lower() in TOKENS or _why(last)):
        return _why(last) or "signs people in"
    about = [part for part in words if not ROOTS.fullmatch(part)]
    spoken = {one for part in words for one in words_of(part)}
    proofs = {one for part in PLACEHOLDER.findall(path) for one in words_of(part.strip("{}"))} & BY_MAIL
    if says(LINKED, last) and (proofs if not fixed else len(about) == 1 or ACCOUNTS & spoken):
        return LINKS
    below_hooks = any(part.lower() in {"webhooks", "hooks"} for part in words[:-1])  # /webhooks/stripe
    return CALLS if fixed and method == "POST" and (says(CALLED, last) or below_hooks) else ""


def _why(part: str) -> str:
    return next((why for why, words in WHY_OPEN.items() if says(words, part)), "")
