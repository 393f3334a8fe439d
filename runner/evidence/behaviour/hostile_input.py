"""What does the service do with bad input? One bad value at a time, in every place of every operation."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from runner.evidence.accounts.outside import WHY, asking_outside
from runner.evidence.accounts.visit import visit
from runner.evidence.agreed.specification import AgreedAccess, AgreedLimits
from runner.evidence.behaviour.attacks import (
    BAD_REQUEST,
    UNPROCESSABLE,
    Aim,
    Answered,
    Attempt,
    attacks,
    bad_values,
)
from runner.evidence.behaviour.fetched_urls import UrlField, fetched, fetched_texts, url_fields
from runner.evidence.behaviour.hostile_sender import SUCCESS, Sender
from runner.evidence.behaviour.large_bodies import large_bodies
from runner.evidence.behaviour.moved_keys import moved_keys
from runner.evidence.behaviour.rate_limits import RateLimit, rate_limits
from runner.evidence.behaviour.refusals import Refusal, ask_outside_operations
from runner.evidence.behaviour.unnamed_uploads import unnamed_uploads
from runner.evidence.behaviour.uploads import Upload, uploads
from runner.evidence.code.hand_read import HandRead
from runner.evidence.contract.contract import Contract, Schema
from runner.http.budget import Budget
from runner.http.openapi import JSON_TYPE, Operation
from runner.live import pace
from runner.live.canary import Canary
from runner.model import Evidence, Looked
from runner.postgres.writes import Watch
from runner.probe import Probe
from runner.said import say
from runner.vocabulary.health import says_unready
from runner.words import plural

WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
# Requests of one look, and its seconds: for bad values, for addresses, for what no contract names. What was not asked
# by then is named.
MOST_REQUESTS = 20_000
LONGEST, ADDRESSES, BESIDE = 120.0, 40.0, 30.0
STRETCHED = 2.0  # times as long at most, on a machine that others use
UNTOLD = say("a security scheme that no contract names")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostileInput(Evidence):
    """Bad input in every field, path and query, one cause at a time."""

    sent: int
    operations: int
    documented: tuple[tuple[str, frozenset[str]], ...]  # statuses that the contract names, per endpoint
    seen: tuple[tuple[str, int, str], ...]  # (endpoint, status, curl), one of each
    crashed: tuple[Answered, ...]  # 5xx, or no answer
    written: tuple[Answered, ...]  # refused, and yet the tables that `text` names changed
    unknown_taken: tuple[Answered, ...]  # a field that nobody declared was taken
    unknown_tried: int
    assigned: tuple[Answered, ...]  # a field that the client must not decide had an effect
    assigned_tried: int
    insides: tuple[Answered, ...]  # answers that show the service's insides
    large: tuple[Answered, ...]  # bodies of 32 MiB
    callers: bool = True  # does the service know any? Else all were nobody
    problems: tuple[tuple[str, str], ...]  # operations that were asked without an object of their own, and why
    unasked: tuple[str, ...] = ()  # operations that were left when the look's requests or seconds were used up
    cut: tuple[str, ...] = ()  # … that got less than half of their bad values by then
    short: tuple[str, ...] = ()  # … that got half of them or more, and not all
    missing: str = ""  # who could not sign in, and why: for them strangers asked
    reached: frozenset[str] = frozenset()  # operations whose handler did what a valid request asked, or found it done
    changing: frozenset[str] = frozenset()  # operations that change something
    bodies: frozenset[str] = frozenset()  # operations that change something and take a JSON object
    open_bodies: frozenset[str] = frozenset()  # … of these: whose contract lets any field in
    large_there: int = 0  # operations that take a JSON body
    urls: tuple[UrlField, ...] = ()  # fields that take a URL, each with an address of this machine
    uploads: tuple[Upload, ...] = ()  # operations that take a file
    limits: tuple[RateLimit, ...] = ()  # operations that say how many requests they take
    refusals: tuple[Refusal, ...] = ()  # one of each status and shape
    refusing: frozenset[str] = frozenset()  # operations of the contract that a refusal with a body was seen of
    hidden: frozenset[str] = frozenset()  # operations that the app serves and its contract does not name

    def is_partial(self) -> bool:
        return bool(self.missing)

    @classmethod
    def collect(
        cls,
        probe: Probe,
        contract: Contract,
        agreed: AgreedAccess | None,
        agreed_limits: AgreedLimits | None,
        hand: Looked[HandRead],
    ) -> Self:
        with visit(probe, contract, agreed, open_too=True) as here, Watch(here.database) as watch:
            sender, found = Sender(here, watch, frozenset(contract.hidden)), Found()
            told = here.requests.operations
            left = list[str]()
            for operation in _budget(sender, LONGEST).evenly(told, lambda one, _: left.append(one.endpoint)):
                found.add(attacks(sender, operation))
                found.add(moved_keys(sender, operation))
            _say_left(probe, left, sender.cut)
            with Canary(probe.workshop.fence) as canary:
                urls = tuple(_addresses(sender, canary, told))
            ask_outside_operations(here, sender.refusals, frozenset(contract.hidden))
            untold = [operation_of(endpoint, secured=not here.people.open) for endpoint in contract.hidden]
            read = hand.evidence.taken if hand.evidence else ()
            sent_files = tuple(uploads(sender, unnamed_uploads([*told, *untold], read)))
            large = tuple(large_bodies(sender))
            away = asking_outside(here, (one.endpoint for one in found.crashed))
            sender.problems |= dict.fromkeys(away, WHY)
            beside = _budget(sender, BESIDE)
            for operation in beside.evenly(untold, lambda one, _: left.append(one.endpoint)):  # last: who knows them?
                found.add(bad_values(sender, operation, here.roles[-1]))
            narrow, named = probe.target.config.limits, agreed_limits.limits if agreed_limits else ()
            if narrow:
                with visit(probe, contract, agreed, open_too=True, env=narrow) as other, Watch(other.database) as seen:
                    limits = tuple(rate_limits(Sender(other, seen), named, sender.announced))
            else:  # last of all: nobody is answered when they are met
                limits = tuple(rate_limits(sender, named, sender.announced))
            probe.note(
                say("{sent} requests with one bad value each, at {told} operations", sent=sender.sent, told=len(told))
            )
            return cls(
                sent=sender.sent,
                operations=len(told),
                documented=tuple((op.endpoint, op.statuses) for op in told),
                seen=tuple((endpoint, status, curl) for (endpoint, status), curl in found.seen.items()),
                crashed=tuple(one for one in found.crashed if one.endpoint not in away),
                written=tuple(found.written),
                unknown_taken=tuple(found.taken[Aim.FIELD]),
                unknown_tried=found.tried[Aim.FIELD],
                open_bodies=frozenset(
                    op.endpoint for op in told if op.body is not None and _is_open(contract, op.body)
                ),
                assigned=tuple(found.taken[Aim.PRIVILEGE]),
                assigned_tried=found.tried[Aim.PRIVILEGE],
                insides=tuple(found.insides.values()),
                large=large,
                urls=urls,
                uploads=sent_files,
                limits=limits,
                refusals=tuple(sender.refusals.found.values()),
                refusing=frozenset(sender.refusals.asked) & {op.endpoint for op in told},
                callers=not here.people.open,
                problems=tuple(sender.problems.items()),
                unasked=tuple(left),
                cut=tuple(dict.fromkeys(sender.cut)),
                short=tuple(dict.fromkeys(sender.short)),
                missing=here.unseen(),
                reached=frozenset(sender.reached),
                changing=frozenset(op.endpoint for op in [*told, *untold] if op.changes),
                bodies=frozenset(op.endpoint for op in told if takes_object(op)),
                hidden=frozenset(contract.hidden),
                large_there=sum(op.changes and op.takes_json for op in told),
            )


def _budget(sender: Sender, seconds: float) -> Budget:
    """What the sender may spend from now on."""
    stretched = seconds * min(pace.slowness(), STRETCHED)
    sender.budget = Budget(sender.here.client, requests=MOST_REQUESTS, seconds=stretched)
    return sender.budget


def _say_left(probe: Probe, left: Sequence[str], cut: Sequence[str]) -> None:
    if left or cut:
        probe.note(
            say(
                "the time of this look was up: {left} were not asked, {cut} got less than half of their bad values",
                left=plural(len(left), "operation"),
                cut=plural(len(cut), "operation"),
            )
        )


def _addresses(sender: Sender, canary: Canary, told: tuple[Operation, ...]) -> Iterator[UrlField]:
    """Fields for a URL, then other texts that somebody asked for; what the time did not suffice for was not reached."""
    budget, left = _budget(sender, ADDRESSES), list[UrlField]()
    places = url_fields(sender.here.requests.document, told)

    def late(one: tuple[Operation, str, bool], _: str) -> None:
        left.append(UrlField(endpoint=one[0].endpoint, place=one[1]))

    for operation, place, many in budget.within(places, late):
        yield fetched(sender, canary, operation, place, many=many)
    for operation in budget.within(told):
        yield from fetched_texts(sender, canary, operation)
    yield from left


@dataclass(slots=True)
class Found:
    """What attempts said, sorted by what is judged of it."""

    seen: dict[tuple[str, int], str] = field(default_factory=dict)
    crashed: list[Answered] = field(default_factory=list)
    written: list[Answered] = field(default_factory=list)
    insides: dict[str, Answered] = field(default_factory=dict)  # one of each operation
    taken: dict[Aim, list[Answered]] = field(default_factory=lambda: {aim: [] for aim in Aim})
    tried: Counter[Aim] = field(default_factory=Counter)

    def add(self, attempts: Iterable[Attempt]) -> None:
        for one in attempts:
            answered = one.answered
            if one.its_own:
                self.seen.setdefault((answered.endpoint, answered.status), answered.curl)
            if one.crashed and not says_unready(answered.endpoint, answered.status):
                self.crashed.append(answered)
            if one.written:
                self.written.append(replace(answered, text=", ".join(one.written)))
            if one.shows:
                self.insides.setdefault(answered.endpoint, replace(answered, text=one.shows))
            if one.succeeded:
                self.taken[one.aim].append(answered)
            self.tried[one.aim] += _tells(one)


def _tells(attempt: Attempt) -> bool:
    """Does the answer say something of what was tried? A refusal of the caller says nothing of a field."""
    said = attempt.answered.status
    return attempt.aim is not Aim.FIELD or said in SUCCESS or said in {BAD_REQUEST, UNPROCESSABLE}


def operation_of(endpoint: str, *, secured: bool) -> Operation:
    """An operation that no contract names: bad values in its path and no good bodies are all that is known to fit."""
    method, _, path = endpoint.partition(" ")
    return Operation(
        method=method,
        path=path,
        security=(UNTOLD,) if secured else (),
        body_media=JSON_TYPE if method in WITH_BODY else "",
    )


def takes_object(operation: Operation) -> bool:
    return operation.changes and operation.takes_json and bool(operation.body)


def _is_open(contract: Contract, body: Schema) -> bool:
    """Does the contract say of a body, in one of its forms, that it takes any field?"""
    words = ("additionalProperties", "unevaluatedProperties")
    return not all(any(one.get(word) is False for word in words) for one in contract.alternatives(body))
