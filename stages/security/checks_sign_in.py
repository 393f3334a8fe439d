"""Security: how well is the sign-in kept? Judges what was tried at it."""

from runner.evidence.access.default_accounts import DefaultAccounts
from runner.evidence.access.sign_in import SignIn, faster, median, quicker_half
from runner.evidence.access.sign_in_tries import Try
from runner.model import (
    Share,
    Verdict,
    at_endpoint,
    check,
    every,
    failed,
    in_file,
    in_table,
    named,
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


def _elsewhere(sign_in: SignIn) -> Verdict | None:
    """Where another server signs people in there is no password to judge."""
    looked = say("the operations that it serves: none takes a password, and a token of the run's own issuer is let in")
    return not_applicable(sign_in.elsewhere, looked=looked) if sign_in.elsewhere else None


@check("SC021", step="4.1")
def guessing_is_slowed(sign_in: SignIn) -> Verdict:
    """Guessing passwords is stopped.

    Without a limit one machine tries thousands of passwords an hour on every account, and people's passwords are in
    lists.
    Fix: count failures per account and per address (in Redis, so that all processes count together), and answer 429
    with `Retry-After` after five to ten of them. Count by the account that was found, not by the name as it was typed:
    `ANN@x.org` and `ann@x.org` are one. The address is `request.client.host`, never a header that a client
    can write (`uvicorn --forwarded-allow-ips` names the proxy whose header is believed).
    """
    return _elsewhere(sign_in) or _slowed(sign_in)


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
        _one_log_in(sign_in),
    )


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


def _one_log_in(sign_in: SignIn) -> Share:
    """One operation was tried, of those that sign in with a password."""
    return share(min(1, len(sign_in.log_ins)), len(sign_in.log_ins), "sign-in of the contract")


@check("SC022", step="4.1")
def accounts_are_not_told(sign_in: SignIn) -> Verdict:
    """No answer tells who has an account.

    A list of addresses that do have one is what password spraying and phishing start from, and for some services the
    membership itself is the secret.
    Fix: answer the same status and the same text for an unknown address and for a wrong password.
    """
    return _elsewhere(sign_in) or _untold(sign_in)


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
    return _elsewhere(sign_in) or _untimed(sign_in)


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


@check("SC024", step="4.1")
def weak_passwords_are_refused(sign_in: SignIn) -> Verdict:
    """Short and common passwords are refused.

    The first hundred of every list of leaked passwords open a few per cent of all accounts where nobody stops people
    from choosing them.
    Fix: ask for at least 8 (better 12) characters, and compare with a list of common passwords when one is chosen.
    """
    return _elsewhere(sign_in) or _weak_refused(sign_in)


def _weak_refused(sign_in: SignIn) -> Verdict:
    if not sign_in.weak:
        return unknown(
            say("{refused}, and weak passwords were tried nowhere else", refused=sign_in.refused or NOBODY_SIGNS_UP)
        )
    taken = [one for one in sign_in.weak if one.opens]
    if taken:
        names = together(one.one.what for one in taken)
        at = dict.fromkeys(one.at for one in taken)
        places = [
            at_endpoint(e, say("{taken} weak passwords became an account's", taken=sum(one.at == e for one in taken)))
            for e in at
        ]
        message = say(
            "{taken} of {weak} weak passwords were taken: {names}",
            taken=len(taken),
            weak=len(sign_in.weak),
            names=names,
        )
        return failed(message, at=places, again=[one.one.curl for one in taken[:2]])
    proved = [one for one in sign_in.weak if one.one.good]
    if len(proved) * 2 < len(sign_in.weak):
        one = next(one for one in sign_in.weak if not one.one.good)
        return unknown(
            say(
                "that {at} refuses {what} proves nothing: {status}, and a strong password in the "
                "same request was not taken either",
                at=one.at,
                what=one.one.what,
                status=one.one.status,
            )
        )
    at = dict.fromkeys(one.at for one in proved)
    return passed(
        say("short and common passwords are refused at {at}, and strong ones are taken there", at=together(at)),
        share(len(proved), len(sign_in.weak), "weak password"),
    )


@check("SC025", step="4.1")
def only_the_password_signs_in(sign_in: SignIn) -> Verdict:
    """Only the right password signs in.

    A comparison that was left out, or that ignores case or the end of the password, opens every account.
    Fix: verify the password with the hash library's own `verify`, and answer 401 when it says no.
    """
    return _elsewhere(sign_in) or _only_right(sign_in)


