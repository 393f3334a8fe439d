"""Guest: answers requests of the tests that were refused as if nobody had been, and runs the tests that sent them.

One operation and status after the other: each 401, or each 403, that it gives becomes a 200 with the same keys and no
words, outside of all the service's code. Does one of its tests fail? One that looks afterwards whether anything has
changed, by a request or in the database, would see a real success there: it says nothing. Nothing on disk changes.
"""

import json
import re
import time

import gonogo_tables
from _pytest.runner import runtestprotocol

DROPPED = (b"content-length", b"www-authenticate")
SAFE = ("GET", "HEAD", "OPTIONS")
NOW = {"method": "", "path": None, "status": 0, "turned": 0, "looked": False, "statements": 0}


def run_plan(session, plan, record):
    """`plan`: {"seconds", "refused": [{"key", "method", "path", "status", "tests"}]}; each path is a pattern."""
    items = {item.nodeid: item for item in session.items}
    deadline = time.monotonic() + plan["seconds"]
    for one in plan["refused"]:
        tests = [items[id] for id in one["tests"] if id in items]
        record.write("turned", key=one["key"], **verdict(one, tests, deadline))
    if session.items:
        session._setupstate.teardown_exact(None)


def verdict(one, tests, deadline):
    passed = []
    for number, item in enumerate(tests):
        if number and time.monotonic() > deadline:
            break
        NOW.update(method=one["method"], path=re.compile(one["path"]), status=one["status"], turned=0, looked=False)
        try:
            said = crashes(item)
        finally:
            NOW.update(path=None)
        if not NOW["turned"] or (NOW["looked"] and not said):
            continue  # nothing refused it this time, or what it looked at afterwards is as it was
        if not said:
            passed.append(item.nodeid)
        elif not all(why.startswith("KeyError") for why in said):  # what asks for more than a refusal has, wants none
            if not crashes(item):
                return {"state": "noticed", "by": item.nodeid}
        elif not crashes(item):
            passed.append(item.nodeid)
    if passed:
        return {"state": "unnoticed", "by": passed[0]}
    return {"state": "no time" if tests and time.monotonic() > deadline else "not tried", "by": ""}


def crashes(item):
    """What went wrong in the test, a line each; nothing where it passes. Its module's fixtures stay up."""
    item.session._setupstate.teardown_exact(item)
    reports = runtestprotocol(item, nextitem=item.parent, log=False)
    return [why_of(report) for report in reports if report.failed]


def why_of(report):
    crash = getattr(report.longrepr, "reprcrash", None)
    return crash.message if crash else str(report.longrepr)


def is_wanted(method, path, status):
    asked = NOW["path"] and status == NOW["status"] and method == NOW["method"]
    return bool(asked and NOW["path"].fullmatch(path))


def turning(method, path, send):
    """`send`, which makes a success of a refusal where this operation's are to be turned."""
    held = []
    if NOW["turned"] and NOW["method"] not in SAFE and method in SAFE:
        NOW["looked"] = True

    async def turned(message):
        if message["type"] == "http.response.start" and is_wanted(method, path, message["status"]):
            held.append(message)
            NOW.update(turned=NOW["turned"] + 1, statements=gonogo_tables.BESIDE[0])
        elif not held:
            await send(message)
        elif message["type"] == "http.response.body":
            held.append(message)
            if not message.get("more_body"):
                await let_in(held, send)
                held.clear()

    return turned if NOW["path"] else send


def ended():
    """The test's own words are over; what its fixtures do now says nothing."""
    if NOW["turned"] and NOW["method"] not in SAFE and gonogo_tables.BESIDE[0] > NOW["statements"]:
        NOW["looked"] = True


async def let_in(held, send):
    body = b"".join(message.get("body", b"") for message in held[1:])
    try:
        body = json.dumps(without_words(json.loads(body))).encode()
    except ValueError:
        body = b""
    headers = [(name, value) for name, value in held[0].get("headers", ()) if name.lower() not in DROPPED]
    length = [(b"content-length", str(len(body)).encode())]
    await send({**held[0], "status": 200, "headers": headers + length})
    await send({"type": "http.response.body", "body": body})


def without_words(value):
    """The same keys, each text empty, each number nought: what speaks of a refusal is gone."""
    if isinstance(value, dict):
        return {name: without_words(one) for name, one in value.items()}
    if isinstance(value, list):
        return [without_words(one) for one in value]
    return type(value)() if isinstance(value, (str, int, float)) else value
