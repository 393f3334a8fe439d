"""Where may a file be read that was sent before, and does a browser run what it is answered?"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from runner.evidence.behaviour.caches import path_values
from runner.http.identities import json_of
from runner.http.openapi import Operation
from runner.http.requests import Request, Requests
from runner.http.shown_ids import id_in

MOST = 24  # places that are asked
# What a browser runs scripts of, when it is opened as a page of its own.
ACTIVE = frozenset({"text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml"})
GUESSED = frozenset(
    {"", "application/unknown", "unknown/unknown", "*/*"}
)  # … and what it looks into to know what it is


def is_active(shown: httpx.Response) -> bool:
    """Does a browser that opens this run what stands in it? Not what it saves, and not where a policy forbids it."""
    media = shown.headers.get("content-type", "").partition(";")[0].strip().lower()
    guessed = media in GUESSED and shown.headers.get("x-content-type-options", "").strip().lower() != "nosniff"
    saved = shown.headers.get("content-disposition", "").strip().lower().startswith("attachment")
    return (media in ACTIVE or guessed) and not saved and not _forbids_scripts(shown)


def _forbids_scripts(shown: httpx.Response) -> bool:
    """By a Content-Security-Policy that takes its rights, or permits no inline script."""
    for policy in shown.headers.get_list("content-security-policy", split_commas=True):
        said = [one.split() for one in policy.lower().split(";")]
        rules = {words[0]: words[1:] for words in reversed(said) if words}  # of one that stands twice the first counts
        if "sandbox" in rules and "allow-scripts" not in rules["sandbox"]:
            return True
        scripts = rules.get("script-src", rules.get("default-src"))
        if scripts is not None and "'unsafe-inline'" not in scripts:
            return True
    return False


def places_of(answer: httpx.Response, sent: Request, requests: Requests, stored: Iterable[Path]) -> tuple[str, ...]:
    """Paths where the file may be read that this answer took: those that it tells, reads of the contract, folders."""
    found = (*_told(answer), *_reads(answer, sent, requests), *_folders(stored))
    return tuple(dict.fromkeys(found))[:MOST]


def unasked(answer: httpx.Response, sent: Request, requests: Requests) -> bool:
    """Is there a read of files for which nobody knows what to ask? One whose answer is no JSON, or not described."""
    return any(path is None and _may_serve(read) for read, path in _paths(answer, sent, requests))


def _may_serve(read: Operation) -> bool:
    return read.success is None or not read.success.is_json or not read.success.schema


def _told(answer: httpx.Response) -> Iterator[str]:
    for text in (answer.headers.get("location", ""), *_texts(json_of(answer))):
        url = urlsplit(text) if text and not set(text) & set(" \n<") else None
        if url is None or not url.path or not (url.scheme in {"http", "https"} or "/" in text or "." in text):
            continue
        path = f"/{url.path.lstrip('/')}"
        yield f"{path}?{url.query}" if url.query else path


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _reads(answer: httpx.Response, sent: Request, requests: Requests) -> Iterator[str]:
    """Reads below the operation that took it, then those of things by its name, then those beside."""
    near = sent.operation.path.rstrip("/")

    def order(found: tuple[Operation, str | None]) -> tuple[bool, bool, bool]:
        read = found[0]
        return not read.path.startswith(near), read.last != sent.operation.last, not _may_serve(read)

    yield from (path for _, path in sorted(_paths(answer, sent, requests), key=order) if path is not None)


def _paths(answer: httpx.Response, sent: Request, requests: Requests) -> Iterator[tuple[Operation, str | None]]:
    """Each read that may be of the same thing, with its path; None where one of its ids is not known."""
    values: dict[str, Any] = dict(path_values(sent))
    for read in (op for op in requests.operations if op.method == "GET"):
        missing = [name for name in read.placeholders if name not in values]
        if not missing and not read.path.startswith(sent.operation.path.rstrip("/")):
            continue
        found = {name: id_in(answer, name, sent.operation.last) for name in missing[:1]}
        known = len(missing) == len(found) and None not in found.values()
        yield read, requests.example(read, values | found).path if known else None


def _folders(stored: Iterable[Path]) -> Iterator[str]:
    """A file that lies at app/static/a.html may be served from /app/static, /static or /."""
    for path in stored:
        parts = path.parts[-4:]
        yield from ("/" + "/".join(map(quote, parts[n:])) for n in range(len(parts)))
