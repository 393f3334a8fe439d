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
from runner.http.openapi import Operation, Parameter, properties_of
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
        ones = [op for op in writes if _is_below(op, path) or _is_one(op, read)]
        self.remover = next((op for op in ones if op.method == "DELETE"), None)
        changing = [op for op in ones if op.method in {"PATCH", "PUT"} and op.takes_json]
        self.changer = next(iter(sorted(changing, key=lambda op: op.method)), None)
        self.shown: dict[str, Mapping[str, Any]] = {}  # rows by their keys, as they were shown last
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
        return self._renewed(replace(walk, walked=True))

    def _renewed(self, walk: CursorWalk) -> CursorWalk:
        """Rows that are still to come are changed: along the time of the last change they leap past the cursor.

        One that is shown again after its change is none: who follows changes wants to see it.
        """
        made = [self.make() for _ in range(MADE)]
        there = {key for page in self.pages() for key in page.keys}
        seen: set[str] = set()
        changed: set[str] = set()
        for page in self.pages():
            seen |= {*page.keys}
            left = [key for key in made if key in there - seen - changed]
            if left and self.change(left[0]):
                changed.add(left[0])
        lost = sorted(changed - seen)
        if not lost:
            return walk
        return replace(walk, fault=say("skips {lost}, which somebody changes before its page comes", lost=lost[0]))

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

    def change(self, key: str) -> bool:
        """Gives one of its texts another value."""
        if self.changer is None:
            return False
        values = {**self._values(), self.changer.placeholders[-1]: key}
        requests = self.here.requests
        request = requests.example(self.changer, values, self.shown.get(key, {}))
        fields = properties_of(requests.document, self.changer.body)
        texts = [name for name, schema in fields.items() if schema.get("type") == "string" and "enum" not in schema]
        for name in texts[:1]:
            request = request.with_field(name, requests.examples.value(fields[name], name))
        return is_done(request.send(self.here.client, self.caller.headers))

    def _values(self) -> Mapping[str, Any]:
        """The path of the list, and what a row refers to."""
        refers = {name: value for name, value in self.template.fields.items() if name.lower().endswith("id")}
        return {**refers, **path_values(self.template)}

    def pages(self) -> Iterator["Page"]:
        """One after the other; the last is the one that names no next one, or that is refused."""
        request, sent = self.request, set[str]()
        for _ in range(PAGES):
            page = page_of(request.send(self.here.client, self.caller.headers), self.read, self.cursor)
            self.shown |= zip(page.keys, page.rows, strict=False)
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
    rows: tuple[Mapping[str, Any], ...] = ()
    next: str = ""
    status: int = 0  # of one that was refused


def page_of(answer: httpx.Response, read: Operation, cursor: Parameter) -> Page:
    if not is_done(answer):
        return Page(status=answer.status_code)
    body = json_of(answer)
    rows = _rows(body)
    known = [(str(key), row) for row in rows if (key := id_of(row, "id", read.last)) is not None]
    keys = tuple(key for key, _ in known)
    by_row = bool(LAST & set(words_of(cursor.name))) and words_of(cursor.name)[-1] in {"id", *LAST}
    return Page(
        keys, tuple(row for _, row in known), _next(answer, body, cursor.name) or (keys[-1] if keys and by_row else "")
    )


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
    """One row: the path of the list and one more placeholder."""
    rest = operation.path.removeprefix(f"{path}/")
    return rest != operation.path and rest.startswith("{") and "/" not in rest


def _is_one(operation: Operation, read: Operation) -> bool:
    """One row, at a path of its own: /comments/{comment_id} of /posts/{post_id}/comments."""
    return operation.last == read.last and len(operation.placeholders) == 1 and operation.segments[-1].startswith("{")


def _fitting(size: Parameter) -> int:
    return max(SIZE, int(size.schema.get("minimum", SIZE)))


def _twice(keys: list[str]) -> str:
    return next((key for number, key in enumerate(keys) if key in keys[:number]), "")
