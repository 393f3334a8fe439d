"""Answers under production settings that prove nothing, or lie: no check of hardening passes on them."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from runner.evidence.access.hardening import Hardening, Origin, Reply, Shown
from runner.model import Outcome, Verdict
from stages.security import checks_hardening as c
from tests.stages.test_security_hardening import GOOD, ME, hardening, reply

MANY = frozenset({ME, *(f"GET /{n}" for n in range(9))})
ASKED = Origin(endpoint=ME, origin="null", allowed="", credentials=False)


def headers(**changed: str) -> Hardening:
    return hardening(replies=(reply(**changed),))  # type: ignore[arg-type]


def only(status: int, **more: object) -> Hardening:
    """Every answer has this status."""
    return hardening(replies=tuple(replace(one, status=status) for one in hardening().replies), **more)


def bare(*replies: Reply, **more: object) -> Hardening:
    return hardening(replies=replies, **more)


HOLLOWS: dict[str, Callable[[], Verdict]] = {
    "SC041 every page fails": lambda: c.documents_are_closed(hardening(documents_answered=3)),
    "SC041 the service is down in production": lambda: c.documents_are_closed(only(503)),
    "SC041 everybody is refused": lambda: c.documents_are_closed(only(403)),
    "SC042 one operation of ten": lambda: c.headers_protect(hardening(operations=MANY)),
    "SC042 a page that nobody serves": lambda: c.headers_protect(
        bare(Reply(kind="missing", endpoint="GET /no", status=404, headers=GOOD))
    ),
    "SC042 a header that means nothing": lambda: c.headers_protect(headers(x_frame_options="ALLOWALL")),
    "SC042 an empty header": lambda: c.headers_protect(headers(x_frame_options="")),
    "SC042 two that contradict": lambda: c.headers_protect(headers(x_frame_options="DENY, SAMEORIGIN")),
    "SC042 a policy that lets anybody": lambda: c.headers_protect(
        headers(content_security_policy="default-src 'self'; frame-ancestors *")
    ),
    "SC042 a policy that lets any site": lambda: c.headers_protect(
        headers(content_security_policy="frame-ancestors https:")
    ),
    "SC042 a word in another directive": lambda: c.headers_protect(
        bare(
            Reply(
                kind="open",
                endpoint=ME,
                status=200,
                headers={"x-content-type-options": "nosniff", "content-security-policy": "report-uri /frame-ancestors"},
            )
        )
    ),
    "SC043 one operation of ten": lambda: c.strange_origins_get_nothing(hardening(operations=MANY)),
    "SC043 every question fails": lambda: c.strange_origins_get_nothing(
        hardening(origins=(replace(ASKED, status=500), ASKED))
    ),
    "SC043 nothing was asked": lambda: c.strange_origins_get_nothing(hardening(origins=())),
    "SC044 the cookie comes from elsewhere": lambda: c.cookies_are_guarded(hardening(cookies=(), by_cookie=True)),
    "SC044 the right password is refused": lambda: c.cookies_are_guarded(hardening(cookies=(), problem="403")),
    "SC045 everybody is refused": lambda: c.private_answers_stay_private(only(403)),
    "SC045 every answer fails": lambda: c.private_answers_stay_private(only(500)),
    "SC045 one operation of ten": lambda: c.private_answers_stay_private(hardening(secured=MANY)),
    "SC045 must be asked again, and is kept": lambda: c.private_answers_stay_private(
        headers(cache_control="max-age=600, must-revalidate")
    ),
    "SC045 said to caches alone": lambda: c.private_answers_stay_private(
        headers(cache_control="max-age=60", cdn_cache_control="max-age=600")
    ),
    "SC045 a cookie says who asks": lambda: c.private_answers_stay_private(
        replace(headers(cache_control="max-age=60"), by_cookie=True)
    ),
    "SC046 everybody is refused": lambda: c.failures_tell_nothing(
        hardening(without_database=(Shown(endpoint=ME, status=403), Shown(endpoint="GET /x", status=401)))
    ),
    "SC046 one failure beside many refusals": lambda: c.failures_tell_nothing(
        hardening(
            without_database=(
                Shown(endpoint=ME, status=503),
                *(Shown(endpoint=f"GET /{n}", status=404) for n in range(9)),
            )
        )
    ),
    "SC046 nothing answered": lambda: c.failures_tell_nothing(hardening(without_database=())),
    "SC047 one refusal of ten operations": lambda: c.refusals_say_how(hardening(secured=MANY)),
    "SC047 the others fail": lambda: c.refusals_say_how(
        hardening(
            secured=MANY,
            replies=(
                *hardening().replies,
                *(Reply(kind="refused", endpoint=one, status=500, headers=GOOD) for one in MANY - {ME}),
            ),
        )
    ),
    "SC047 an empty header": lambda: c.refusals_say_how(bare(reply("refused", 401, www_authenticate=""))),
    "SC047 a header without a scheme": lambda: c.refusals_say_how(bare(reply("refused", 401, www_authenticate='"no"'))),
    "SC047 nobody could sign in": lambda: c.refusals_say_how(
        hardening(bearer=False, problem="POST /login answers 500")
    ),
}


@pytest.mark.parametrize("name", HOLLOWS)
def test_answers_that_prove_nothing_do_not_pass(name: str) -> None:
    verdict = HOLLOWS[name]()
    assert verdict.outcome in {Outcome.FAILED, Outcome.UNKNOWN}, verdict.message
