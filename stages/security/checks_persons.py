"""Security: is a person who is erased gone?"""

from runner.errors import Thing
from runner.evidence.behaviour.erasure import Erased, Erasure, Left
from runner.model import Place, Verdict, at_endpoint, check, failed, in_table, not_applicable, passed, share, unknown
from runner.said import say
from runner.words import listed, plural


@check("SC130", step="4.1")
def an_erased_person_is_gone(erasure: Erasure) -> Verdict:
    """Who is erased is gone from every table, from the cache and from the log.

    A mark on the row hides an account and keeps the person: the address and the name are there for whoever reads the
    database, a backup or a log, and the next sign-up under that address is refused. Whoever asked to be erased was told
    that it was done, and the law wants that to be true.
    Fix: delete the row and what refers to it (`ON DELETE CASCADE`, `SET NULL`), or overwrite each field that tells who
    it was; delete the keys of the cache in the same place; log the id, and never the address.
    """
    if not erasure.erased:
        return _none(erasure)
    kept = [one for one in erasure.erased if one.left and not one.later]
    if kept:
        first = kept[0]
        others = say(" (and {kept} more)", kept=len(kept) - 1) if len(kept) > 1 else ""
        places = [_place(one, left) for one in kept for left in one.left]
        return failed(
            say("{told}{others}", told=_told(first), others=others), at=places, again=[one.curl for one in kept[:3]]
        )
    judged = [one for one in erasure.erased if one.done and not one.problem and not one.later]
    if not judged:
        return unknown(say("nobody was seen to be erased: {why_not}", why_not=_why_not(erasure.erased[0])))
    texts = dict.fromkeys(place for one in judged for place in one.texts)
    stays = say("; texts that are nobody's now stay in {texts}", texts=listed(texts)) if texts else ""
    left = [
        say("{endpoint} ({why_not})", endpoint=one.endpoint, why_not=_why_not(one))
        for one in erasure.erased
        if one not in judged
    ]
    told = say("; not judged: {left}", left=listed(left)) if left else ""
    there = len(erasure.erased) + len(erasure.hidden)
    said = say("no table, cache or log knew the person afterwards{stays}{told}", stays=stays, told=told)
    return passed(said, share(len(judged), there, "erasing operation"))


@check("SC131", step="4.1")
def who_has_made_something_can_be_erased(erasure: Erasure) -> Verdict:
    """An account that has made something can be erased.

    Foreign keys that nobody thought of refuse the row, and the answer is 500: tests erase accounts that are a second
    old, and those that ask for it are customers of years.
    Fix: decide for each table that refers to the account whether its rows go (`ON DELETE CASCADE`), stay as nobody's
    (`SET NULL`) or are given to somebody else, and try it with one row in each.
    """
    if not erasure.erased:
        return _none(erasure)
    broke = [one for one in erasure.erased if one.broke >= 500]  # noqa: PLR2004 - HTTP
    if broke:
        first = broke[0]
        why = say(": rows of {blocked} refer to it", blocked=first.blocked) if first.blocked else ""
        less = say(", and {status} for one that has made nothing", status=first.status) if first.done else ""
        said = say(
            "{endpoint} answers {broke} for an account that has made something{why}{less}",
            endpoint=first.endpoint,
            broke=first.broke,
            why=why,
            less=less,
        )
        places = [at_endpoint(one.endpoint, say("after {things}", things=listed(one.things))) for one in broke]
        places += [in_table(one.blocked, note="its foreign key refuses the erasure") for one in broke if one.blocked]
        return failed(said, at=places, again=[one.curl for one in broke[:3]])
    judged = [one for one in erasure.erased if one.things and (one.done or one.broke)]
    if not judged:
        first = erasure.erased[0]
        return unknown(
            say(
                "{endpoint}: {problem}",
                endpoint=first.endpoint,
                problem=first.problem or say("nothing could be made for the person before"),
            )
        )
    refused = [
        say("{endpoint} answered {broke} while there was something", endpoint=one.endpoint, broke=one.broke)
        for one in judged
        if one.broke
    ]
    told = say("; {refused}", refused=listed(refused)) if refused else ""
    made = max(len(one.things) for one in judged)
    said = say(
        "also after {operations} had made something for the person{told}",
        operations=plural(made, "operation"),
        told=told,
    )
    return passed(said, share(len(judged), len(erasure.erased), "erasing operation"))


def _told(one: Erased) -> str:
    """`DELETE /users/me only marks the account (users.active): email is still in users.email`."""
    marks = (
        say(" only marks the account ({marked})", marked=listed(one.marked))
        if one.marked
        else say(" answered {status}", status=one.status)
    )
    kept = dict.fromkeys(
        say(
            "{what} is still in {where}{why}",
            what=left.what,
            where=left.where,
            why=say(", {why}", why=left.why) if left.why else "",
        )
        for left in one.left
    )
    return say("{endpoint}{marks}: {kept}", endpoint=one.endpoint, marks=marks, kept=listed(kept))


def _place(one: Erased, left: Left) -> Place:
    note = say(
        "{what} after {endpoint}{why}",
        what=left.what,
        endpoint=one.endpoint,
        why=say(", {why}", why=left.why) if left.why else "",
    )
    return (
        in_table(left.table, left.column, note)
        if left.table
        else at_endpoint(one.endpoint, say("{what}: {where}", what=left.what, where=left.where))
    )


def _why_not(one: Erased) -> str:
    if one.problem:
        return one.problem
    return (
        say("it answered {status}: the erasure is still to come", status=one.status)
        if one.later
        else say("it answered {broke}", broke=one.broke or one.status)
    )


def _none(erasure: Erasure) -> Verdict:
    if erasure.hidden:
        return unknown(say("not asked, as no contract names them: {hidden}", hidden=listed(erasure.hidden)))
    looked = say("the {operations} of the contract", operations=plural(erasure.operations, "operation"))
    absent = None if erasure.operations else Thing.OPERATIONS
    return not_applicable("no operation erases an account or a person", looked=looked, absent=absent)
