"""The routes that the app would try, in that order, and the code behind them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from runner.errors import ProbeError
from runner.evidence.contract.served_app import ServedApp
from runner.model import Evidence, Place, at_endpoint, in_file
from runner.probe import Probe
from runner.said import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A pydantic model that a route takes or answers."""

    name: str
    qualified: str
    table: bool = False
    extra: str = "ignore"  # pydantic's word for unknown fields: ignore, allow, forbid
    fields: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    inner: tuple[str, ...] = ()  # qualified names of the models in its fields
    no_null: tuple[str, ...] = ()  # fields, also by their aliases, that refuse a null or put something in its place
    path: str | None = None
    line: int | None = None

    def place(self, note: str = "") -> Place:
        return in_file(self.path, self.line, note) if self.path else Place(item=self.qualified, note=note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One entry of the app's routing table. A mount takes every method."""

    kind: str  # operation, plain, mount
    path: str
    pattern: str  # the regular expression that its path must match, without the prefix of a mounted app
    prefix: str = ""  # of the mounted app that it belongs to
    methods: tuple[str, ...] = ()
    converters: Mapping[str, str]  # path parameter → Starlette converter
    in_schema: bool = False
    function: str = ""
    module: str = ""  # that the function is from
    file: str | None = None
    line: int | None = None
    is_async: bool = False
    status: int = 200
    response_class: str = ""
    response_models: tuple[str, ...] = ()  # qualified names
    body_models: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    lenient: bool = False  # its security schemes let a caller through who brings nothing
    takes_body: bool = False
    reads_request: bool = False  # … by hand, where no model looks at it
    answers_itself: bool = False  # it returns a response of its own making, which no model shapes
    sets_status: bool = False  # … or its status
    own_statuses: tuple[int, ...] = ()  # those that it is seen to give its answers
    open: bool = False  # a mount whose own routes are known

    @property
    def endpoints(self) -> tuple[str, ...]:
        return tuple(f"{method} {self.path}" for method in self.methods)

    @property
    def name(self) -> str:
        return f"{'/'.join(self.methods) or 'mount'} {self.path}"

    @property
    def is_the_frameworks(self) -> bool:
        """The pages and the document that FastAPI serves about the service."""
        return self.kind == "plain" and self.module.startswith("fastapi.")

    @property
    def is_served(self) -> bool:
        """An operation that a caller may use, whether the contract tells it or not."""
        return bool(self.methods) and not self.is_the_frameworks


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes(Evidence):
    """The routes behind the contract."""

    routes: tuple[Route, ...]
    models: Mapping[str, Model]  # by qualified name

    @classmethod
    def collect(cls, probe: Probe, served: ServedApp) -> Self:  # noqa: ARG003 - the app was asked already
        if served.routes_problem:
            raise ProbeError(
                say(
                    "the routes of {app} can't be read: {routes_problem}",
                    app=served.app,
                    routes_problem=served.routes_problem,
                )
            )
        models = {m["qualified"]: _model(m) for m in served.models}
        return cls(routes=routes_of(served), models=models)

    @property
    def closed_mounts(self) -> tuple[Route, ...]:
        """What is mounted and does not tell its routes: files, applications of other frameworks."""
        return tuple(r for r in self.routes if r.kind == "mount" and not r.open)

    def of(self, endpoint: str) -> Route | None:
        """The route of an operation: "GET /posts/{post_id}"."""
        return next((r for r in self.routes if endpoint in r.endpoints), None)

    def place(self, endpoint: str, note: str = "") -> Place:
        """The function behind an operation, or the endpoint alone where its code is not the service's own."""
        route = self.of(endpoint)
        if route is None or route.file is None:
            return at_endpoint(endpoint, note)
        return Place(path=route.file, line=route.line, endpoint=endpoint, note=note)

    def reached(self, names: tuple[str, ...]) -> list[Model]:
        """These models and all that are inside of them."""
        found: dict[str, Model] = {}
        waiting = list(names)
        while waiting:
            name = waiting.pop(0)
            if name in self.models and name not in found:
                found[name] = self.models[name]
                waiting += self.models[name].inner
        return list(found.values())


def routes_of(served: ServedApp) -> tuple[Route, ...]:
    """Every entry of the app's routing tables, in their order."""
    return tuple(_route(one) for one in served.routes)


def _model(given: Mapping[str, Any]) -> Model:
    return Model(
        name=given["name"],
        qualified=given["qualified"],
        table=given["table"],
        extra=given["extra"],
        fields=tuple(given["fields"]),
        bases=tuple(given["bases"]),
        inner=tuple(given["inner"]),
        no_null=tuple(given.get("no_null", ())),
        path=given["file"],
        line=given["line"],
    )


def _route(given: Mapping[str, Any]) -> Route:
    path = given["path"]
    return Route(
        kind=given["kind"],
        path=_plain(path),
        pattern=given["pattern"],
        prefix=given["prefix"],
        methods=tuple(m for m in given["methods"] if m != "HEAD" or given["methods"] == ["HEAD"]),
        converters=dict(given["converters"]),
        in_schema=given["in_schema"],
        function=given.get("function", ""),
        module=given.get("module", ""),
        file=given.get("file"),
        line=given.get("line"),
        is_async=given.get("is_async", False),
        status=given.get("status", 200),
        response_class=given.get("response_class", ""),
        response_models=tuple(given.get("response_models", ())),
        body_models=tuple(given.get("body_models", ())),
        dependencies=tuple(given.get("dependencies", ())),
        lenient=given.get("lenient", False),
        takes_body=given.get("takes_body", False),
        reads_request=given.get("reads_request", False),
        answers_itself=given.get("answers_itself", False),
        sets_status=given.get("sets_status", False),
        own_statuses=tuple(given.get("own_statuses", ())),
        open=given.get("open", False),
    )


def _plain(path: str) -> str:
    """`/files/{name:path}` as the contract says it: `/files/{name}`."""
    head, *rest = path.split("{")
    return head + "".join(
        "{" + part.partition("}")[0].partition(":")[0] + "}" + part.partition("}")[2] for part in rest
    )
