"""Design: is the contract agreed, valid, traced, and what the service serves?"""

from collections import defaultdict
from collections.abc import Iterator
from difflib import get_close_matches

from runner.evidence.agreed.specification import Spec
from runner.evidence.contract.accepted_contract import AcceptedContract
from runner.evidence.contract.contract import Contract, Schema
from runner.evidence.contract.contract_problems import ContractProblems
from runner.evidence.contract.routes import Route, Routes
from runner.evidence.contract.routing import fits
from runner.model import (
    Place,
    Share,
    Verdict,
    at_endpoint,
    check,
    every,
    failed,
    in_file,
    not_applicable,
    passed,
    share,
)
from runner.said import say, together
from runner.vocabulary.health import is_about_itself
from runner.words import plural
from stages.design.differences import differences
from stages.design.words import some

UNTRACED = {"HEAD", "OPTIONS", "TRACE"}


@check("DS001", step="2.1")
def contract_is_what_is_served(accepted: AcceptedContract, served: Contract, routes: Routes) -> Verdict:
    """The accepted contract is what the app serves.

    Clients are built and tested against the accepted file. Where the app differs, both sides are right and nothing
    works.
    Fix: if the change is wanted, write the contract anew from the app and have it reviewed; else change the app back.
    """
    command = _write_contract(served, accepted)
    if accepted.path is None:
        places = [in_file("openapi.json", note="there is no accepted contract")]
        return failed("no contract is accepted: commit what the app serves as openapi.json", at=places, again=[command])
    if accepted.ignored:
        note = say(
            "{path} is ignored by git, so nobody else has accepted it: take it out of .gitignore", path=accepted.path
        )
        return failed(note, at=[in_file(accepted.path, note=note)], again=[f"git check-ignore -v {accepted.path}"])
    found = differences(accepted.contract, served)
    lies = list(_not_as_told(served, routes))
    if not found and not lies:
        return passed(say("as in {path}", path=accepted.path), served.judged())
    places = [Place(path=accepted.path, endpoint=d.endpoint or None, note=str(d)) for d in found]
    places += [routes.place(endpoint, note) for endpoint, note in lies]
    said = [*map(str, found), *(say("{endpoint} {note}", endpoint=endpoint, note=note) for endpoint, note in lies)]
    return failed(
        say("{differences}: {said}", differences=plural(len(said), "difference"), said=some(said)),
        at=places,
        again=[command],
    )


def _not_as_told(served: Contract, routes: Routes) -> Iterator[tuple[str, str]]:
    """What the app's own contract says and its routes do not do, or the other way round."""
    known = [r for r in routes.routes if r.is_served]
    if not known:
        return
    hidden = {e for r in known if not r.in_schema for e in r.endpoints}
    yield from (
        (e, say("is served, and openapi() leaves it out")) for e in served.hidden if e not in hidden | _plain(known)
    )
    for operation in served.operations:
        below = any(operation.path.startswith(mount) for mount in served.mounts)
        if not below and not any(_serves(r, operation.method, operation.path) for r in known):
            yield operation.endpoint, say("stands in what openapi() returns, and no route serves it")


def _plain(routes: list[Route]) -> set[str]:
    """Endpoints of plain Starlette routes, which no contract tells."""
    return {e for r in routes if r.kind == "plain" for e in r.endpoints}


def _serves(route: Route, method: str, path: str) -> bool:
    takes = method in route.methods or (method == "HEAD" and "GET" in route.methods)
    return takes and (route.path == path or fits(route.path, path))


def _write_contract(served: Contract, accepted: AcceptedContract) -> str:
    module, _, attribute = served.app.partition(":")
    if not module:
        return "curl -s $BASE/openapi.json | diff openapi.json -"
    code = f"import json, {module} as m; print(json.dumps(m.{attribute}.openapi(), indent=2, sort_keys=True))"
    return f'python -c "{code}" | diff {accepted.path or "openapi.json"} -'


@check("DS002", step="2.1")
def nothing_breaks_clients(accepted: AcceptedContract, served: Contract) -> Verdict:
    """No change breaks a client of the accepted contract.

    A removed field or a new required one fails in other people's programs, after the release, without a test of ours
    going red.
    What is accepted is the committed contract: one that is written anew together with the code accepts nothing.
    Fix: keep the old beside the new until its callers are gone: a new optional field, a new status, a new path. If it
    must break: a new version under its own prefix.
    """
    if accepted.path is None:
        looked = say("openapi.json and openapi.yaml, here, in docs/ and in contract/, and gonogo.toml")
        return not_applicable("no contract was accepted yet, so there is nothing to break", looked=looked)
    promised = accepted.promised
    found = [d for d in differences(promised, served) if d.breaks]
    if not found:
        share = every(len(promised.operations), "promised operation")
        return passed(say("nothing that {path} promises was taken away", path=accepted.path), share)
    places = [
        Place(path=accepted.path, endpoint=d.endpoint or None, note=say("{d}; breaks {breaks}", d=d, breaks=d.breaks))
        for d in found
    ]
    message = some(say("{d} (breaks {breaks})", d=d, breaks=d.breaks) for d in found)
    return failed(message, at=places, again=[_write_contract(served, accepted)])


