"""Security: who gets in where? Judges the matrix of operation × role × owner as it was executed."""

from collections.abc import Callable, Sequence

from runner.errors import Thing
from runner.evidence.access.cells import ANOTHERS, OWN, Cell
from runner.evidence.access.matrix import Matrix
from runner.evidence.behaviour.shared_answers import SharedAnswer, SharedAnswers
from runner.model import Place, Verdict, at_endpoint, check, failed, not_applicable, passed, share, unknown
from runner.said import say, together
from runner.specification import ANONYMOUS
from runner.words import listed, plural

CHANGING = frozenset(("PUT", "PATCH", "DELETE"))
WRITING = CHANGING | {"POST"}
SHUT_OUT = frozenset((*range(300, 400), 401, 403))
UNAUTHORIZED = 401


@check("SC001", step="4.1")
def closed_without_sign_in(matrix: Matrix) -> Verdict:
    """Every protected operation refuses callers who are not signed in.

    An operation that forgot its guard is open to the whole internet, whatever the rest of the service does.
    Fix: depend on the signed-in user in this operation (or its router), and answer 401 without one; or, where it is
    meant to be open, allow `anonymous` in the specification.
    """
    if matrix.nobody:
        return _knows_nobody(matrix)
    cells = [cell for cell in matrix.cells if cell.role == ANONYMOUS and cell.declared is False]
    if not cells:
        return not_applicable("no operation is protected", looked=_contract(matrix), absent=Thing.CALLERS)
    return _refused(matrix, cells, say("callers who are not signed in are refused"), _opened)


@check("SC002", step="4.1")
def own_objects_only(matrix: Matrix) -> Verdict:
    """Nobody reaches what belongs to somebody else.

    Ids can be guessed or counted up. Where the owner is not compared, any account reads, changes or deletes everybody's
    data: the most common severe hole in APIs.
    Fix: compare the object's owner with the caller before it is read or changed, in the query itself
    (`WHERE id = … AND owner_id = …`), and answer 403 or 404.
    """
    if matrix.nobody:
        return _knows_nobody(matrix)
    if not matrix.specified:
        return _undeclared_owners(matrix)
    cells = [c for c in matrix.cells if c.owner == ANOTHERS and c.declared is False and c.by in {"own", "list"}]
    if not cells:
        looked = say("the permissions of the specification")
        return not_applicable("the specification restricts no role to its own objects", looked=looked)
    return _refused(matrix, cells, say("requests for another's object are refused"), _opened)


@check("SC003", step="4.1")
def roles_are_refused(matrix: Matrix) -> Verdict:
    """Every role is refused what the specification does not allow it.

    A guard that only asks *is somebody signed in* lets every new account do what an administrator does.
    Fix: check the role where the operation is guarded, and answer 403; or, where the role may do it, say so in the
    specification's `permissions`.
    """
    if matrix.nobody:
        return _knows_nobody(matrix)
    if not matrix.specified:
        return _unspecified(matrix)
    cells = [c for c in matrix.cells if c.role != ANONYMOUS and c.declared is False and c.by == ""]
    if not cells:
        looked = say("the permissions of the specification")
        return not_applicable("the specification forbids no role anything", looked=looked)
    return _refused(matrix, cells, say("requests beyond the caller's role are refused"), _opened)


@check("SC004", step="4.1")
def roles_get_in(matrix: Matrix) -> Verdict:
    """Every role may do what the specification allows it.

    A guard that is too strict is found by users on the day of release, and then loosened in a hurry.
    Fix: let the role in where the operation is guarded, or take the permission out of the specification.
    """
    if matrix.nobody:
        return _knows_nobody(matrix)
    if not matrix.specified:
        return _unspecified(matrix)
    return _let_in(matrix, [c for c in matrix.cells if c.declared is True and not c.impossible])


def _wants_another_word(matrix: Matrix, cell: Cell) -> bool:
    """Is it open to strangers, and tells even who is signed in 401? It asks for a signature, or a link's token."""
    asked = [one for one in matrix.cells if one.endpoint == cell.endpoint and not one.forged]
    is_open = any(one.role == ANONYMOUS and one.declared is True for one in asked)
    signed_in = {one.status for one in asked if one.role != ANONYMOUS and one.status is not None}
    return is_open and signed_in == {401} and not cell.endpoint.startswith("GET ")


