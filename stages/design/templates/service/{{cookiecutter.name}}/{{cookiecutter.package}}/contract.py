"""What does the service promise? `python -m {{cookiecutter.package}}.contract > openapi.json` writes it down."""

import json
import sys
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from {{cookiecutter.package}}.problems import Problem

REFERENCE = "#/components/schemas/{model}"


def install(app: FastAPI) -> None:
    app.openapi = lambda: contract_of(app)  # type: ignore[method-assign]


def contract_of(app: FastAPI) -> dict[str, Any]:
    """FastAPI's own contract and the shape of problems, which no route returns by itself."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes
        )
        _, problem = models_json_schema([(Problem, "serialization")], ref_template=REFERENCE)
        schema["components"]["schemas"] |= problem["$defs"]
        app.openapi_schema = schema
    return app.openapi_schema


if __name__ == "__main__":
    from {{cookiecutter.package}}.main import app as served

    json.dump(served.openapi(), sys.stdout, indent=2, sort_keys=True)
    sys.stdout.write("\n")
