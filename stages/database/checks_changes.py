"""Database: does a change store what it tells, and nothing else?"""

from runner.evidence.behaviour.partial_changes import ALONE, Overwritten, PartialChanges
from runner.evidence.behaviour.unstored_changes import UnstoredChanges
from runner.model import Verdict, at_endpoint, check, failed, not_applicable, passed, share
from runner.said import say
from runner.words import listed, plural

CHANGING = "changing operation"


@check("DB036", step="3.1")
def a_patch_keeps_what_was_not_sent(partial: PartialChanges) -> Verdict:
    """A PATCH changes only what was sent.

    A model whose defaults are written as if they had been sent sets back what others have set: somebody changes a name,
    and an editor is a reader again.
    Fix: write `body.model_dump(exclude_unset=True)`, and give the fields of the PATCH's model no default that is a
    value.
    """
    if partial.overwritten:
        names = dict.fromkeys(one.endpoint for one in partial.overwritten)
        return failed(
            say(
                "{operations} overwrite what was not sent: {overwrites}",
                operations=plural(len(names), "operation"),
                overwrites=_overwrites(partial.overwritten[0]),
            ),
            at=[at_endpoint(one.endpoint, _overwrites(one)) for one in partial.overwritten],
            again=dict.fromkeys(one.curl for one in partial.overwritten),
        )
    left = [
        say("{endpoint}: {why}", endpoint=endpoint, why=why)
        for endpoint, why in partial.problems
        if endpoint not in partial.judged
    ]
    told = say("; not judged: {left}", left=listed(left, 3, "; ")) if left else ""
    alone = {endpoint for endpoint, why in partial.problems if why == ALONE} - partial.judged
    if alone == partial.patches:
        return not_applicable(
            "no PATCH leaves anything out", looked=f"{plural(len(partial.patches), 'PATCH operation')}"
        )
    return passed(
        say("each field alone leaves the others as they were{told}", told=told),
        share(len(partial.judged), len(partial.patches - alone), "PATCH operation"),
    )


@check("DB038", step="3.1")
def what_was_told_as_done_is_read(changes: UnstoredChanges) -> Verdict:
    """What a change tells as done is what is read afterwards, whichever role made it.

    A success that stored nothing is believed: the form says "saved", and nobody types it again. Mostly a branch for one
    role, or a case that returns early, forgets to write.
    Fix: write, or refuse (403, 409, 422); let the answer be made from what was stored.
    """
    if changes.unstored:
        told = {one.endpoint for one in changes.unstored}
        first = changes.unstored[0]
        return failed(
            say(
                "{operations} told success and stored nothing: {endpoint} as {role}: {why}",
                operations=plural(len(told), "operation"),
                endpoint=first.endpoint,
                role=first.role,
                why=first.why,
            ),
            at=[
                at_endpoint(
                    one.endpoint, say("{status} to {role}, and {why}", status=one.status, role=one.role, why=one.why)
                )
                for one in changes.unstored
            ],
            again=dict.fromkeys(one.curl for one in changes.unstored),
        )
    left = [
        say("{endpoint}: {why}", endpoint=endpoint, why=why)
        for endpoint, why in changes.problems
        if endpoint not in changes.judged
    ]
    left += [say("{role} could not sign in: {why}", role=role, why=why) for role, why in changes.missing]
    more = say("; not judged: {left}", left=listed(left, 3, "; ")) if left else ""
    return passed(
        say("{told} successes, each read back or seen in the tables{more}", told=changes.told, more=more),
        share(len(changes.judged), len(changes.changing), CHANGING),
        share(len(changes.roles) - len(changes.missing), len(changes.roles), "role"),
    )


def _overwrites(one: Overwritten) -> str:
    if not one.field:
        return say(
            "{endpoint} answers {now} when only {sent} is sent", endpoint=one.endpoint, now=one.now, sent=one.sent
        )
    return say(
        "{endpoint} changes {field} though only {sent} was sent: {was} became {now}",
        endpoint=one.endpoint,
        field=one.field,
        sent=one.sent,
        was=one.was,
        now=one.now,
    )