def _let_in(matrix: Matrix, cells: Sequence[Cell]) -> Verdict:
    shut = [cell for cell in cells if cell.shut and not _wants_another_word(matrix, cell)]
    if shut:
        return failed(_counted(shut, "allowed request", "refused"), at=_places(shut), again=_again(shut))
    seen = [cell for cell in cells if not cell.unseen]
    unasked = [cell for cell in seen if cell.status is None]
    if unasked:
        return unknown(
            say(
                "{unasked} allowed requests could not be made: {problem}{unseen}",
                unasked=len(unasked),
                problem=unasked[0].problem,
                unseen=_unseen(matrix),
            )
        )
    if not cells:
        return not_applicable("the specification allows nobody anything", looked="the permissions of the specification")
    let_in = [cell for cell in seen if cell.let_in]
    broken = [cell for cell in seen if not cell.let_in]
    if broken and len(let_in) * 2 < len(seen):
        one = broken[0]
        return unknown(
            say(
                "{broken} of {seen} allowed requests came to nothing: {endpoint}: {status}",
                broken=len(broken),
                seen=len(seen),
                endpoint=one.endpoint,
                status=one.status,
            )
        )
    requests = share(len(let_in), len(cells), "allowed request")
    roles = together(role for role in matrix.roles if role not in matrix.missing)
    return passed(say("let in, as {roles}{unseen}", roles=roles, unseen=_unseen(matrix)), requests, matrix.declared())


@check("SC005", step="4.1")
def unknown_or_forbidden(matrix: Matrix) -> Verdict:
    """401 says *sign in first*, 403 says *you may not*.

    Clients sign in again at 401 and stop at 403: mixed up, they loop, or throw people out of their session.
    Fix: answer 401 with `WWW-Authenticate` when nobody valid is signed in (`HTTPBearer(auto_error=False)` where an
    older FastAPI answers 403), and 403 when the signed-in caller may not.
    """
    if matrix.nobody:
        return _knows_nobody(matrix)
    refused = [c for c in matrix.cells if c.declared is False and c.status in {401, 403}]
    refused += [c for c in matrix.cells if _known_and_told_to_sign_in(matrix, c)]
    if not refused and any(c.declared is False for c in matrix.cells):
        return unknown(
            say(
                "operations are to be closed, and no request was refused with 401 or 403{unseen}",
                unseen=_unseen(matrix),
            )
        )
    if not refused:
        return not_applicable("no request was refused with 401 or 403", looked=_contract(matrix), absent=Thing.CALLERS)
    wrong = [cell for cell in refused if cell.status != (401 if cell.role == ANONYMOUS else 403)]
    if wrong:
        return failed(_counted(wrong, "refusal", say("with the wrong status")), at=_places(wrong), again=_again(wrong))
    if matrix.missing and set(matrix.roles) <= {ANONYMOUS, *matrix.missing}:
        return unknown(say("strangers are told 401; what others are told is not known{unseen}", unseen=_unseen(matrix)))
    strangers = sum(cell.role == ANONYMOUS for cell in refused)
    known = len(refused) - strangers
    there = sum(c.declared is False and not c.impossible and (c.refused or c.unseen) for c in matrix.cells)
    told = (
        say("{times} 403 with one", times=plural(known, "time")) if known else say("nobody signed in was to be refused")
    )
    return passed(
        say(
            "{times} 401 without a sign-in, {told}{unseen}",
            times=plural(strangers, "time"),
            told=told,
            unseen=_unseen(matrix),
        ),
        share(len(refused), max(there, len(refused)), "refusal"),
    )


