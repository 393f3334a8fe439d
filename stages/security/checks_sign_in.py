"""Security: how well is the sign-in kept? Judges what was tried at it."""

from runner.evidence.access.guessing_current import CurrentGuessed
from runner.evidence.access.sign_in import SignIn, faster, median, quicker_half
from runner.evidence.access.sign_in_tries import Try
from runner.model import (
    Outcome,
    Share,
    Verdict,
    at_endpoint,
    check,
    failed,
    not_applicable,
    passed,
    share,
    unknown,
)
from runner.said import say, together
from runner.words import plural

SURE = 0.95  # share of pairs in which the stranger was answered faster
EVEN = 0.80
TOO_MANY, SERVER_ERROR = 429, 500
FAR = 0.6  # the stranger's median as a part of the account's
TIMED = "curl -s -o /dev/null -w '%{time_total} s\\n' "
SLOWED = say("the service answered 429 before the tries were done: raise its limit per address in gonogo.toml, [env]")


NOBODY_SIGNS_UP = say('no operation signs people up (gonogo.toml, [identities] register = "POST /…" names it)')


def elsewhere(sign_in: SignIn) -> Verdict | None:
    """Where another server signs people in there is no password to judge."""
    looked = say("the operations that it serves: none takes a password, and a token of the run's own issuer is let in")
    return not_applicable(sign_in.elsewhere, looked=looked) if sign_in.elsewhere else None


@check("SC021", step="4.1")
def guessing_is_slowed(sign_in: SignIn) -> Verdict:
    """Guessing passwords is stopped.

    Without a limit one machine tries thousands of passwords an hour on every account, and people's passwords are in
    lists. Where the current one is asked for, to choose another, the same holds: a stolen token is to lead no further.
    Fix: count failures per account and per address (in Redis, so that all processes count together), and answer 429
    with `Retry-After` after five to ten of them. Count by the account that was found, not by the name as it was typed:
    `ANN@x.org` and `ann@x.org` are one. The address is `request.client.host`, never a header that a client
    can write (`uvicorn --forwarded-allow-ips` names the proxy whose header is believed).
    """
    slowed = elsewhere(sign_in) or _slowed(sign_in)
    if slowed.outcome is Outcome.PASSED and sign_in.current and sign_in.current.goes_on:
        return _current_guessed(sign_in.current)
    return slowed


def _slowed(sign_in: SignIn) -> Verdict:
    seen = sign_in.guessing
    place = at_endpoint(sign_in.endpoint, say("answers {set}", set=sorted(set(seen.statuses))))
    if not seen.opened:
        return unknown("the right password did not sign in before the first guess, so that a refusal says nothing")
    if not seen.stopped and seen.still >= SERVER_ERROR:
        return unknown(
            say(
                "{endpoint} answered {still} to the right password after {guesses} wrong ones",
                endpoint=sign_in.endpoint,
                still=seen.still,
                guesses=seen.guesses,
            )
        )
    if not seen.stopped:
        found = say(
            "{guesses} wrong passwords for one account in {seconds} s, and the right one still works",
            guesses=seen.guesses,
            seconds=f"{seen.seconds:.1f}",
        )
        return failed(found, at=[place], again=[f"for n in $(seq {seen.guesses}); do {seen.curl}; done"])
    last = seen.statuses[-1]
    if seen.still // 100 == 2:  # noqa: PLR2004
        found = say(
            "answers {last} after {guesses} wrong passwords, and lets the right one in all the same",
            last=last,
            guesses=seen.guesses,
        )
        return failed(say("{found}: guessing goes on", found=found), at=[place], again=[seen.curl])
    if seen.sidestepped:
        return _sidestepped(sign_in)
    waits = say(" with Retry-After") if seen.retry_after else ""
    how = (
        say("{last}{waits}", last=last, waits=waits)
        if last in {423, TOO_MANY}
        else say("the right one is refused with {still}", still=seen.still)
    )
    return passed(
        say("stopped after {passwords}: {how}", passwords=plural(seen.guesses, "wrong password"), how=how),
        one_log_in(sign_in),
    )


def _current_guessed(seen: CurrentGuessed) -> Verdict:
    found = say(
        "{guesses} wrong current passwords of somebody who is signed in, and the right one still works at {endpoint}",
        guesses=len(seen.statuses),
        endpoint=seen.endpoint,
    )
    place = at_endpoint(seen.endpoint, say("answers {set}", set=sorted(set(seen.statuses))))
    return failed(found, at=[place], again=[f"for n in $(seq {len(seen.statuses)}); do {seen.curl}; done"])


