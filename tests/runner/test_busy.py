"""A stream is what goes on; one that ends at once is none, and one that is soon refused was not opened."""

from pathlib import Path

from runner.discovery.target import find_target
from runner.engine import Shelf
from runner.evidence.behaviour.busy import Busy
from runner.live.workshop import Workshop
from runner.model import Outcome
from stages.performance.checks_busy import streams_hold_nothing
from workflow.settings import SAMPLE

APP = '''
import asyncio

from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse

app = FastAPI()
opened = 0


@app.get("/short")
async def short() -> StreamingResponse:
    async def events():
        yield "data: 1\\n\\n"
    return StreamingResponse(events(), media_type="text/event-stream")


@app.get("/few", response_model=None)
async def few() -> Response:
    """Three at a time."""
    global opened
    if opened >= 3:
        return Response(status_code=429)
    opened += 1
    async def lines():
        global opened
        try:
            while True:
                yield "line\\n"
                await asyncio.sleep(0.3)
        finally:
            opened -= 1
    return StreamingResponse(lines(), media_type="text/plain")
'''


def test_streams_are_told_by_going_on_and_counted_as_they_were_opened(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(APP, encoding="utf-8")
    (tmp_path / ".venv").symlink_to(SAMPLE / ".venv")
    with Workshop() as workshop:
        busy = Shelf(find_target(tmp_path), workshop).need(Busy)
    assert [(one.endpoint, one.opened, one.asked) for one in busy.streams] == [("GET /few", 3, "GET /short")]
    verdict = streams_hold_nothing(busy)
    assert (verdict.outcome, "GET /few (3 times)" in verdict.message) == (Outcome.UNKNOWN, True)
