"""What could go wrong at each group of entry points, and which checks prove that it does not? STRIDE, no filler."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from runner.evidence.contract.contract import Contract, Operation
from runner.markdown import below, table
from runner.model import Check
from runner.said import say, tell, told
from runner.specification import ANONYMOUS, Specification
from runner.words import plural
from stages.security import checks_access as access
from stages.security import checks_code as code
from stages.security import checks_hardening as hardening
from stages.security import checks_input as given
from stages.security import checks_passwords
from stages.security import checks_sign_in as sign_in
from stages.security import checks_tokens as tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Entry points that belong together: what the contract tags, or their first path segment."""

    name: str
    operations: tuple[Operation, ...]

    @property
    def protected(self) -> int:
        return sum(op.is_protected for op in self.operations)

    @property
    def changing(self) -> int:
        return sum(op.changes for op in self.operations)

    @property
    def on_one(self) -> int:
        """Operations on one object, named by an id."""
        return sum("{" in op.path for op in self.operations)

    @property
    def takes_passwords(self) -> bool:
        return any(word in op.path.lower() for op in self.operations for word in ("login", "token", "password", "sign"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Threat:
    """A STRIDE category at a group: when it applies, what could happen, and what meets it."""

    letter: str
    what: str
    applies: Callable[[Group], bool]
    met_by: tuple[Check[...], ...]


THREATS = (
    Threat(
        letter="Spoofing",
        what="A stranger acts as a user: with no token, a forged one, or one that should be dead",
        applies=lambda group: bool(group.protected),
        met_by=(
            access.closed_without_sign_in,
            tokens.signature_is_checked,
            tokens.tokens_expire,
            tokens.tokens_have_one_purpose,
            tokens.ended_sessions_are_dead,
        ),
    ),
    Threat(
        letter="Spoofing",
        what="A stranger guesses a password, or learns who has an account",
        applies=lambda group: group.takes_passwords,
        met_by=(
            sign_in.guessing_is_slowed,
            checks_passwords.weak_passwords_are_refused,
            checks_passwords.only_the_password_signs_in,
            sign_in.accounts_are_not_told,
            sign_in.accounts_are_not_timed,
        ),
    ),
    Threat(
        letter="Tampering",
        what="A user changes what belongs to somebody else",
        applies=lambda group: bool(group.changing and group.on_one and group.protected),
        met_by=(access.own_objects_only,),
    ),
    Threat(
        letter="Tampering",
        what="A caller writes what is not the caller's to decide, or what the code did not foresee",
        applies=lambda group: bool(group.changing),
        met_by=(
            given.no_mass_assignment,
            given.unknown_fields_are_refused,
            given.refused_means_unwritten,
            code.no_sql_from_strings,
        ),
    ),
    Threat(
        letter="Information disclosure",
        what="A user reads what belongs to somebody else, or a cache hands it on",
        applies=lambda group: bool(group.protected and group.on_one),
        met_by=(access.own_objects_only, hardening.private_answers_stay_private),
    ),
    Threat(
        letter="Information disclosure",
        what="An answer or a log shows secrets or the insides",
        applies=lambda _: True,
        met_by=(checks_passwords.secrets_stay_secret, given.insides_stay_inside, hardening.failures_tell_nothing),
    ),
    Threat(
        letter="Denial of service",
        what="One caller's input or size brings the service down",
        applies=lambda group: bool(group.changing),
        met_by=(given.bodies_are_limited, given.bad_input_breaks_nothing),
    ),
    Threat(
        letter="Elevation of privilege",
        what="A caller does what only another role may do, or takes that role",
        applies=lambda group: bool(group.protected),
        met_by=(access.roles_are_refused, given.no_mass_assignment),
    ),
)
EVERYWHERE = (
    hardening.documents_are_closed,
    hardening.headers_protect,
    hardening.strange_origins_get_nothing,
    hardening.cookies_are_guarded,
    checks_passwords.passwords_are_hashed,
    code.no_unsafe_construct,
    code.no_committed_secret,
)
OUTSIDE = (
    "Repudiation: that each request leaves a line with its id is judged by the performance stage, which reads the log. "
    "Attacks on the network, the machines and the people who run them are outside this service."
)


def groups(contract: Contract) -> list[Group]:
    names: dict[str, list[Operation]] = {}
    for operation in contract.operations:
        first = next((part for part in operation.path.split("/") if part and not part.startswith("{")), "/")
        names.setdefault(operation.tags[0] if operation.tags else first, []).append(operation)
    return [Group(name=name, operations=tuple(found)) for name, found in names.items()]


def written(contract: Contract, specification: Specification) -> str:
    """The whole document."""
    found = groups(contract)
    open_ones = sum(not op.is_protected for op in contract.operations)
    summary = tell(
        "{entries} entry points in {groups}, {open} of them open to strangers; {callers} kinds of callers. "
        "Each mitigation names the check that proves it in this stage: whether it holds is the finding, not this page.",
        entries=len(contract.operations),
        groups=plural(len(found), "group"),
        open=open_ones,
        callers=len(specification.roles) + 1,
    )
    parts = [
        f"# {tell('Threats to {service}', service=specification.service.name)}",
        summary,
        f"## {tell('What is worth protecting')}",
        table(
            ("asset", "what it is", "answers for it"),
            ((r.id, r.description, r.owner or "–") for r in specification.resources),
        ),
        f"## {tell('Who comes to the door')}",
        table(("actor", "who", "operations allowed"), _actors(specification, len(contract.operations))),
        f"## {tell('Where they come in')}",
        _picture(found, specification),
        table(
            ("group", "operations", "protected", "changing", "on one object"),
            ((g.name, len(g.operations), g.protected, g.changing, g.on_one) for g in found),
        ),
        f"## {tell('What could go wrong there')}",
        *(part for group in found for part in _threats(group)),
        f"## {tell('Everywhere')}",
        table(("what holds", "proved by"), ((say(check.claim), check.id) for check in EVERYWHERE)),
        f"## {tell('Not proved here')}",
        tell(OUTSIDE),
    ]
    return "\n\n".join(parts) + "\n"


def _actors(specification: Specification, operations: int) -> Iterable[Sequence[object]]:
    open_to_all = sum(ANONYMOUS in p.allow for p in specification.permissions)
    yield (
        ANONYMOUS,
        say("Anybody who can reach the service"),
        say("{number} of {all}", number=open_to_all, all=operations),
    )
    for role in specification.roles:
        scopes = [p.allow.get(role.id) for p in specification.permissions if ANONYMOUS not in p.allow]
        own = scopes.count("own")
        count = open_to_all + scopes.count("any") + own
        only = say(", {own} on own objects only", own=own) if own else ""
        yield (role.id, role.description, say("{number} of {all}", number=count, all=operations) + only)


def _threats(group: Group) -> Iterable[str]:
    rows = [
        (say(threat.letter), say(threat.what), below(f"{check.id} {tell(check.claim)}" for check in threat.met_by))
        for threat in THREATS
        if threat.applies(group)
    ]
    names = ", ".join(f"`{op.endpoint}`" for op in group.operations)
    yield f"### {group.name}"
    yield names
    yield table(("threat", "what could happen", "proved by"), rows)


def _picture(found: Sequence[Group], specification: Specification) -> str:
    """Callers, the boundary they cross, and the groups behind it."""
    lines = ["```mermaid", "flowchart LR", '  stranger(["anonymous"])', f'  user(["{_roles(specification)}"])']
    lines += ["  subgraph service"]
    lines += [f'    g{n}["{g.name}<br>{told(plural(len(g.operations), "operation"))}"]' for n, g in enumerate(found)]
    lines += ["  end", "  service --> database[(database)]"]
    for number, group in enumerate(found):
        if group.protected < len(group.operations):
            lines.append(f"  stranger --> g{number}")
        if group.protected:
            lines.append(f"  user -->|token| g{number}")
    return "\n".join([*lines, "```"])


def _roles(specification: Specification) -> str:
    return ", ".join(role.id for role in specification.roles) or tell("signed in")
