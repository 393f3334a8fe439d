"""Which tables does a request of the tests touch? Asked of SQLAlchemy's own statements, not of their text.

A statement that somebody wrote as text is handed on as it is: who knows the names of the tables finds them in it.
"""
# ruff: noqa: PLC0415 - the service may lack what is imported late

import contextlib
import weakref
from contextvars import ContextVar

LONGEST = 4_000  # characters of a text
MOST = 50  # texts of one request
TOUCHED = ContextVar("gonogo_touched", default=None)  # of the request that is being answered: (tables, texts)
BESIDE = [0]  # statements that belong to no request
KNOWN = weakref.WeakKeyDictionary()  # compiled statement -> names of its tables; SQLAlchemy keeps and reuses them


@contextlib.contextmanager
def touching():
    """While open, what is asked of a database counts for this request."""
    touched = (set(), set())
    token = TOUCHED.set(touched)
    try:
        yield touched
    finally:
        TOUCHED.reset(token)


def watch():
    with contextlib.suppress(ImportError):
        from sqlalchemy import Table, event
        from sqlalchemy.engine import Engine
        from sqlalchemy.sql.visitors import iterate

        def executed(_connection, _cursor, text, _parameters, context, _many):
            touched = TOUCHED.get()
            if touched is None:
                BESIDE[0] += 1
                return
            tables, texts = touched
            compiled = getattr(context, "compiled", None)
            if compiled is not None and compiled not in KNOWN:
                statement = getattr(compiled, "statement", None)
                inside = iterate(statement) if statement is not None else ()
                KNOWN[compiled] = {one.fullname for one in inside if isinstance(one, Table)}
            found = KNOWN.get(compiled) if compiled is not None else None
            if found:
                tables.update(found)
            elif len(texts) < MOST:
                texts.add(str(text)[:LONGEST])

        event.listen(Engine, "before_cursor_execute", executed)
