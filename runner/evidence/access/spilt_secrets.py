"""Do secrets come out again? Looked for in the answers to every read, and in the log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runner.evidence.access.sign_in_tries import REFUSALS, SUCCESS, Tries
from runner.evidence.access.stored_passwords import HASHES, Leak
from runner.evidence.accounts.visit import Visit
from runner.evidence.behaviour.named_things import object_in
from runner.http.carried import cookies_of
from runner.http.identities import Identity
from runner.http.objects import CannotMake
from runner.http.openapi import Operation, opened
from runner.http.requests import Request
from runner.said import say
from runner.vocabulary.secrets import is_password

SHORTEST = 12  # letters of a cookie that may be a secret
FAR = 999_999_937
TURNED_AWAY = 6  # operations of a kind that refuse a good token's owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Spilt:
    """Secrets that came out, and how much was looked through."""

    leaks: tuple[Leak, ...]
    answers: int  # to sign-ins, sign-ups and reads
    read: int  # operations that read and were answered with something
    reads: int  # operations that read, as the contract has them
    lines: int  # of the log


def spilt(tries: Tries, secret: str = "", hidden: Sequence[str] = ()) -> Spilt:
    """In what the service tells at the sign-in, and to the most powerful role in every read; then in its log.

    `secret`: the one that its settings were given; `hidden`: operations that no contract names, which strangers find.
    """
    here = tries.here
    tries.secrets[say("a secret of its settings")] = secret
    found = [leak for endpoint in hidden if (leak := _handed_out(tries, endpoint))]
    reading = [op for op in here.requests.operations if op.method == "GET"]
    read = sum(_read(tries, operation) for operation in reading)
    if here.people.register:
        _sign_up(tries)
    _refused(tries)
    _turned_away(tries)
    leaks = [*found, *_answered(tries)]
    tries.secrets |= {
        say("an access token"): tries.canary.access_token,
        say("a refresh token"): tries.canary.refresh_token,
    }
    cookies = cookies_of(tries.canary).items()
    tries.secrets |= {say("the cookie {name}", name=name): value for name, value in cookies if len(value) >= SHORTEST}
    lines = here.server.log().splitlines()
    leaks += _logged(tries, lines)
    return Spilt(leaks=tuple(leaks), answers=len(tries.answers), read=read, reads=len(reading), lines=len(lines))


def _read(tries: Tries, operation: Operation) -> bool:
    """Was it answered to the most powerful role? A refusal holds nothing that could come out."""
    caller = tries.here.caller(tries.here.roles[-1])
    tries.secrets[say("the caller's own password")] = caller.password
    request = _request(tries, operation)
    if request is None:
        return False
    answer = request.send(tries.here.client, (caller if operation.is_protected else Identity(role="")).headers)
    tries.answers.append((operation.endpoint, answer))
    return answer.status_code in SUCCESS


def _handed_out(tries: Tries, endpoint: str) -> Leak | None:
    """What a stranger is answered where no contract names anything: a password, by what its field is called."""
    method, _, path = endpoint.partition(" ")
    if method != "GET" or "{" in path:
        return None
    answer = Request(operation=Operation(method=method, path=path), path=path).send(tries.here.client)
    tries.answers.append((endpoint, answer))
    told = object_in(answer.text) if answer.status_code in SUCCESS else None
    named = next((name for name, value in (told or {}).items() if is_password(name) and isinstance(value, str)), "")
    return Leak(what=f"`{named}`", where=say("its answer"), endpoint=endpoint) if named else None


def _request(tries: Tries, operation: Operation) -> Request | None:
    """A request for a list, or for one thing of the most powerful role's own; None where it can't be made."""
    if not operation.placeholders:
        return tries.here.requests.example(operation)
    try:
        return tries.here.request(operation, tries.here.caller(tries.here.roles[-1]))
    except CannotMake:
        return None


def _sign_up(tries: Tries) -> None:
    request = tries.here.people.registration()
    tries.answers.append((request.endpoint, request.send(tries.here.client)))
    tries.secrets[say("the password of a new account")] = str(
        next(value for name, value in request.fields.items() if is_password(name))
    )


def _refused(tries: Tries) -> None:
    """Secrets that came with something wrong: what refuses a request tends to repeat it, or to write it down whole."""
    people, examples = tries.here.people, tries.here.requests.examples
    whole = [] if people.by_issuer else [people.login_request(examples.email(), examples.password())]
    whole += [people.registration()] if people.register else []
    for request in whole:
        others = [name for name in request.fields if not is_password(name)]
        if not others or not any(map(is_password, request.fields)):
            continue
        _lacking(tries, request, others[0])
        _too_short(tries, request)
    known = people.me
    if known is not None:
        token = tries.secrets[say("a token that was refused")] = f"gonogo.{examples.password()}.refused"
        people.hide(token)
        answer = tries.here.requests.example(known).send(tries.here.client, tries.canary.bearing(token))
        tries.answers.append((known.endpoint, answer))


def _turned_away(tries: Tries) -> None:
    """Somebody with a good token is told no: she may not, it is not there, or it is not valid. Nothing is changed."""
    here, caller = tries.here, tries.canary
    protected = [op for op in here.requests.operations if op.security]  # also where the token may be left out
    reads = [op for op in protected if op.method == "GET"]
    asked = [here.requests.example(op, _nowhere(op)) for of_one in (False, True) for op in _some(reads, of_one=of_one)]
    writes = [op for op in protected if op.changes and op.takes_json and op.body_required and _lacks(here, op)]
    asked += [here.requests.example(op).with_fields({}) for op in writes[:TURNED_AWAY]]
    for request in asked:
        answer = request.send(here.client, caller.headers)
        if not answer.is_success:
            tries.answers.append((request.endpoint, answer))


def _nowhere(operation: Operation) -> dict[str, int]:
    """Numbers in the path that no row has yet."""
    numbers = (p for p in operation.parameters if p.place == "path" and p.schema.get("type") == "integer")
    return {p.name: FAR for p in numbers}


def _some(reads: Sequence[Operation], *, of_one: bool) -> Sequence[Operation]:
    """Those of one thing, which is not there, or of many, which may be another role's to read."""
    return [op for op in reads if bool(op.placeholders) is of_one][:TURNED_AWAY]