def _sidestepped(sign_in: SignIn) -> Verdict:
    """The stop was seen to let one more try pass: for a header, or for another spelling."""
    seen = sign_in.guessing
    last = seen.statuses[-1]
    again = [seen.curl] if seen.curl else []
    if seen.spelled:
        found = say(
            "the stop is for the name as it was typed: {last}, and {sidestepped} for the same account {spelled}",
            last=last,
            sidestepped=seen.sidestepped,
            spelled=seen.spelled,
        )
        note = say("answers {set}", set=sorted(set(seen.statuses)))
        return failed(found, at=[at_endpoint(sign_in.endpoint, note)], again=again)
    found = say(
        "a made-up {header} gets past the stop: {last} without, {sidestepped} with it",
        header=seen.header,
        last=last,
        sidestepped=seen.sidestepped,
    )
    note = say(
        "{sidestepped} with another {header}, after {last}", sidestepped=seen.sidestepped, header=seen.header, last=last
    )
    return failed(found, at=[at_endpoint(sign_in.endpoint, note)], again=again)


def one_log_in(sign_in: SignIn) -> Share:
    """One operation was tried, of those that sign in with a password."""
    return share(min(1, len(sign_in.log_ins)), len(sign_in.log_ins), "sign-in of the contract")


@check("SC022", step="4.1")
def accounts_are_not_told(sign_in: SignIn) -> Verdict:
    """No answer tells who has an account.

    A list of addresses that do have one is what password spraying and phishing start from, and for some services the
    membership itself is the secret.
    Fix: answer the same status and the same text for an unknown address and for a wrong password.
    """
    return elsewhere(sign_in) or _untold(sign_in)


def _untold(sign_in: SignIn) -> Verdict:
    told = [(k, n) for k, n in sign_in.pairs if (k.status, k.told) != (n.status, n.told)]
    if told:
        places = [
            at_endpoint(k.what, say("{status} with an account, {status2} without", status=k.status, status2=n.status))
            for k, n in told
        ]
        texts = together(
            (say("{what}: {difference}", what=k.what, difference=_difference(k, n)) for k, n in told), "; "
        )
        return failed(
            say("addresses with an account are told apart: {texts}", texts=texts),
            at=places,
            again=[k.curl for k, _ in told],
        )
    if sign_in.throttled:
        return unknown(SLOWED)
    seen = sign_in.guessing
    if seen.stopped and seen.statuses[-1] in {423, TOO_MANY} and not seen.sidestepped and not seen.strangers:
        found = say(
            "{statuses} after {passwords} with an account, never without",
            statuses=seen.statuses[-1],
            passwords=plural(seen.guesses, "wrong password"),
        )
        place = at_endpoint(sign_in.endpoint, found)
        return failed(
            say("addresses with an account are told apart by the stop: {found}", found=found),
            at=[place],
            again=[seen.curl],
        )
    proved = [k.what for k, n in sign_in.pairs if k.good and n.good and k.status < SERVER_ERROR]
    left = [place for place in sign_in.places if place not in proved]
    rest = say("; not compared: {left}, which may refuse a taken address", left=together(left)) if left else ""
    return passed(
        say("same answer with and without an account at {proved}{rest}", proved=together(proved), rest=rest),
        share(len(set(proved) & set(sign_in.places)), len(sign_in.places), "entry of an address"),
    )


def _difference(known: Try, nobody: Try) -> str:
    """The two answers from a little before the place where they part."""
    same = next((n for n, (a, b) in enumerate(zip(known.told, nobody.told, strict=False)) if a != b), 0)
    start = max(0, same - 20)
    texts = [
        say("{status} {s}{told}", status=one.status, s="…" if start else "", told=one.told[start : same + 60])
        for one in (known, nobody)
    ]
    return say("{text} with an account, {text2} without", text=texts[0], text2=texts[1])


@check("SC023", step="4.1")
def accounts_are_not_timed(sign_in: SignIn) -> Verdict:
    """The time of an answer does not tell who has an account.

    Verifying a password takes tens of milliseconds on purpose. Where it is skipped for unknown addresses, a stopwatch
    tells what the text hides.
    Fix: verify against the hash of a made-up password when there is no account, so that both take as long.
    """
    return elsewhere(sign_in) or _untimed(sign_in)


def _untimed(sign_in: SignIn) -> Verdict:
    times = sign_in.times
    known, nobody = median(times.known), median(times.nobody)
    sooner = faster(quicker_half(times.nobody), quicker_half(times.known))
    seen = say(
        "median {known} ms with an account, {nobody} ms without ({tries} each, in turn)",
        known=f"{known:.0f}",
        nobody=f"{nobody:.0f}",
        tries=plural(len(times.known), "try"),
    )
    if sooner >= SURE and nobody < known * FAR:
        again = (
            [one.curl.replace("curl -i ", TIMED, 1) for one in sign_in.pairs[0] if one.curl] if sign_in.pairs else []
        )
        place = at_endpoint(sign_in.endpoint, seen)
        return failed(say("accounts can be told by the clock: {seen}", seen=seen), at=[place], again=again)
    if sign_in.throttled:
        return unknown(SLOWED)
    if not any(known.good for known, _ in sign_in.pairs):
        return unknown(
            say(
                "{endpoint} refuses the right password as well: how long that takes tells nothing",
                endpoint=sign_in.endpoint,
            )
        )
    if sooner <= EVEN or nobody > known * (1 + FAR) / 2:
        return passed(seen, share(len(times.known), times.asked, "pair of tries"))
    return unknown(say("the machine was too busy to tell: {seen}; run it again", seen=seen))