@check("DS003", step="2.1")
def contract_is_valid(found: ContractProblems) -> Verdict:
    """The contract is valid OpenAPI.

    Generators, mocks and test tools read it by the rules of the standard and stop, or guess, where it breaks them.
    Fix: correct what the named place is made from: a hand-written `openapi_extra`, a custom `openapi()` or a response.
    """
    if not found.problems:
        return passed(say("OpenAPI {version}", version=found.version), share(found.judged, found.there, "operation"))
    places = [Place(item=problem.where, note=problem.message) for problem in found.problems]
    again = ["curl -s $BASE/openapi.json | openapi-spec-validator -"]
    return failed(
        some(say("{where}: {message}", where=p.where, message=p.message) for p in found.problems),
        at=places,
        again=again,
    )


@check("DS004", step="2.1")
def operation_ids_are_unique(contract: Contract, routes: Routes) -> Verdict:
    """Every operation has an id of its own.

    Client generators name their functions by it: two operations with one id become one function, and one cannot be
    called.
    Fix: name the handlers differently, or give each an `operation_id`.
    """
    users: dict[tuple[str, str], list[str]] = defaultdict(list)
    for operation in (o for o in contract.operations if o.method != "HEAD"):  # FastAPI gives HEAD the id of its GET
        app = max((m for m in contract.mounted if operation.path.startswith(m)), key=len, default="")
        users[app, operation.id].append(operation.endpoint)
    nameless = [endpoint for (_, id), endpoints in users.items() if not id for endpoint in endpoints]
    double = {id: endpoints for (_, id), endpoints in users.items() if id and len(endpoints) > 1}
    places = [routes.place(endpoint, say("has no operation id")) for endpoint in nameless]
    places += [
        routes.place(one, say("id `{id}`, as {endpoints}", id=id, endpoints=some(endpoints)))
        for id, endpoints in double.items()
        for one in endpoints
    ]
    said = [
        say("`{id}` is the id of {endpoints}", id=id, endpoints=together(endpoints)) for id, endpoints in double.items()
    ]
    said += [say("{endpoint} has none", endpoint=endpoint) for endpoint in nameless]
    if said:
        return failed(some(said), at=places)
    return passed("each with its id", contract.judged())


@check("DS005", step="2.1")
def operations_trace_to_requirements(contract: Contract, routes: Routes, spec: Spec) -> Verdict:
    """Every operation was asked for, and everything asked for is served.

    What nobody asked for is attack surface without an owner; what is asked for and not served is not done, whatever the
    tests say.
    Fix: name the operation under the requirement that needs it, or remove it; serve what is missing, or correct its
    path.
    """
    served = {o.endpoint for o in contract.operations if o.method not in UNTRACED}
    hidden = set(contract.hidden) | {e for r in routes.routes if r.is_served and not r.in_schema for e in r.endpoints}
    hidden = {e for e in hidden - served if e.partition(" ")[0] not in UNTRACED}
    asked = {endpoint: r.id for r in reversed(spec.content.requirements) for endpoint in r.endpoints}
    allowed = {row.endpoint for row in spec.content.permissions}
    missing = [e for e in [*asked, *sorted(allowed - set(asked))] if e not in served | hidden]
    extra = sorted(served - set(asked)) + sorted(e for e in hidden - set(asked) if not _is_about_itself(e))
    said = [
        say(
            "{e} is {text} and not served{near}",
            e=e,
            text=say("asked for") if e in asked else "permitted",
            near=_near(e, served | hidden),
        )
        for e in missing
    ]
    said += [
        say(
            "{e} is served{s} and no requirement asks for it", e=e, s=say(" (hidden from the contract)") * (e in hidden)
        )
        for e in extra
    ]
    if not said:
        return passed("each asked for", *_traced(spec, routes, len(served | hidden)))
    places = [
        _asking(spec, e, say("{e} is not served{near}{or_else}", e=e, near=_near(e, served | hidden), or_else=OR_ELSE))
        for e in missing
    ]
    places += [routes.place(e, "no requirement asks for it") for e in extra]
    return failed(some(said), at=places)


OR_ELSE = say(": correct the path, serve it, or take it out")


def _traced(spec: Spec, routes: Routes, operations: int) -> tuple[Share, Share]:
    """All requirements, and the operations of what there is: what is mounted and tells no routes was not traced."""
    apart = len(routes.closed_mounts)
    return share(operations, operations + apart, "operation"), every(len(spec.content.requirements), "requirement")


