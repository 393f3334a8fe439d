"""Attacks with the link that somebody gets who forgot the password: it is read from the mail, or from the log."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from runner.evidence.access.protected_operation import ProtectedOperation
from runner.evidence.access.token_attack import RESET, REVOKED, SUCCESS, Attack
from runner.evidence.access.told_accounts import asking, mail_field, resets
from runner.http.identities import Identity
from runner.http.openapi import Operation, properties_of
from runner.http.requests import Request, Requests
from runner.live.waiting import until
from runner.said import say
from runner.vocabulary.account_paths import PASSWORD, helps_who_forgot, says
from runner.vocabulary.secrets import is_password

ARRIVES = 4.0  # seconds within which a mail comes that is sent in the background
TRIED = 8  # things that may be the token
URL = re.compile(r"https?://[^\s\"'<>]+")
LONG = re.compile(r"[A-Za-z0-9_-]{16,}(?:\.[A-Za-z0-9_-]{8,})*")  # random letters, or a JSON Web Token
# Of several parts, one of them long: an account's number and a seal, `7.9f86d081884c7d65…`, `MQ:1a2b-…`.
PARTS = re.compile(r"(?<![\w.:~|-])(?:[\w-]+[.:~|])*[\w-]{16,}(?:[.:~|][\w-]+)*={0,2}(?![\w.:~|-]*@)")
CODE = re.compile(r"(?<![\w-])\d{4,8}(?![\w-])")
LONGEST_CODE = 8
BY_MAIL = re.compile(r"token|code|otp", re.IGNORECASE)
CHANGES = frozenset({"POST", "PUT", "PATCH"})
LOOK = say('name the mail server in gonogo.toml, [env] SMTP_HOST = "{mail_host}", SMTP_PORT = "{mail_port}"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The operation that sets a password by what came with the mail, and where that belongs."""

    operation: Operation
    place: str  # body, path or query
    name: str


def settings_of(requests: Requests) -> Iterator[Setting]:
    for operation in requests.operations:
        fields = properties_of(requests.document, operation.body)
        takes = operation.method in CHANGES and any(map(is_password, fields)) and not operation.is_protected
        if not takes or not (helps_who_forgot(operation.path) or says(PASSWORD, operation.path)):
            continue
        query = [p.name for p in operation.parameters if p.place == "query"]
        places = (("body", list(fields)), ("path", list(operation.placeholders)), ("query", query))
        found = ((place, name) for place, names in places for name in names if BY_MAIL.search(name))
        one = next(found, None)
        if one is not None:
            yield Setting(operation=operation, place=one[0], name=one[1])


def candidates(text: str) -> tuple[str, ...]:
    """What may be the token, likeliest first: in a link, then anything long and random, then a code of digits."""
    links = [urlsplit(found.rstrip(".,;)")) for found in URL.findall(text)]
    asked = [value for link in links for _, value in parse_qsl(f"{link.query}&{link.fragment.partition('?')[2]}")]
    ends = [link.path.rstrip("/").rpartition("/")[2] for link in links]
    inside = [value for value in (*asked, *ends) if PARTS.fullmatch(value) or CODE.fullmatch(value)]
    beside = URL.sub(" ", text)
    found = (*inside, *PARTS.findall(beside), *LONG.findall(text), *CODE.findall(text))
    return tuple(dict.fromkeys(found))[:TRIED]


