"""Design: does every route keep the rules: an answer with a shape, a bounded page, a reachable path, no blocking?"""

import re
from collections.abc import Iterator

from runner.errors import Thing
from runner.evidence.code.blocking_calls import BlockingCalls
from runner.evidence.contract.contract import Contract, Operation, Schema
from runner.evidence.contract.routes import Route, Routes
from runner.evidence.load.pagings import Pagings
from runner.model import (
    Place,
    Verdict,
    at_endpoint,
    check,
    failed,
    in_file,
    not_applicable,
    passed,
    share,
    unknown,
)
from runner.said import say, together
from runner.vocabulary.pages import is_about_page, is_page_place, is_page_size
from runner.words import plural
from stages.design.nested_lists import whole_lists
from stages.design.shapes import says_nothing
from stages.design.words import some

# May hold the list and its page.
WRAPS = re.compile(r"^(?:data|results?|response|payload|body|content)$", re.IGNORECASE)
LARGEST_PAGE = 10_000  # things that one answer may hold in memory
MAXIMA = ("maximum", "exclusiveMaximum")
SAMPLES = {"int": "1", "float": "1.5", "uuid": "00000000-0000-4000-8000-000000000000", "path": "a/b"}
MADE = {"201", "202"}
BARE = "~"  # stands for any word that is no number


@check("DS010", step="2.3")
def answers_have_models(contract: Contract, routes: Routes) -> Verdict:
    """Every JSON answer has a model.

    Without one the contract says "anything", and whatever the function returns goes out: also the column that was
    added to the table yesterday.
    Fix: `response_model=PostRead`, or a return annotation. A route that answers no JSON says so: `status_code=204`,
    `response_class=PlainTextResponse`.
    """
    answering = [o for o in contract.operations if o.success is not None and o.success.is_json and o.method != "HEAD"]
    bad = [o for o in answering if o.success is not None and says_nothing(contract, o.success.schema or {})]
    if not bad:
        bound = [o for o in contract.operations if o.success is not None and not _by_hand(routes, o)]
        return passed(plural(len(answering), "JSON answer"), contract.judged(len(bound)))
    places = [routes.place(o.endpoint, say("answers JSON of any shape")) for o in bad]
    return failed(
        say("{bad} answer JSON of any shape: {bad2}", bad=len(bad), bad2=some(o.endpoint for o in bad)), at=places
    )


def _by_hand(routes: Routes, operation: Operation) -> bool:
    """It returns a response of its own making: its model is told and not used."""
    route = routes.of(operation.endpoint)
    return bool(route and route.answers_itself and operation.success and operation.success.is_json)


@check("DS011", step="2.3")
def pages_are_bounded(contract: Contract, routes: Routes, pagings: Pagings) -> Verdict:
    """Every list is answered in pages of a bounded size.

    `?limit=10000000`, or a list without a limit on the day the table has grown, reads the whole table into memory: one
    caller stops the service for all. So does a thing that brings along all that stands below it.
    Fix: `limit: Annotated[int, Query(ge=1, le=100)] = 20`, and `.limit(limit)` in the statement.
    """
    lists = [o for o in contract.operations if o.method == "GET" and _is_list(contract, o)]
    bad = [
        (o, problem)
        for o in contract.operations
        if o.method == "GET"
        for problem in _unbounded(contract, o, o in lists and not _is_cut(routes, pagings, o))
    ]
    bad += [
        (o, say("answers all `{name}` at once, which {paged} pages", name=name, paged=paged))
        for o in contract.operations
        if not _is_cut(routes, pagings, o)
        for name, paged in whole_lists(contract, o)
    ]
    if not bad:
        reading = [o for o in contract.operations if o.method == "GET" and not _is_unknown(contract, o)]
        judged = contract.judged(len(reading), only="GET")
        if lists or judged.judged < judged.there or not contract.operations:
            return passed(say("{lists}, all bounded", lists=plural(len(lists), "list")), judged)
        looked = say("the {operations} of the contract", operations=plural(judged.there, "GET operation"))
        return not_applicable("no operation answers a list", looked=looked)
    places = [routes.place(o.endpoint, problem) for o, problem in bad]
    again = [f"curl -s 'localhost:8000{o.path}?{_limit_name(o)}=10000000'" for o, _ in bad[:1] if _limit_name(o)]
    return failed(
        some(say("{endpoint}: {problem}", endpoint=o.endpoint, problem=problem) for o, problem in bad),
        at=places,
        again=again,
    )


