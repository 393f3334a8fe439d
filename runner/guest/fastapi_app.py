"""Guest: what the app serves. argv: ANSWER APP [FOLDER], with APP as `module:attribute` or `module:factory()`,
and FOLDER the one to import it from.

Answers {"openapi", "openapi_problem", "untold", "routes", "routes_problem", "sockets", "origins", "models", "tables"};
each part may be missing alone. Mounted applications are joined in under their prefix. Ends without running exit
handlers: a service may leave threads behind.
"""

import ast
import functools
import http
import importlib
import inspect
import json
import os
import re
import sys
import textwrap
import traceback
import typing
from pathlib import Path

import fastapi.routing
from fastapi.openapi.utils import get_openapi

# A service may read its own command line while it is imported: it has the one that a server gives it.
TOLD, sys.argv = sys.argv, ["uvicorn"]
ROOT = Path.cwd().resolve()


def main():
    answer = {}
    try:
        app = load(TOLD[2])
    except BaseException as error:  # a service may call sys.exit while it is imported
        answer["problem"] = f"importing {TOLD[2]} failed: {describe(error)}"
    else:
        answer.update(attempt("openapi", lambda: documents(app)))
        if "openapi_problem" in answer:  # the routes still tell what it would say
            without = attempt("openapi", lambda: documents(app, plain_contract))
            if "openapi" not in without:
                without = attempt("openapi", lambda: documents(app, tellable_contract))
            quiet = getattr(app, "openapi_url", None) is None  # nobody is shown what fails
            answer = {**without, **({} if quiet and "openapi" in without else answer)}
        answer.update(attempt("untold", lambda: untold(app, answer.get("openapi", ()))))
        answer.update(attempt("routes", lambda: routes(app, "")))
        answer.update(attempt("sockets", lambda: list(sockets(app, ""))))
        answer.update(attempt("origins", lambda: origins(app)))
        answer["models"] = list(MODELS.values())
        answer.update(attempt("tables", tables))
    Path(TOLD[1]).write_text(json.dumps(answer, default=str), encoding="utf-8")
    sys.stdout.flush()
    os._exit(0)


def attempt(part, ask):
    try:
        return {part: ask()}
    except BaseException as error:
        return {f"{part}_problem": describe(error)}


def load(name):
    for folder in ("src", *TOLD[3:]):
        if (ROOT / folder).is_dir() and str(ROOT / folder) not in sys.path:
            sys.path.insert(1, str(ROOT / folder))
    module, _, attribute = name.partition(":")
    os.chdir(os.environ.get("GONOGO_RUNS_IN", "."))
    found = importlib.import_module(module)
    for part in attribute.removesuffix("()").split("."):
        found = getattr(found, part)
    app = found() if attribute.endswith("()") else found
    return unwrapped(app)


def unwrapped(app):
    """The FastAPI app inside of ASGI wrappers: `CORSMiddleware(app)`, `socketio.ASGIApp(sio, app)`."""
    for _ in range(8):
        if hasattr(app, "openapi") and hasattr(app, "router"):
            return app
        inner = next((getattr(app, n) for n in ("app", "other_asgi_app", "asgi_app") if hasattr(app, n)), None)
        if inner is None:
            raise TypeError(f"{type(app).__name__} is no FastAPI app")
        app = inner
    raise TypeError("no FastAPI app inside of its wrappers")


def describe(problem):
    """The exception in a line, with the place in the service's own code that raised it."""
    frames = [f for f in traceback.extract_tb(problem.__traceback__) if own(f.filename)]
    words = told(problem)[:400]
    return f"{words} ({place(frames[-1].filename)}:{frames[-1].lineno})" if frames else words


