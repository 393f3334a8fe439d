"""Requirements: is every failure, number, role and trace there?"""

import re
from collections import Counter

from runner.errors import Thing
from runner.evidence.agreed.mentions import Mentions
from runner.evidence.agreed.specification import Spec
from runner.model import Place, Verdict, check, every, failed, not_applicable, passed, unknown
from runner.said import say
from runner.specification import ANONYMOUS, Specification
from runner.words import listed, plural
from stages.requirements.needs import gaps
from stages.requirements.wording import is_failure_case

CHANGING = ("POST ", "PUT ", "PATCH ", "DELETE ")


def named_in(content: Specification) -> dict[str, str]:
    """Every operation that the specification names → the id of what names it first; empty for a permission."""
    named = {e: r.id for r in reversed(content.requirements) for e in r.endpoints}
    measured = {q.endpoint: q.id for q in content.quality if q.endpoint and q.endpoint not in named}
    rows = {row.endpoint: "" for row in content.permissions if row.endpoint not in named | measured}
    return named | measured | rows


@check("RQ010", step="1.1c")
def changes_have_failure_cases(spec: Spec) -> Verdict:
    """Every operation that changes something has an `If …, then` case.

    What happens when it goes wrong is decided either here or, by accident, in production: half-written data, a 500,
    or a silent success.
    Fix: add a requirement that names the endpoint: "If the <thing> is missing, invalid, taken or somebody else's,
    then the service shall answer <status> and change nothing."
    """
    content = spec.content
    named = named_in(content)
    operations = [e for e in named if e.startswith(CHANGING)]
    if not operations:
        looked = say(
            "the {operations} that {path} names", operations=plural(len(named), "operation"), path=spec.file.path
        )
        return not_applicable("nothing is asked for that changes anything", looked=looked, absent=Thing.CHANGES)
    failures = [r for r in content.requirements if is_failure_case(r.text)]
    covered = {endpoint for r in failures for endpoint in r.endpoints}
    whole = {r.resource for r in failures if r.resource and not r.endpoints}  # holds for everything of that resource
    places = []
    for endpoint in operations:
        owners = [r for r in content.requirements if endpoint in r.endpoints]
        if endpoint not in covered and not any(r.resource in whole for r in owners):
            note = say("{endpoint} has no `If …, then` case", endpoint=endpoint)
            places.append(spec.place(named[endpoint], note) if named[endpoint] else _row(spec, endpoint, note))
    if places:
        return failed(listed((p.note for p in places), 3, "; "), at=places)
    return passed(plural(len(failures), "failure case"), every(len(operations), "changing operation"))


@check("RQ011", step="1.1c")
def quality_needs_have_numbers(spec: Spec) -> Verdict:
    """Every quality need has a number, its unit, a percentile and a load.

    "300 ms" alone is true for one user at night. Without percentile and load, a load test can pass and fail on the same
    service.
    Fix: give limit, unit (ms, req/s, %), load (users, seconds) and, for a latency, the percentile.
    """
    if not spec.content.quality:
        places = [spec.place("quality", say("there is none"))]
        return failed("no quality need at all: nothing says how fast or how reliably it must answer", at=places)
    bad = [(q.id, missing) for q in spec.content.quality if (missing := gaps(q))]
    if bad:
        said = listed((say("{id}: {missing}", id=id, missing=missing) for id, missing in bad), 3, "; ")
        return failed(said, at=[spec.place(*one) for one in bad])
    return passed("each with number, unit and load, as its text says", every(len(spec.content.quality), "quality need"))


@check("RQ012", step="1.1d")
def roles_and_owners_exist(spec: Spec) -> Verdict:
    """Every resource has an owner role, and every role that is named exists.

    A resource that nobody answers for gets its rules from whoever touches it first. A role that is nowhere described
    can't be tested.
    Fix: give the resource an `owner:` from `roles:`, or describe the missing role or resource.
    """
    content = spec.content
    roles = {role.id for role in content.roles} | {ANONYMOUS}
    resources = {resource.id for resource in content.resources}
    places = [spec.place(r.id, say("{id} has no owner role", id=r.id)) for r in content.resources if not r.owner]
    places += [
        spec.place(
            r.id, say("{id} is owned by `{owner}`, {no_role}", id=r.id, owner=r.owner, no_role=_no_role(r.owner))
        )
        for r in content.resources
        if r.owner and (r.owner == ANONYMOUS or r.owner not in roles)
    ]
    for requirement in content.requirements:
        strangers = [role for role in requirement.roles if role not in roles]
        places += [
            spec.place(
                requirement.id,
                say("{id} names `{role}`, {no_role}", id=requirement.id, role=role, no_role=_no_role(role)),
            )
            for role in strangers
        ]
        if requirement.resource and requirement.resource not in resources:
            note = say(
                "{id} is about `{resource}`, which is no resource", id=requirement.id, resource=requirement.resource
            )
            places.append(spec.place(requirement.id, note))
    if places:
        return failed(listed((place.note for place in places), 3, "; "), at=places)
    if not resources:
        return _without_resources(spec)
    judged = every(len(content.resources), "resource"), every(len(content.requirements), "requirement")
    return passed(plural(len(content.roles), "role"), *judged)