def _only_right(sign_in: SignIn) -> Verdict:
    opened = [one for one in sign_in.wrong if one.status // 100 == 2]  # noqa: PLR2004
    if opened:
        places = [
            at_endpoint(sign_in.endpoint, say("{what}: {status}", what=one.what, status=one.status)) for one in opened
        ]
        names = together(one.what for one in opened)
        return failed(say("signed in with {names}", names=names), at=places, again=[one.curl for one in opened])
    if sign_in.throttled:
        return unknown(SLOWED)
    crashed = [one for one in sign_in.wrong if one.status >= SERVER_ERROR]
    if crashed:
        return unknown(
            say(
                "{endpoint} answered {status} to {what}",
                endpoint=sign_in.endpoint,
                status=crashed[0].status,
                what=crashed[0].what,
            )
        )
    proved = [one for one in sign_in.wrong if one.proved]
    if len(proved) * 2 < len(sign_in.wrong):
        one = next(one for one in sign_in.wrong if not one.proved)
        return unknown(
            say(
                "that {what} is refused ({status}) proves nothing: the right one was not let in either",
                what=one.what,
                status=one.status,
            )
        )
    return passed(
        "wrong passwords are refused, nearly right ones among them, and the right one is let in",
        share(len(proved), len(sign_in.wrong), "wrong password"),
        _one_log_in(sign_in),
    )


@check("SC026", step="4.1")
def passwords_are_hashed(sign_in: SignIn) -> Verdict:
    """Passwords are stored as slow, salted hashes.

    Backups and databases leak. What is stored in clear, or as a fast hash without salt, is a list of passwords by the
    evening, for every other service their owners use.
    Fix: hash with argon2id (`argon2-cffi`, `pwdlib`) before the password gets near the model.
    """
    return _elsewhere(sign_in) or _hashed(sign_in)


def _hashed(sign_in: SignIn) -> Verdict:
    if sign_in.stored:
        places = [in_table(leak.where, note=say("the password {what}", what=leak.what)) for leak in sign_in.stored]
        return failed(
            say("a password is stored {what} in {where}", what=sign_in.stored[0].what, where=sign_in.stored[0].where),
            at=places,
        )
    if not sign_in.register:
        return unknown(
            say(
                "{refused}, so no password was stored by the service itself", refused=sign_in.refused or NOBODY_SIGNS_UP
            )
        )
    kept = sign_in.kept
    if not kept.where:
        return unknown("neither the password nor a known kind of hash came into the database with a new account")
    if kept.fast:
        table, _, column = kept.where.partition(".")
        place = in_table(table, column, kept.fast)
        return failed(
            say(
                "passwords are stored in {where} as hashes that are fast to guess: {fast}",
                where=kept.where,
                fast=kept.fast,
            ),
            at=[place],
        )
    if not kept.decides:
        return unknown(
            say(
                "{where} holds a hash ({kind}), and it is not what decides who gets in: an account "
                "that was given the hash of another is not opened by that one's password",
                where=kept.where,
                kind=kept.kind,
            )
        )
    return passed(
        say("stored in {where} as {kind}", where=kept.where, kind=kept.kind),
        share(kept.hashed, kept.values, "stored password"),
    )


@check("SC027", step="4.1")
def secrets_stay_secret(sign_in: SignIn) -> Verdict:
    """No log and no answer holds a password, a token or a hash.

    Logs are read, copied and kept by many; a password in them is a password that everybody has.
    Fix: keep bodies and headers out of the log (type passwords as `SecretStr`), give responses a model of their own
    without the hash, and set `hide_parameters=True` on the engine.
    """
    seen = sign_in.spilt
    if seen.leaks:
        places = [at_endpoint(x.endpoint, x.what) if x.endpoint else named("log", x.what) for x in seen.leaks]
        first = seen.leaks[0]
        where = (
            say("{where} to {endpoint}", where=first.where, endpoint=first.endpoint) if first.endpoint else first.where
        )
        curls = [known.curl for known, _ in sign_in.pairs[:1] if known.curl]
        again = [f"{curl}  # then read the answer, and the log" for curl in curls]
        return failed(
            say(
                "{secrets} came out: {what} in {where}",
                secrets=plural(len(seen.leaks), "secret"),
                what=first.what,
                where=where,
            ),
            at=places,
            again=again,
        )
    return passed(
        say(
            "{answers} and the log hold none of the passwords, tokens and hashes that were used",
            answers=plural(seen.answers, "answer"),
        ),
        share(seen.read, seen.reads, "read of the contract"),
        every(seen.lines, "line of the log"),
    )


@check("SC028", step="4.1")
def no_known_account(accounts: DefaultAccounts) -> Verdict:
    """No account that everybody knows exists in a new production database.

    A first administrator with a password from the repository, or from everybody's list, is found by whoever tries the
    usual ten, on the first day.
    Fix: let no migration and no start make an account; make the first one by a command that asks for its password, or
    reads it from a variable that has no default.
    """
    if accounts.opened:
        places = [
            in_file(one.by.path, one.by.line, say("the password of {account}", account=one.account))
            if one.by.path
            else named(one.account, "its password is in everybody's list")
            for one in accounts.opened
        ]
        first = accounts.opened[0]
        source = (
            say("that stands in {path}:{line}", path=first.by.path, line=first.by.line)
            if first.by.path
            else say("from everybody's list")
        )
        message = say(
            "{account} exists from the start, and a password {source} signs in", account=first.account, source=source
        )
        return failed(message, at=places, again=[one.curl for one in accounts.opened[:3]])
    if accounts.slowed:
        return unknown(SLOWED)
    if accounts.unnamed:
        return unknown(
            say("what one signs in with is not known of the rows in {unnamed}", unnamed=together(accounts.unnamed))
        )
    if accounts.more:
        return unknown(
            say(
                "{accounts} beyond {accounts2} could not be tried",
                accounts=plural(accounts.more, "account"),
                accounts2=together(accounts.accounts),
            )
        )
    shares = [every(accounts.tables, "table")]
    if accounts.written:
        shares.append(share(accounts.written_tried, accounts.written, "account of the code and its documents"))
    if not accounts.accounts:
        return passed("a new production database holds no account", *shares)
    names = together(accounts.accounts)
    message = say(
        "there from the start: {names}; none of {tries} known passwords signs in", names=names, tries=accounts.tries
    )
    return passed(message, *shares, every(len(accounts.accounts), "account"))
