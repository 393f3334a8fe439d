"""Documents of the security stage: evidence → text."""

from collections.abc import Iterable, Sequence

from runner.evidence.access.cells import ANOTHERS, OWN, Cell
from runner.evidence.access.matrix import Matrix
from runner.evidence.access.token_attack import EXPIRY, PURPOSE, REUSE, REVOKED, RUBBISH, SIGNATURE, Attack
from runner.evidence.access.tokens import Tokens
from runner.evidence.agreed.specification import Spec
from runner.evidence.behaviour.hostile_input import HostileInput
from runner.evidence.contract.contract import Contract
from runner.markdown import Marked, bold, code, table
from runner.model import artifact
from runner.said import say, tell, together
from runner.words import plural
from stages.security import threats

KINDS = {
    SIGNATURE: "Who may write a token",
    EXPIRY: "When a token ends",
    PURPOSE: "What a token is good for",
    REVOKED: "What ends a session",
    REUSE: "How often a refresh token works",
    RUBBISH: "What is no token at all",
}
LEGEND = (
    "The status that was answered; where an operation works on one object: for an own one / for another's. "
    "*(403)* is a refusal that was declared, **✗** differs, – means that such a caller can own no such object."
)


@artifact("access-matrix.md", step="4.1")
def access_matrix(matrix: Matrix) -> str:
    """Who gets in where, as it was executed.

    Operation × role × owner: differences from the specification first, then the whole matrix.
    """
    wrong = [cell for cell in matrix.cells if cell.open or cell.shut]
    asked = sum(cell.status is not None for cell in matrix.cells)
    endpoints = list(dict.fromkeys(cell.endpoint for cell in matrix.cells))
    source = tell(
        "the specification's permissions" if matrix.specified else "the contract's `security`, as nobody declared more"
    )
    summary = tell(
        "{asked} requests: {operations}, asked by {roles}, each for an object of its own and for somebody else's. "
        "Expected was what stands in {source}. **{differences}.**",
        asked=asked,
        operations=plural(len(endpoints), "operation"),
        roles=together(matrix.roles),
        source=source,
        differences=_differences(len(wrong)),
    )
    parts = [f"# {tell('Who gets in where')}", summary]
    if matrix.missing:
        parts.append(tell("**Not everybody could be asked.** {unseen}.", unseen=matrix.unseen()))
    if wrong:
        different = [
            (code(c.endpoint), tell(c.who), say("refused") if c.declared is False else say("let in"), _seen(c))
            for c in wrong
        ]
        parts += [f"## {tell('Differences')}", table(("operation", "who", "declared", "seen"), different)]
    rows = [(code(endpoint), *(_cells(matrix, endpoint, role) for role in matrix.roles)) for endpoint in endpoints]
    parts += [
        f"## {tell('The matrix')}",
        tell(LEGEND),
        table((tell("operation"), *map(Marked, matrix.roles)), rows),
    ]
    return _joined(parts)


def _differences(count: int) -> str:
    return (
        say("{count} answers differ from what was declared", count=count) if count else say("Everything is as declared")
    )


def _cells(matrix: Matrix, endpoint: str, role: str) -> str:
    found = [cell for cell in matrix.cells if cell.endpoint == endpoint and cell.role == role]
    found = [cell for cell in found if cell.by != "list" and not cell.forged]
    order = {OWN: 0, ANOTHERS: 1}
    return Marked(" / ".join(_seen(cell) for cell in sorted(found, key=lambda cell: order.get(cell.owner, 2))) or "·")


def _seen(cell: Cell) -> Marked:
    if cell.status is None:
        return Marked("–" if cell.impossible else "?")
    if cell.open or cell.shut:
        return bold(f"✗ {cell.status}")
    return Marked(f"*({cell.status})*" if cell.declared is False else str(cell.status))