@check("SC006", step="4.1")
def no_answer_is_kept_for_another(answers: SharedAnswers) -> Verdict:
    """Nobody is answered from what a cache keeps for another caller.

    A key without the caller hands the draft, the list or the profile that its owner has just read to whoever asks next,
    and each rule about who may see it is passed over.
    Fix: keep only what everybody may see, or put the caller's id and role into the key; check who may see it before the
    cache is asked. The same for `Cache-Control` of what differs by caller: `private` or `no-store`.
    """
    if answers.shared:
        first = answers.shared[0]
        names = dict.fromkeys(one.endpoint for one in answers.shared)
        places = [at_endpoint(one.endpoint, _kept(one)) for one in answers.shared]
        said = say(
            "{endpoint} answers one caller from what was cached for another: {kept}",
            endpoint=first.endpoint,
            kept=_kept(first),
        )
        return failed(
            say("{said} ({operations})", said=said, operations=plural(len(names), "operation")),
            at=places,
            again=dict.fromkeys(o.curl for o in answers.shared),
        )
    if not answers.asked:
        return unknown(
            say(
                "no read was answered: {problems}",
                problems=listed((say("{e}: {why}", e=e, why=why) for e, why in answers.problems), 3, "; "),
            )
        )
    told = say("{private} of them answer others differently", private=len(answers.private))
    return passed(
        say("after somebody else read it, each caller is answered as before; {told}", told=told),
        share(len(answers.asked), answers.reads, "reading operation"),
    )


@check("SC007", step="4.1")
def changes_need_a_sign_in(matrix: Matrix) -> Verdict:
    """Strangers change nothing, but where that is meant.

    A PUT or DELETE that lost its guard while its POST kept it, or a service that never had one, lets the whole internet
    write. What is meant to be open is known by its name (sign-up, log-in, forgotten password, webhook, contact form),
    or said once.
    Fix: depend on the signed-in user in these operations (or their router), and answer 401 without one. What is meant
    to be open is written down: in the specification's `permissions` for `anonymous`, or in gonogo.toml as `[access]`
    `open = ["POST /contact"]`.
    """
    cells = [c for c in matrix.cells if c.role == ANONYMOUS and not c.forged and c.endpoint.split()[0] in WRITING]
    hidden = sum(endpoint.split()[0] in WRITING for endpoint in matrix.hidden)
    if not cells and not hidden:
        return not_applicable("no operation changes anything", looked=_contract(matrix), absent=Thing.CHANGES)
    meant = [c for c in cells if c.declared is True or (c.declared is None and c.endpoint in matrix.purposes)]
    if opened := matrix.opened:
        names = together(f'"{cell.endpoint}"' for cell in opened)
        ends = listed([say("{endpoint} ({status})", endpoint=cell.endpoint, status=cell.status) for cell in opened])
        said = say(
            "strangers get in at {operations}: {ends}", operations=plural(len(opened), "changing operation"), ends=ends
        )
        message = say(
            "{said}. Where that is meant, gonogo.toml says so: [access] open = [{names}]", said=said, names=names
        )
        return failed(message, at=_places(opened), again=_again(opened))
    return _closed_or_meant(cells, meant, hidden)


def _known_and_told_to_sign_in(matrix: Matrix, cell: Cell) -> bool:
    """Does a read answer 401 to a caller whom the same read lets in for its own object? Nobody need declare that."""
    if cell.declared is not None or cell.status != UNAUTHORIZED or not cell.endpoint.startswith("GET "):
        return False
    own = (one for one in matrix.cells if (one.endpoint, one.role, one.owner) == (cell.endpoint, cell.role, OWN))
    return cell.owner == ANOTHERS and cell.role != ANONYMOUS and any(one.got_in for one in own)


def _closed_or_meant(cells: Sequence[Cell], meant: Sequence[Cell], hidden: int) -> Verdict:
    """No stranger changed anything: how much of what there is was judged? `hidden`: how many nobody could ask."""
    refused = [c for c in cells if c not in meant and c.status in SHUT_OUT and not c.written]
    idle = [c for c in cells if c not in meant and c.got_in and not c.changed and c.declared is None]
    judged, there = len(meant) + len(refused) + len(idle), len(cells) + hidden
    if judged * 2 < there and cells:
        one = next((c for c in cells if c not in meant and c not in refused and c not in idle), cells[0])
        why = one.problem or say("answered {status}, which does not tell", status=one.status)
        return unknown(
            say(
                "{there} of {operations} could not be judged: {endpoint}: {why}",
                there=there - judged,
                operations=plural(there, "changing operation"),
                endpoint=one.endpoint,
                why=why,
            )
        )
    told = say("{refused} refuse strangers, {meant} are open on purpose", refused=len(refused), meant=len(meant))
    return passed(
        told + (say(", {idle} store nothing", idle=len(idle)) if idle else ""),
        share(judged, there, "changing operation"),
    )


