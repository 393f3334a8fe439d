"""What of psycopg is spoken of elsewhere: how statements are put together, connections, and errors that are caught.

`PostgresError` is every error of the driver, `OperationalError` the ones of a server that went away or refused
(PEP 249, "Exceptions").
"""

from typing import Any

import psycopg
from psycopg import Error as PostgresError
from psycopg import OperationalError, ProgrammingError, connect, sql
from psycopg.errors import CheckViolation, LockNotAvailable, ObjectInUse, UndefinedTable, UniqueViolation
from psycopg.rows import dict_row, tuple_row

__all__ = [
    "CheckViolation",
    "Connection",
    "LockNotAvailable",
    "ObjectInUse",
    "OperationalError",
    "PostgresError",
    "ProgrammingError",
    "UndefinedTable",
    "UniqueViolation",
    "connect",
    "dict_row",
    "sql",
    "tuple_row",
]

Connection = psycopg.Connection[dict[str, Any]]  # each row a dictionary
