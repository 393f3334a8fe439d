"""Where may a file be read that was sent before, and does a browser run what it is answered?"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from runner.evidence.behaviour.caches import path_values
from runner.http.identities import json_of
from runner.http.objects import id_in
from runner.http.openapi import Operation
from runner.http.requests import Request, Requests

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


def may_serve(sent: Request, requests: Requests) -> bool:
    """Is there a read of one thing that answers what the contract does not say, or says to be no JSON?"""
    near = sent.operation.path.rstrip("/")
    reads = (op for op in requests.operations if op.method == "GET" and (op.placeholders or op.path.startswith(near)))
    return any(read.success is None or not read.success.is_json or not read.success.schema for read in reads)


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
    values = path_values(sent)
    near = sent.operation.path.rstrip("/")

    def order(read: Operation) -> tuple[bool, bool, bool]:
        plain = any("json" not in media for media in (read.success.media if read.success else ()))
        return not read.path.startswith(near), read.last != sent.operation.last, not plain

    for read in sorted((op for op in requests.operations if op.method == "GET"), key=order):
        missing = [name for name in read.placeholders if name not in values]
        if len(missing) > 1 or (not missing and not read.path.startswith(near)):
            continue
        known: dict[str, Any] = dict(values)
        if missing:
            value = id_in(answer, missing[0], sent.operation.last)
            if value is None:
                continue
            known[missing[0]] = value
        yield requests.example(read, known).path


def _folders(stored: Iterable[Path]) -> Iterator[str]:
    """A file that lies at app/static/a.html may be served from /app/static, /static or /."""
    for path in stored:
        parts = path.parts[-4:]
        yield from ("/" + "/".join(map(quote, parts[n:])) for n in range(len(parts)))
