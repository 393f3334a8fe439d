"""Is every answer what the contract says? Requests at random from the contract, made and judged by schemathesis."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from runner.errors import ProbeError
from runner.evidence.accounts.outside import asking_outside
from runner.evidence.accounts.visit import Visit, ends_session, on_person, visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.behaviour.fuzz_contract import as_asked, with_examples
from runner.evidence.behaviour.fuzz_events import Event, Surprise, answers_in, surprises_in
from runner.evidence.contract.contract import Contract
from runner.http.budget import Budget
from runner.http.identities import ADMINISTRATOR, NOBODY, Identity
from runner.http.objects import CannotMake
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.http.unicode_tables import link_unicode_tables
from runner.live import pace
from runner.model import Evidence
from runner.probe import Probe
from runner.processes.ran import TookTooLong
from runner.said import say

SEED = 1
REQUESTS = 300  # about so many, shared between the operations
FEWEST, MOST = 4, 12  # per operation
PATIENCE = 120.0  # seconds after which schemathesis is ended: what it has told by then is judged
PREPARED = 60.0  # … in which the objects are made that it asks for
STRETCHED = 2.0  # times as long at most, on a machine that others use
JUDGED = ("not_a_server_error", "response_schema_conformance", "content_type_conformance")
WORDS = (
    "--workers", "1", "--no-shrink", "--seed", str(SEED), "--phases", "examples,fuzzing,stateful", "--mode", "positive",
    "--generation-allow-x00", "false",  # the look at bad input sends it, to each field
    "--continue-on-failure", "--checks", ",".join(JUDGED), "--suppress-health-check", "all", "--request-timeout", "10",
    "--report", "ndjson", "--report-ndjson-path", "events.ndjson", "--warnings", "off",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuzz(Evidence):
    """Valid requests at random from the contract, and what does not fit it in the answers."""

    requests: int
    answered: Mapping[str, int]  # endpoint → answers that were a success
    left_out: tuple[str, ...]  # operations that end the session
    operations: int = 0  # of the contract, but for those
    surprises: tuple[Surprise, ...]
    ended: bool = False  # its time was up before it had asked all that it would ask
    missing: str = ""  # who could not sign in, and why
    hidden: frozenset[str] = frozenset()  # operations that the app serves and its contract does not name

    def is_partial(self) -> bool:
        return bool(self.missing)

    @classmethod
    def collect(cls, probe: Probe, contract: Contract, agreed: AgreedAccess | None) -> Self:
        document = dict(contract.document)
        with visit(probe, contract, agreed, open_too=True) as here:
            left_out = [one for one in here.requests.operations if ends_session(one)]
            if len(left_out) == len(here.requests.operations):
                raise ProbeError("the contract has no operation that can be asked at random")
            there = len(here.requests.operations) - len(left_out)
            events, ended = _ask(probe, here, with_examples(document, list(examples(here, left_out))), left_out)
            surprises = tuple(surprises_in(events))
            away = asking_outside(here, (one.endpoint for one in surprises if one.crashed))
        requests, answered = answers_in(events)
        if not requests:
            raise ProbeError("schemathesis could make no request from this contract")
        return cls(
            requests=requests,
            answered=answered,
            left_out=tuple(one.endpoint for one in left_out),
            operations=there,
            ended=ended,
            surprises=tuple(one for one in surprises if one.endpoint not in away or not one.crashed),
            missing=here.unseen(),
            hidden=frozenset(contract.hidden),
        )


def _ask(probe: Probe, here: Visit, document: Mapping[str, Any], left_out: list[Operation]) -> tuple[list[Event], bool]:
    """Run schemathesis as the most powerful caller.

    Its events, and whether its time was up before it ended. Raises `ProbeError` when it broke.
    """
    run_folder = probe.workshop.scratch("fuzz")
    (run_folder / "contract.json").write_text(json.dumps(as_asked(document)), encoding="utf-8")
    link_unicode_tables(run_folder)
    caller = NOBODY if here.people.open else caller_or_nobody(here)
    env = _sign(run_folder, {**here.requests.beside, **caller.headers})
    each = max(FEWEST, min(MOST, REQUESTS // len(here.requests.operations)))
    words = [*WORDS, "--max-examples", str(each), *_without(left_out)]
    report, patience = run_folder / "events.ndjson", PATIENCE * min(pace.slowness(), STRETCHED)
    ended = False
    asked = ("run", "contract.json", "--url", here.server.base, *words)
    try:
        ran = probe.tool("schemathesis", *asked, cwd=run_folder, env=env, timeout=patience)
    except TookTooLong:
        if not report.is_file():
            raise
        ended = True
        probe.note(
            say("schemathesis was ended after {patience} s: what it told by then is judged", patience=f"{patience:.0f}")
        )
    else:
        if ran.code not in {0, 1} or not report.is_file():
            raise ProbeError(say("schemathesis could not look: {last_words}", last_words=ran.last_words))
    return events_of(report.read_text(encoding="utf-8", errors="replace")), ended


def events_of(report: str) -> list[Event]:
    """The lines that were written whole: who is ended leaves half of one."""
    found = list[Event]()
    for line in report.splitlines():
        with suppress(json.JSONDecodeError):
            found.append(json.loads(line))
    return found


def examples(here: Visit, left_out: Sequence[Operation], seconds: float = PREPARED) -> Iterator[Request]:
    """A valid request for each operation, on an object of its own; none where that may cost the caller its account.

    Nor for those for which the seconds do not suffice: schemathesis asks them without an object.
    """
    caller = caller_or_nobody(here)
    budget = Budget(here.client, seconds=seconds * min(pace.slowness(), STRETCHED))
    for operation in budget.within(here.requests.operations):
        if operation in left_out or (operation.changes and on_person(operation)):
            continue
        with suppress(CannotMake):
            yield here.request(operation, caller)


def caller_or_nobody(here: Visit) -> Identity:
    """The most powerful caller; nobody where none can sign in: what is open is asked all the same.

    Where an ordinary account is refused at operations, the one that was given all power is not.
    """
    here.sign_in_all()
    if not here.present:
        return NOBODY
    shut = any(here.allowed(one) == ADMINISTRATOR for one in here.requests.operations)
    return (here.administrator if shut else None) or here.caller(here.present[-1])


def _sign(run_folder: Path, headers: Mapping[str, str]) -> dict[str, str]:
    """A configuration with these headers; their values travel in the environment, so no record shows them."""
    names = {f"GONOGO_HEADER_{n}": value for n, value in enumerate(headers.values())}
    lines = [
        f"{json.dumps(header)} = {json.dumps('${' + name + '}')}" for header, name in zip(headers, names, strict=True)
    ]
    if lines:
        (run_folder / "schemathesis.toml").write_text("\n".join(["[headers]", *lines, ""]), encoding="utf-8")
    return names


def _without(operations: list[Operation]) -> Iterator[str]:
    for operation in operations:
        yield from ("--exclude-name", operation.endpoint)