def told(problem):
    """The exception in a line; one of pydantic's names every setting that it lacks or refuses."""
    errors = getattr(problem, "errors", None)
    if type(problem).__name__ == "ValidationError" and callable(errors):
        names = {}
        for one in errors():
            names.setdefault(one["msg"], []).append(".".join(str(part) for part in one["loc"]))
        said = "; ".join(f"{message}: {', '.join(found)}" for message, found in names.items())
        title = getattr(problem, "title", getattr(getattr(problem, "model", None), "__name__", ""))
        return f"ValidationError in {title}: {said}"
    return " ".join(f"{type(problem).__name__}: {problem}".split())


def own(path):
    full = Path(path).resolve()
    return full.is_relative_to(ROOT) and "site-packages" not in full.parts


def place(path):
    full = Path(path).resolve()
    return full.relative_to(ROOT).as_posix() if full.is_relative_to(ROOT) else full.name


# --- contracts: the app's own, and those of the apps that are mounted in it


def plain_contract(app):
    return get_openapi(title=app.title, version=app.version, routes=app.routes)


def tellable_contract(app):
    """With each operation as far as it can be told: as it is, else without what it answers; the rest is left out."""
    told = [found for route in every_route(app) if kind(route) == "operation" and (found := tellable(route))]
    return get_openapi(title=app.title, version=app.version, routes=told)


def tellable(route):
    if not route.include_in_schema:
        return None
    methods = sorted(route.methods or ())
    return next(filter(is_told, (alone(route, methods), alone(route, methods, response_model=None))), None)


def is_told(route):
    try:
        get_openapi(title="", version="", routes=[route])
    except Exception:
        return False
    return True


def own_contract(app):
    return app.openapi()


def documents(app, contract=own_contract):
    found = [{"prefix": "", "document": contract(app)}]
    for route in every_route(app):
        sub = getattr(route, "app", None)
        if kind(route) == "mount" and hasattr(sub, "openapi"):
            prefix = route.path.rstrip("/")
            found += [
                {"prefix": prefix + inner["prefix"], "document": inner["document"]}
                for inner in documents(sub, contract)
            ]
    return found


def origins(app):
    """Those that CORSMiddleware permits by name."""
    known = [one for one in getattr(app, "user_middleware", ()) if one.cls.__name__ == "CORSMiddleware"]
    given = [getattr(one, "kwargs", None) or getattr(one, "options", None) or {} for one in known]
    return [str(origin) for one in given for origin in one.get("allow_origins", ()) if origin != "*"]


def untold(app, told, prefix=""):
    """What the contract would say of the operations that it leaves out, by the code behind them."""
    named = {(one["prefix"] + path, m) for one in told for path, item in one["document"]["paths"].items() for m in item}
    left_out, found = [], []
    for route in every_route(app):
        if kind(route) == "operation":
            methods = [m for m in route.methods or () if (prefix + route.path_format, m.lower()) not in named]
            left_out += [alone(route, methods)] if methods else []
        elif kind(route) == "mount" and route.path:
            sub = getattr(route, "app", None)
            found += untold(sub, told, prefix + route.path.rstrip("/")) if hasattr(sub, "openapi") else []
    if left_out:
        found.insert(0, {"prefix": prefix, "document": get_openapi(title="", version="", routes=left_out)})
    return found


def alone(route, methods, **other):
    """The same operation, told and on its own."""
    given = {"response_model": route.response_model, "status_code": route.status_code, **other}
    return fastapi.routing.APIRoute(
        route.path, route.endpoint, methods=methods, dependencies=route.dependencies, **given
    )


# --- routes, as the app would try them


def every_route(app):
    if hasattr(fastapi.routing, "iter_route_contexts"):  # FastAPI ≥ 0.139 hides included routers from app.routes
        return list(fastapi.routing.iter_route_contexts(app.routes))
    return list(app.routes)


def kind(route):
    original = getattr(route, "original_route", route)
    names = {c.__name__ for c in type(original).__mro__}
    return next((word for name, word in KINDS.items() if name in names), "other")


KINDS = {"APIRoute": "operation", "Mount": "mount", "Host": "mount", "Route": "plain", "WebSocketRoute": "websocket"}