def _knows_nobody(matrix: Matrix) -> Verdict:
    why = say("this service knows no callers: no operation is protected and none signs in")
    named = say('(gonogo.toml, [identities] login = "POST /…" names one)')
    return not_applicable(
        say("{why} {named}", why=why, named=named),
        looked=say("{contract} and their security", contract=_contract(matrix)),
        absent=Thing.CALLERS,
    )


def _kept(one: SharedAnswer) -> str:
    after = say("{after} with its content after {first} has read it", after=one.after, first=one.first)
    return say(
        "{path}: {caller} gets {alone} alone, and {after}",
        path=one.path,
        caller=one.caller,
        alone=one.alone,
        after=after,
    )


def _unseen(matrix: Matrix) -> str:
    """Who could not be asked, at the end of a message."""
    return say(". {unseen}", unseen=matrix.unseen()) if matrix.missing else ""


def _contract(matrix: Matrix) -> str:
    return say(
        "the {operations} of the contract",
        operations=plural(len({cell.endpoint for cell in matrix.cells}), "operation"),
    )


def _refused(matrix: Matrix, cells: Sequence[Cell], claim: str, note: Callable[[Cell], str]) -> Verdict:
    """Failed when one got in, unknown when an answer proves nothing, else passed.

    A refusal proves something only where somebody else is not refused: where the same operation refuses all who
    may as well, it is closed, not guarded.
    """
    opened = [cell for cell in cells if cell.open]
    if opened:
        return failed(_counted(opened, "request", say("got in")), at=_places(opened, note), again=_again(opened))
    undecided = [cell for cell in cells if cell.undecided]
    if undecided:
        one = undecided[0]
        seen = one.problem or say(
            "answered {status}, {gone}",
            status=one.status,
            gone=say("as to its owner") if one.gone else say("which does not tell"),
        )
        where = say(
            "{endpoint} as {who}: {seen}{unseen}", endpoint=one.endpoint, who=one.who, seen=seen, unseen=_unseen(matrix)
        )
        return unknown(
            say(
                "{undecided} of {cells} refusals are not proved: {where}",
                undecided=len(undecided),
                cells=len(cells),
                where=where,
            )
        )
    asked = [cell for cell in cells if not cell.impossible]
    if not asked:
        return not_applicable(
            say("no caller can own such an object: {problem}", problem=cells[0].problem), looked=_contract(matrix)
        )
    answered = [cell for cell in asked if not cell.unseen]
    proved = [cell for cell in answered if matrix.tells(cell)]
    if len(proved) * 2 < len(answered):
        one = next(cell for cell in answered if cell not in proved)
        idle = len(answered) - len(proved)
        return unknown(
            say(
                "{idle} of {refusals} prove nothing: {endpoint} refuses {who}, and {closed_to}{unseen}",
                idle=idle,
                refusals=plural(len(answered), "refusal"),
                endpoint=one.endpoint,
                who=one.who,
                closed_to=_closed_to(matrix, one),
                unseen=_unseen(matrix),
            )
        )
    return passed(
        say("{claim}{unseen}", claim=claim, unseen=_unseen(matrix)),
        share(len(proved), len(asked), "request"),
        matrix.declared(),
    )


def _closed_to(matrix: Matrix, refused: Cell) -> str:
    """Who is not let in besides."""
    others = any(cell.let_in for cell in matrix.cells if cell.endpoint == refused.endpoint)
    return (
        say("does not let {role} in for its own object either", role=refused.role)
        if others
        else say("lets nobody else in either")
    )