def _is_cut(routes: Routes, pagings: Pagings, operation: Operation) -> bool:
    """Does its function take a fixed number of rows, as the ten newest?"""
    served = next((r for r in routes.routes if operation.endpoint in r.endpoints), None)
    found = [one for one in pagings.found if served and (one.path, one.function) == (served.file, served.function)]
    return bool(found) and all(0 < one.most <= LARGEST_PAGE for one in found)


def _is_unknown(contract: Contract, operation: Operation) -> bool:
    """It may answer a list: nothing says what it answers."""
    answer = operation.success
    return answer is None or (answer.is_json and says_nothing(contract, answer.schema or {}))


def _limit_name(operation: Operation) -> str:
    return next((p.name for p in operation.parameters if p.place == "query" and is_page_size(p.name)), "")


def _is_list(contract: Contract, operation: Operation) -> bool:
    """An array of objects, or an object that holds one and nothing else but words about pages."""
    answer = operation.success
    schema = contract.resolve(answer.schema or {}) if answer and answer.is_json else {}
    if schema.get("type") == "array":
        items = contract.resolve(schema.get("items", {}))
        return "maxItems" not in schema and not {"enum", "const"} & set(items)
    return _holds_list(contract, schema, on_one=operation.path.rstrip("/").endswith("}"))


def _holds_list(contract: Contract, schema: Schema, *, on_one: bool, wrapped: bool = False) -> bool:
    """An object with a list: beside words about pages, or of things and alone, or inside of `data` and the like."""
    fields = contract.properties(schema)
    arrays = [name for name, one in fields.items() if one.get("type") == "array" and "maxItems" not in one]
    others = [name for name in fields if name not in arrays and not is_about_page(name)]
    if len(arrays) == 1 and not others:
        things = contract.properties(contract.resolve(fields[arrays[0]].get("items", {})))
        return len(fields) > 1 or (bool(things) and not on_one)
    inner = fields[others[0]] if len(others) == 1 and not arrays and not wrapped and WRAPS.match(others[0]) else {}
    return bool(inner) and _holds_list(contract, contract.resolve(inner), on_one=on_one, wrapped=True)


def _unbounded(contract: Contract, operation: Operation, is_list: bool) -> Iterator[str]:  # noqa: FBT001
    query = [p for p in operation.parameters if p.place == "query"]
    limits = [p for p in query if is_page_size(p.name) and _is_number(contract, p.schema)]
    yield from (say("`{name}` has no maximum", name=p.name) for p in limits if not _has_maximum(contract, p.schema))
    sizes = ((p.name, _largest(contract, p.schema)) for p in limits if _has_maximum(contract, p.schema))
    yield from (
        say("`{name}` may be {most}, which is no bound", name=name, most=f"{most:,.0f}")
        for name, most in sizes
        if most > LARGEST_PAGE
    )
    if is_list and not limits and not any(is_page_place(p.name) for p in query):
        yield say("answers the whole list: it has no page size")


def _is_number(contract: Contract, schema: Schema) -> bool:
    return any(one.get("type") in {"integer", "number"} for one in contract.alternatives(schema))


def _has_maximum(contract: Contract, schema: Schema) -> bool:
    numbers = [one for one in contract.alternatives(schema) if one.get("type") in {"integer", "number"}]
    return all({"maximum", "exclusiveMaximum", "enum", "const"} & set(one) for one in numbers)


def _largest(contract: Contract, schema: Schema) -> float:
    """The largest number that may be asked for; 0 where fixed values say it."""
    bounds = (one.get(word, 0) for one in contract.alternatives(schema) for word in MAXIMA)
    return max((float(bound) for bound in bounds if isinstance(bound, int | float)), default=0)


