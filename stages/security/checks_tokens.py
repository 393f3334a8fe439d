"""Security: what is taken for a token? Judges the attacks that were tried on the running service."""

from collections.abc import Sequence

from runner.evidence.access.token_attack import (
    CLAIMED,
    EXPIRY,
    PURPOSE,
    RESET,
    REUSE,
    REVOKED,
    RUBBISH,
    SIGNATURE,
    Attack,
)
from runner.evidence.access.token_end import End
from runner.evidence.access.tokens import Tokens
from runner.model import (
    Outcome,
    Share,
    Verdict,
    at_endpoint,
    check,
    every,
    failed,
    not_applicable,
    passed,
    share,
    unknown,
)
from runner.said import say, together
from runner.words import plural

DAY = 24 * 3600
ACCESS = "an access token"
CLAIMS = """python -c 'import jwt, os; print(jwt.decode(os.environ["TOKEN"], options={"verify_signature": False}))'"""
LONGEST = 400 * DAY  # seconds: an access token that outlives a year does not end in any use of the word


@check("SC011", step="4.1")
def signature_is_checked(tokens: Tokens) -> Verdict:
    """Only tokens that the service signed itself are taken.

    Who can write a token can be anybody: `alg: none`, a guessed key or an unchecked signature is a master key. So is a
    header that a gateway writes (`X-User-Id`) and that is believed without a token: every client can write it too.
    Fix: decode with one fixed list of algorithms and a long random key (`jwt.decode(token, key,
    algorithms=["HS256"])`), never with `verify_signature=False`; let a gateway hand on a signed token.
    """
    claimed = [attack for attack in tokens.of(CLAIMED) if attack.worked and attack.told]
    if claimed:
        places = [at_endpoint(a.endpoint, say("{what}: {status}", what=a.what, status=a.status)) for a in claimed]
        found = say("whoever says who is calling is let in without a token: {listed}", listed=_listed(claimed))
        return failed(found, at=places, again=dict.fromkeys(a.curl for a in claimed))
    return _resisted(tokens, SIGNATURE, say("forged tokens"))


@check("SC012", step="4.1")
def tokens_expire(tokens: Tokens) -> Verdict:
    """Tokens end, and a token without an end is refused.

    A token that never ends is a password that nobody can change; one that leaked into a log works for ever.
    One that lives for days, and that nothing ends sooner, is good for whoever stole it until then. One that outlives
    the refresh token beside it is mostly seconds taken for hours: nobody ever needs to renew it.
    Fix: set `exp` when tokens are issued and require it when they are read:
    `jwt.decode(…, options={"require": ["exp"]})`. Give access tokens minutes or hours, and refresh tokens for the rest.
    """
    if "exp" not in tokens.claims:
        return _ended_by_the_store(tokens)
    lifetime = tokens.lifetime or 0
    if lifetime > LONGEST:
        place = at_endpoint(tokens.endpoint, say("good for {lifetime} days", lifetime=f"{lifetime // DAY:,}"))
        return failed(
            say(
                "access tokens are issued for {lifetime} days: they never end in practice",
                lifetime=f"{lifetime // DAY:,}",
            ),
            at=[place],
        )
    if tokens.renewable and lifetime > tokens.renewable:
        return _outlives(tokens, lifetime, tokens.renewable)
    if lifetime > DAY and _nothing_ends(tokens):
        place = at_endpoint(tokens.endpoint, say("good for {lifetime} days", lifetime=f"{lifetime / DAY:.3g}"))
        tried = (
            say("what was tried to end one sooner did not")
            if tokens.of(REVOKED)
            else say("no operation ends one sooner")
        )
        return failed(
            say(
                "access tokens are issued for {lifetime} days, and {tried}",
                lifetime=f"{lifetime / DAY:.3g}",
                tried=tried,
            ),
            at=[place],
            again=[CLAIMS],
        )
    return _resisted(
        tokens,
        EXPIRY,
        say("tokens that ended or never end"),
        say("; issued for {lifetime} s", lifetime=f"{lifetime:,}") if lifetime else "",
    )


