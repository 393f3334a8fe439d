"""Which numbers does the service tell about itself? Every label has few possible values."""

from prometheus_client import Counter, Histogram

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# with an edge at each limit of spec.yaml: 250 and 400 ms
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.4, 0.5, 1, 2.5, 5)

REQUESTS = Counter("http_requests", "Requests answered.", ["method", "route", "status"])
DURATION = Histogram(
    "http_request_duration_seconds", "Time to answer.", ["method", "route"], buckets=BUCKETS
)


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    known = method if method in METHODS else "other"
    REQUESTS.labels(known, route, f"{status // 100}xx").inc()
    DURATION.labels(known, route).observe(seconds)
