"""Which paths tell about the service itself: that it lives, that it can serve, what it measures?

What the running app says comes first (`runner.evidence.contract.served_app`), what is usual elsewhere last.
"""

import re

# The last part of a path.
HEALTH, LIVE = r"health(?:z|y|check|-check|_check)?", r"live(?:z|ness)?|alive"
HEALTH_WORDS = re.compile(rf"{HEALTH}|status", re.IGNORECASE)
LIVE_WORDS = re.compile(rf"{HEALTH}|{LIVE}|ping|status|heartbeat|up", re.IGNORECASE)
READY_WORDS = re.compile(r"ready(z)?|readiness", re.IGNORECASE)
METRICS_WORDS = re.compile(r"metrics|prometheus", re.IGNORECASE)
# Nobody has to ask for these, and nobody has to load them.
ABOUT_ITSELF = re.compile(
    r"version|info|docs|redoc|swagger|scalar|rapidoc|oauth2-redirect|openapi\.json|favicon\.ico|robots\.txt|",
    re.IGNORECASE,
)
UNAVAILABLE = 503
SAYS_MOST = (re.compile(LIVE, re.IGNORECASE), re.compile(HEALTH, re.IGNORECASE))

LIVE_PATHS = ("/live", "/livez", "/health/live", "/healthz/live", "/-/healthy")
READY_PATHS = ("/ready", "/readyz", "/health/ready", "/healthz/ready", "/readiness", "/api/ready", "/-/ready")
HEALTH_PATHS = (
    "/health",
    "/healthz",
    "/api/health",
    "/api/v1/health",
    "/health/",
    "/healthy",
    "/healthy/",
    "/status",
    "/ping",
)
METRICS_PATHS = ("/metrics", "/metrics/", "/api/metrics", "/prometheus", "/-/metrics")


def last_of(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def is_about_itself(path: str) -> bool:
    """Is it a path of every service, and not of what this one is for? `/healthz`, `/metrics`, `/docs`, `/`."""
    return any(words.fullmatch(last_of(path)) for words in (ABOUT_ITSELF, LIVE_WORDS, READY_WORDS, METRICS_WORDS))


def says_unready(endpoint: str, status: int) -> bool:
    """Does `GET /ready` tell that something is slow or gone, as it is there for? No request made it fail."""
    method, _, path = endpoint.partition(" ")
    probe = method in {"GET", "HEAD"} and "{" not in path
    return status == UNAVAILABLE and probe and any(w.fullmatch(last_of(path)) for w in (LIVE_WORDS, READY_WORDS))


def says_most(path: str) -> int:
    """How surely a path says that the service lives, the surest first: `/livez`, then `/health`, then `/status`."""
    return next((n for n, words in enumerate(SAYS_MOST) if words.fullmatch(last_of(path))), len(SAYS_MOST))


def is_prometheus(text: str) -> bool:
    """Is an answer in Prometheus' text format?"""
    return re.search(r"^# (TYPE|HELP) ", text, re.MULTILINE) is not None