def _lacks(here: Visit, operation: Operation) -> bool:
    """Is an empty body refused, by its contract?"""
    return bool(opened(here.requests.document, operation.body).get("required", ()))


def _lacking(tries: Tries, request: Request, field: str) -> None:
    """Without a field that is needed."""
    secret = tries.here.requests.examples.password()
    fields = {name: secret if is_password(name) else value for name, value in request.fields.items() if name != field}
    _keep(tries, request.with_fields(fields), say("a password that came without {field}", field=field), secret)


def _too_short(tries: Tries, request: Request) -> None:
    secret = f"{tries.here.requests.examples.mark()[-5:]}!Q"
    fields = {name: secret if is_password(name) else value for name, value in request.fields.items()}
    _keep(tries, request.with_fields(fields), say("a password that was too short"), secret)


def _keep(tries: Tries, request: Request, what: str, secret: str) -> None:
    tries.here.people.hide(secret)
    answer = request.send(tries.here.client)
    if answer.status_code in REFUSALS:
        tries.secrets[what] = secret
        tries.answers.append((request.endpoint, answer))


def _answered(tries: Tries) -> Iterator[Leak]:
    for endpoint, answer in tries.answers:
        for what in _secrets_in(tries, answer.text):
            yield Leak(what=what, where=say("its answer"), endpoint=endpoint)


def _logged(tries: Tries, lines: list[str]) -> Iterator[Leak]:
    found: dict[str, str] = {}
    for line in lines:
        for what in _secrets_in(tries, line):
            found.setdefault(what, _masked(tries, line))
    for what, line in found.items():
        yield Leak(what=what, where=say("the log: {line}", line=line))


def _secrets_in(tries: Tries, text: str) -> Iterator[str]:
    yield from (what for what, secret in tries.secrets.items() if secret and secret in text)
    if HASHES.search(text):
        yield say("the hash of a password")


def _masked(tries: Tries, line: str) -> str:
    for secret in filter(None, tries.secrets.values()):
        line = line.replace(secret, "…")
    return line.strip()[:160]
