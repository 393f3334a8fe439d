"""What does a path do with accounts: sign up, sign in, renew a sign-in, end it, help who forgot a password?

Each is a word, or two of them beside each other, in a part of a path: `logIn`, `log-in` and `log_in` are `log in`.
"""

from collections.abc import Collection

from runner.vocabulary.names import set_of, words_of

SIGNS_UP = ("register", "registration", "registrations", "signup", "sign up")
# Likeliest first; alone they are what is called so, as `POST /sessions` is.
SIGNS_IN = ("login", "token", "signin", "sign in", "log in", "access token", "sessions", "session")
SIGNS_IN_SURELY = ("login", "signin", "log in", "sign in", "authenticate")
RENEWS = ("refresh", "renew")
SIGNS_OUT = ("logout", "log out", "signout", "sign out", "logoff", "log off")
FORGOT = ("forgot", "forgotten", "forget", "reset", "recover", "recovery")
PASSWORD = ("password", "passwords", "passwd")
OF_SIGN_IN = (*SIGNS_UP, *SIGNS_IN_SURELY, *SIGNS_OUT, *FORGOT, *PASSWORD, "auth", "token", "tokens")
LOOKS = set_of("test check verify validate introspect")
# What is renewed: `refresh-cache` renews no sign-in.
SIGN_INS = set_of("token tokens access auth jwt session sessions")


def says(words: Collection[str], part: str) -> bool:
    """Has a part of a path one of these words? `words`: small, two of them with a space between."""
    text = f" {' '.join(words_of(part))} "
    return any(f" {one} " in text for one in words)


def is_called(words: Collection[str], part: str) -> bool:
    """Is a part of a path one of these words, and nothing else?"""
    return " ".join(words_of(part)) in words


def renews(part: str) -> bool:
    """Does a part of a path say that a sign-in is renewed? `refresh`, `refreshToken`, `token-refresh`."""
    words = set(words_of(part))
    return bool(words & set(RENEWS)) and words <= {*RENEWS, *SIGN_INS}


def is_of_sign_in(path: str) -> bool:
    """Is a path for getting in or out, whatever its spelling? `/auth/me`, `/sign-in`, `/users/me/password`."""
    return any(says(OF_SIGN_IN, part) or renews(part) for part in path.split("/"))


def looks_at_token(part: str) -> bool:
    """Does a part of a path say that a token is looked at, and nothing else is done? `test-token`, `verifyToken`."""
    words = set(words_of(part))
    return bool(words & LOOKS) and bool(words & SIGN_INS) and words <= {*LOOKS, *SIGN_INS}


def helps_who_forgot(path: str) -> bool:
    """Is a path for those who forgot their password? `/auth/password_reset`, `/forgotPassword`; not `/presets`."""
    return any(says(FORGOT, part) for part in path.split("/"))
