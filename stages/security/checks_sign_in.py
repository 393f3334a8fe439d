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
    passed,
    share,
    unknown,
)
from runner.words import plural

SURE = 0.95  # share of pairs in which the stranger was answered faster
EVEN = 0.80
TOO_MANY, SERVER_ERROR = 429, 500
FAR = 0.6  # the stranger's median as a part of the account's
TIMED = "curl -s -o /dev/null -w '%{time_total} s\\n' "
SLOWED = "the service answered 429 before the tries were done: raise its limit per address in gonogo.toml, [env]"


NOBODY_SIGNS_UP = 'no operation signs people up (gonogo.toml, [identities] register = "POST /…" names it)'


@check("SC021", step="4.1")
def guessing_is_slowed(sign_in: SignIn) -> Verdict:
    """Guessing passwords is stopped.

    Without a limit one machine tries thousands of passwords an hour on every account, and people's passwords are in
    lists.
    Fix: count failures per account and per address (in Redis, so that all processes count together), and answer 429
    with `Retry-After` after five to ten of them. The address is `request.client.host`, never a header that a client
    can write (`uvicorn --forwarded-allow-ips` names the proxy whose header is believed).
    """
    seen = sign_in.guessing
    place = at_endpoint(sign_in.endpoint, f"answers {sorted(set(seen.statuses))}")
    if not seen.opened:
        return unknown("the right password did not sign in before the first guess, so that a refusal says nothing")
    if not seen.stopped and seen.still >= SERVER_ERROR:
        return unknown(
            f"{sign_in.endpoint} answered {seen.still} to the right password after {seen.guesses} wrong ones"
        )
    if not seen.stopped:
        found = f"{seen.guesses} wrong passwords for one account in {seen.seconds:.1f} s, and the right one still works"
        return failed(found, at=[place], again=[f"for n in $(seq {seen.guesses}); do {seen.curl}; done"])
    last = seen.statuses[-1]
    if seen.still // 100 == 2:  # noqa: PLR2004
        found = f"answers {last} after {seen.guesses} wrong passwords, and lets the right one in all the same"
        return failed(f"{found}: guessing goes on", at=[place], again=[seen.curl])
    if seen.sidestepped:
        found = f"a made-up {seen.header} gets past the stop: {last} without, {seen.sidestepped} with it"
        note = f"{seen.sidestepped} with another {seen.header}, after {last}"
        return failed(found, at=[at_endpoint(sign_in.endpoint, note)], again=[seen.curl] if seen.curl else [])
    waits = " with Retry-After" if seen.retry_after else ""
    how = f"{last}{waits}" if last in {423, TOO_MANY} else f"the right one is refused with {seen.still}"
    return passed(f"stopped after {plural(seen.guesses, 'wrong password')}: {how}", _one_log_in(sign_in))


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
    told = [(k, n) for k, n in sign_in.pairs if (k.status, k.told) != (n.status, n.told)]
    if told:
        places = [at_endpoint(k.what, f"{k.status} with an account, {n.status} without") for k, n in told]
        texts = "; ".join(f"{k.what}: {_difference(k, n)}" for k, n in told)
        return failed(f"addresses with an account are told apart: {texts}", at=places, again=[k.curl for k, _ in told])
    if sign_in.throttled:
        return unknown(SLOWED)
    seen = sign_in.guessing
    if seen.stopped and seen.statuses[-1] in {423, TOO_MANY} and not seen.sidestepped and not seen.strangers:
        found = f"{seen.statuses[-1]} after {plural(seen.guesses, 'wrong password')} with an account, never without"
        place = at_endpoint(sign_in.endpoint, found)
        return failed(f"addresses with an account are told apart by the stop: {found}", at=[place], again=[seen.curl])
    proved = [k.what for k, n in sign_in.pairs if k.good and n.good and k.status < SERVER_ERROR]
    left = [place for place in sign_in.places if place not in proved]
    rest = f"; not compared: {', '.join(left)}, which may refuse a taken address" if left else ""
    return passed(
        f"same answer with and without an account at {', '.join(proved)}{rest}",
        share(len(set(proved) & set(sign_in.places)), len(sign_in.places), "entry of an address"),
    )


