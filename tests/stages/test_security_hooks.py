"""Do the checks of incoming webhooks say what was found, and what was not seen?"""

from dataclasses import replace

from runner.errors import Thing
from runner.evidence.access.incoming_hooks import Hook, IncomingHooks
from runner.evidence.code.hook_code import HookCode, Spot
from runner.model import Outcome
from stages.security import checks_hooks

SPOT = Spot(path="app/pay.py", line=9, what="hmac.compare_digest(a, b)")
CODE = HookCode(checks=(SPOT,))
PAY = Hook(
    endpoint="POST /webhooks/pay", path="app/pay.py", line=5, code=CODE, curl="curl",
    unsigned=401, forged=401, signed=200, again=200, changed=True,
)  # fmt: skip
ALL = (
    checks_hooks.webhooks_are_signed,
    checks_hooks.signatures_are_compared_in_constant_time,
    checks_hooks.a_webhook_is_done_once,
)


def seen(*hooks: Hook) -> IncomingHooks:
    return IncomingHooks(operations=9, hooks=hooks)


def test_a_webhook_that_refuses_and_knows_what_it_did_passes() -> None:
    assert [check(seen(PAY)).outcome for check in ALL] == [Outcome.PASSED] * 3


def test_a_service_without_webhooks_says_where_that_was_seen() -> None:
    for check in ALL:
        assert (check(seen()).outcome, check(seen()).looked) == (
            Outcome.NOT_APPLICABLE,
            "the 9 operations of the app",
        )


def test_where_no_operation_was_seen_signs_have_a_say() -> None:
    assert {check(IncomingHooks(operations=0)).absent for check in ALL} == {Thing.OPERATIONS}
    assert {check(seen()).absent for check in ALL} == {None}


def test_sc090_names_what_takes_any_call() -> None:
    unsigned = checks_hooks.webhooks_are_signed(seen(PAY, replace(PAY, unsigned=204)))
    assert unsigned.message == "POST /webhooks/pay takes a call without a signature (204)"
    forged = checks_hooks.webhooks_are_signed(seen(replace(PAY, forged=200, forged_as="X-Signature: 00…")))
    said = "POST /webhooks/pay takes a call with a signature that nobody made (200; X-Signature: 00…)"
    assert (forged.outcome, forged.message) == (Outcome.FAILED, said)
    assert (forged.again, [str(place) for place in forged.places]) == (("curl",), ["app/pay.py:5"])


def test_sc090_does_not_know_whether_a_refusal_is_for_the_signature() -> None:
    unread = replace(PAY, code=HookCode(), unsigned=422, forged=422, signed=0)
    assert checks_hooks.webhooks_are_signed(seen(unread)).outcome is Outcome.UNKNOWN
    assert checks_hooks.webhooks_are_signed(seen(replace(unread, code=CODE))).outcome is Outcome.PASSED
    assert checks_hooks.webhooks_are_signed(seen(replace(unread, code=CODE, unsigned=500))).outcome is Outcome.UNKNOWN


def test_sc091_names_what_is_compared_letter_by_letter_or_for_nothing() -> None:
    slow = replace(PAY, code=HookCode(checks=(SPOT,), slow=(replace(SPOT, what="a == b"),)))
    verdict = checks_hooks.signatures_are_compared_in_constant_time(seen(slow, slow))
    assert verdict.message == "compared letter by letter: a == b, app/pay.py:9"
    assert len(verdict.places) == 1
    dropped = replace(PAY, code=HookCode(dropped=(SPOT,)))
    verdict = checks_hooks.signatures_are_compared_in_constant_time(seen(dropped))
    assert verdict.message.startswith("nobody looks at what the comparison answers: hmac.compare_digest(a, b)")


def test_sc091_does_not_pass_where_no_comparison_was_found() -> None:
    verdict = checks_hooks.signatures_are_compared_in_constant_time(seen(replace(PAY, code=HookCode())))
    assert verdict.outcome is Outcome.UNKNOWN


def test_sc092_names_the_tables_that_grow_each_time() -> None:
    verdict = checks_hooks.a_webhook_is_done_once(seen(replace(PAY, twice=("credits",))))
    assert verdict.message == "POST /webhooks/pay did the same call twice: more rows in credits each time"


def test_sc092_is_not_known_where_nothing_was_done() -> None:
    verdict = checks_hooks.a_webhook_is_done_once(seen(replace(PAY, changed=False)))
    assert (verdict.outcome, "stored nothing" in verdict.message) == (Outcome.UNKNOWN, True)
    unsigned = checks_hooks.a_webhook_is_done_once(seen(replace(PAY, signed=0, again=0)))
    assert (unsigned.outcome, "took none of the usual signatures" in unsigned.message) == (Outcome.UNKNOWN, True)
    dated = replace(PAY, signed=0, again=0, code=replace(CODE, dated=True))
    assert checks_hooks.a_webhook_is_done_once(seen(dated)).outcome is Outcome.PASSED
