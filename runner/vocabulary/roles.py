"""Which of several roles has the least power? Told by what they are called."""

import re
from collections.abc import Iterable

FIELD = re.compile(r"(?:user_?|account_?|member_?)?(?:role|roles)$", re.IGNORECASE)
# Also kinds of people that are called otherwise: `user_type`, `account_kind`. Of no use where `type` stands alone.
KIND = re.compile(rf"{FIELD.pattern}|(?:user|account|member)_?(?:type|kind|level|group)$|角色", re.IGNORECASE)
# Tables and columns of what one may do; and columns that list it.
PERMITTED = re.compile(r"perm(?:ission)?s?(?:_|$)|privilege|capabilit|authorit|(?:^|_)(?:scope|right|abilit|menu)|权限")
PERMITTING = re.compile(
    r"(?:\w+_)?(?:perm(?:ission)?|privilege|scope|right|capabilit(?:y|ie)|authorit(?:y|ie))s", re.IGNORECASE
)
POWER = re.compile(  # a flag of who may do everything
    r"(?:is_?|has_?)?(?:(?:super|system|sys|platform|site|global|full)_?)*"
    r"(?:super_?user|super|admin(?:istrator)?|staff|root|moderator|manager)(?:_(?:access|rights?|flag|user))?",
    re.IGNORECASE,
)
MIGHTY = re.compile(
    r"admin|super|owner|root|staff|manager|moderator|operator|director|principal|chief|system|管理|超级|老板",
    re.IGNORECASE,
)
UTMOST = re.compile(r"super_?(?:user|admin)|root|超级", re.IGNORECASE)
ADMINISTERS = re.compile(r"admin|管理", re.IGNORECASE)
# Words of paths and functions that are for those who run the service …
ADMINISTRATION = frozenset({
    "admin", "admins", "administration", "internal", "management", "staff", "superadmin", "superuser", "superusers",
})  # fmt: skip
# … and for those who stand above all tenants. `/system/login` is a sign-in like any other.
ABOVE_TENANTS = ADMINISTRATION | {"platform", "system", "root"}
PLAIN = re.compile(
    r"user|member|customer|client|reader|viewer|student|guest|basic|normal|standard|regular|buyer|patient|employee"
    r"|普通|用户|会员|学生",
    re.IGNORECASE,
)


def by_power(roles: Iterable[str]) -> list[str]:
    """Least first: what plain people are called, then what says nothing, last listed first, then the mighty."""
    last_first = list(dict.fromkeys(roles))[::-1]
    return sorted(last_first, key=lambda role: 2 if MIGHTY.search(role) else 0 if PLAIN.search(role) else 1)


def most(roles: Iterable[str]) -> str:
    """The one with the most power, the first of several; empty where all are called as plain people are."""
    ranks = [(UTMOST, 4), (ADMINISTERS, 3), (MIGHTY, 2), (PLAIN, 0)]
    told = [(next((rank for words, rank in ranks if words.search(role)), 1), role) for role in roles]
    rank, role = max(told, key=lambda one: one[0], default=(0, ""))
    return role if rank else ""


def least(roles: Iterable[str]) -> str:
    """The one with the least power; empty where there is none."""
    return next(iter(by_power(roles)), "")
