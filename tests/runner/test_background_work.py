"""Is work beside a request found that gets lost, comes too early or is handed what ends, and right code left alone?"""

import ast

import pytest

from runner.evidence.code.background_work import BackgroundWork
from runner.evidence.code.code_names import Code, Module


def work(text: str, **others: str) -> BackgroundWork:
    files = {"app": text, **others}
    modules = (Module(name=n, path=f"{n}.py", tree=ast.parse(t)) for n, t in files.items())
    return BackgroundWork.of(Code(modules=tuple(modules)))


SPAWN = "import asyncio\n"


@pytest.mark.parametrize(
    "text",
    [
        "async def a():\n    asyncio.create_task(f())",
        "async def a():\n    asyncio.ensure_future(f())",
        "async def a():\n    asyncio.get_running_loop().create_task(f())",
        "async def a(loop):\n    loop.create_task(f())",
        "class A:\n  def a(self):\n    self.loop.create_task(f())",
        "async def a():\n    task = asyncio.create_task(f())",
        "async def a():\n    _ = asyncio.create_task(f())",
        "async def a():\n    task = asyncio.create_task(f())\n    task.add_done_callback(print)",
        "async def a():\n    asyncio.create_task(f()).add_done_callback(print)",
        "async def a(ids):\n    [asyncio.create_task(f(one)) for one in ids]",
        "def go(job):\n    return asyncio.create_task(job)\nasync def a():\n    go(f())",
        "from asyncio import create_task as go\nasync def a():\n    go(f())",
    ],
)
def test_a_task_that_nothing_holds_is_found(text: str) -> None:
    assert len(work(SPAWN + text).dropped) == 1


@pytest.mark.parametrize(
    "text",
    [
        "async def a():\n    await asyncio.create_task(f())",
        "async def a():\n    task = asyncio.create_task(f())\n    await task",
        "kept = set()\nasync def a():\n    task = asyncio.create_task(f())\n    kept.add(task)",
        "async def a(self):\n    self.task = asyncio.create_task(f())",
        "async def a():\n    async with asyncio.TaskGroup() as group:\n        group.create_task(f())",
        "async def life(app):\n    task = asyncio.create_task(f())\n    yield",
        "async def a():\n    task = asyncio.create_task(f())\n    return task",
        "async def a(todos):\n    todos.create_task('milk')",
        "async def a(ids):\n    await asyncio.gather(*[asyncio.create_task(f(one)) for one in ids])",
        "task = None\nasync def a():\n    global task\n    task = asyncio.create_task(f())",
        "async def a():\n    task = asyncio.create_task(f())\n    while True:\n        await asyncio.sleep(1)",
    ],
)
def test_a_task_that_is_held_is_left_alone(text: str) -> None:
    assert work(SPAWN + text).dropped == ()


ROWS = "from sqlalchemy.orm import Session, DeclarativeBase\nclass Base(DeclarativeBase): ...\nclass User(Base): ...\n"
HANDED = ROWS + (
    "from fastapi import BackgroundTasks, Depends, UploadFile\nfrom typing import Annotated\n"
    "import asyncio, threading\n"
    "from celery import shared_task\nSessionDep = Annotated[Session, Depends(get)]\n"
    "class Mailer:\n    def __init__(self, s: Session):\n        self.db = s\n"
    "    def a(self, tasks: BackgroundTasks):\n        ITS\n"
)