def _outlives(tokens: Tokens, lifetime: int, renewable: int) -> Verdict:
    found = say(
        "access tokens are issued for {lifetime} s, longer than the refresh tokens beside them: {renewable} s",
        lifetime=f"{lifetime:,}",
        renewable=f"{renewable:,}",
    )
    place = at_endpoint(tokens.endpoint, say("good for {lifetime} s", lifetime=f"{lifetime:,}"))
    return failed(found, at=[place], again=[CLAIMS])


def _nothing_ends(tokens: Tokens) -> bool:
    """Neither sign-out, a new password nor the account's end was seen to end a token. No, where that is not known."""
    unknown_yet = any(kind == REVOKED for kind, _ in tokens.problems)
    return not unknown_yet and not any(attack.proved for attack in tokens.of(REVOKED) if ACCESS in attack.what)


def _ended_by_the_store(tokens: Tokens) -> Verdict:
    """A token that says nothing of its end may be ended where the service looks it up."""
    end = tokens.end
    if end is not None and end.refused:
        token = say("no `exp`") if tokens.is_jwt else say("an opaque token")
        return passed(
            say("{token}, but {when}, and only what is known there is taken", token=token, when=_when(end)),
            every(1, "kind of token"),
        )
    if end is not None:
        place = at_endpoint(tokens.endpoint, say("let in after {where} was set back ten years", where=end.where))
        return failed(
            say("tokens never end: one whose {where} is ten years old is let in", where=end.where), at=[place]
        )
    if tokens.is_jwt:
        place = at_endpoint(tokens.endpoint, say("claims: {claims}", claims=together(tokens.claims) or "none"))
        return failed("access tokens are issued without `exp`: they never end", at=[place])
    return unknown(
        "tokens are no JSON Web Tokens, and neither a key of Redis with a time to live nor a row with a moment in it "
        "was found that holds one: keep them, or their SHA-256, beside `expires_at`, so that their end can be seen"
    )


def _when(end: End) -> str:
    if end.seconds is not None:
        return say("{where} forgets it after {seconds} s", where=end.where, seconds=f"{end.seconds:,}")
    return say("it is refused once {where} is over", where=end.where)


@check("SC013", step="4.1")
def tokens_have_one_purpose(tokens: Tokens) -> Verdict:
    """A token made for one purpose is refused for every other.

    Refresh tokens live for weeks. Where they open the API, the short life of access tokens protects nobody; and a
    reset link that works as a session is a break-in by e-mail. A token that another server gave out for another service
    is known to that service: whoever runs it could be any of its users here.
    Fix: write the purpose into the token (`purpose: access`) and compare it wherever a token is read. Of another
    server's tokens, demand to be named in `aud`: `jwt.decode(…, audience=client_id)`.
    """
    return _resisted(tokens, PURPOSE, say("tokens of another purpose"))


@check("SC014", step="4.1")
def ended_sessions_are_dead(tokens: Tokens) -> Verdict:
    """Tokens die with the sign-out, the old password and the account.

    People sign out, change their password or are disabled because somebody else has their token: it must not go on
    working until it expires.
    Fix: keep sessions (or a token version per user) in the database, compare at every request, and delete them at
    sign-out, password change and disablement.
    """
    ways = share(len(set(tokens.ended) & set(tokens.endings)), len(tokens.endings), "end of a session")
    return _resisted(tokens, REVOKED, say("tokens and passwords that had ended"), shares=[ways])


@check("SC015", step="4.1")
def refresh_tokens_work_once(tokens: Tokens) -> Verdict:
    """A refresh token that was replaced does not work a second time.

    Two users of one refresh token means that one of them stole it; if both get new tokens, nobody ever notices.
    Fix: store the id of the one refresh token that is good, replace it in the same statement that compares it, and
    end the session when an old one comes back.
    """
    return _resisted(tokens, REUSE, say("used refresh tokens"))


