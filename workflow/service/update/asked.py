"""Which specification was a service asked for, when its `spec.yaml` also tells what each one promises? Pure."""

import re

from runner.specification import Specification
from stages.design.blueprint import BASE, requirements
from stages.design.blueprint.resources import endpoints_of


def asked_for(now: Specification, before: Specification, of_every_service: frozenset[str], lines: str) -> Specification:
    """What people asked for: without what is generated with it, and without what they built by hand.

    `before`: as it was generated; `of_every_service`: ids of what each one promises; `lines`: the template's text.
    """
    made = {endpoint for one in now.resources if one.fields for endpoint in endpoints_of(one).values()}
    follows = of_every_service | _following(before) | _following(now)
    by_hand = {row.endpoint for row in now.permissions} - made - BASE
    wanted = tuple(one for one in now.requirements if one.id not in follows and not by_hand & set(one.endpoints))
    given = {
        "scope": now.scope.model_copy(
            update={
                part: tuple(one for one in getattr(now.scope, part) if not _told_by(lines, one))
                for part in ("included", "excluded")
            }
        ),
        "constraints": tuple(one for one in now.constraints if one.id not in of_every_service),
        "resources": tuple(one for one in now.resources if one.fields),
        "requirements": wanted,
        "permissions": tuple(row for row in now.permissions if row.endpoint not in by_hand | BASE),
        "quality": tuple(one for one in now.quality if one.endpoint not in by_hand),
        "questions": tuple(one for one in now.questions if one.id not in of_every_service),
    }
    return now.model_copy(update=given)


def _following(content: Specification) -> frozenset[str]:
    """Ids of the requirements that follow from resources and permissions."""
    bare = content.model_copy(update={"requirements": ()})
    return frozenset(one.id for one in requirements(bare))


def _told_by(template: str, line: str) -> bool:
    """Does a line of a list stand in the template? One that names the roles stands there for any roles."""
    start = line.partition(" with the roles ")[0]
    return bool(re.search(rf"^ +- {re.escape(start)}(?: with the roles .*)?$", template, re.MULTILINE))