def _without_resources(spec: Spec) -> Verdict:
    named = named_in(spec.content)
    if not named:
        looked = say("the `resources` and the endpoints of {path}", path=spec.file.path)
        return not_applicable("nothing is kept that somebody could own", looked=looked, absent=Thing.OPERATIONS)
    what = plural(len(named), "operation")
    return unknown(
        say(
            "{path} names {what} and no resource. List what they work on under `resources:`",
            path=spec.file.path,
            what=what,
        )
    )


def _no_role(role: str) -> str:
    return say("which is nobody") if role == ANONYMOUS else say("which is no role")


@check("RQ013", step="1.1d")
def operations_have_permissions(spec: Spec) -> Verdict:
    """Every operation says who may call it.

    An operation without a rule is open to whoever the code happens to let in, and the security gate has nothing to
    hold it against.
    Fix: add a row under `permissions:` that allows each role `any` object or only its `own`. For an open operation:
    `allow: {anonymous: any}`.
    """
    content = spec.content
    roles = {role.id for role in content.roles} | {ANONYMOUS}
    rows = Counter(row.endpoint for row in content.permissions)
    named = named_in(content)
    places = [
        spec.place(id, say("{endpoint} has no rule", endpoint=endpoint))
        for endpoint, id in named.items()
        if endpoint not in rows
    ]
    for number, row in enumerate(content.permissions):
        strangers = [role for role in row.allow if role not in roles]
        notes = [
            say("{endpoint} allows `{role}`, which is no role", endpoint=row.endpoint, role=role) for role in strangers
        ]
        if row.allow.get(ANONYMOUS) == "own":
            notes.append(
                say(
                    "{endpoint} allows `anonymous` its own, but nobody knows what is theirs: write `any`",
                    endpoint=row.endpoint,
                )
            )
        if not row.allow:
            notes.append(say("{endpoint} allows nobody", endpoint=row.endpoint))
        places += [spec.file.at("permissions", number, note=note) for note in notes]
    places += [_row(spec, e, say("{e} has {times} rows", e=e, times=times)) for e, times in rows.items() if times > 1]
    if places:
        return failed(listed((place.note for place in places), 3, "; "), at=places)
    if not named:
        looked = say("the requirements, permissions and quality needs of {path}", path=spec.file.path)
        return not_applicable("no operation is asked for", looked=looked, absent=Thing.OPERATIONS)
    return passed("each with a rule", every(len(named), "operation"))


@check("RQ014", step="1.1d")
def requirements_lead_somewhere(spec: Spec, mentions: Mentions) -> Verdict:
    """Every requirement leads to an endpoint, a quality need or a test, and every operation to a requirement.

    A requirement that leads nowhere is not built, or nobody can show that it was. An operation that no requirement asks
    for is work, and attack surface, that nobody ordered.
    Fix: name the endpoints under the requirement, or name the id of the requirement or of its criterion in the test
    that proves it. An operation that nobody asked for: write the requirement or drop the row.
    """
    content = spec.content
    lost = [r for r in content.requirements if not r.endpoints and not _proved(content, r.id, mentions)]
    asked = {endpoint for r in content.requirements for endpoint in r.endpoints}
    places = [spec.place(r.id, say("{id} leads to no endpoint, quality need or test", id=r.id)) for r in lost]
    places += [
        _row(spec, endpoint, say("no requirement asks for {endpoint}", endpoint=endpoint))
        for endpoint in dict.fromkeys(row.endpoint for row in content.permissions)
        if endpoint not in asked
    ]
    places += [
        spec.place(q.id, say("{id} measures {endpoint}, which no requirement asks for", id=q.id, endpoint=q.endpoint))
        for q in content.quality
        if q.endpoint and q.endpoint not in asked
    ]
    if places:
        return failed(listed((place.note for place in places), 3, "; "), at=places)
    judged = every(len(content.requirements), "requirement"), every(len(named_in(content)), "operation")
    return passed("each leads somewhere", *(one for one in judged if one.there or one is judged[0]))


def _proved(content: Specification, id: str, mentions: Mentions) -> bool:
    requirement = next(r for r in content.requirements if r.id == id)
    names = {id, *(a.id for a in requirement.acceptance)}
    told = any(re.search(rf"(?<![\w-]){re.escape(id)}(?![\w-])", q.text) for q in content.quality)
    return told or bool(names & set(mentions.places))


def _row(spec: Spec, endpoint: str, note: str) -> Place:
    """The row of the permissions, not the first line that names the endpoint."""
    rows = [row.endpoint for row in spec.content.permissions]
    return spec.file.at("permissions", rows.index(endpoint), note=note)