def _difference(known: Try, nobody: Try) -> str:
    """The two answers from a little before the place where they part."""
    same = next((n for n, (a, b) in enumerate(zip(known.told, nobody.told, strict=False)) if a != b), 0)
    start = max(0, same - 20)
    texts = [f"{one.status} {'…' if start else ''}{one.told[start : same + 60]}" for one in (known, nobody)]
    return f"{texts[0]} with an account, {texts[1]} without"


@check("SC023", step="4.1")
def accounts_are_not_timed(sign_in: SignIn) -> Verdict:
    """The time of an answer does not tell who has an account.

    Verifying a password takes tens of milliseconds on purpose. Where it is skipped for unknown addresses, a stopwatch
    tells what the text hides.
    Fix: verify against the hash of a made-up password when there is no account, so that both take as long.
    """
    times = sign_in.times
    known, nobody = median(times.known), median(times.nobody)
    sooner = faster(quicker_half(times.nobody), quicker_half(times.known))
    seen = (
        f"median {known:.0f} ms with an account, {nobody:.0f} ms without "
        f"({plural(len(times.known), 'try')} each, in turn)"
    )
    if sooner >= SURE and nobody < known * FAR:
        again = (
            [one.curl.replace("curl -i ", TIMED, 1) for one in sign_in.pairs[0] if one.curl] if sign_in.pairs else []
        )
        place = at_endpoint(sign_in.endpoint, seen)
        return failed(f"accounts can be told by the clock: {seen}", at=[place], again=again)
    if sign_in.throttled:
        return unknown(SLOWED)
    if not any(known.good for known, _ in sign_in.pairs):
        return unknown(f"{sign_in.endpoint} refuses the right password as well: how long that takes tells nothing")
    if sooner <= EVEN or nobody > known * (1 + FAR) / 2:
        return passed(seen, share(len(times.known), times.asked, "pair of tries"))
    return unknown(f"the machine was too busy to tell: {seen}; run it again")


@check("SC024", step="4.1")
def weak_passwords_are_refused(sign_in: SignIn) -> Verdict:
    """Short and common passwords are refused.

    The first hundred of every list of leaked passwords open a few per cent of all accounts where nobody stops people
    from choosing them.
    Fix: ask for at least 8 (better 12) characters, and compare with a list of common passwords when one is chosen.
    """
    if not sign_in.weak:
        return unknown(f"{sign_in.refused or NOBODY_SIGNS_UP}, and weak passwords were tried nowhere else")
    taken = [one for one in sign_in.weak if one.opens]
    if taken:
        names = ", ".join(one.one.what for one in taken)
        at = dict.fromkeys(one.at for one in taken)
        places = [at_endpoint(e, f"{sum(one.at == e for one in taken)} weak passwords became an account's") for e in at]
        message = f"{len(taken)} of {len(sign_in.weak)} weak passwords were taken: {names}"
        return failed(message, at=places, again=[one.one.curl for one in taken[:2]])
    proved = [one for one in sign_in.weak if one.one.good]
    if len(proved) * 2 < len(sign_in.weak):
        one = next(one for one in sign_in.weak if not one.one.good)
        return unknown(
            f"that {one.at} refuses {one.one.what} proves nothing: {one.one.status}, and a strong password in the same "
            "request was not taken either"
        )
    at = dict.fromkeys(one.at for one in proved)
    return passed(
        f"short and common passwords are refused at {', '.join(at)}, and strong ones are taken there",
        share(len(proved), len(sign_in.weak), "weak password"),
    )