class ResetLinks:
    """Asks for a link and uses it where it belongs, twice, and where it does not belong."""

    def __init__(self, protected: ProtectedOperation, mails: Callable[[], list[str]]) -> None:
        self.protected, self.here, self.mails = protected, protected.here, mails
        self.tried: set[str] = set()  # operations by which a password was set anew
        self.missing: list[tuple[str, str]] = []
        self.problems: list[tuple[str, str]] = []

    def attacks(self) -> Iterator[Attack]:
        requests = self.here.requests
        ways = [(ask, one) for ask in resets(requests) for one in settings_of(requests) if one.operation != ask]
        if not ways:
            self.missing.append(
                (RESET, say("no operation sends a link to those who forgot their password, and takes it"))
            )
            return
        ask, setting = ways[0]
        caller = self.here.fresh(self.protected.role)
        before = self.protected.status(caller.headers) in SUCCESS
        found = self._sent(ask, caller)
        if not found:
            return
        yield from self._as_access_token(caller, found)
        fresh = self._new_password()
        used = next((one for one in found if self._sets(setting, one, caller, fresh)), None)
        if used is None:
            said = say("nothing that was sent is what {endpoint} takes", endpoint=setting.operation.endpoint)
            self.problems.append((RESET, say("{said}: {found} were tried", said=said, found=len(found))))
            return
        self.tried.add(setting.operation.endpoint)
        yield self.protected.shown(REVOKED, "an access token after the password was reset", caller.headers, told=before)
        yield self._second_use(setting, used, caller)

    def _sent(self, ask: Operation, caller: Identity) -> tuple[str, ...]:
        """What may be the token, in what was sent or written down since it was asked for."""
        request = asking(self.here.requests, ask, caller.email)
        if request is None:
            self.problems.append((RESET, say("where {endpoint} takes the address is not known", endpoint=ask.endpoint)))
            return ()
        seen, written = len(self.mails()), len(self.here.server.log())
        answer = request.send(self.here.client)
        if answer.status_code not in SUCCESS:
            seen_as = say(
                "{endpoint} answered {status_code} {text}",
                endpoint=ask.endpoint,
                status_code=answer.status_code,
                text=answer.text[:120],
            )
            self.problems.append((RESET, say("no link was sent: {seen_as}", seen_as=seen_as)))
            return ()

        def come() -> tuple[str, ...]:
            mails = "\n".join(one for one in self.mails()[seen:] if caller.email.lower() in one.lower())
            log = "\n".join(one for one in self.here.server.log()[written:].splitlines() if BY_MAIL.search(one))
            return tuple(dict.fromkeys((*candidates(mails), *candidates(log))))[:TRIED]

        found = until(come, ARRIVES)
        if not found:
            said = say(
                "{endpoint} answered {status_code}, and no mail came to the run's own server",
                endpoint=ask.endpoint,
                status_code=answer.status_code,
            )
            self.problems.append((RESET, say("{said}: {look}", said=said, look=LOOK)))
        for one in found:
            self.here.people.hide(one)
        return found

    def _as_access_token(self, caller: Identity, found: tuple[str, ...]) -> Iterator[Attack]:
        """Before it is used for what it is for: afterwards it may be refused because it is spent."""
        what = say("what came with the mail as access token")
        long = [one for one in found if len(one) > LONGEST_CODE] if self.protected.token else []
        shown = [self.protected.shown(RESET, what, self.protected.carrier.headers(caller, one)) for one in long[:2]]
        yield from sorted(shown, key=lambda one: not one.worked)[:1]

    def _new_password(self) -> str:
        fresh = self.here.requests.examples.password()
        self.here.people.hide(fresh)
        return fresh

    def _setting(self, setting: Setting, token: str, caller: Identity, fresh: str) -> Request:
        operation = setting.operation
        request = self.here.requests.example(operation, {setting.name: token} if setting.place == "path" else {})
        if setting.place == "query":
            request = request.with_query(setting.name, token)
        if setting.place == "body":
            request = request.with_field(setting.name, token)
        for name in [name for name in properties_of(self.here.requests.document, operation.body) if is_password(name)]:
            request = request.with_field(name, fresh)
        named = mail_field(request)
        return request.with_field(named, caller.email) if named else request

    def _sets(self, setting: Setting, token: str, caller: Identity, fresh: str) -> bool:
        """Is it what the operation takes? Then the new password signs in."""
        status = self._setting(setting, token, caller, fresh).send(self.here.client).status_code
        return status in SUCCESS and self._opens(caller, fresh) in SUCCESS

    def _opens(self, caller: Identity, password: str) -> int:
        return self.here.people.try_password(caller.email, password).status_code

    def _second_use(self, setting: Setting, token: str, caller: Identity) -> Attack:
        """Told by what comes of it: the password that it was to set then."""
        fresh = self._new_password()
        request = self._setting(setting, token, caller, fresh)
        answer = request.send(self.here.client)
        status = self._opens(caller, fresh) if answer.status_code in SUCCESS else answer.status_code
        shown = self._setting(setting, "$TOKEN", caller, say("a new password"))
        return Attack(
            kind=RESET,
            what="a reset link used a second time",
            endpoint=request.endpoint,
            status=status,
            curl=f"{shown.curl()}  # twice, with the same $TOKEN",
            told=True,
        )
