"""What did an operation answer at one moment, and in what do two answers differ?"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from runner.http.requests import Request
from runner.said import say

TOKENS = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What one operation answered, at one moment. `body` is None where it is no JSON."""

    endpoint: str
    path: str
    status: int
    body: Any = None
    ms: float = 0.0
    declared_age: bool = False  # the answer itself says that it may be old (max-age, Age)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP

    def same(self, other: "Read") -> bool:
        return (self.status, self.body) == (other.status, other.body)


def read_of(request: Request, response: httpx.Response, ms: float) -> Read:
    text = TOKENS.sub("(a token)", response.text)  # made anew for each answer
    try:
        body: Any = json.loads(text)
    except ValueError:
        body = text
    control = response.headers.get("cache-control", "")
    declared = "age" in response.headers or bool(re.search(r"max-age=[1-9]", control))
    return Read(
        endpoint=request.endpoint,
        path=request.path,
        status=response.status_code,
        body=body,
        ms=ms,
        declared_age=declared,
    )


def difference(old: Read, new: Read) -> str:
    """In a few words: the status, or the first field that differs."""
    if old.status != new.status:
        return say("answered {status}, should be {status2}", status=old.status, status2=new.status)
    return first_difference(old.body, new.body) or say("the bodies differ")


def first_difference(old: Any, new: Any, path: str = "") -> str:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        found = (first_difference(old.get(k), new.get(k), f"{path}.{k}") for k in sorted({*old, *new}))
        return next((one for one in found if one), "")
    if isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            return say(
                "{path} has {old} entries, should have {new}",
                path=path.lstrip(".") or say("the list"),
                old=len(old),
                new=len(new),
            )
        found = (first_difference(a, b, f"{path}[{n}]") for n, (a, b) in enumerate(zip(old, new, strict=True)))
        return next((one for one in found if one), "")
    if old == new:
        return ""
    return say(
        "{path} is {old}, should be {new}", path=path.lstrip(".") or say("the answer"), old=_short(old), new=_short(new)
    )


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004