def _undeclared_owners(matrix: Matrix) -> Verdict:
    """Nobody said what is whose. Changing or deleting another plain user's object is still hardly ever meant."""
    public = {c.endpoint for c in matrix.cells if c.role == ANONYMOUS and c.declared is None}  # whose, if anybody may?
    about = [c for c in matrix.cells if c.owner == ANOTHERS and c.role != ANONYMOUS and c.endpoint not in public]
    cells = [c for c in about if not c.shared]
    if not cells:
        why = say("no protected operation works on a single object")
        looked = _contract(matrix)
        if about:
            why, looked = say("what the protected operations work on is nobody's"), say("the columns of its tables")
        return not_applicable(why, looked=looked)
    changing = [c for c in cells if c.endpoint.split()[0] in CHANGING and c.endpoint.endswith("}")]
    opened = [cell for cell in changing if cell.got_in]
    told = [cell for cell in cells if cell.kept_back]
    if opened or told:
        changed = _counted(opened, "request", say("changed what another user made,")) if opened else ""
        read = _counted(told, "request", say("read what lists show to its owner alone,")) if told else ""
        both = [*opened, *told]
        return failed(together(filter(None, (changed, read)), "; "), at=_places(both), again=_again(both))
    asked = [cell for cell in cells if cell.status is not None]
    if asked and all(cell.refused for cell in asked) and len(asked) == sum(not cell.unseen for cell in cells):
        proved = [cell for cell in asked if matrix.tells(cell)]
        if len(proved) * 2 < len(asked):
            one = next(cell for cell in asked if cell not in proved)
            return unknown(
                say(
                    "that {endpoint} refuses {who} proves nothing: it {closed_to}",
                    endpoint=one.endpoint,
                    who=one.who,
                    closed_to=_closed_to(matrix, one),
                )
            )
        claim = say("requests for another's object are refused{unseen}", unseen=_unseen(matrix))
        return passed(claim, share(len(proved), len(cells), "request"))
    return _undeclared(matrix)


def _unspecified(matrix: Matrix) -> Verdict:
    if matrix.without_specification:
        return not_applicable(
            "this service has no specification (spec.yaml)", looked="its folder", absent=Thing.SPECIFICATION
        )
    return _undeclared(matrix)


def _undeclared(matrix: Matrix) -> Verdict:
    crossed = [c for c in matrix.cells if c.owner == ANOTHERS and c.role != ANONYMOUS and c.got_in]
    seen = (
        say(
            ": {crossed} got in, {endpoint} as {role} among them",
            crossed=len(crossed),
            endpoint=crossed[0].endpoint,
            role=crossed[0].role,
        )
        if crossed
        else ""
    )
    count = sum(cell.owner == ANOTHERS and cell.role != ANONYMOUS for cell in matrix.cells)
    return unknown(
        say(
            "nobody declared who may do what: add `permissions` to spec.yaml. {count} requests "
            "for another's object{seen}{unseen}",
            count=count,
            seen=seen,
            unseen=_unseen(matrix),
        )
    )


def _opened(cell: Cell) -> str:
    if cell.counted:
        return say("{role} sees in the list's total that somebody else made one", role=cell.role)
    if cell.filtered:
        return say("{role} sees by `{query}` what somebody else made", role=cell.role, query=cell.filtered)
    if cell.leaked:
        return say("{role} sees what somebody else made", role=cell.role)
    if cell.written:
        return say(
            "{who}: {status}, yet {written} changed", who=cell.who, status=cell.status, written=together(cell.written)
        )
    return _plain(cell)


def _plain(cell: Cell) -> str:
    if cell.way:
        return say("{who}, asked with `{way}`: {status}", who=cell.who, way=cell.way, status=cell.status)
    return say("{who}: {status}", who=cell.who, status=cell.status)


def _places(cells: Sequence[Cell], note: Callable[[Cell], str] = _plain) -> list[Place]:
    """One per operation, with everybody it is wrong for."""
    endpoints = dict.fromkeys(cell.endpoint for cell in cells)
    return [at_endpoint(e, together((note(cell) for cell in cells if cell.endpoint == e), "; ")) for e in endpoints]


def _counted(cells: Sequence[Cell], thing: str, what: str) -> str:
    endpoints = list(dict.fromkeys(cell.endpoint for cell in cells))
    return say(
        "{plural} {what} at {endpoints}: {opened}",
        plural=plural(len(cells), thing),
        what=what,
        endpoints=listed(endpoints),
        opened=_opened(cells[0]),
    )


def _again(cells: Sequence[Cell]) -> list[str]:
    return list(dict.fromkeys(cell.curl for cell in cells if cell.curl))[:3]