def routes(app, prefix):
    found = []
    for route in every_route(app):
        what = kind(route)
        if what in ("websocket", "other"):
            continue
        path = getattr(route, "path", None) or ""  # a host has none
        sub = getattr(route, "original_route", route)
        fact = {"kind": what, "path": prefix + path, "prefix": prefix}
        fact["pattern"] = getattr(getattr(route, "path_regex", None), "pattern", "")
        fact["methods"] = sorted(route.methods or []) if what != "mount" else []
        fact["converters"] = {n: type(c).__name__ for n, c in (getattr(route, "param_convertors", None) or {}).items()}
        fact["in_schema"] = bool(getattr(route, "include_in_schema", False))
        if what == "operation":
            fact.update(operation(route))
        elif what == "plain":
            fact.update(code_of(route.endpoint))
        fact["open"] = what == "mount" and path != "" and bool(getattr(sub, "routes", None))  # it tells its own routes
        found.append(fact)
        if fact["open"]:
            found += routes(sub, prefix + path.rstrip("/"))
    return found


def sockets(app, prefix):
    """The routes that no contract names: websockets, each with the words by which its code asks who is there."""
    for route in every_route(app):
        path = getattr(route, "path", None) or ""
        if kind(route) == "websocket":
            dependant = getattr(route, "dependant", None)
            asking = [route.endpoint, *(calls(dependant) if dependant else ())]
            found = {where: set() for where in ("query_params", "headers", "cookies")}
            for one in every_dependant(dependant):
                for where, given in (("query_params", "query"), ("headers", "header"), ("cookies", "cookie")):
                    found[where] |= {getattr(p, "alias", None) or p.name for p in getattr(one, f"{given}_params", ())}
            for call in asking:
                for where, name in words_read(call):
                    found[where].add(name)
            converters = {n: type(c).__name__ for n, c in (getattr(route, "param_convertors", None) or {}).items()}
            yield {
                "path": prefix + path,
                "converters": converters,
                "subprotocols": any("subprotocol" in source_of(call).lower() for call in asking),
                "asks": bool(found["cookies"]) or any(ASKS.search(source_of(call) or "auth") for call in asking),
                **{where: sorted(names) for where, names in found.items()},
                **code_of(route.endpoint),
            }
        elif kind(route) == "mount" and path:
            inner = getattr(route, "original_route", route)
            if getattr(inner, "routes", None):
                yield from sockets(inner, prefix + path.rstrip("/"))


# Any word by which code may ask who is there; where it has none of them, it asks nobody.
ASKS = re.compile(
    r"token|auth|jwt|session|cookie|credential|password|secret|ticket|current|verif|permi|login|key", re.I
)


def every_dependant(dependant):
    if dependant is not None:
        yield dependant
        for inner in dependant.dependencies:
            yield from every_dependant(inner)


def source_of(call):
    try:
        return textwrap.dedent(inspect.getsource(bare(call))) if call else ""
    except (OSError, TypeError):
        return ""


def words_read(call):
    """What it reads of a connection by hand: `socket.query_params["token"]`, `socket.cookies.get("session")`."""
    try:
        tree = ast.parse(source_of(call))
    except SyntaxError:
        return
    for node in ast.walk(tree):
        owner, key = None, None
        if isinstance(node, ast.Subscript):
            owner, key = node.value, node.slice
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "get" and node.args:
            owner, key = node.func.value, node.args[0]
        where = getattr(owner, "attr", "")
        if where in ("query_params", "headers", "cookies") and isinstance(getattr(key, "value", None), str):
            yield where, key.value


def code_of(endpoint):
    """Where the code of a route stands, and what it is called."""
    function = bare(endpoint)
    code = getattr(function, "__code__", None)
    return {
        "function": getattr(function, "__qualname__", str(function)),
        "module": getattr(function, "__module__", "") or "",
        "file": place(code.co_filename) if code and own(code.co_filename) else None,
        "line": code.co_firstlineno if code else None,
        "is_async": inspect.iscoroutinefunction(function),
    }