@check("SC073", step="4.1")
def reset_links_work_once(tokens: Tokens) -> Verdict:
    """A link to reset the password works once, and for nothing else.

    Mails are kept for years, forwarded and read on shared machines. A link that goes on working is a second password
    that its owner does not know of; one that is taken for a session needs no new password at all.
    Fix: store a hash of the token and its end, and delete it in the statement that compares it; or sign it with the
    old password's hash in the key, so that it dies with that. Write its purpose into it.
    """
    return _resisted(tokens, RESET, say("reset links at the wrong place or time"))


@check("SC016", step="4.1")
def rubbish_is_no_token(tokens: Tokens) -> Verdict:
    """Rubbish instead of a token is refused with 401, and breaks nothing.

    A token that makes the service answer 500 shows strangers where its parsing is weak, and wakes the people on call.
    One that is refused with 403 or 404 tells its client that signing in again is of no use, although it is.
    Fix: catch every error of the token library (`jwt.PyJWTError`) where tokens are read, and answer 401.
    """
    verdict = _resisted(tokens, RUBBISH, say("things that are no token"))
    misleading = [attack for attack in tokens.of(RUBBISH) if attack.status in {403, 404, 422}]
    if verdict.outcome is not Outcome.PASSED or not misleading:
        return verdict
    places = [
        at_endpoint(a.endpoint, say("{what}: {status}, not 401", what=a.what, status=a.status)) for a in misleading
    ]
    count = plural(len(misleading), "kind")
    message = say(
        "{count} of rubbish instead of a token refused, but not with 401: {listed}",
        count=count,
        listed=_listed(misleading),
    )
    return failed(message, at=places, again=dict.fromkeys(a.curl for a in misleading if a.curl))


def _resisted(tokens: Tokens, kind: str, what: str, more: str = "", shares: Sequence[Share] = ()) -> Verdict:
    """Failed when one attack worked or crashed the service; unknown or not applicable when none could be tried.

    A refusal counts where a good token was let in by the same operation right before and after.
    """
    attacks = tokens.of(kind)
    bad = [attack for attack in attacks if attack.worked or attack.crashed]
    if bad:
        places = [at_endpoint(a.endpoint, say("{what}: {status}", what=a.what, status=a.status)) for a in bad]
        message = say(
            "{bad} of {attacks} {what} {did}: {listed}",
            bad=len(bad),
            attacks=len(attacks),
            what=what,
            did=_did(bad),
            listed=_listed(bad),
        )
        return failed(message, at=places, again=dict.fromkeys(a.curl for a in bad if a.curl))
    problems = [why for of, why in tokens.problems if of == kind]
    if problems:
        return unknown(together(problems, "; "))
    missing = [why for of, why in tokens.missing if of == kind]
    if not attacks and not missing:
        return unknown(say("none of the {what} could be tried", what=what))
    if not attacks:
        looked = say(
            "what signing in gives, and the {operations} of the contract",
            operations=plural(tokens.operations, "operation"),
        )
        return not_applicable(together(missing, "; "), looked=looked)
    proved = sum(attack.proved for attack in attacks)
    if proved * 2 < len(attacks):
        one = next(attack for attack in attacks if not attack.proved)
        return unknown(
            say(
                "that {attacks} of {attacks2} {what} were refused proves nothing: {endpoint} "
                "answered {status} to {what2}, and refused what is good as well, or was not asked "
                "for it",
                attacks=len(attacks) - proved,
                attacks2=len(attacks),
                what=what,
                endpoint=one.endpoint,
                status=one.status,
                what2=one.what,
            )
        )
    left_out = say(" ({missing})", missing=together(missing, "; ")) if missing else ""
    return passed(
        say("{what} are refused{left_out}{more}", what=what, left_out=left_out, more=more),
        share(proved, len(attacks), "attack"),
        *shares,
    )


def _did(attacks: Sequence[Attack]) -> str:
    if all(attack.crashed for attack in attacks):
        return say("made the service fail")
    return say("got through or made it fail") if any(attack.crashed for attack in attacks) else say("got through")


def _listed(attacks: Sequence[Attack]) -> str:
    first = together(say("{what} ({status})", what=attack.what, status=attack.status) for attack in attacks[:3])
    return say("{first} …", first=first) if len(attacks) > 3 else first  # noqa: PLR2004
