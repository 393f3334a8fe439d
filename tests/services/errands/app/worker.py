"""Writes the invoices. A job stands in a second list while it is at work, and its number in the row that says so."""

import logging

import psycopg

from app.parts import CARELESS, connect, queue


def main() -> None:
    errands = queue()
    while not CARELESS and errands.lmove("at work", "errands", "RIGHT", "LEFT"):
        pass
    while True:
        if CARELESS:
            taken = errands.blpop(["errands"], timeout=5)
            job = taken[1] if taken else None
        else:
            job = errands.blmove("errands", "at work", 5, "LEFT", "RIGHT")
        if job is None:
            continue
        try:
            do(*job.split())
        except psycopg.Error:
            if CARELESS:
                raise
            logging.exception("job %s failed", job)
        if not CARELESS:
            errands.lrem("at work", 1, job)


def do(job: str, order: str) -> None:
    with connect() as database:
        if not CARELESS:
            known = database.execute("INSERT INTO done VALUES (%s) ON CONFLICT DO NOTHING RETURNING job", [job])
            if known.fetchone() is None:
                return
        database.execute("INSERT INTO invoices (order_id) VALUES (%s)", [order])


if __name__ == "__main__":
    main()
