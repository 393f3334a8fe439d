"""Is a job known that each process does again and again, and one that a single process takes, or that harms nobody?"""

import ast

import pytest

from runner.evidence.code.background_work import BackgroundWork
from runner.evidence.code.code_names import Code, Module
from runner.evidence.release.timed_work import workers_in

LOOP = """
import asyncio
from contextlib import asynccontextmanager

async def remind():
    while True:
        await one_round()
        await asyncio.sleep(60)

async def one_round():
    {body}

@asynccontextmanager
async def lifespan(app):
    task = asyncio.create_task(remind())
    yield
    task.cancel()
"""
SCHEDULER = """
from apscheduler.schedulers.{kind} import {kind2}
scheduler = {kind2}()

def bill():
    session.add(Bill())

def start_up():
    scheduler.add_job(bill, "interval", hours=1)
"""


def timed(text: str) -> list[tuple[str, bool]]:
    module = Module(name="app", path="app.py", tree=ast.parse(text))
    return [(one.name, one.chosen) for one in BackgroundWork.of(Code(modules=(module,))).timed]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("session.add(Mail())", [("remind", False)]),
        ("smtp.send_message(mail)", [("remind", False)]),
        ("await send_reminder_to(user)", [("remind", False)]),
        ("await socket.send_json(news)", []),
        ("session.execute(select(func.pg_try_advisory_lock(1))); session.add(Mail())", [("remind", True)]),
        ("session.scalars(select(Mail).with_for_update(skip_locked=True)); smtp.send_message(m)", [("remind", True)]),
        ("session.execute(delete(Token))", []),
        ("seen = set(); seen.add(1)", []),
        ("cache.update(load())", []),
    ],
)
def test_a_loop_of_the_lifespan_is_found_where_it_is_done_again(body: str, found: list[tuple[str, bool]]) -> None:
    assert timed(LOOP.format(body=body)) == found


def test_a_loop_that_a_request_starts_and_one_that_empties_a_buffer_are_left_alone() -> None:
    assert (
        timed(LOOP.format(body="session.add(Mail())").replace("lifespan", "handle").replace("@asynccontextmanager", ""))
        == []
    )
    flush = LOOP.format(body="session.add_all(rows)").replace("await one_round()", "await one_round(buffer)")
    assert timed(flush) == []


def test_a_scheduler_beside_the_app_is_found_and_one_that_is_a_program_is_not() -> None:
    assert timed(SCHEDULER.format(kind="background", kind2="BackgroundScheduler")) == [("bill", False)]
    assert timed(SCHEDULER.format(kind="blocking", kind2="BlockingScheduler")) == []
    every = "from fastapi_utils.tasks import repeat_every\n@repeat_every(seconds=9)\ndef bill():\n    session.add(1)\n"
    assert timed(every) == [("bill", False)]


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (["uvicorn", "app:app", "--workers", "4"], 4),
        (["sh", "-c", "gunicorn -w 3 -k uvicorn.workers.UvicornWorker app:app"], 3),
        (["uvicorn", "app:app", "--workers=${WORKERS:-2}"], 2),
        (["uvicorn", "app:app", "--workers", "$WORKERS"], 1),
        (["uvicorn", "app:app"], 1),
    ],
)
def test_the_workers_of_a_command_are_counted(words: list[str], number: int) -> None:
    assert workers_in(words) == number
