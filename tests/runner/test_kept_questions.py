"""With which values is a read asked again, so that it should be answered otherwise?"""

from typing import Any

import pytest

from runner.evidence.behaviour.kept_questions import other_value
from runner.http.openapi import Parameter


@pytest.mark.parametrize(
    ("name", "schema", "value"),
    [
        ("author_id", {"type": "integer", "minimum": 1, "maximum": 99}, 99),
        ("author_id", {"type": "integer"}, 1_000_003),
        ("limit", {"type": "integer", "minimum": 1, "maximum": 100}, 1),
        ("sort", {"enum": ["old", "new"], "default": "new"}, "old"),
        ("sort", {"enum": ["new"], "default": "new"}, None),
        ("drafts", {"type": "boolean", "default": True}, False),
        ("q", {"type": "string", "maxLength": 5}, "gonog"),
        ("tag", {"type": "string", "pattern": "^[a-z]+$"}, "gonogo"),
        ("since", {"type": "string", "format": "date"}, None),
    ],
)
def test_a_parameter_gets_a_value_that_finds_little(name: str, schema: dict[str, Any], value: object) -> None:
    assert other_value(Parameter(name=name, place="query", required=False, schema=schema), schema) == value
