"""Guest: what does a browser get from the app when an operation breaks, and when it asks whether it may send?
argv: ANSWER APP QUESTIONS [FOLDER], APP as `module:attribute` or `module:factory()`, QUESTIONS a JSON list of
[method, path, headers] that a page would send, and FOLDER the one to import the app from.

Answers {"origins", "open", "told", "well", "broken", "asked"}: the origins that CORSMiddleware permits, or the one that
an answer permits, whether any is permitted, the methods that it was told (null: none), and what a page of one of them
is answered by two routes that are added here, of which one works and one raises, as {"status", "allowed"}; null where
there was no answer. "asked" has an answer to each question, in order.
"""

import asyncio
import importlib
import json
import os
import re
import sys
from pathlib import Path

from starlette.responses import PlainTextResponse
from starlette.routing import Route

# A service may read its own command line while it is imported: it has the one that a server gives it.
TOLD, sys.argv = sys.argv, ["uvicorn"]
ROOT = Path.cwd().resolve()
WELL, BROKEN = "/gonogo-answers", "/gonogo-raises"
ALLOWS = ("origin", "methods", "headers", "credentials")
STRANGER = "https://shop.example.com"


def main():
    whole, app = load(TOLD[2])
    permitted = list(permissions(whole))
    origins = [one for given in permitted for one in given["origins"]]
    told = next((given["methods"] for given in permitted if given["origins"] and given["methods"] is not None), None)
    origin = next((one for one in origins if one != "*"), STRANGER)
    app.router.routes[:0] = [Route(WELL, well), Route(BROKEN, broken)]
    found = asyncio.run(all_of(whole, origin, json.loads(TOLD[3])))
    answer = {"origins": origins, "told": told, "well": None, "broken": None, "asked": []}
    if not origins and found["well"] and found["well"]["allowed"] in {"*", origin}:
        answer["origins"] = [origin]  # permitted by something that is no CORSMiddleware
    if answer["origins"]:
        answer.update(found, origin=origin)
    answer["open"] = "*" in answer["origins"]
    Path(TOLD[1]).write_text(json.dumps(answer, default=str), encoding="utf-8")
    sys.stdout.flush()
    os._exit(0)


async def well(_request):
    return PlainTextResponse("well")


async def broken(_request):
    raise RuntimeError("planted by gonogo")


def load(name):
    """The object that is served, and the application with the routes inside of it."""
    for folder in ("src", *TOLD[4:]):
        if (ROOT / folder).is_dir() and str(ROOT / folder) not in sys.path:
            sys.path.insert(1, str(ROOT / folder))
    module, _, attribute = name.partition(":")
    os.chdir(os.environ.get("GONOGO_RUNS_IN", "."))
    found = importlib.import_module(module)
    for part in attribute.removesuffix("()").split("."):
        found = getattr(found, part)
    whole = found() if attribute.endswith("()") else found
    return whole, list(layers(whole))[-1]


def layers(app):
    for _ in range(16):
        yield app
        if hasattr(app, "router") and hasattr(app, "routes"):
            return
        app = next((getattr(app, n) for n in ("app", "other_asgi_app", "asgi_app", "_app") if hasattr(app, n)), None)
        if app is None:
            raise TypeError("no application with routes inside of its wrappers")


def permissions(whole):
    """What each CORSMiddleware permits, around the application or among its own."""
    for one in layers(whole):
        if is_cors(type(one)):
            origins = told(getattr(one, "allow_origins", ()), getattr(one, "allow_origin_regex", None))
            yield {"origins": origins, "methods": list(getattr(one, "allow_methods", ()))}
        for inner in getattr(one, "user_middleware", ()):
            options = getattr(inner, "kwargs", None) or getattr(inner, "options", None) or {}
            if is_cors(inner.cls):
                origins = told(options.get("allow_origins", ()), options.get("allow_origin_regex"))
                methods = options.get("allow_methods")
                yield {"origins": origins, "methods": None if methods is None else list(methods)}


def is_cors(kind):
    """CORSMiddleware, or what builds on it under a name of its own."""
    return any("cors" in one.__name__.lower() for one in getattr(kind, "__mro__", ()))


def told(origins, pattern):
    found = [str(one) for one in origins or ()]
    text = getattr(pattern, "pattern", pattern)
    return found + ([one] if text and (one := fitting(str(text))) else [])


def fitting(pattern):
    """An origin that a pattern takes; none where these tries do not find one."""
    plain = re.sub(r"\\(.)", r"\1", re.sub(r"\((?:\?:)?([^()|]*)[^()]*\)[?*]?", r"\1", pattern.strip("^$")))
    plain = re.sub(r"(?:\[[^\]]*\]|\.)[*+]", "shop", plain).replace("s?", "s").replace(":d+", ":8080")
    return next((one for one in (plain, STRANGER, "http://localhost:3000") if re.fullmatch(pattern, one)), None)


async def all_of(whole, origin, questions):
    found = {"well": await ask(whole, WELL, origin), "broken": await ask(whole, BROKEN, origin)}
    found["asked"] = [await ask(whole, path, origin, before(method, names)) for method, path, names in questions]
    return found


def before(method, names):
    """What a browser says before it sends a request."""
    wanted = [(b"access-control-request-headers", ",".join(sorted(names)).encode())] if names else []
    return [(b"access-control-request-method", method.encode()), *wanted]


async def ask(whole, path, origin, asking=()):
    found, sent = {}, False

    async def receive():
        nonlocal sent
        if sent:
            await asyncio.sleep(30)
        sent = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in message["headers"]}
            said = {name: headers.get(f"access-control-allow-{name}", "") for name in ALLOWS}
            found.update(said, status=message["status"], allowed=said["origin"])

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "https",
        "method": "OPTIONS" if asking else "GET",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"host", b"localhost"), (b"origin", origin.encode()), (b"accept", b"*/*"), *asking],
        "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8000), "state": {},
    }  # fmt: skip
    try:
        await asyncio.wait_for(whole(scope, receive, send), 20)
    except Exception as error:  # the server's own part, after the answer has gone
        found.setdefault("problem", f"{type(error).__name__}: {error}"[:200])
    return found if "status" in found else None


main()