@check("SC025", step="4.1")
def only_the_password_signs_in(sign_in: SignIn) -> Verdict:
    """Only the right password signs in.

    A comparison that was left out, or that ignores case or the end of the password, opens every account.
    Fix: verify the password with the hash library's own `verify`, and answer 401 when it says no.
    """
    opened = [one for one in sign_in.wrong if one.status // 100 == 2]  # noqa: PLR2004
    if opened:
        places = [at_endpoint(sign_in.endpoint, f"{one.what}: {one.status}") for one in opened]
        names = ", ".join(one.what for one in opened)
        return failed(f"signed in with {names}", at=places, again=[one.curl for one in opened])
    if sign_in.throttled:
        return unknown(SLOWED)
    crashed = [one for one in sign_in.wrong if one.status >= SERVER_ERROR]
    if crashed:
        return unknown(f"{sign_in.endpoint} answered {crashed[0].status} to {crashed[0].what}")
    proved = [one for one in sign_in.wrong if one.proved]
    if len(proved) * 2 < len(sign_in.wrong):
        one = next(one for one in sign_in.wrong if not one.proved)
        return unknown(f"that {one.what} is refused ({one.status}) proves nothing: the right one was not let in either")
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
    if sign_in.stored:
        places = [in_table(leak.where, note=f"the password {leak.what}") for leak in sign_in.stored]
        return failed(f"a password is stored {sign_in.stored[0].what} in {sign_in.stored[0].where}", at=places)
    if not sign_in.register:
        return unknown(f"{sign_in.refused or NOBODY_SIGNS_UP}, so no password was stored by the service itself")
    kept = sign_in.kept
    if not kept.where:
        return unknown("neither the password nor a known kind of hash came into the database with a new account")
    if kept.fast:
        table, _, column = kept.where.partition(".")
        place = in_table(table, column, kept.fast)
        return failed(f"passwords are stored in {kept.where} as hashes that are fast to guess: {kept.fast}", at=[place])
    if not kept.decides:
        return unknown(
            f"{kept.where} holds a hash ({kept.kind}), and it is not what decides who gets in: an account that was "
            "given the hash of another is not opened by that one's password"
        )
    return passed(f"stored in {kept.where} as {kept.kind}", share(kept.hashed, kept.values, "stored password"))


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
        where = f"{first.where} to {first.endpoint}" if first.endpoint else first.where
        curls = [known.curl for known, _ in sign_in.pairs[:1] if known.curl]
        again = [f"{curl}  # then read the answer, and the log" for curl in curls]
        return failed(f"{plural(len(seen.leaks), 'secret')} came out: {first.what} in {where}", at=places, again=again)
    return passed(
        f"{plural(seen.answers, 'answer')} and the log hold none of the passwords, tokens and hashes that were used",
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
            in_file(one.by.path, one.by.line, f"the password of {one.account}")
            if one.by.path
            else named(one.account, "its password is in everybody's list")
            for one in accounts.opened
        ]
        first = accounts.opened[0]
        source = f"that stands in {first.by.path}:{first.by.line}" if first.by.path else "from everybody's list"
        message = f"{first.account} exists from the start, and a password {source} signs in"
        return failed(message, at=places, again=[one.curl for one in accounts.opened[:3]])
    if accounts.slowed:
        return unknown(SLOWED)
    if accounts.unnamed:
        return unknown(f"what one signs in with is not known of the rows in {', '.join(accounts.unnamed)}")
    if accounts.more:
        return unknown(f"{plural(accounts.more, 'account')} beyond {', '.join(accounts.accounts)} could not be tried")
    shares = [every(accounts.tables, "table")]
    if accounts.written:
        shares.append(share(accounts.written_tried, accounts.written, "account of the code and its documents"))
    if not accounts.accounts:
        return passed("a new production database holds no account", *shares)
    names = ", ".join(accounts.accounts)
    message = f"there from the start: {names}; none of {accounts.tries} known passwords signs in"
    return passed(message, *shares, every(len(accounts.accounts), "account"))
