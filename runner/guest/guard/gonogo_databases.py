"""Guest: where does a connection lead, and which database is meant by a name that the run's server does not have?"""

import contextlib
import os
import re

USUAL_PORT = 5432
MISSING = re.compile(r'database "([^"]+)" does not exist')


def instead(error, asked, own):
    """The run's `own` database in the place of one whose name stands in the code, and which its server does not have.

    Empty where the refusal stands: of another kind, or of what a test suite names and makes for itself.
    """
    found = MISSING.search(str(error))
    lacking = found is not None and found[1] == asked and asked != own
    return own if own and lacking and "test" not in asked.lower() else ""


def parts_of(args, words):
    """Host, port, database and user of a connection, from a libpq text or from words."""
    found = {name: words.get(name) for name in ("host", "port", "user")}
    found["database"] = words.get("dbname") or words.get("database")
    text = words.get("conninfo") or words.get("dsn") or (args[0] if args and isinstance(args[0], str) else "")
    if "://" in text:
        from urllib.parse import parse_qsl, unquote, urlsplit  # noqa: PLC0415 - only where it is needed

        url = urlsplit(text)
        query = dict(parse_qsl(url.query))
        given = {"host": url.hostname or query.get("host"), "user": url.username, "database": unquote(url.path[1:])}
        with contextlib.suppress(ValueError):
            given["port"] = url.port or query.get("port")
        found.update({name: value for name, value in given.items() if value})
    elif "=" in text:
        import shlex  # noqa: PLC0415

        given = dict(word.split("=", 1) for word in shlex.split(text) if "=" in word)
        given["database"] = given.get("dbname")
        found.update({name: given[name] for name in ("host", "port", "user", "database") if given.get(name)})
    host = found["host"] or os.environ.get("PGHOST") or "localhost"
    port = found["port"] or os.environ.get("PGPORT") or USUAL_PORT
    database = found["database"] or os.environ.get("PGDATABASE") or found["user"] or ""
    return str(host), str(port), str(database), str(found["user"] or os.environ.get("PGUSER") or "")
