"""Was it a stale version that was refused, or something else that can't be done twice? Pure."""

from runner.http.requests import Request
from runner.vocabulary.versions import names_version

VERSION_ASKED = frozenset({412, 428})  # nothing but a version is refused so
STALE = VERSION_ASKED | {409}


def keeps_version(request: Request, refuses: int) -> bool:
    """Does this refusal of the second of two equal requests come from a version that is compared?

    A plain 409 also says "is cancelled already": where many cancel at once, each writes the same, and nothing is lost.
    """
    return refuses in VERSION_ASKED or (refuses in STALE and _carries_version(request))


def _carries_version(request: Request) -> bool:
    """Does it say which version it means to change: in `If-Match`, a field of its body, or its query?"""
    matches = any(name.lower() in {"if-match", "if-unmodified-since"} for name in request.headers)
    return matches or any(map(names_version, (*request.fields, *request.query)))
