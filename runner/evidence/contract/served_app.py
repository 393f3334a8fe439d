"""What the service's own interpreter says about its app: contracts, routes, models. `Contract` and `Routes` read it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from runner.discovery.fastapi_app import NO_APP
from runner.errors import ProbeError
from runner.migrator import Migrator
from runner.model import Evidence
from runner.probe import Probe
from runner.vocabulary.health import (
    HEALTH_PATHS,
    HEALTH_WORDS,
    LIVE_PATHS,
    LIVE_WORDS,
    METRICS_PATHS,
    METRICS_WORDS,
    READY_PATHS,
    READY_WORDS,
    last_of,
    says_most,
)

MADE_UP = "/no-such-path-2f1d8a/ready"  # nobody serves it, unless he serves everything


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedApp(Evidence):
    """The app, imported by its own interpreter."""

    app: str
    documents: tuple[tuple[str, Mapping[str, Any]], ...] = ()  # (prefix, OpenAPI): the app's, then mounted ones
    untold: tuple[tuple[str, Mapping[str, Any]], ...] = ()  # the same of the operations that they leave out
    openapi_problem: str = ""  # why `openapi()` raised
    routes: tuple[Mapping[str, Any], ...] = ()
    routes_problem: str = ""
    sockets: tuple[Mapping[str, Any], ...] = ()  # routes of websockets, which no contract names
    sockets_problem: str = ""
    origins: tuple[str, ...] = ()  # of browsers' pages: those that it permits by name
    models: tuple[Mapping[str, Any], ...] = ()
    tables: Mapping[str, tuple[frozenset[str], ...]] = field(default_factory=dict)  # class → unique sets of columns

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        return cls.asked(probe)

    @classmethod
    def asked(cls, probe: Probe, env: Mapping[str, str] | None = None) -> Self:
        """The app as it is under other settings. Raises `ProbeError` where it can't be imported."""
        app = probe.target.app
        if app is None:
            raise ProbeError(NO_APP)
        words = ("fastapi_app", app, *([probe.target.path] if probe.target.path else []))
        answer = Migrator(probe).ask(*words) if env is None else probe.ask(*words, env=env)
        return cls(
            app=app,
            documents=tuple((d["prefix"], d["document"]) for d in answer.get("openapi", ())),
            untold=tuple((d["prefix"], d["document"]) for d in answer.get("untold", ())),
            openapi_problem=answer.get("openapi_problem", ""),
            routes=tuple(answer.get("routes", ())),
            routes_problem=answer.get("routes_problem", ""),
            sockets=tuple(answer.get("sockets", ())),
            sockets_problem=answer.get("sockets_problem", ""),
            origins=tuple(answer.get("origins", ())),
            models=tuple(answer.get("models", ())),
            tables={name: tuple(map(frozenset, sets)) for name, sets in answer.get("tables", {}).items()},
        )


def routes_called(served: ServedApp | None, words: re.Pattern[str]) -> tuple[str, ...]:
    """Routes without parameters whose last part is such a word; the app knows also those that its contract hides."""
    routes = served.routes if served else ()
    paths = [str(route.get("path", "")) for route in routes if "GET" in route.get("methods", ())]
    return tuple(path for path in paths if "{" not in path and words.fullmatch(last_of(path)))


def live_paths(served: ServedApp | None) -> tuple[str, ...]:
    """Where a service may say that it lives, likeliest first: what the app has, then what is usual."""
    own = sorted(routes_called(served, LIVE_WORDS), key=says_most)
    return tuple(dict.fromkeys((*own, *LIVE_PATHS, *HEALTH_PATHS)))


def ready_paths(served: ServedApp | None) -> tuple[str, ...]:
    """Where it may say that it can serve, likeliest first."""
    return tuple(dict.fromkeys((*routes_called(served, READY_WORDS), *READY_PATHS)))


def health_paths(served: ServedApp | None) -> tuple[str, ...]:
    """Where it may say both in one."""
    return tuple(dict.fromkeys((*sorted(routes_called(served, HEALTH_WORDS), key=says_most), *HEALTH_PATHS)))


def told_apart(served: ServedApp | None, paths: Sequence[str], status: Callable[[str], int | None]) -> tuple[str, ...]:
    """Of these paths, those that mean something: where any path is answered well, the app's own routes alone.

    A front end's catch-all, or one of the API, answers `/ready` as it answers everything. `status` asks for a path.
    """
    well = status(MADE_UP)
    if well is None or not 200 <= well < 300:  # noqa: PLR2004 - HTTP
        return tuple(paths)
    own = {
        str(route.get("path", "")) for route in (served.routes if served else ()) if "GET" in route.get("methods", ())
    }
    return tuple(path for path in paths if path in own)


def metrics_paths(served: ServedApp | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*routes_called(served, METRICS_WORDS), *METRICS_PATHS)))
