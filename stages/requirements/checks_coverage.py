"""Requirements: is every failure, number, role and trace there?"""

import re
from collections import Counter

from runner.evidence.mentions import Mentions
from runner.evidence.specification import Spec
from runner.model import Place, Verdict, check, failed, not_applicable, passed
from runner.specification import ANONYMOUS, Quality, Specification
from runner.words import plural
from stages.requirements.wording import is_failure_case

CHANGING = ("POST ", "PUT ", "PATCH ", "DELETE ")
UNITS = {"latency": "ms", "throughput": "req/s", "error_rate": "%"}


@check("RQ010", step="1.1c")
def changes_have_failure_cases(spec: Spec) -> Verdict:
    """Every operation that changes something has an `If …, then` case.

    What happens when it goes wrong is decided either here or, by accident, in production: half-written data, a 500,
    or a silent success.
    Fix: add a requirement that names the endpoint: "If the <thing> is missing, invalid, taken or somebody else's,
    then the service shall answer <status> and change nothing."
    """
    content = spec.content
    operations = sorted({e for r in content.requirements for e in r.endpoints if e.startswith(CHANGING)})
    failures = [r for r in content.requirements if is_failure_case(r.text)]
    covered = {endpoint for r in failures for endpoint in r.endpoints}
    whole = {r.resource for r in failures if r.resource and not r.endpoints}  # holds for everything of that resource
    places = []
    for endpoint in operations:
        owners = [r for r in content.requirements if endpoint in r.endpoints]
        if endpoint not in covered and not any(r.resource in whole for r in owners):
            places.append(spec.place(owners[0].id, f"{endpoint} has no `If …, then` case"))
    if not operations:
        return not_applicable("no requirement changes anything")
    if places:
        return failed("; ".join(p.note for p in places[:3]), at=places)
    return passed(f"{len(operations)} changing operations, {len(failures)} failure cases")


@check("RQ011", step="1.1c")
def quality_needs_have_numbers(spec: Spec) -> Verdict:
    """Every quality need has a number, its unit, a percentile and a load.

    "300 ms" alone is true for one user at night. Without percentile and load, a load test can pass and fail on the same
    service.
    Fix: give limit, unit (ms, req/s, %), load (users, seconds) and, for a latency, the percentile.
    """
    if not spec.content.quality:
        places = [spec.place("quality", "there is none")]
        return failed("no quality need at all: nothing says how fast or how reliably it must answer", at=places)
    bad = [(q.id, missing) for q in spec.content.quality if (missing := _missing(q))]
    if bad:
        said = "; ".join(f"{id}: {missing}" for id, missing in bad[:3])
        return failed(said, at=[spec.place(*one) for one in bad])
    return passed(f"{len(spec.content.quality)} quality needs with number, unit and load")


def _missing(need: Quality) -> str:
    gaps = [word for word, value in (("number", need.limit), ("unit", need.unit), ("load", need.load)) if value is None]
    if need.metric == "latency" and need.percentile is None:
        gaps.append("percentile")
    if gaps:
        return f"no {', no '.join(gaps)}"
    if need.unit != UNITS[need.metric]:
        return f"{need.metric} in {need.unit}; say it in {UNITS[need.metric]}"
    stated = [float(n.replace(",", "")) for n in re.findall(rf"([\d.,]*\d)\s*{re.escape(need.unit)}(?!\w)", need.text)]
    if stated and need.limit not in stated:
        return f"the text says {stated[0]:g} {need.unit}, `limit` says {need.limit:g}"
    return ""


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
    places = [spec.place(r.id, f"{r.id} has no owner role") for r in content.resources if not r.owner]
    places += [
        spec.place(r.id, f"{r.id} is owned by `{r.owner}`, {_no_role(r.owner)}")
        for r in content.resources
        if r.owner and (r.owner == ANONYMOUS or r.owner not in roles)
    ]
    for requirement in content.requirements:
        strangers = [role for role in requirement.roles if role not in roles]
        places += [
            spec.place(requirement.id, f"{requirement.id} names `{role}`, {_no_role(role)}") for role in strangers
        ]
        if requirement.resource and requirement.resource not in resources:
            note = f"{requirement.id} is about `{requirement.resource}`, which is no resource"
            places.append(spec.place(requirement.id, note))
    if places:
        return failed("; ".join(place.note for place in places[:3]), at=places)
    return passed(f"{plural(len(resources), 'resource')}, {plural(len(content.roles), 'role')}")


def _no_role(role: str) -> str:
    return "which is nobody" if role == ANONYMOUS else "which is no role"


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
    named = {e: r.id for r in reversed(content.requirements) for e in r.endpoints}
    places = [spec.place(id, f"{endpoint} has no rule") for endpoint, id in named.items() if endpoint not in rows]
    for row in content.permissions:
        places += [
            _row(spec, row.endpoint, f"{row.endpoint} allows `{role}`, which is no role")
            for role in row.allow
            if role not in roles
        ]
        if not row.allow:
            places.append(_row(spec, row.endpoint, f"{row.endpoint} allows nobody"))
    places += [_row(spec, e, f"{e} has {times} rows") for e, times in rows.items() if times > 1]
    if places:
        return failed("; ".join(place.note for place in places[:3]), at=places)
    return (
        passed(f"{plural(len(rows), 'operation')}, each with a rule")
        if rows
        else not_applicable("no requirement has an endpoint")
    )


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
    places = [spec.place(r.id, f"{r.id} leads to no endpoint, quality need or test") for r in lost]
    places += [
        _row(spec, endpoint, f"no requirement asks for {endpoint}")
        for endpoint in dict.fromkeys(row.endpoint for row in content.permissions)
        if endpoint not in asked
    ]
    places += [
        spec.place(q.id, f"{q.id} measures {q.endpoint}, which no requirement asks for")
        for q in content.quality
        if q.endpoint and q.endpoint not in asked
    ]
    if places:
        return failed("; ".join(place.note for place in places[:3]), at=places)
    return passed(f"{plural(len(content.requirements), 'requirement')}, {plural(len(asked), 'operation')}")


def _proved(content: Specification, id: str, mentions: Mentions) -> bool:
    requirement = next(r for r in content.requirements if r.id == id)
    names = {id, *(a.id for a in requirement.acceptance)}
    told = any(re.search(rf"(?<![\w-]){re.escape(id)}(?![\w-])", q.text) for q in content.quality)
    return told or bool(names & set(mentions.places))


def _row(spec: Spec, endpoint: str, note: str) -> Place:
    """The row of the permissions, not the first line that names the endpoint."""
    lines = spec.file.text.splitlines()
    start = next((n for n, line in enumerate(lines) if line.startswith("permissions:")), 0)
    found = next((n for n, line in enumerate(lines[start:], start + 1) if _names(line, endpoint)), None)
    return Place(path=spec.file.path, line=found, note=note)


def _names(line: str, endpoint: str) -> bool:
    return bool(re.search(rf"{re.escape(endpoint)}(?=[\"',}}\s]|$)", line))
