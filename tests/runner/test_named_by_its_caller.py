"""Which operations take any name in their path, for what they are sent?"""

import pytest

from runner.http.openapi import operations_of
from runner.http.things import is_named_by_its_caller

FILE = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
JSON = {"content": {"application/json": {"schema": {"type": "object"}}}}


@pytest.mark.parametrize(
    ("method", "path", "schema", "body", "any_name"),
    [
        ("put", "/files/{name}", {"type": "string"}, FILE, True),
        ("put", "/files/{name}", {"type": "integer"}, FILE, False),
        ("put", "/files/{name}", {"type": "string", "format": "uuid"}, FILE, False),
        ("put", "/files/{name}/cover", {"type": "string"}, FILE, False),
        ("post", "/files/{name}", {"type": "string"}, FILE, False),
        ("put", "/posts/{name}", {"type": "string"}, JSON, False),
    ],
)
def test_a_name_that_its_caller_chooses(
    method: str,
    path: str,
    schema: dict[str, str],
    body: dict[str, object],
    any_name: bool,  # noqa: FBT001
) -> None:
    parameter = {"name": "name", "in": "path", "required": True, "schema": schema}
    document = {"paths": {path: {method: {"parameters": [parameter], "requestBody": body}}}}
    (operation,) = operations_of(document)
    assert is_named_by_its_caller(operation, "name") is any_name