@check("DS012", step="2.3")
def no_route_hides_another(routes: Routes) -> Verdict:
    """Every route can be reached.

    The first route that fits takes the request: behind `/posts/{post_id}`, `/posts/mine` is read as a post's id and
    answers 422 for ever.
    Fix: put the fixed path before the one with a parameter, or give the parameter a type that does not fit:
    `{post_id:int}`.
    """
    found = [pair for prefix in _prefixes(routes) for pair in _hidden([r for r in routes.routes if r.prefix == prefix])]
    if not found:
        known = [r for r in routes.routes if r.kind != "mount"]
        return passed("each reachable", share(sum(bool(r.pattern) for r in known), len(known), "route"))
    places = [_route_place(hidden, say("{name} takes its requests", name=by.name)) for hidden, by in found]
    said = some(say("{name} is behind {name2}", name=hidden.name, name2=by.name) for hidden, by in found)
    return failed(said, at=places, again=[_curl(hidden) for hidden, _ in found[:1]])


def _prefixes(routes: Routes) -> list[str]:
    return list(dict.fromkeys(route.prefix for route in routes.routes))


def _hidden(routes: list[Route]) -> Iterator[tuple[Route, Route]]:
    """(route, the earlier one that takes every request for it), within one app."""
    for number, route in enumerate(routes):
        for method in route.methods:
            earlier = [r for r in routes[:number] if r.kind == "mount" or method in r.methods]
            by = next((r for r in earlier if _takes(r, route)), None)
            if by is not None:
                yield route, by
                break


def _takes(earlier: Route, later: Route) -> bool:
    if not earlier.pattern:
        return False
    words = {name: SAMPLES.get(kind.removesuffix("Convertor").lower(), BARE) for name, kind in later.converters.items()}
    path = re.sub(r"{(\w+)}", lambda m: words.get(m[1], BARE), later.path).removeprefix(later.prefix)
    return re.match(earlier.pattern, path) is not None


def _route_place(route: Route, note: str) -> Place:
    if route.file is None:
        return at_endpoint(route.name, note)
    return Place(path=route.file, line=route.line, endpoint=route.name, note=note)


def _curl(route: Route) -> str:
    return f"curl -i -X {route.methods[0]} localhost:8000{route.path}"


@check("DS013", step="2.3")
def nothing_blocks_the_loop(calls: BlockingCalls) -> Verdict:
    """No `async def` waits for something that blocks.

    While it waits, the whole process waits: one slow query or one `time.sleep` stops every other request of that
    worker.
    Fix: write `def` instead of `async def`, so that FastAPI gives it a thread; or await an asynchronous driver; or
    `await run_in_threadpool(…)`.
    """
    if not calls.found and calls.files and not calls.coroutines:
        looked = say("the {files} of the sources", files=plural(calls.files, "file"))
        return not_applicable("there is no `async def` that serves a request", looked=looked, absent=Thing.CODE)
    if not calls.found:
        return passed(
            say("{coroutines} `async def` without a blocking call", coroutines=calls.coroutines),
            share(calls.files, max(calls.files, calls.there), "file"),
        )
    said = some(say("{path}:{line} calls {call}", path=c.path, line=c.line, call=c.call) for c in calls.found)
    places = [
        in_file(c.path, c.line, say("in {function}: {why}", function=c.function, why=c.why) if c.function else c.why)
        for c in calls.found
    ]
    return failed(said, at=places)


@check("DS014", step="2.3")
def creating_answers_201(contract: Contract, routes: Routes) -> Verdict:
    """What creates a thing says so: 201.

    A client that gets 200 can't tell "made" from "was already there", and a retry after a lost answer makes a second
    one.
    Fix: `status_code=status.HTTP_201_CREATED` on the route; 202 where it is made later.
    """
    read = {o.path for o in contract.operations if o.method == "GET"}
    lists = {o.path.rstrip("/") for o in contract.operations if o.method == "GET" and _answers_a_list(contract, o)}
    asked = [o for o in contract.operations if o.method == "POST"]
    posts = [o for o in asked if _has_items(o.path, read) or (o.path.rstrip("/") in lists and _takes_one(contract, o))]
    bad = [(o.endpoint, problem) for o in posts if (problem := _answers_otherwise(o, routes))]
    told = [o for o in asked if o.success is not None]
    judged = contract.judged(len(told), only="POST")
    if not bad and (posts or judged.judged < judged.there or not contract.operations):
        said = say("1 creates, and answers") if len(posts) == 1 else say("{posts} create, and answer", posts=len(posts))
        return passed(say("{said} 201 or 202", said=said), judged)
    if not bad:
        looked = say("the {operations} of the contract", operations=plural(len(contract.operations), "operation"))
        return not_applicable("nothing is created that can be read by its id or in a list", looked=looked)
    places = [routes.place(*one) for one in bad]
    again = [f"sed -n {place.line},{place.line + 8}p {place.path}" for place in places[:3] if place.line]
    return failed(some(say("{e} {note}", e=e, note=note) for e, note in bad), at=places, again=again)