def _is_about_itself(endpoint: str) -> bool:
    method, _, path = endpoint.partition(" ")
    return method == "GET" and is_about_itself(path)


def _asking(spec: Spec, endpoint: str, note: str) -> Place:
    """The line of the specification that names an operation: of a requirement, else of a permission."""
    for number, requirement in enumerate(spec.content.requirements):
        if endpoint in requirement.endpoints:
            where = requirement.endpoints.index(endpoint)
            return spec.file.at("requirements", number, "endpoints", where, note=note)
    rows = [row.endpoint for row in spec.content.permissions]
    return spec.file.at("permissions", rows.index(endpoint), note=note)


def _near(endpoint: str, served: set[str]) -> str:
    """The served operation that is probably meant: other parameter names, or a slash at the end."""
    method = endpoint.partition(" ")[0]
    near = get_close_matches(endpoint, [e for e in served if e.startswith(f"{method} ")], n=1, cutoff=0.85)
    return say(" (is {near} meant?)", near=near[0]) if near else ""


@check("DS006", step="2.1")
def errors_have_one_shape(contract: Contract) -> Verdict:
    """Every documented error has one and the same shape.

    A client that must guess between `detail`, `message` and a list of errors shows none of them well, and logs
    nothing that can be searched. RFC 9457 problem details is the shape that libraries know; one of your own will do.
    Fix: one exception handler that answers `application/problem+json` with type, title, status and detail for
    HTTPException, validation errors and the rest, and document it: `responses={"4XX": {"model": Problem}}` beside
    422.
    """
    shapes: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for operation in contract.operations:
        for response in operation.responses:
            if _is_error(response.status):
                fields = contract.properties(response.schema) if response.schema else {}
                shape = ", ".join(sorted(fields)) if response.is_json and fields else say("no documented body")
                kind = (
                    "" if "application/problem+json" in response.media else " as " + (response.media or ("nothing",))[0]
                )
                shapes[f"{shape}{kind}"].append((operation.endpoint, response.status))
    if not contract.operations:
        return passed("no error differs", contract.judged())
    if not shapes:
        return failed("no operation documents an error", at=[at_endpoint(o.endpoint) for o in contract.operations[:5]])
    right = [shape for shape in shapes if " as " not in shape and {"type", "title", "status"} <= set(shape.split(", "))]
    wrong = {shape: users for shape, users in shapes.items() if shape not in right}
    own = "" if right or len(shapes) > 1 else next(iter(shapes))
    if own and not own.startswith("no documented body") and not any(map(_is_the_frameworks, _errors(contract))):
        many = plural(len(shapes[own]), "documented error")
        return passed(
            say("{many}, all of one shape of the service's own: {own}", many=many, own=own), _with_errors(contract)
        )
    if not wrong:
        many = plural(sum(map(len, shapes.values())), "documented error")
        return passed(say("{many}, all problem details", many=many), _with_errors(contract))
    places = [
        at_endpoint(endpoint, say("{status}: {shape}", status=status, shape=shape))
        for shape, users in wrong.items()
        for endpoint, status in users
    ]
    said = [
        say("{shape} ({user} of {user2}{more})", shape=shape, user=users[0][1], user2=users[0][0], more=_more(users))
        for shape, users in wrong.items()
    ]
    again = [_error_media(contract.app)] if contract.app and not contract.app.endswith(")") else []
    lead = say("beside problem details") if right else say("no problem details, but")
    return failed(say("{lead}: {said}", lead=lead, said=some(said)), at=places, again=again)


def _is_error(status: str) -> bool:
    return status[:1] in {"4", "5"} or status == "default"


def _with_errors(contract: Contract) -> Share:
    """The operations that document an error, of all."""
    return contract.judged(sum(any(_is_error(r.status) for r in o.responses) for o in contract.operations))


def _errors(contract: Contract) -> Iterator[Schema]:
    for operation in contract.operations:
        yield from (r.schema for r in operation.responses if _is_error(r.status) and r.schema)


def _is_the_frameworks(schema: Schema) -> bool:
    """FastAPI's own `detail` is a list at 422, and a text in every other error."""
    fields = dict(schema.get("properties", {}))
    return set(fields) == {"detail"} and dict(fields["detail"]).get("type") != "string"


def _error_media(app: str) -> str:
    """The command that counts the media types of all documented errors."""
    module, _, name = app.partition(":")
    errors = "for c, r in o['responses'].items() if c >= '4' for k in r.get('content', ())"
    every = f"for p in m.{name}.openapi()['paths'].values() for o in p.values()"
    return f'python -c "import collections, {module} as m; print(collections.Counter(k {every} {errors}))"'


def _more(users: list[tuple[str, str]]) -> str:
    return say(" and {users} more", users=len(users) - 1) if len(users) > 1 else ""