def operation(route):
    function = bare(route.endpoint)
    response_class = route.response_class
    response_class = getattr(response_class, "value", response_class)
    bodies = body_fields(route.dependant)
    return {
        **code_of(route.endpoint),
        "id": getattr(route, "operation_id", None) or getattr(route, "unique_id", None) or "",
        "given_id": getattr(route, "operation_id", None),
        "status": route.status_code or 200,
        "takes_body": bool(bodies),
        "reads_request": any(reads_request(one) for one in [route.endpoint, *calls(route.dependant)]),
        "answers_itself": answers_itself(function),
        "sets_status": "status_code" in names_in(function),
        "own_statuses": sorted(own_statuses(function)),
        "documented": sorted(str(status) for status in (route.responses or {})),
        "response_class": getattr(response_class, "__name__", ""),
        "media_type": getattr(response_class, "media_type", None),
        "response_models": sorted(models_of(route.response_model)),
        "body_models": sorted(set().union(*(models_of(annotation(field)) for field in bodies))),
        "dependencies": sorted(set(dependency_names(route.dependant))),
        "lenient": lenient(route.dependant),
    }


def bare(function):
    while isinstance(function, functools.partial):
        function = function.func
    function = inspect.unwrap(function)
    return function if inspect.isroutine(function) else type(function).__call__


def names_in(function):
    return set(getattr(getattr(function, "__code__", None), "co_names", ()))


def reads_request(call):
    """Does it take the body from the request by hand, where no model looks at it?"""
    if call is None or not names_in(bare(call)) & {"json", "body", "form", "stream"}:
        return False
    try:
        given = inspect.signature(call).parameters.values()
    except (TypeError, ValueError):
        return False
    return any("Request" in str(getattr(one.annotation, "__name__", one.annotation)) for one in given)


def answers_itself(function):
    """Does it return a response that it made itself, which no model shapes?"""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return False
    made = [node.value for node in own_nodes(tree.body[0]) if isinstance(node, ast.Return)]
    named = {
        target.id: node.value
        for node in own_nodes(tree.body[0])
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return any(is_response(named.get(one.id) if isinstance(one, ast.Name) else one) for one in made)


def own_statuses(function):
    """The statuses that it gives its answers: `JSONResponse(…, status_code=201)`, `response.status_code = 201`."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return set()
    given = []
    for node in own_nodes(tree.body[0]):
        if is_response(node):
            given += [word.value for word in node.keywords if word.arg == "status_code"] + node.args[1:2]
        elif isinstance(node, ast.Assign) and any(getattr(one, "attr", "") == "status_code" for one in node.targets):
            given.append(node.value)
    parts = [(one.body, one.orelse) if isinstance(one, ast.IfExp) else (one,) for one in given]
    return {status for part in parts for one in part if (status := status_of(one))}


def status_of(node):
    """The number behind `201`, `status.HTTP_201_CREATED` or `HTTPStatus.CREATED`; None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, int) else None
    word = getattr(node, "attr", getattr(node, "id", ""))
    numbered = re.match(r"HTTP_(\d{3})_", word)
    return int(numbered[1]) if numbered else getattr(http.HTTPStatus.__members__.get(word), "value", None)


def own_nodes(function):
    """What stands in a function, without the functions inside of it."""
    waiting = list(getattr(function, "body", ()))
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        yield node
        waiting += ast.iter_child_nodes(node)


def is_response(node):
    called = node.func if isinstance(node, ast.Call) else None
    return str(getattr(called, "attr", getattr(called, "id", ""))).endswith("Response")


def body_fields(dependant):
    found = list(getattr(dependant, "body_params", []))
    for inner in dependant.dependencies:
        found += body_fields(inner)
    return found