@artifact("token-report.md", step="4.1")
def token_report(tokens: Tokens) -> str:
    """What is taken for a token, and for how long."""
    bad = sum(attack.worked or attack.crashed for attack in tokens.attacks)
    kind = say("JSON Web Tokens, {algorithm}", algorithm=tokens.algorithm) if tokens.is_jwt else say("opaque")
    life = say(", good for {seconds} s", seconds=f"{tokens.lifetime:,}") if tokens.lifetime else ""
    idle = sum(not attack.proved for attack in tokens.attacks) - bad
    verdict = say("{bad} got through", bad=bad) if bad else say("All were refused")
    verdict += say(", {idle} of the refusals say nothing", idle=idle) if idle else ""
    summary = tell(
        "{attacks} on `{endpoint}` and the operations around the session. **{verdict}.** "
        "Access tokens are {kind}{life}{claims}.",
        attacks=plural(len(tokens.attacks), "attack"),
        endpoint=tokens.endpoint,
        verdict=verdict,
        kind=kind,
        life=life,
        claims=_claims(tokens),
    )
    parts = [f"# {tell('What is taken for a token')}", summary]
    for name, title in KINDS.items():
        parts += [f"## {tell(title)}", *_attacks(tokens, name)]
    return _joined(parts)


def _claims(tokens: Tokens) -> str:
    claims = together(f"`{claim}`" for claim in tokens.claims)
    return say("; their claims: {claims}", claims=claims) if tokens.claims else ""


def _answer(attack: Attack) -> str:
    if attack.worked or attack.crashed:
        return bold(f"✗ {attack.status}")
    if attack.proved:
        return str(attack.status)
    return say("{status}, and what is good was not let in either", status=attack.status)


def _attacks(tokens: Tokens, kind: str) -> Iterable[str]:
    rows = [
        (
            tell(attack.what),
            code(attack.endpoint),
            _answer(attack),
        )
        for attack in tokens.of(kind)
    ]
    if rows:
        yield table(("tried", "on", "answer"), rows)
    for of, why in (*tokens.missing, *tokens.problems):
        if of == kind:
            yield tell("Not tried: {why}.", why=why)


@artifact("validation-report.md", step="4.2")
def validation_report(hostile: HostileInput) -> str:
    """What bad input is answered with."""
    documented = dict(hostile.documented)
    seen: dict[str, set[int]] = {}
    for endpoint, status, _ in hostile.seen:
        seen.setdefault(endpoint, set()).add(status)
    failed = len(hostile.crashed)
    verdict = (
        say("{failed} inputs made the service fail", failed=failed) if failed else say("No input made the service fail")
    )
    rows = [(code(e), _statuses(s, documented.get(e, frozenset()))) for e, s in seen.items()]
    summary = tell(
        "{sent} requests to {operations}, each with one bad value in one place: NUL bytes, "
        "half characters, 2^63, 10^22, −1, null, wrong types, 70,000 letters, injections, broken bodies. "
        "**{verdict}.**",
        sent=hostile.sent,
        operations=plural(hostile.operations, "operation"),
        verdict=verdict,
    )
    parts = [
        f"# {tell('What bad input is answered with')}",
        summary,
        *_found(tell("It failed on"), hostile.crashed),
        *_found(tell("Refused, yet written"), hostile.written),
        *_found(tell("Undeclared fields that were taken"), hostile.unknown_taken),
        *_found(tell("Privileged fields that had an effect"), hostile.assigned),
        *_found(tell("Bodies of 32 MiB"), hostile.large),
        f"## {tell('Answers')}",
        tell("Statuses that were seen; those that the contract does not name are **bold**."),
        table(("operation", "answers"), rows),
    ]
    return _joined(parts)


def _found(title: str, answers: Sequence[object]) -> Iterable[str]:
    rows = [
        (code(getattr(a, "endpoint", "")), getattr(a, "place", ""), getattr(a, "what", ""), getattr(a, "status", ""))
        for a in answers
    ]
    return [f"## {title}", table(("operation", "place", "value", "answer"), rows)] if rows else []


def _statuses(seen: set[int], documented: frozenset[str]) -> str:
    known = {*documented, *(str(s) for s in seen if f"{s // 100}XX" in documented)}
    return Marked(", ".join(str(s) if str(s) in known else f"**{s}**" for s in sorted(seen)))


@artifact("threat-model.md", step="4.1")
def threat_model(contract: Contract, spec: Spec) -> str:
    """Threats, and what proves that each is met."""
    return threats.written(contract, spec.content)


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(parts) + "\n"
