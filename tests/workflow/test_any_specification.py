"""Is a service made of any specification that can be made, and is every other one refused with place and remedy?"""

import copy
import os
import re
import subprocess
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from runner.errors import WorkflowError
from runner.specification_text import parse
from stages.design.blueprint import BASE, unmakeable
from tests.runner.conftest import environment
from tests.workflow.test_new import LOCK
from workflow.service import new_service

TODAY = date(2026, 3, 1)
TOLD = re.compile(r"  line \d+: \S+(?: is missing(?: \(\S+\))?)?: .{8,}")  # the line, the key, what to do
AS_FOUND = (Phase.explicit, Phase.generate)  # to make smaller what failed would make a service each time
LONG = bool(os.environ.get("GONOGO_LONG"))
# Run by the service's interpreter: it imports, migrates up and down, and serves what it promised.
PROOF = """
import json, pathlib
from alembic import command
from alembic.config import Config
from anything.main import app
config = Config("alembic.ini")
command.upgrade(config, "head")
command.check(config)
assert app.openapi() == json.loads(pathlib.Path("openapi.json").read_text())
command.downgrade(config, "base")
command.upgrade(config, "head")
from anything import seed
import sys
sys.argv = ["seed"]
assert seed.main([]) == 0
"""
FIELDS = st.one_of(
    st.builds(lambda most: {"type": "text", "max": most}, st.integers(20, 3000)),
    st.builds(lambda least: {"type": "integer", "min": least, "max": 10**6, "optional": True}, st.integers(-9, 9)),
    st.sampled_from(
        [
            {"type": "text", "min": 8, "max": 8, "pattern": "[A-Z]{2}[0-9]{6}", "unique": True},
            {"type": "money", "max": 10**6},
            {"type": "boolean"},
            {"type": "email", "sensitive": True},
            {"type": "date"},
            {"type": "datetime", "optional": True},
            {"type": "choice", "of": ["low", "high"]},
        ]
    ),
)


@st.composite
def resources(draw: st.DrawFn, ids: list[str], before: list[dict[str, Any]]) -> dict[str, Any]:
    """The next one, with whatever the language has."""
    id = ids[len(before)]
    names = ["alpha", "beta", "gamma"][: draw(st.integers(1, 3))]
    one: dict[str, Any] = {"id": id, "description": "A thing.", "fields": {name: draw(FIELDS) for name in names}}
    if draw(st.booleans()):
        one["states"] = {"open": ["shut"], "shut": []}
    if draw(st.booleans()):
        rule = draw(st.sampled_from(["refuse", "remove", "clear"]))
        one["fields"]["above"] = {"type": "reference", "to": id, "optional": True, "on_delete": rule}
    if before:
        rule = draw(st.sampled_from(["refuse", "remove"]))
        one["fields"]["below"] = {"type": "reference", "to": before[-1]["id"], "on_delete": rule}
        if "states" in before[-1] and draw(st.booleans()):
            one["fields"]["below"]["when"] = ["open"]
    if to := draw(st.sampled_from([None, *ids[: len(before) + 1]])):
        one["links"] = {"partner": {"to": to, "on_delete": draw(st.sampled_from(["refuse", "remove"]))}}
    if draw(st.booleans()):
        one["keep"] = {"days": draw(st.integers(1, 900)), "since": draw(st.sampled_from(["created_at", "updated_at"]))}
    return one


def permissions(one: dict[str, Any], guest: str) -> list[dict[str, Any]]:
    """All that can be made of it; a guest reads any, or her own."""
    path, every = f"/{one['id']}s", {"keeper": "any"}
    item = f"{path}/{{{one['id']}_id}}"
    rows = [(f"GET {path}", every | {"guest": guest}), (f"POST {path}", every | {"guest": "any"})]
    rows += [(f"{verb} {item}", every | {"guest": guest}) for verb in ("GET", "PATCH", "DELETE")]
    rows += [(f"PUT {item}/state", every)] if "states" in one else []
    if "links" in one:
        rows += [(f"GET {item}/partners", every)]
        rows += [(f"{verb} {item}/partners/{{partner_id}}", every) for verb in ("PUT", "DELETE")]
    return [{"endpoint": endpoint, "allow": allow} for endpoint, allow in rows]


