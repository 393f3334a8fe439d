"""How is the service put together? `uvicorn {{cookiecutter.package}}.main:app` serves it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import APIRoute

from {{cookiecutter.package}} import contract, logs, problems
from {{cookiecutter.package}}.database import open_engine
from {{cookiecutter.package}}.middleware import BodyLimit, Observe, SecurityHeaders
from {{cookiecutter.package}}.passwords import Passwords
{% if cookiecutter.redis %}
from {{cookiecutter.package}}.cache import Cache
from {{cookiecutter.package}}.rate_limits import RateLimits
from {{cookiecutter.package}}.redis_guard import open_redis
from {{cookiecutter.package}}.shared_counts import SharedCounts
{% endif %}
from {{cookiecutter.package}}.routes import (
    auth, operations, users,{% for r in cookiecutter.made %} {{r.plural}},{% endfor %}

)
from {{cookiecutter.package}}.settings import Settings
from {{cookiecutter.package}}.throttle import Throttle
from {{cookiecutter.package}}.tokens import Purpose, Tokens

ROUTERS = (auth, users, {% for r in cookiecutter.made %}{{r.plural}}, {% endfor %}operations)


def create_app(settings: Settings) -> FastAPI:
    app = FastAPI(
        title={{cookiecutter.title_quoted}},
        version="0.1.0",
        summary={{cookiecutter.summary_quoted}},
        lifespan=lifespan,
        redirect_slashes=False,
        generate_unique_id_function=name_of,
        openapi_url=None if settings.is_production else "/openapi.json",
    )
    make_parts(app, settings)
    problems.install(app)
    for module in ROUTERS:
        app.include_router(module.router)
    add_middleware(app, settings)
    contract.install(app)
    return app


def name_of(route: APIRoute) -> str:
    return route.name


def make_parts(app: FastAPI, settings: Settings) -> None:
    state = app.state
    state.settings = settings
    state.engine = open_engine(settings)
    {% if cookiecutter.redis %}
    state.redis = open_redis(settings)
    counts = SharedCounts(state.redis)
    {% endif %}
    {% if cookiecutter.limits %}
    state.rate_limits = RateLimits(counts, settings.rate_limit_factor)
    {% endif %}
    {% if cookiecutter.caches %}
    state.cache = Cache(state.redis)
    {% endif %}
    state.passwords = Passwords(settings.argon2_memory_kib, settings.argon2_passes)
    state.throttle = Throttle(
        per_account=settings.login_failures_per_account,
        per_address=settings.login_failures_per_address,
        window=settings.login_window_seconds,
        {% if cookiecutter.redis %}
        counts=counts,
        {% endif %}
    )
    state.tokens = Tokens(
        key=settings.secret_key.get_secret_value(),
        lifetimes={
            Purpose.ACCESS: timedelta(seconds=settings.access_token_seconds),
            Purpose.REFRESH: timedelta(seconds=settings.refresh_token_seconds),
        },
    )


def add_middleware(app: FastAPI, settings: Settings) -> None:
    """The last one added sees a request first: a page that may call us reads our 500 as well."""
    app.add_middleware(BodyLimit, most_bytes=settings.max_body_bytes)
    app.add_middleware(Observe)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "X-Request-ID"],
            expose_headers=["Location", "Retry-After", "X-Request-ID"],
        )
    app.add_middleware(SecurityHeaders, https_only=settings.is_production)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    logs.configure(app.state.settings.log_level)
    yield
    {% if cookiecutter.redis %}
    app.state.redis.close()
    {% endif %}
    app.state.engine.dispose()


app = create_app(Settings())
