"""How does a whole ledger come into a file, and out of it again? Every row, with the chain that proves it."""

from sqlalchemy import Engine, Table, func, insert, select, text
from sqlmodel import Session, SQLModel

from runner.errors import WorkflowError
from runner.said import say
from workflow.ledger import chain
from workflow.ledger.chain import LINKS, Verified
from workflow.ledger.digest import KEYS

BATCH = 500  # rows that are in memory at once
TABLES = (
    "content",
    *(name for name in KEYS if name != "content"),
    "link",
)  # in an order in which what a row leads to is there before it


def copy_all(source: Engine, copy: Engine) -> Verified:
    """Every row of one ledger in another one, which is empty: as one transaction, of one moment.

    Returns what a look at the copy finds. Raises `WorkflowError` where the other one is not empty, or is no true copy.
    """
    with source.connect() as reading, copy.begin() as writing:
        if reading.dialect.name == "sqlite":
            reading.exec_driver_sql("BEGIN")  # what is written meanwhile is not seen
        else:
            reading.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        if writing.execute(select(func.count()).select_from(LINKS)).scalar_one():
            raise WorkflowError(say("It has rows already. Only an empty ledger can be filled: name a new one."))
        for name in TABLES:
            table: Table = SQLModel.metadata.tables[name]
            with reading.execute(select(table).execution_options(yield_per=BATCH)) as rows:
                for some in rows.mappings().partitions(BATCH):
                    writing.execute(insert(table), [dict(row) for row in some])
            if writing.dialect.name == "postgresql" and "id" in table.c:
                writing.execute(text(_NEXT_ID.format(table=name)))
        with Session(reading) as one, Session(writing) as other:
            was, found = chain.verify(one), chain.verify(other)
        if (was.links, was.head, was.altered) != (found.links, found.head, found.altered):
            raise WorkflowError(say("The copy is not what it was made from; nothing was written."))
    return found


_NEXT_ID = "SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), greatest((SELECT max(id) FROM \"{table}\"), 1))"