@st.composite
def specifications(draw: st.DrawFn) -> dict[str, Any]:
    """Two to four resources."""
    ids = ["crate", "harbour", "vessel", "berth"][: draw(st.integers(2, 4))]
    made: list[dict[str, Any]] = []
    for _ in ids:
        made.append(draw(resources(ids, made)))
    first = f"/{ids[0]}s"
    need = {"id": "QN-001", "text": "Fast.", "metric": "latency", "endpoint": f"GET {first}", "percentile": 95}
    kept = {"cache": 30} if draw(st.booleans()) else {}
    limit = {"id": "LIM-001", "endpoint": f"POST {first}", "calls": 9, "seconds": 60}
    return {
        "gonogo": 1,
        "service": {"name": "anything", "summary": "A service of chance.", "owner": "keeper"},
        "roles": [{"id": "guest", "description": "Looks."}, {"id": "keeper", "description": "Keeps."}],
        "resources": made,
        "permissions": [row for one in made for row in permissions(one, draw(st.sampled_from(["any", "own"])))],
        "quality": [need | {"limit": 250, "unit": "ms"} | kept],
        "limits": [limit] * draw(st.integers(0, 1)),
        "data": {"users": 6, **{f"{id}s": 12 for id in ids}},
    }


def reasons(text: str) -> list[str]:
    """Why nothing can be made of it."""
    problems, content = parse("spec.yaml", text)
    if content is None or problems:
        return [one.note or "" for one in problems]
    return [said for _, said in unmakeable(content, BASE, frozenset())]


@settings(
    max_examples=12 if LONG else 1,
    deadline=None,
    derandomize=not LONG,
    suppress_health_check=list(HealthCheck),
    phases=AS_FOUND,
)
@given(content=specifications().filter(lambda one: not reasons(yaml.safe_dump(one))))
def test_what_can_be_made_imports_migrates_both_ways_and_keeps_its_contract(
    content: dict[str, Any],
) -> None:
    with tempfile.TemporaryDirectory() as desk:
        spec = Path(desk) / "spec.yaml"
        spec.write_text(yaml.safe_dump(content), encoding="utf-8")
        made = new_service("anything", desk, "", TODAY, str(spec))
        python = environment("new", LOCK) / "bin" / "python"
        url = f"sqlite:///{desk}/anything.db"  # PostgreSQL is what the seven stages of an example take
        env = {"PATH": os.environ["PATH"], "ANYTHING_DATABASE_URL": url, "ANYTHING_ARGON2_MEMORY_KIB": "8"}
        ran = subprocess.run([str(python), "-c", PROOF], cwd=made, env=env, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr[-3000:] + yaml.safe_dump(content)


@st.composite
def broken(draw: st.DrawFn) -> dict[str, Any]:
    """One that could be made, with something somewhere in it that is missing, of another kind, or another word."""
    content = copy.deepcopy(draw(specifications()))
    place: Any = content
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return content
        key = draw(st.sampled_from(keys))
        if isinstance(place[key], (dict, list)) and place[key] and draw(st.integers(0, 4)):
            place = place[key]
            continue
        if draw(st.booleans()):
            del place[key]
        else:
            place[key] = draw(
                st.sampled_from([None, -1, "", "no such thing", "订单", [], {}, ["x"], {"a": 1}, 10**30, True])
            )
        return content


@settings(
    max_examples=300 if LONG else 8,
    deadline=None,
    derandomize=not LONG,
    suppress_health_check=list(HealthCheck),
    phases=AS_FOUND,
)
@given(content=broken())
def test_what_cannot_be_made_is_refused_with_line_key_and_remedy_and_nothing_is_left(content: dict[str, Any]) -> None:
    text = yaml.safe_dump(content, allow_unicode=True)
    assume(reasons(text))
    with tempfile.TemporaryDirectory() as desk:
        spec = Path(desk) / "spec.yaml"
        spec.write_text(text, encoding="utf-8")
        with pytest.raises(WorkflowError) as refused:
            new_service("anything", desk, "", TODAY, str(spec))
        told = str(refused.value).splitlines()[1:]
        assert told, str(refused.value)
        assert [line for line in told if not TOLD.fullmatch(line)] == []
        assert [path.name for path in Path(desk).iterdir()] == ["spec.yaml"]
