"""How long does it take to make a service of twenty resources? Written from a specification, formatted, on disk."""

import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from tests.bench.figures import Figure, spread
from workflow.service import new_service

MANY = 20
AIM_SECONDS = 3
RUNS = 3
FIELDS: dict[str, dict[str, Any]] = {
    "title": {"type": "text", "max": 120},
    "price": {"type": "money", "max": 1_000_000},
    "kind": {"type": "choice", "of": ["small", "large"]},
    "due": {"type": "date", "optional": True},
}


def measure() -> Iterator[Figure]:
    seconds, files = [], 0
    with tempfile.TemporaryDirectory() as desk:
        spec = Path(desk) / "spec.yaml"
        spec.write_text(yaml.safe_dump(specification(MANY)), encoding="utf-8")
        for number in range(RUNS):
            began = time.perf_counter()
            made = new_service(f"many-{number}", desk, "", date(2026, 3, 1), str(spec))
            seconds.append(time.perf_counter() - began)
            files = sum(1 for path in made.rglob("*") if path.is_file())
    note = f"{MANY} resources, {files} files; {spread(seconds, 's')}"
    yield Figure(name="making a service", value=min(seconds), unit="s", aim=AIM_SECONDS, note=note)


def specification(many: int) -> dict[str, Any]:
    """So many resources, each but the first with a reference to the one before it, and every second with a link."""
    resources, rows = [], []
    for number in range(many):
        id = f"{chr(ord('a') + number)}thing"
        before = f"{chr(ord('a') + number - 1)}thing"
        one: dict[str, Any] = {"id": id, "description": "A thing.", "fields": dict(FIELDS), "filter": ["kind"]}
        path = f"/{id}s"
        found = [f"GET {path}", f"POST {path}", *(f"{verb} {path}/{{{id}_id}}" for verb in ("GET", "PATCH", "DELETE"))]
        if number:
            one["fields"]["before"] = {"type": "reference", "to": before}
        if number % 2:
            one["links"] = {"near": {"to": before, "plural": "nears"}}
            found += [f"GET {path}/{{{id}_id}}/nears", f"PUT {path}/{{{id}_id}}/nears/{{near_id}}"]
        resources.append(one)
        rows += [{"endpoint": endpoint, "allow": {"helper": "any"}} for endpoint in found]
    return {
        "gonogo": 1,
        "service": {"name": "many", "summary": "A service of many resources.", "owner": "helper"},
        "roles": [{"id": "helper", "description": "Works with all of it."}],
        "resources": resources,
        "permissions": rows,
    }
