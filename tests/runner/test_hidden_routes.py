"""Are routes that change something and stand in no contract told, and those of the contract not?"""

from runner.evidence.contract.hidden_routes import Hidden, hidden_changes
from runner.evidence.contract.routes import Route, Routes


def route(path: str, *methods: str, in_schema: bool = False, kind: str = "operation") -> Route:
    return Route(kind=kind, path=path, pattern=path, methods=methods, converters={}, in_schema=in_schema)


def test_hidden_routes_that_change_something() -> None:
    routes = Routes(
        routes=(
            route("/posts", "POST", in_schema=True),
            route("/docs", "GET", kind="plain"),
            route("/static", "POST", kind="mount"),
            route("/secret", "POST"),
            route("/secret/{id}", "PUT", "DELETE", kind="plain"),
        ),
        models={},
    )
    found = hidden_changes(routes)
    assert found == (Hidden("POST", "/secret"), Hidden("PUT", "/secret/{id}"), Hidden("DELETE", "/secret/{id}"))
    assert [(one.creates, one.changes_one) for one in found] == [(True, False), (False, True), (False, False)]