@pytest.mark.parametrize(
    "text",
    [
        "def a(tasks: BackgroundTasks, db: Session):\n    tasks.add_task(f, 1, db)",
        "def a(tasks: BackgroundTasks, db: Session = Depends(get)):\n    tasks.add_task(f, db=db)",
        "def a(tasks: BackgroundTasks, db: SessionDep):\n    tasks.add_task(f, **dict(db=db))",
        "def get() -> Session: ...\ndef a(tasks: BackgroundTasks, db=Depends(get)):\n    tasks.add_task(f, db)",
        "def a(tasks: BackgroundTasks, db: SessionDep):\n    tasks.add_task(lambda: f(db))",
        (
            "def a(tasks: BackgroundTasks, db: SessionDep):\n    def job():\n        db.get(User, 1)\n"
            "    tasks.add_task(job)"
        ),
        "def a(tasks: BackgroundTasks, user: User):\n    tasks.add_task(f, user)",
        "def a(tasks: BackgroundTasks, user: Annotated[User, Depends(me)]):\n    tasks.add_task(f, [user])",
        "def a(tasks: BackgroundTasks, db: SessionDep):\n    user = db.get(User, 1)\n    tasks.add_task(f, user)",
        (
            "def a(tasks: BackgroundTasks, db: SessionDep):\n"
            "    user = db.scalars(select(User).where(User.id == 1)).one()\n    tasks.add_task(f, user)"
        ),
        "def a(tasks: BackgroundTasks, file: UploadFile):\n    tasks.add_task(f, file)",
        "async def a(db: SessionDep):\n    asyncio.create_task(f(db))",
        "def a(db: SessionDep):\n    threading.Thread(target=f, args=(db,)).start()",
        "def a(user: User | None):\n    send.delay(user)",
        "def a(user: User):\n    send.apply_async(args=[user])",
    ],
)
def test_what_ends_with_the_request_is_found_where_a_job_is_handed_it(text: str) -> None:
    assert len(work(HANDED.replace("ITS", "...") + text).handed) == 1


def test_the_session_of_an_object_is_the_session() -> None:
    [job] = work(HANDED.replace("ITS", "tasks.add_task(f, self.db)")).handed
    assert job.problem == "it is handed the session (`self.db`)"


@pytest.mark.parametrize(
    "text",
    [
        "def a(tasks: BackgroundTasks, user: User):\n    tasks.add_task(f, user.id, user.email)",
        "def a(tasks: BackgroundTasks, user: User):\n    tasks.add_task(lambda: f(user.id))",
        "def a(tasks: BackgroundTasks, db: SessionDep, user_id: int):\n    db.commit()\n    tasks.add_task(f, user_id)",
        "def a(todos, db: SessionDep):\n    todos.add_task(db)",
        "async def a(db: SessionDep):\n    task = asyncio.create_task(f(db))\n    await task",
        "async def a(db: SessionDep, ids):\n    await asyncio.gather(*[asyncio.create_task(f(db)) for one in ids])",
        (
            "def a(tasks: BackgroundTasks):\n    def job():\n        with Session() as db:\n            db.get(1)\n"
            "    tasks.add_task(job)"
        ),
        "def a(user: User):\n    send.delay(user.id)",
    ],
)
def test_values_are_handed_over_as_they_should(text: str) -> None:
    assert work(HANDED.replace("ITS", "...") + text).handed == ()


def test_a_row_that_the_commit_leaves_as_it_is_may_be_read_later() -> None:
    text = (
        "Local = sessionmaker(expire_on_commit=False)\ndef a(b: BackgroundTasks, user: User):\n    b.add_task(f, user)"
    )
    assert work(HANDED.replace("ITS", "...") + text).handed == ()


def test_a_schema_that_is_called_as_a_row_is_none() -> None:
    text = "from schemas import User\ndef a(b: BackgroundTasks, u: User):\n    b.add_task(f, u)"
    others = {"schemas": "class User(BaseModel): ...", "models": ROWS}
    assert work(text, **others).handed == ()
    assert len(work(text.replace("schemas", "models"), **others).handed) == 1


DB = ROWS + "from celery import shared_task\nimport asyncio\n"
ADDS = "def a(db: Session, order: User):\n    db.add(order)\n"
WHOLE = "def a(db: Session = Depends(get)):\n    db.add(1)\n    send.delay(1)"