def annotation(field):
    info = getattr(field, "field_info", None)
    return getattr(info, "annotation", None) or getattr(field, "type_", None) or getattr(field, "outer_type_", None)


def dependency_names(dependant):
    for inner in dependant.dependencies:
        call = getattr(inner, "call", None)
        name = getattr(call, "__qualname__", type(call).__name__)
        yield f"{getattr(call, '__module__', '')}.{name}"
        yield from dependency_names(inner)


def lenient(dependant):
    """Do all of its security schemes let a caller through who brings nothing (`auto_error=False`)?"""
    found = [one.auto_error for one in calls(dependant) if hasattr(one, "auto_error")]
    return bool(found) and not any(found)


def calls(dependant):
    for inner in dependant.dependencies:
        yield getattr(inner, "call", None)
        yield from calls(inner)
    for one in getattr(dependant, "security_requirements", None) or []:  # older FastAPI keeps schemes apart
        yield getattr(one, "security_scheme", None)


# --- models, each once

MODELS = {}


def models_of(given):
    """Names of the models that an annotation holds, at any depth: `list[Post] | None` holds Post."""
    given = getattr(given, "__value__", given)  # of `type Draft = Post`
    if inspect.isclass(given) and hasattr(given, "model_fields"):
        return {learn(given)}
    found = set()
    for argument in typing.get_args(given):
        found |= models_of(argument)
    return found


def learn(model):
    name = f"{model.__module__}.{model.__qualname__}"
    if name in MODELS:
        return name
    fact = MODELS[name] = {"name": model.__name__, "qualified": name}
    config = getattr(model, "model_config", {}) or {}
    fact["table"] = getattr(model, "__table__", None) is not None or bool(config.get("table"))
    fact["extra"] = config.get("extra") or "ignore"
    fact["fields"] = list(model.model_fields)
    fact["bases"] = [base.__name__ for base in model.__mro__[1:-1] if base.__module__.split(".")[0] != "pydantic"]
    fact["file"], fact["line"] = source(model)
    inner = set()
    for field in model.model_fields.values():
        inner |= models_of(getattr(field, "annotation", None))
    fact["inner"] = sorted(inner)
    fact["no_null"] = sorted(without_null(model))
    return name


def without_null(model):
    """Its fields, and their aliases, in which no null arrives: a validator refuses it, or replaces it."""
    for name, field in model.model_fields.items():
        if type(None) not in typing.get_args(getattr(field, "annotation", None)):
            continue
        try:
            made = model.model_construct()
            model.__pydantic_validator__.validate_assignment(made, name, None)
            arrives = getattr(made, name, None) is None
        except Exception as error:
            told = getattr(error, "errors", None)
            arrives = not callable(told) or not any(one.get("loc", ())[:1] == (name,) for one in told())
        if not arrives:
            yield from {
                name,
                getattr(field, "alias", None) or name,
                str(getattr(field, "validation_alias", None) or name),
            }


def tables():
    """Class of a mapped table → its unique sets of columns."""
    found = {}
    for module in list(sys.modules.values()):
        if not own(getattr(module, "__file__", None) or "/"):
            continue
        for one in list(vars(module).values()):
            table = getattr(one, "__table__", None)
            if inspect.isclass(one) and table is not None and hasattr(table, "primary_key"):
                found[one.__name__] = unique_sets(table)
    return found


def unique_sets(table):
    sets = [[column.key for column in table.primary_key.columns]]
    sets += [[column.key] for column in table.columns if column.unique]
    for one in [*table.constraints, *table.indexes]:
        if type(one).__name__ == "UniqueConstraint" or getattr(one, "unique", False):
            sets.append([column.key for column in one.columns])
    return [columns for columns in sets if columns]


def source(model):
    try:
        path = inspect.getsourcefile(model)
        return (place(path), inspect.getsourcelines(model)[1]) if path and own(path) else (None, None)
    except (OSError, TypeError):
        return None, None


main()
