"""Security: how well are passwords and other secrets kept? Judges what was tried with them at the sign-in."""

from runner.evidence.access.default_accounts import DefaultAccounts
from runner.evidence.access.sign_in import SignIn
from runner.model import (
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
from runner.said import say, together
from runner.words import plural
from stages.security.checks_sign_in import NOBODY_SIGNS_UP, SERVER_ERROR, SLOWED, elsewhere, one_log_in


@check("SC024", step="4.1")
def weak_passwords_are_refused(sign_in: SignIn) -> Verdict:
    """Short and common passwords are refused.

    The first hundred of every list of leaked passwords open a few per cent of all accounts where nobody stops people
    from choosing them.
    Fix: ask for at least 8 (better 12) characters, and compare with a list of common passwords when one is chosen.
    """
    return elsewhere(sign_in) or _weak_refused(sign_in)


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
    return elsewhere(sign_in) or _only_right(sign_in)


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
        one_log_in(sign_in),
    )


@check("SC026", step="4.1")
def passwords_are_hashed(sign_in: SignIn) -> Verdict:
    """Passwords are stored as slow, salted hashes.

    Backups and databases leak. What is stored in clear, or as a fast hash without salt, is a list of passwords by the
    evening, for every other service their owners use.
    Fix: hash with argon2id (`argon2-cffi`, `pwdlib`) before the password gets near the model.
    """
    return elsewhere(sign_in) or _hashed(sign_in)


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
