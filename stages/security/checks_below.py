"""Is what stands below a thing refused to whom the thing itself is refused?"""

from collections.abc import Iterable

from runner.errors import Thing
from runner.evidence.behaviour.hidden_children import HiddenChild
from runner.evidence.behaviour.hidden_listed import HiddenListed
from runner.evidence.behaviour.shared_answers import SharedAnswers
from runner.model import Verdict, at_endpoint, check, failed, not_applicable, passed, share, unknown
from runner.said import say
from runner.words import listed, plural


@check("SC008", step="4.1")
def what_is_hidden_hides_what_is_below(answers: SharedAnswers) -> Verdict:
    """What stands below a thing is refused to whom the thing itself is refused, and no list tells of it.

    A draft answers 404, its comments answer 200: who counts its id up reads what is said about it, or writes there. Or
    one filter of a list forgets what the others ask, and shows it. Each operation is right by itself; together they
    show what was to be hidden.
    Fix: look the thing up by the same function as its own operation does, with the caller in it, before what is below
    it is read or written, and answer what that one answers. Let every list, every filter and every total begin with one
    query that has the caller in it.
    """
    hidden = answers.hidden
    leaks: list[HiddenChild | HiddenListed] = [
        *(one for one in hidden.found if one.let_in),
        *(one for one in hidden.listed if one.told),
    ]
    if leaks:
        first, names = leaks[0], dict.fromkeys(one.endpoint for one in leaks)
        said = say("{endpoint}: {told}", endpoint=first.endpoint, told=_told(first))
        return failed(
            say("{said} ({operations})", said=said, operations=plural(len(names), "operation")),
            at=[at_endpoint(one.endpoint, _told(one)) for one in leaks],
            again=dict.fromkeys(one.curl for one in leaks),
        )
    judged = {one.endpoint for one in hidden.found}
    if hidden.problems:
        return unknown(_why(hidden.problems))
    if not hidden.below:
        return _nothing_below(answers)
    if not judged:
        below = listed(sorted(hidden.below), 3)
        return unknown(say("nobody gets in below what is shown either: {below}", below=below))
    return passed(
        say("what is hidden from somebody hides what is below it as well"),
        share(len(judged), len(hidden.below), "operation"),
    )


def _nothing_below(answers: SharedAnswers) -> Verdict:
    """Nothing stands below what is hidden from anybody: its lists are judged alone, where there are any."""
    hidden = answers.hidden
    if lists := {one.endpoint for one in hidden.listed}:
        judged = share(len(lists), len(lists) + len(hidden.unmade), "list")
        return passed(say("no list shows or counts what is hidden from its caller"), judged)
    if hidden.unmade and not hidden.made:
        return unknown(_why(hidden.unmade))
    looked = say("the {operations} of the contract", operations=plural(answers.reads, "reading operation"))
    return not_applicable(
        "no thing is hidden from those who may see others like it", looked=looked, absent=_absent(answers)
    )


def _why(problems: Iterable[tuple[str, str]]) -> str:
    why = listed((say("{e}: {why}", e=e, why=why) for e, why in problems), 3, "; ")
    return say("nothing could be made of {problems}", problems=why)


def _absent(answers: SharedAnswers) -> Thing | None:
    return None if answers.reads else Thing.OPERATIONS


def _told(one: HiddenChild | HiddenListed) -> str:
    if isinstance(one, HiddenListed):
        caller = say("another caller") if one.signed_in else say("a stranger")
        if one.counted:
            return say(
                "the total that {caller} is told counts what {parent} answers 404", caller=caller, parent=one.parent
            )
        by = say(" by `{query}`", query=one.query) if one.query else ""
        return say("{caller} is shown{by} what {parent} answers 404", caller=caller, by=by, parent=one.parent)
    return say(
        "{caller} is answered {status} below what {parent} answers {refused}",
        caller=one.caller,
        status=one.status,
        parent=one.parent,
        refused=one.refused,
    )
