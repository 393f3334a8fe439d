"""Guest inside locust, named after the service's locustfile: writes each answer down as it comes.

Lines of JSON go to $GONOGO_LOAD. An answer: {"t", "method", "name", "path", "ms", "status", "error"}. Four times a
second: {"t", "cpu", "users", "ready"}. `t` is the machine's monotonic clock, `cpu` the processor seconds that locust
has used, `ready` the users that are through with their `on_start`.
"""

import json
import os
import time
from pathlib import Path
from urllib.parse import urlsplit

import gevent
from locust import events

TICK = 0.25
file = Path(os.environ["GONOGO_LOAD"]).open("a", encoding="utf-8")  # noqa: SIM115 - open as long as locust runs


def write(**fact):
    file.write(json.dumps(fact, default=str) + "\n")


@events.init.add_listener
def begin(environment, **_):
    environment.shape_class = None  # the specification says how many users, not the locustfile
    for kind in environment.user_classes:
        count_starts(kind)
    environment.stop_timeout = 1
    gevent.spawn(tick, environment)


READY = [0]  # users that are through with their own preparations


def count_starts(kind):
    begin_work = kind.on_start

    def on_start(self):
        begin_work(self)
        READY[0] += 1

    kind.on_start = on_start


def tick(environment):
    while True:
        used = os.times()
        runner = environment.runner
        write(t=time.monotonic(), cpu=used.user + used.system, users=runner.user_count if runner else 0, ready=READY[0])
        file.flush()
        gevent.sleep(TICK)


@events.request.add_listener
def answered(request_type, name, response_time, response=None, exception=None, url=None, **_):
    address = url or getattr(response, "url", None) or name
    error = f"{type(exception).__name__}: {exception}"[:200] if exception else ""
    status = getattr(response, "status_code", 0) or 0
    write(
        t=time.monotonic(),
        method=request_type,
        name=name,
        path=urlsplit(str(address)).path,
        ms=round(response_time or 0.0, 3),
        status=status,
        error=error,
    )


@events.user_error.add_listener
def broke(exception, **_):
    write(t=time.monotonic(), problem=f"{type(exception).__name__}: {exception}"[:300])


@events.quitting.add_listener
def end(**_):
    file.flush()