@pytest.mark.parametrize(
    "text",
    [
        ADDS + "    send.delay(1)\n    db.commit()",
        ADDS + "    db.flush()\n    send.apply_async((order.id,))\n    db.commit()",
        "async def a(db: Session):\n    db.add(1)\n    kept = asyncio.create_task(f())\n    await db.commit()",
        ADDS + "    if order:\n        send.delay(1)\n    db.commit()",
        ADDS + "    for one in order:\n        send.delay(1)\n    db.commit()",
        "def a(db: Session):\n    with db.begin():\n        db.add(1)\n        send.delay(1)",
        "def a(db: Session, order: User):\n    order.status = 'paid'\n    send.delay(1)\n    db.commit()",
        "def a(db: Session):\n    db.execute(update(User))\n    send.delay(1)\n    db.commit()",
        (
            "def save(db: Session):\n    db.add(1)\n    db.flush()\ndef a(db: Session):\n    save(db)\n"
            "    send.delay(1)\n    db.commit()"
        ),
        "def save(db: Session):\n    db.add(1)\n    send.delay(1)\ndef a(db: Session):\n    save(db)\n    db.commit()",
        "def get():\n    db = Session()\n    yield db\n    db.commit()\n" + WHOLE,
        "def get():\n    with Local() as db, db.begin():\n        yield db\n" + WHOLE,
        (
            "def get():\n    yield db\n    db.commit()\nDep = Annotated[Session, Depends(get)]\n"
            "def a(db: Dep):\n    db.add(1)\n    send.delay(1)"
        ),
    ],
)
def test_a_job_that_starts_before_the_commit_is_found(text: str) -> None:
    assert len(work(DB + text).early) == 1


@pytest.mark.parametrize(
    "text",
    [
        ADDS + "    db.commit()\n    send.delay(1)",
        ADDS + "    if order:\n        db.commit()\n        send.delay(1)\n        return\n    db.commit()",
        ADDS
        + "    try:\n        db.commit()\n    except Error:\n        db.rollback()\n        raise\n    send.delay(1)",
        "def a(db: Session):\n    send.delay(1)\n    db.commit()",
        "def a(db: Session):\n    with db.begin():\n        db.add(1)\n    send.delay(1)",
        (
            "def get():\n    yield db\n    db.commit()\ndef a(db: Session = Depends(get)):\n    db.add(1)\n"
            "    db.commit()\n    send.delay(1)"
        ),
        "def get():\n    yield db\n    db.close()\n" + WHOLE,
        (
            "def save(db: Session):\n    db.add(1)\n    db.commit()\ndef a(db: Session):\n    save(db)\n"
            "    send.delay(1)\n    db.commit()"
        ),
        (
            "def a(db: Session):\n    db.add(1)\n    if db:\n        db.rollback()\n        send.delay(1)\n"
            "    else:\n        db.commit()"
        ),
    ],
)
def test_a_job_that_starts_behind_the_commit_is_left_alone(text: str) -> None:
    assert work(DB + text).early == ()


TASK = "from celery import shared_task\n@shared_task\ndef job():\n    "


@pytest.mark.parametrize(
    "text",
    [
        "try:\n        mail()\n    except Exception:\n        pass",
        "try:\n        mail()\n    except:\n        return None",
        (
            "with open() as f:\n        try:\n            mail()\n        except (OSError, Exception):\n"
            "            db.rollback()"
        ),
        "with contextlib.suppress(Exception):\n        mail()",
        "while True:\n        try:\n            mail()\n        except Exception:\n            continue",
    ],
)
def test_a_job_that_fails_without_a_word_is_found(text: str) -> None:
    assert len(work(TASK + text).mute) == 1


@pytest.mark.parametrize(
    "text",
    [
        "mail()",
        "try:\n        mail()\n    except Exception:\n        log.exception('no')",
        "try:\n        mail()\n    except Exception:\n        db.rollback()\n        raise",
        "try:\n        mail()\n    except Exception as error:\n        row.problem = str(error)",
        "try:\n        mail()\n    except SMTPError:\n        pass",
        "try:\n        warm()\n    except Exception:\n        pass\n    mail()",
    ],
)
def test_a_job_that_says_what_went_wrong_is_left_alone(text: str) -> None:
    assert work(TASK + text).mute == ()


def test_what_only_serves_may_catch_what_it_likes() -> None:
    assert work("def a():\n    try:\n        b()\n    except Exception:\n        pass").mute == ()


def test_a_service_without_jobs_has_none() -> None:
    assert work("def a(tasks):\n    tasks.add_task('milk')\n    pool.send(1)").starts == ()
