"""Which operations give a job to a queue, which leave work in their own process, and which do neither?"""

import ast

import pytest

from runner.evidence.code.code_names import Code, Module
from runner.evidence.code.job_operations import JobOperations
from runner.evidence.contract.routes import Route

ROUTE = Route(kind="operation", path="", pattern="", converters={}, module="app", function="a")
TASK = "from celery import shared_task\n@shared_task\ndef send(x): ...\n"


def judged(text: str, worker: str = "") -> JobOperations:
    code = Code(modules=(Module("app", "app.py", ast.parse(text)),))
    return JobOperations.of(code, [("POST /a", ROUTE)], worker)


@pytest.mark.parametrize(
    "text",
    [
        f"{TASK}def a():\n    send.delay(1)",
        f"{TASK}def notify(x):\n    send.apply_async(args=[x])\ndef a():\n    notify(1)",
        "import arq\nasync def a(pool):\n    await pool.enqueue_job('send', 1)",
        "def a(redis):\n    redis.rpush('jobs', 'x')",
    ],
)
def test_an_operation_that_gives_a_job_to_a_queue(text: str) -> None:
    seen = judged(text)
    assert (seen.queueing, seen.beside, seen.none_at_all) == (("POST /a",), (), False)
    assert seen.queue.startswith("app.py:")
    assert seen.queue.endswith("gives a job to a queue")


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("def a(background_tasks):\n    background_tasks.add_task(send, 1)", "background task"),
        ("import asyncio\nasync def a():\n    t = asyncio.create_task(send(1))\n    held.add(t)", "asyncio task"),
        ("import threading\ndef a():\n    threading.Thread(target=send).start()", "thread"),
        ("import queue\nmails = queue.SimpleQueue()\ndef a():\n    mails.put(1)", "memory queue"),
        (
            (
                "import asyncio\ndef start(app):\n    app.state.mails = asyncio.Queue(9)\n"
                "async def a(request):\n    tell(request.app)\ndef tell(app):\n    app.state.mails.put_nowait(1)"
            ),
            "memory queue",
        ),
        (
            (
                "from concurrent.futures import ThreadPoolExecutor as Pool\npool: Pool = Pool(4)\n"
                "def a():\n    pool.submit(send, 1)"
            ),
            "thread pool",
        ),
    ],
)
def test_an_operation_that_leaves_work_in_its_own_process(text: str, way: str) -> None:
    seen = judged(text)
    assert (seen.queue, seen.queueing) == ("", ())
    assert [(one.endpoint, one.way) for one in seen.beside] == [("POST /a", way)]


@pytest.mark.parametrize(
    "text",
    [
        *("def a():\n    return 1", "def a(cache):\n    cache.set('a', 1)", f"{TASK}def a(): ..."),
        "import queue\ndef a():\n    lines = queue.Queue()\n    lines.put(1)",
        (
            "from concurrent.futures import ThreadPoolExecutor\ndef a():\n    with ThreadPoolExecutor() as pool:\n"
            "        pool.submit(f)"
        ),
        "def a(client):\n    client.put('/x')",
    ],
)
def test_an_operation_that_starts_nothing(text: str) -> None:
    seen = judged(text)
    assert (seen.queue, seen.queueing, seen.beside) == ("", (), ())


def test_a_worker_that_a_compose_file_starts_shows_that_there_is_a_queue() -> None:
    assert judged("def a(): ...", "compose.yaml:9 starts a worker").queue == "compose.yaml:9 starts a worker"
