"""Security: do operations that take calls of other services know who calls, and what they have done already?"""

from collections.abc import Callable, Sequence

from runner.errors import Thing
from runner.evidence.access.incoming_hooks import Hook, IncomingHooks
from runner.evidence.code.hook_code import Spot
from runner.model import Place, Verdict, check, failed, in_file, not_applicable, passed, share, unknown
from runner.said import say, together
from runner.words import plural


@check("SC090", step="4.1")
def webhooks_are_signed(incoming: IncomingHooks) -> Verdict:
    """An incoming webhook does nothing without a good signature.

    Its address is no secret. Whoever finds it reports payments that nobody made, and closes accounts that are paid.
    Fix: work out the signature over the raw body with the shared secret, or let the sender's library do it
    (`stripe.Webhook.construct_event`), and answer 401 before anything is done, also where the secret is not set.
    """
    if not incoming.hooks:
        return _none(incoming)
    if opened := [hook for hook in incoming.hooks if hook.open]:
        first = opened[0]
        others = say(" (and {opened} more)", opened=len(opened) - 1) if len(opened) > 1 else ""
        places = [_place(hook, _told(hook)) for hook in opened]
        return failed(
            say("{endpoint} {told}{others}", endpoint=first.endpoint, told=_told(first), others=others),
            at=places,
            again=[hook.curl for hook in opened[:3]],
        )
    judged = [hook for hook in incoming.hooks if hook.refuses]
    if not judged:
        first = incoming.hooks[0]
        why = say(
            "answered {unsigned}, and its code looks at no signature that is known",
            unsigned=first.unsigned or "nothing",
        )
        return unknown(say("{endpoint} {why}: what it refuses may be the body", endpoint=first.endpoint, why=why))
    refused = say(
        "{webhooks}: refused without a signature, and with a wrong one", webhooks=plural(len(judged), "webhook")
    )
    return passed(refused, share(len(judged), len(incoming.hooks), "webhook"))


@check("SC091", step="4.1")
def signatures_are_compared_in_constant_time(incoming: IncomingHooks) -> Verdict:
    """The signature of a webhook is compared in constant time, and the answer counts.

    `==` ends at the first letter that differs: whoever measures finds the signature letter by letter. A comparison
    whose answer nobody looks at refuses nothing.
    Fix: `if not hmac.compare_digest(expected, given): raise HTTPException(401)`.
    """
    if not incoming.hooks:
        return _none(incoming)
    if dropped := _spots(incoming, lambda hook: hook.code.dropped):
        first = dropped[0]
        where = f"{first.path}:{first.line}"
        return failed(
            say("nobody looks at what the comparison answers: {what}, {where}", what=first.what, where=where),
            at=_lines(dropped),
        )
    if slow := _spots(incoming, lambda hook: hook.code.slow):
        first = slow[0]
        return failed(
            say("compared letter by letter: {what}, {path}:{line}", what=first.what, path=first.path, line=first.line),
            at=_lines(slow),
        )
    seen = [hook for hook in incoming.hooks if hook.code.checks]
    return passed("compared by a function that takes as long for any", share(len(seen), len(incoming.hooks), "webhook"))


@check("SC092", step="4.1")
def a_webhook_is_done_once(incoming: IncomingHooks) -> Verdict:
    """A webhook that is delivered twice is done once.

    Every sender delivers again when an answer is late, and whoever saw a call may send it once more: two payments are
    booked, two parcels sent.
    Fix: store the id of the event in the same transaction, under a unique constraint; answer 200 to one that is known,
    and refuse what is older than some minutes.
    """
    if not incoming.hooks:
        return _none(incoming)
    if twice := [hook for hook in incoming.hooks if hook.twice]:
        first = twice[0]
        said = say(
            "{endpoint} did the same call twice: more rows in {twice} each time",
            endpoint=first.endpoint,
            twice=together(first.twice),
        )
        return failed(said, at=[_place(one, say("done twice")) for one in twice], again=[one.curl for one in twice[:3]])
    judged = [hook for hook in incoming.hooks if hook.replays_known or hook.code.dated]
    if not judged:
        first = incoming.hooks[0]
        why = say("stored nothing") if first.signed else say("took none of the usual signatures")
        return unknown(
            say("{endpoint} {why}: whether it does a call twice was not seen", endpoint=first.endpoint, why=why)
        )
    return passed("what was sent again was not done again", share(len(judged), len(incoming.hooks), "webhook"))


def _none(incoming: IncomingHooks) -> Verdict:
    looked = say("the {operations} of the app", operations=plural(incoming.operations, "operation"))
    absent = None if incoming.operations else Thing.OPERATIONS
    return not_applicable("no operation takes calls of other services without signing in", looked=looked, absent=absent)


def _told(hook: Hook) -> str:
    if hook.unsigned in range(200, 300):
        return say("takes a call without a signature ({unsigned})", unsigned=hook.unsigned)
    return say(
        "takes a call with a signature that nobody made ({forged}; {forged_as})",
        forged=hook.forged,
        forged_as=hook.forged_as,
    )


def _place(hook: Hook, note: str) -> Place:
    return Place(path=hook.path, line=hook.line, endpoint=hook.endpoint, note=note)


def _spots(incoming: IncomingHooks, of: Callable[[Hook], Sequence[Spot]]) -> list[Spot]:
    """Each place once: two webhooks may share a helper."""
    return list(dict.fromkeys(spot for hook in incoming.hooks for spot in of(hook)))


def _lines(spots: Sequence[Spot]) -> list[Place]:
    return [in_file(spot.path, spot.line, spot.what) for spot in spots]
