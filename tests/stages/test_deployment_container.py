"""Is DP038 right about what a container engine made of the image?"""

from dataclasses import replace

import pytest

from runner.evidence.release.image_build import ImageBuild
from runner.model import Outcome
from stages.deployment.checks_container import the_image_builds_and_runs as dp038

GOOD = ImageBuild(
    path="Dockerfile",
    engine="podman",
    build_seconds=21,
    size=151_000_000,
    port=8000,
    start_seconds=1.2,
    live="/health",
    status=200,
    users=frozenset({10001}),
    exit_code=143,
)


def test_dp038_passes_an_image_that_runs() -> None:
    verdict = dp038(GOOD)
    assert verdict.outcome is Outcome.PASSED
    assert verdict.message == (
        "151 MB, built by podman in 21 s, up in 1.2 s, /health 200, as user 10001, "
        "told to stop it ended with exit code 143"
    )


def test_dp038_passes_an_image_without_a_health_path() -> None:
    verdict = dp038(replace(GOOD, live=None, status=404))
    assert verdict.outcome is Outcome.PASSED
    assert "/ 404 (no health check, which PF008 judges)" in verdict.message


def test_dp038_names_the_step_that_fails() -> None:
    verdict = dp038(replace(GOOD, build_error="exit status 1", step="RUN false", line=7))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "it does not build: RUN false: exit status 1"
    assert str(verdict.places[0]) == "Dockerfile:7"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"ended": 1, "last_words": "ImportError: app"},
            "it ends by itself with exit code 1; last words: ImportError: app",
        ),
        ({"silent": "it does not listen on port 8000 within 60 s"}, "it does not listen on port 8000 within 60 s"),
        ({"status": 503}, "/health answered 503"),
        ({"status": None}, "/health did not answer"),
        ({"live": None, "status": 500}, "/ answered 500"),
        ({"users": frozenset({0, 10001})}, "it serves as root (user 0)"),
        ({"exit_code": 137}, "told to stop, it still ran after 10 s and had to be killed"),
    ],
)
def test_dp038_names_what_the_container_does(wrong: dict[str, object], said: str) -> None:
    verdict = dp038(replace(GOOD, **wrong))  # type: ignore[arg-type]
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, said)


def test_dp038_does_not_know_an_image_whose_user_was_not_told() -> None:
    assert dp038(replace(GOOD, users=frozenset())).outcome is Outcome.UNKNOWN
