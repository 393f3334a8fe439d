"""How often may one caller ask? The limits of spec.yaml: a user is counted by her id, a visitor by her address."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from fastapi import Depends, HTTPException, Request

from {{cookiecutter.package}}.identity import SignedIn
from {{cookiecutter.package}}.models import Role
from {{cookiecutter.package}}.shared_counts import SharedCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    calls: int
    seconds: int
    role: Role | None = None  # whose; None: whoever calls


LIMITS = {
    {% for one in cookiecutter.limits %}
    "{{one.id}}": Limit(calls={{one.calls}}, seconds={{one.seconds}}{% if one.id in cookiecutter.limit_roles and one.role %}, role=Role.{{one.role|upper}}{% endif %}),
    {% endfor %}
}


class RateLimits:
    """`factor`: how many times as many calls are let through, where a proof makes more than people do."""

    def __init__(
        self, counts: SharedCounts, factor: int, limits: Mapping[str, Limit] | None = None
    ) -> None:
        self._counts = counts
        self._factor = factor
        self._limits = LIMITS if limits is None else limits

    def count(self, name: str, caller: str, role: Role | None) -> None:
        limit = self._limits.get(name)
        if limit is None or limit.role not in {None, role}:
            return
        key = f"limit:{name}:{sha256(caller.encode()).hexdigest()}"
        calls, wait = self._counts.add(key, limit.seconds)
        if calls > limit.calls * self._factor:
            raise HTTPException(429, "Too many calls.", headers={"Retry-After": str(wait)})
{% if cookiecutter.limits_users %}


def within(*names: str) -> Any:
    """For who is signed in."""

    def counted(request: Request, identity: SignedIn) -> None:
        limits: RateLimits = request.app.state.rate_limits
        for name in names:
            limits.count(name, f"user {identity.user.id}", identity.user.role)

    return Depends(counted)
{% endif %}
{% if cookiecutter.limits_visitors %}


def visitor_within(*names: str) -> Any:
    """For everybody."""

    def counted(request: Request) -> None:
        limits: RateLimits = request.app.state.rate_limits
        address = request.client.host if request.client else "unknown"
        for name in names:
            limits.count(name, f"address {address}", None)

    return Depends(counted)
{% endif %}
