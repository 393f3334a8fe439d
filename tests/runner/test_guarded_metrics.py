"""Are metrics that ask who comes opened by the service's own secret, and by nothing else?"""

import httpx
import pytest

from runner.http.guarded_metrics import guarded_metrics

TEXT = "# HELP requests_total All.\n# TYPE requests_total counter\nrequests_total 3\n"
SETTINGS = {"SECRET_KEY": "signs-tokens", "METRICS_TOKEN": "opens-it", "METRICS_USER": "scraper", "PORT": "8000"}
BASIC = "Basic c2NyYXBlcjpvcGVucy1pdA=="


def service(takes: dict[str, str], *, all_shut: bool = False) -> httpx.Client:
    """Metrics for whoever brings these headers, or this query."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/metrics":
            return httpx.Response(401 if all_shut else 404)
        brought = {**dict(request.url.params), **request.headers}
        opened = takes and all(brought.get(name) == value for name, value in takes.items())
        return httpx.Response(200, text=TEXT) if opened else httpx.Response(403)

    return httpx.Client(transport=httpx.MockTransport(answer), base_url="http://service")


@pytest.mark.parametrize(
    "takes",
    [{"authorization": "Bearer opens-it"}, {"authorization": BASIC}, {"x-api-key": "opens-it"}, {"token": "opens-it"}],
)
def test_a_secret_of_the_settings_opens_it_and_goes_nowhere_else(takes: dict[str, str]) -> None:
    with service(takes) as client:
        metrics = guarded_metrics(client, ("/prometheus", "/metrics"), SETTINGS)
        assert metrics is not None
        assert (metrics.path, metrics.status, metrics.is_open) == ("/metrics", 403, True)
        metrics.authenticate(client)
        assert client.get("/metrics").text == TEXT
        other = client.get("/posts").request
        assert "opens-it" not in f"{other.url} {other.headers.get('authorization')} {other.headers.get('x-api-key')}"


def test_what_no_setting_opens_is_shut_and_what_is_shut_everywhere_says_nothing() -> None:
    with service({}) as client:
        metrics = guarded_metrics(client, ("/metrics",), SETTINGS)
        assert metrics is not None
        assert not metrics.is_open
        assert guarded_metrics(client, ("/prometheus",), SETTINGS) is None
    with service({}, all_shut=True) as client:
        assert guarded_metrics(client, ("/metrics",), SETTINGS) is None
