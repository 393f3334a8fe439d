"""Orders whose invoices a worker writes: each job once and none lost, or, where MANNER is careless, neither."""

import asyncio
from uuid import UUID, uuid4

from fastapi import BackgroundTasks, FastAPI, HTTPException
from pydantic import BaseModel, Field
from redis import RedisError

from app.parts import CARELESS, connect, queue

app = FastAPI(title="errands", docs_url=None, redoc_url=None)


class NewOrder(BaseModel):
    item: str = Field(min_length=1, max_length=80)


class Order(NewOrder):
    id: UUID


class Greeting(BaseModel):
    name: str = Field(min_length=1, max_length=80)


@app.post("/orders", status_code=202, responses={503: {"description": "try again"}})
def order(new: NewOrder) -> Order:
    job, made = uuid4(), Order(id=uuid4(), item=new.item)
    with connect() as database:
        database.execute("INSERT INTO orders VALUES (%s, %s)", [made.id, made.item])
        if CARELESS:
            try:
                queue().rpush("errands", f"{job} {made.id}")
            except RedisError:
                return made
    if not CARELESS:
        try:
            queue().rpush("errands", f"{job} {made.id}")
        except RedisError as error:
            raise HTTPException(503, "Try again.") from error
    return made


@app.post("/greetings", status_code=202)
async def greet(greeting: Greeting, tasks: BackgroundTasks) -> Greeting:
    if CARELESS:
        held.add(task := asyncio.create_task(asyncio.to_thread(write, greeting.name)))
        task.add_done_callback(held.discard)
    else:
        tasks.add_task(write, greeting.name)
    return greeting


held: set[asyncio.Task[None]] = set()


def write(name: str) -> None:
    with connect() as database:
        database.execute("INSERT INTO greetings (name) VALUES (%s)", [name])
