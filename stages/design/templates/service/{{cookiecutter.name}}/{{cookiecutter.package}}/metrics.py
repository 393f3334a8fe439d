"""Which numbers does the service tell about itself? Every label has few possible values."""

from prometheus_client import Counter, Histogram

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# with an edge at each limit of spec.yaml
BUCKETS = ({{cookiecutter.buckets}})

REQUESTS = Counter("http_requests", "Requests answered.", ["method", "route", "status"])
DURATION = Histogram(
    "http_request_duration_seconds", "Time to answer.", ["method", "route"], buckets=BUCKETS
)


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    known = method if method in METHODS else "other"
    REQUESTS.labels(known, route, f"{status // 100}xx").inc()
    DURATION.labels(known, route).observe(seconds)
