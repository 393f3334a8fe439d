"""Which id does an answer tell of a thing that was made or is shown?"""

import re
from typing import Any

import httpx

from runner.http.identities import json_of
from runner.words import ones

MOST_ENVELOPES = 3
NAMES = ("slug", "key", "code", "name")  # what may stand for an id


def id_in(answer: httpx.Response, name: str, word: str) -> Any:
    """The value for a path parameter in the answer that made the object, or at the end of its Location."""
    found = id_of(content_of(json_of(answer), word), name, word)
    return found if found is not None else answer.headers.get("location", "").rstrip("/").rpartition("/")[2] or None


def id_of(found: Any, name: str, word: str) -> Any:
    """The value for a path parameter in an object as it is shown; None where it is not told."""
    if not isinstance(found, dict):
        return None
    end = re.split(r"_|(?<=[a-z])(?=[A-Z])", name)[-1].lower()  # `uid` of book_uid, `id` of bookId
    ended, plain = ([f"{one}_{last}" for one in ones(word)] for last in (end, "id"))
    keys = (name, end, *ended, "id", *plain, "uuid", "uid", "guid", "_id", "pk", *NAMES)
    return next((found[key] for key in keys if found.get(key) is not None), None)


def first_in(body: Any) -> Any:
    """The first object of a list, alone or in an envelope: {"items": […]} or {"data": {"rows": […]}}."""
    if isinstance(body, list):
        return body[0] if body else None
    inner = body.values() if isinstance(body, dict) else ()
    return next((found for one in inner if isinstance(one, list | dict) and (found := first_in(one)) is not None), None)


def content_of(body: Any, word: str = "") -> Any:
    """An object out of its envelopes: {"data": {…}}, {"article": {…}} or {"data": {"article": {…}, "by": {…}}}.

    `word`: what its collection is called, to tell it from what is shown beside it.
    """
    for _ in range(MOST_ENVELOPES):
        inner = body.get("data") if isinstance(body, dict) else None
        if inner is None and isinstance(body, dict) and len(body) == 1:
            inner = next(iter(body.values()))
        if inner is None and isinstance(body, dict) and "id" not in body:
            inner = next((body[one] for one in ones(word) if one in body), None) if word else None
        if not isinstance(inner, dict):
            return body
        body = inner
    return body
