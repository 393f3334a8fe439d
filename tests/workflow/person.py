"""A person at a machine of her own: `python -m tests.workflow.person FOLDER GO ROUNDS [run]`.

From the moment in which the file GO is there she records a run, signs, and comments, round by round; then she asks for
a waiver, and with `run` starts a real run as the browser does. `GONOGO_LEDGER` names the team's ledger.
"""

import hashlib
import os
import sys
import time
from datetime import date, timedelta
from pathlib import Path

from runner.discovery.source import source_state
from runner.discovery.target import find_target
from runner.model import Document, Outcome, in_file
from stages.catalogue import BUILT_IN
from tests.workflow.records import a_finding, a_run
from workflow.ledger import RunState, StageResult
from workflow.service import ask_waiver, comment, ledger_of, local_actor, sign, start_run

FINDINGS = 6
FAILED = a_finding(check="DB004", places=(in_file("app.py", 7, "no index"),))
PASSED = a_finding(check="DS001", stage="design", step="2.1", outcome=Outcome.PASSED)


def main(folder: Path, go: Path, rounds: int, *, started: bool) -> None:
    target = find_target(folder)
    actor, source, root = local_actor(target), source_state(folder), str(folder)
    go.with_name(f"ready-{os.getpid()}").touch()
    while not go.exists():
        time.sleep(0.001)
    ledger = ledger_of(target)
    if started:
        start_run(target, ledger, "stage.requirements", BUILT_IN, actor)
    for number in range(rounds):
        id = ledger.begin(
            a_run(root=root, service=target.name, digest=source.digest, commit=source.commit, dirty=(), pid=os.getpid())
        )
        for _ in range(FINDINGS):
            ledger.add_finding(id, PASSED)
        ledger.add_finding(id, FAILED)
        content = f"what round {number} saw".encode()
        ledger.add_document(
            id,
            Document(
                name="a.md", stage="design", step="2.1", title="A", media_type="text/markdown", content=content,
                sha256=hashlib.sha256(content).hexdigest(),
            ),
        )  # fmt: skip
        ledger.add_stage(id, StageResult(slug="design", verdict="GO", seconds=1))
        ledger.add_stage(id, StageResult(slug="database", verdict="NO-GO", seconds=1))
        ledger.end(id, RunState.FINISHED, "NO-GO")
        sign(target, ledger, BUILT_IN, actor, "design")
        comment(target, ledger, BUILT_IN, actor, "DB004", f"{actor.name} {number}")
    until = (date.today() + timedelta(days=9)).isoformat()  # noqa: DTZ011 - as people say it
    ask_waiver(target, ledger, BUILT_IN, actor, "DB004", reason="replaced next week", until=until)
    ledger.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), started="run" in sys.argv[4:])
