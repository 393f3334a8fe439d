"""How does a decision of a person read?"""

from workflow.ledger import Decision


def decided(one: Decision) -> str:
    """`Ada <ada@…> (lead) approved a waiver: DB004 at comments.post_id until 2027-01-12 – the reason`."""
    what = one.check or " ".join(filter(None, (one.stage, one.step)))
    parts = [
        f"{one.who} <{one.email}> ({one.role}) {one.kind}: {what}",
        f"at {one.place}" if one.place else "",
        f"to {one.assignee}" if one.assignee else "",
        f"until {one.until}" if one.until else "",
        f"– {one.reason}" if one.reason else "",
    ]
    return " ".join(filter(None, parts))
