"""Do pages that a cursor leads through hold while others write? Walked while rows come and go at the front."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from runner.errors import ProbeError, first_line
from runner.evidence.accounts.visit import Visit
from runner.evidence.behaviour.caches import path_values
from runner.evidence.behaviour.expendable import caller_and_owner
from runner.http.identities import is_done, json_of
from runner.http.openapi import Operation, Parameter
from runner.http.shown_ids import id_in, id_of
from runner.said import say
from runner.vocabulary.names import words_of
from runner.vocabulary.pages import is_cursor, is_page_size

MOST = 12  # lists
MADE, SIZE, PAGES = 7, 3, 60  # rows that are made for a walk, rows of a page, pages of a walk
LAST = frozenset({"after", "before"})  # of an id: the last row itself is the cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorWalk:
    """A list that takes a cursor, walked to its end."""

    endpoint: str
    cursor: str  # the parameter
    walked: bool = False  # both in peace and while rows came and went
    pages: int = 0
    fault: str = ""
    curl: str = ""
    problem: str = ""


def cursor_of(operation: Operation) -> Parameter | None:
    """The query parameter of a read that says behind which row a page begins; not a number of rows or of a page."""
    if operation.method != "GET":
        return None
    return next((one for one in operation.parameters if one.place == "query" and _is_cursor(one)), None)


def _is_cursor(parameter: Parameter) -> bool:
    if parameter.schema.get("format") in {"date", "date-time"}:  # a filter by time
        return False
    return is_cursor(parameter.name)


def cursor_walks(here: Visit) -> Iterator[CursorWalk]:
    """Each list with a cursor."""
    found = [(op, cursor) for op in here.requests.operations if (cursor := cursor_of(op))]
    for number, (operation, cursor) in enumerate(found):
        walk = CursorWalk(endpoint=operation.endpoint, cursor=cursor.name)
        try:
            yield _Walk(here, operation, cursor).judged(walk) if number < MOST else walk
        except (ProbeError, httpx.HTTPError) as error:
            yield replace(walk, problem=first_line(error))


class _Walk:
    """Rows of one list, made and deleted by a caller who may, and its pages."""

    def __init__(self, here: Visit, read: Operation, cursor: Parameter) -> None:
        self.here, self.read, self.cursor = here, read, cursor
        path = read.path.rstrip("/")
        writes = [op for op in here.requests.operations if op.changes]
        maker = next((op for op in writes if op.method == "POST" and op.path.rstrip("/") == path), None)
        if maker is None:
            raise ProbeError(say("no operation makes what {endpoint} lists", endpoint=read.endpoint))
        self.maker = maker
        self.remover = next((op for op in writes if op.method == "DELETE" and _is_below(op, path)), None)
        self.caller, owner = caller_and_owner(here, maker)
        self.template = here.objects.request(maker, owner)
        values = path_values(self.template)
        request = here.requests.example(read, values)
        sizes = (p for p in read.parameters if p.place == "query" and is_page_size(p.name))
        self.request = request.with_query(size.name, _fitting(size)) if (size := next(sizes, None)) else request

    def judged(self, walk: CursorWalk) -> CursorWalk:
        made = [self.make() for _ in range(MADE)]
        calm = list(self.pages())
        seen = [key for page in calm for key in page.keys]
        curl = self.request.curl(signed_in=self.read.is_protected)
        if twice := _twice(seen):
            return replace(
                walk, walked=True, fault=say("shows {twice} twice, though nobody wrote", twice=twice), curl=curl
            )
        if not set(made) <= set(seen):
            return replace(walk, problem=say("a walk in peace did not show all that was made for it"))
        if len(calm) < 3:  # noqa: PLR2004 - a first page, one that others disturb, and what comes then
            return replace(walk, problem=say("it has too few pages"))
        return self._disturbed(replace(walk, pages=len(calm), curl=curl), made, {*seen})

    def _disturbed(self, walk: CursorWalk, made: list[str], there: Set[str]) -> CursorWalk:
        seen: list[str] = []
        gone: set[str] = set()
        for number, page in enumerate(self.pages()):
            if page.status and number:
                return replace(
                    walk,
                    walked=True,
                    fault=say("answers {status} to the next page when rows are deleted", status=page.status),
                )
            seen += page.keys
            if number % 2 == 0:  # one alone at a time: together they may leave all where it was
                self.make()
                continue
            own = [key for key in seen if key in made and key not in gone]
            # in turn the last one that was seen, which the cursor may name, and the row in front
            if own and self.remove(key := own[-1] if number % 4 == 1 else own[0]):
                gone.add(key)
        if twice := _twice(seen):
            return replace(
                walk,
                walked=True,
                fault=say("shows {twice} twice while rows are made and deleted before it", twice=twice),
            )
        if lost := sorted(there - gone - set(seen)):
            return replace(
                walk, walked=True, fault=say("skips {lost} while rows are made and deleted before it", lost=lost[0])
            )
        return replace(walk, walked=True)

    def make(self) -> str:
        request = self.here.requests.example(self.maker, self._values())
        answer = request.send(self.here.client, self.caller.headers)
        key = id_in(answer, "id", self.maker.last) if is_done(answer) else None
        if key is None:
            raise ProbeError(
                say(
                    "{endpoint} answered {status_code} without an id",
                    endpoint=self.maker.endpoint,
                    status_code=answer.status_code,
                )
            )
        return str(key)

    def remove(self, key: str) -> bool:
        if self.remover is None:
            return False
        values = {**self._values(), self.remover.placeholders[-1]: key}
        return is_done(self.here.requests.example(self.remover, values).send(self.here.client, self.caller.headers))

    def _values(self) -> Mapping[str, Any]:
        """The path of the list, and what a row refers to."""
        refers = {name: value for name, value in self.template.fields.items() if name.lower().endswith("id")}
        return {**refers, **path_values(self.template)}

    def pages(self) -> Iterator["Page"]:
        """One after the other; the last is the one that names no next one, or that is refused."""
        request, sent = self.request, set[str]()
        for _ in range(PAGES):
            page = page_of(request.send(self.here.client, self.caller.headers), self.read, self.cursor)
            yield page
            if not page.next or page.next in sent:
                return
            sent.add(page.next)
            request = self.request.with_query(self.cursor.name, page.next)
        raise ProbeError(say("{endpoint} has more than {pages} pages", endpoint=self.read.endpoint, pages=PAGES))


@dataclass(frozen=True, slots=True)
class Page:
    """What one page shows, and what leads to the next."""

    keys: tuple[str, ...] = ()
    next: str = ""
    status: int = 0  # of one that was refused


def page_of(answer: httpx.Response, read: Operation, cursor: Parameter) -> Page:
    if not is_done(answer):
        return Page(status=answer.status_code)
    body = json_of(answer)
    rows = _rows(body)
    keys = tuple(str(key) for row in rows if (key := id_of(row, "id", read.last)) is not None)
    by_row = bool(LAST & set(words_of(cursor.name))) and words_of(cursor.name)[-1] in {"id", *LAST}
    return Page(keys, _next(answer, body, cursor.name) or (keys[-1] if keys and by_row else ""))


def _rows(body: Any) -> list[Any]:
    """The list of a page, alone or in an envelope."""
    if isinstance(body, list):
        return body
    inner = body.values() if isinstance(body, dict) else ()
    found = (_rows(one) for one in inner if isinstance(one, list | dict))
    return next((rows for rows in found if rows and isinstance(rows[0], dict)), [])


def _next(answer: httpx.Response, body: Any, cursor: str) -> str:
    """By what the page tells: a cursor, a token, or an address with one in it; also in the header Link."""
    links = (link.get("url", "") for name, link in answer.links.items() if name == "next")
    for text in chain(_told(body, cursor), links):
        query = parse_qs(urlsplit(text).query)
        if cursor in query:
            return query[cursor][0]
        if "/" not in text or "?" not in text:
            return text
    return ""


def _told(body: Any, cursor: str) -> Iterator[str]:
    for name, value in body.items() if isinstance(body, dict) else ():
        if isinstance(value, dict):
            yield from _told(value, cursor)
        words = set(words_of(name))
        leads = "next" in words or (name == cursor and "before" not in words)
        if leads and isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            yield str(value)


def _is_below(operation: Operation, path: str) -> bool:
    """DELETE of one row: the path of the list and one more placeholder."""
    rest = operation.path.removeprefix(f"{path}/")
    return rest != operation.path and rest.startswith("{") and "/" not in rest


def _fitting(size: Parameter) -> int:
    return max(SIZE, int(size.schema.get("minimum", SIZE)))


def _twice(keys: list[str]) -> str:
    return next((key for number, key in enumerate(keys) if key in keys[:number]), "")