def _answers_otherwise(operation: Operation, routes: Routes) -> str:
    """What a creating operation answers in place of 201: as it documents, else as its route does."""
    if operation.success is None:
        return ""
    route = routes.of(operation.endpoint)
    if not MADE & {r.status for r in operation.responses}:
        by_itself = route is not None and MADE & {str(status) for status in route.own_statuses}
        return "" if by_itself else say("answers {status}, not 201", status=operation.success.status)
    if route is None or str(route.status) in MADE or route.sets_status or route.answers_itself:
        return ""
    return say("documents 201 and answers {status}", status=route.status)


def _answers_a_list(contract: Contract, operation: Operation) -> bool:
    """`GET /songs` lists what `POST /songs` makes."""
    schema = operation.success.schema if operation.success else None
    plain = schema is not None and any(one.get("type") == "array" for one in contract.alternatives(schema))
    return plain or _is_list(contract, operation)


def _takes_one(contract: Contract, operation: Operation) -> bool:
    """It takes a thing, and is no search that answers a list."""
    return operation.body is not None and not _answers_a_list(contract, operation)


def _has_items(path: str, read: set[str]) -> bool:
    """`POST /posts` makes what `GET /posts/{post_id}` reads."""
    return any(re.fullmatch(re.escape(path.rstrip("/")) + r"/{[^/]+}/?", other) for other in read)


@check("DS018", step="2.3")
def pages_have_a_total_order(pagings: Pagings, contract: Contract) -> Verdict:
    """Every page has a total order.

    Where two rows may be equal in the order, or there is none, the database returns them as it likes: one row is on two
    pages and another on none.
    Fix: end the order with a unique column: `.order_by(col(Post.created_at).desc(), col(Post.id).desc())`.
    """
    if not pagings.found:
        return _without_limits(pagings, contract)
    bad = [(one, _order(one.order)) for one in pagings.found if one.total is False]
    if not bad:
        told = [one for one in pagings.found if one.total]
        return passed("each with a total order", share(len(told), len(pagings.found), "limited query"))
    places = [
        in_file(one.path, one.line, say("{function} {problem}", function=one.function, problem=problem))
        for one, problem in bad
    ]
    again = [f"sed -n {one.line},{one.line + 8}p {one.path}" for one, _ in bad[:3]]
    return failed(
        some(
            say(
                "{path}:{line} {function} {problem}",
                path=one.path,
                line=one.line,
                function=one.function,
                problem=problem,
            )
            for one, problem in bad
        ),
        at=places,
        again=again,
    )


def _without_limits(pagings: Pagings, contract: Contract) -> Verdict:
    """No query with a limit was found: there are no pages, or they are made in a way that is not read."""
    query = [(o, p.name) for o in contract.operations for p in o.parameters if p.place == "query"]
    paged = [o.endpoint for o, name in query if is_page_size(name) or is_page_place(name)]
    files = say("the {files} of the sources", files=plural(pagings.files, "file"))
    if paged:
        way = say("Use `.order_by(…).limit(…)` of SQLAlchemy, which can be read")
        return unknown(
            say(
                "{paged} answers in pages, and {files} have no query with a limit. {way}",
                paged=paged[0],
                files=files,
                way=way,
            )
        )
    looked = say(
        "{files}, and the query parameters of {operations}",
        files=files,
        operations=plural(len(contract.operations), "operation"),
    )
    absent = None if contract.operations else Thing.OPERATIONS
    return not_applicable("nothing is answered in pages", looked=looked, absent=absent)


def _order(columns: tuple[str, ...]) -> str:
    return (
        say("orders by {fromkeys}, in which rows may be equal", fromkeys=together(dict.fromkeys(columns)))
        if columns
        else say("takes pages without an order")
    )
