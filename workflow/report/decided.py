"""How does a decision of a person read?"""

from runner.said import tell
from workflow.ledger import Decision


def decided(one: Decision) -> str:
    """`Ada <ada@…> (lead) approved a waiver: DB004 at comments.post_id until 2027-01-12 – the reason`."""
    what = one.check or " ".join(filter(None, (one.stage, one.step)))
    parts = [
        f"{one.who} <{one.email}> ({one.role}) {tell(one.kind)}{tell(': ')}{what}",
        tell("at {place}", place=one.place) if one.place else "",
        tell("to {who}", who=one.assignee) if one.assignee else "",
        tell("until {day}", day=one.until) if one.until else "",
        f"– {one.reason}" if one.reason else "",
    ]
    return " ".join(filter(None, parts))
