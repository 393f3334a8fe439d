"""Hand-made services and ledgers, shaped like real ones: every outcome, every kind of place, every state of a run."""

import hashlib
import json
import sqlite3
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from runner.discovery.source import host, source_state
from runner.discovery.target import Target, find_target
from runner.model import Document, Finding, Outcome, Place, at_endpoint, in_file, in_table, named
from stages.catalogue import BUILT_IN
from workflow.ledger import Ledger, Run, RunState, StageResult
from workflow.service import ledger_of

NASTY = (
    '<script>alert("x")</script> [link](javascript:alert(1)) **bold** $x^2$ :red[r] <img src=http://example.invalid/x>'
)
NOBODY = 2**22 + 7  # a process id that Linux never gives

ER = """# ER diagram

Three tables; every foreign key has an index.

```mermaid
erDiagram
    users ||--o{ posts : "writes"
    posts ||--o{ comments : "has"
    users {
        uuid id PK
        string email UK
    }
    posts {
        uuid id PK
        uuid author_id FK
        string title
    }
    comments {
        uuid id PK
        uuid post_id FK
        text body
    }
```

| table | rows | indexes |
|---|---|---|
| users | 1,000 | 2 |
| posts | 20,000 | 3 |
"""
NASTY_DOCUMENT = (
    f"# A document\n\n{NASTY}\n\n![pixel](http://example.invalid/pixel.png)\n\n[click](javascript:alert(1)) "
    "[data](data:text/html,<script>alert(1)</script>)\n\n```mermaid\nflowchart LR\n"
    '  A@{ img: "http://example.invalid/node.png" }\n```\n\n'
    "| a | b | c | outcome |\n|---|---|---|---|\n" + f"| {'x' * 200} | {'y' * 200} | `{'z' * 200}` | fine |\n"
)
CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "Posts", "version": "1.2.0", "description": "Posts and `comments`."},
    "security": [{"bearer": []}],
    "paths": {
        "/posts": {
            "parameters": [{"$ref": "#/components/parameters/Trace"}],
            "get": {
                "tags": ["posts"],
                "summary": "List posts",
                "parameters": [
                    {"name": "limit", "in": "query", "required": True, "schema": {"type": "integer", "maximum": 100}}
                ],
                "responses": {
                    "200": {
                        "description": "A page",
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Post"}}
                            }
                        },
                    }
                },
            },
            "post": {
                "tags": ["posts"],
                "summary": "<b>Write</b> a post",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Post"}}}},
                "responses": {"201": {"description": "Written"}, "422": {"description": "Refused"}},
            },
        },
        "/health": {"get": {"summary": "Alive?", "security": [], "responses": {"200": {"description": "Yes"}}}},
    },
    "components": {
        "parameters": {"Trace": {"name": "X-Trace", "in": "header", "schema": {"type": "string"}}},
        "schemas": {
            "Post": {
                "type": "object",
                "additionalProperties": False,
                "required": ["title"],
                "properties": {
                    "title": {"type": "string", "minLength": 1, "maxLength": 200},
                    "state": {"enum": ["draft", "public"]},
                    "due": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
                },
            }
        },
    },
}


NEED = ("id", "endpoint", "metric", "percentile", "value", "limit", "unit", "users", "met", "margin")
ENDPOINT = ("name", "requests", "rps", "p50", "p95", "p99", "errors")
LOAD: dict[str, Any] = {
    "locustfile": "locustfile.py",
    "rows": {"posts": [20_000, 20_000], "comments": [50_000, 50_000]},
    "needs": [
        dict(zip(NEED, ("Q-1", "all requests", "latency", 95, 38.2, 100, "ms", 50, True, 0.62), strict=True)),
        dict(zip(NEED, ("Q-2", "GET /posts", "latency", 95, 240, 150, "ms", 50, False, -0.6), strict=True)),
        dict(zip(NEED, ("Q-3", "all requests", "throughput", None, 412, 200, "req/s", 50, True, 1.06), strict=True)),
    ],
    "shapes": [
        {
            "users": 50,
            "seconds": 12.0,
            "warm_up": 4.0,
            "agrees": True,
            "generator": 0.31,
            "saturated": False,
            "endpoints": [
                dict(zip(ENDPOINT, ("GET /posts", 3120, 260.0, 22.1, 240.0, 310.5, 0), strict=True)),
                dict(zip(ENDPOINT, ("POST /posts", 812, 67.6, 9.2, 21.4, 44.0, 2), strict=True)),
            ],
            "series": [
                {
                    "t": t,
                    "rps": 300 + 9 * (t % 5),
                    "p50": 12 + t % 3,
                    "p95": 36 + 4 * (t % 4),
                    "failures": t // 16,
                }
                for t in range(17)
            ],
            "histogram": [
                {"upto": edge, "count": count}
                for edge, count in ((5, 0), (10, 1800), (20, 1450), (50, 520), (100, 140), (None, 22))
            ],
        }
    ],
}


def make_service(folder: Path, name: str = "blog_api") -> Target:
    """The least that is a service: its settings and an interpreter."""
    root = folder / name
    (root / ".venv/bin").mkdir(parents=True)
    (root / ".venv/bin/python").symlink_to(sys.executable)
    (root / "gonogo.toml").write_text("", encoding="utf-8")
    return find_target(root)


def a_run(target: Target, **changes: object) -> Run:
    source = source_state(target.root)
    run = Run(
        id=0,
        service=target.name,
        root=str(target.root),
        asked="invoke pipeline",
        stages=tuple(stage.slug for stage in BUILT_IN.stages),
        only=(),
        state=RunState.FINISHED,
        verdict="GO",
        commit="3f2a91c0ffee3f2a91c0ffee3f2a91c0ffee3f2a",
        dirty=("app/models.py",),
        digest=source.digest,
        interpreter="3.12.1",
        tools={"PostgreSQL": "15.18", "Redis": "7.0", "ruff": "0.14.2"},
        host=host(),
        pid=NOBODY,
        started=datetime.now(UTC) - timedelta(minutes=12),
        ended=None,
    )
    return replace(run, **changes)  # type: ignore[arg-type]


def known_step(slug: str, step: str) -> str:
    """The step's id as the stage numbers it today: `1.1` may have become `1.1a`."""
    steps = [one.id for stage in BUILT_IN.stages if stage.slug == slug for one in stage.steps]
    return next((id for id in steps if id.startswith(step)), steps[0])


def finding(check: str, stage: str, step: str, outcome: Outcome, message: str, **more: object) -> Finding:
    base = Finding(
        check=check,
        stage=stage,
        step=known_step(stage, step),
        claim=CLAIMS.get(check, "The claim of this check holds"),
        outcome=outcome,
        message=message,
        why="Deleting a post, or listing its comments, reads the whole table: 12.8 ms, 0.1 ms with an index.",
        fix='`create_index("ix_comments_post_id", "comments", ["post_id"])` in a new revision.',
        commands=("python -m runner.guest.alembic_history", "psql -c 'select 1'"),
        seconds=0.4,
    )
    return replace(base, **more)  # type: ignore[arg-type]


CLAIMS = {
    "RQ001": "Every requirement has an id and a testable wording",
    "DB003": "Alembic has exactly one head",
    "DB004": "Every foreign key has a usable index.",
    "DB007": "A migration takes no lock that stops writers",
    "DB009": "What the models say is what the database has",
    "SE001": "Every cell of the role matrix answers as declared",
    "SE009": "A token dies with the password that it was made with",
    "PF001": "Every quality need is met under its stated load",
}
PLACES = (
    in_table("comments", "post_id", "50,000 rows, none of 2 indexes starts with it"),
    in_file("app/models.py", 41, "declared here"),
    at_endpoint("GET /posts/{post_id}/comments", "12.8 ms"),
    named("R-007", "asks for comments within 100 ms"),
    Place(path="app/a_[b](c)*d*.py", line=3, note=NASTY),
)
DATABASE = (
    finding("DB003", "database", "3.3", Outcome.PASSED, "head is 9b1d"),
    finding(
        "DB004",
        "database",
        "3.1",
        Outcome.FAILED,
        f"`comments.post_id` has none that starts with it (50,000 rows) {NASTY}",
        places=PLACES,
        again=("explain analyze select * from comments where post_id = '…';", "alembic upgrade head"),
        requirements=("R-007",),
    ),
    finding("DB007", "database", "3.3", Outcome.UNKNOWN, "squawk is not installed: pip install squawk-cli"),
    finding("DB008", "database", "3.2", Outcome.NOT_APPLICABLE, "the service has no triggers"),
    finding("DB009", "database", "3.2", Outcome.BROKEN, f"KeyError: 'x' {NASTY}"),
)


def calm(stage: str, step: str, prefix: str, count: int) -> tuple[Finding, ...]:
    return tuple(
        finding(f"{prefix}{n:03}", stage, step, Outcome.PASSED, f"{n} of {n} looked at", places=())
        for n in range(1, count)
    )


def document(name: str, stage: str, step: str, title: str, media_type: str, text: str) -> Document:
    content = text.encode()
    return Document(
        name=name, stage=stage, step=known_step(stage, step), title=title, media_type=media_type, content=content,
        sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip


POSTS, TESTS = "endpoint:GET /posts", "tests/test_posts.py::test_lists"
TRACE: dict[str, Any] = {
    "format": 1,
    "things": [
        {"kind": "requirement", "id": "R-007", "text": f"List posts {NASTY}", "path": "spec.yaml", "line": 4},
        {"kind": "requirement", "id": "R-008", "text": "Sign in", "path": "spec.yaml", "line": 9},
        {"kind": "criterion", "id": "AC-007-1", "text": "Newest first", "path": "spec.yaml", "line": 6},
        {"kind": "endpoint", "id": "GET /posts", "text": "List posts", "state": "served"},
        {"kind": "table", "id": "posts"},
        {"kind": "table", "id": "parcels"},
        {"kind": "test", "id": TESTS, "state": "failed", "path": "tests/test_posts.py", "line": 3},
        {"kind": "need", "id": "QN-1", "text": "Within 250 ms"},
    ],
    "links": [
        ["requirement:R-007", "criterion:AC-007-1"],
        ["requirement:R-007", POSTS],
        ["requirement:R-007", f"test:{TESTS}"],
        ["requirement:R-007", "need:QN-1"],
        ["criterion:AC-007-1", f"test:{TESTS}"],
        [POSTS, "table:posts"],
        [POSTS, f"test:{TESTS}"],
        [POSTS, "need:QN-1"],
    ],
    "orphans": [
        {"thing": "requirement:R-008", "why": "leads to no operation, quality need or test"},
        {"thing": "table:parcels", "why": "no request of the tests touched it"},
    ],
    "tables": "seen",
}
DOCUMENTS = (
    document("er-diagram.md", "database", "3.1", "ER diagram", "text/markdown", ER),
    document("notes.md", "database", "3.2", "Notes", "text/markdown", NASTY_DOCUMENT),
    document(
        "dictionary.csv", "database", "3.1", "Data dictionary", "text/csv", "table,column\nposts,title\nposts,id\n"
    ),
    document("openapi.json", "design", "2.1", "API contract", "application/json", json.dumps(CONTRACT)),
    document("load.json", "performance", "6.4", "Load", "application/json", json.dumps(LOAD)),
    document("trace.json", "testing", "5.2", "Trace", "application/json", json.dumps(TRACE)),
    document("spec.yaml", "requirements", "1.1", "Specification", "application/yaml", "name: blog\nneeds: []\n"),
)


def write(ledger: Ledger, run: Run, findings: tuple[Finding, ...], documents: tuple[Document, ...] = ()) -> int:
    """A run as `workflow.service.check` writes it; what is live stays open."""
    id = ledger.begin(run)
    for number, title in enumerate(("The migration history", "The contract")):
        ledger.add_note(id, title, "collecting")
        if number == 0:
            ledger.add_note(id, title, "collected", 0.8)
    for one in findings:
        ledger.add_finding(id, one)
    for one_document in documents:
        ledger.add_document(id, one_document)
    judged = {one.stage for one in findings}
    for stage in BUILT_IN.stages:
        if stage.slug in judged and not run.live:
            bad = any(
                one.stage == stage.slug and one.outcome not in {Outcome.PASSED, Outcome.NOT_APPLICABLE}
                for one in findings
            )
            ledger.add_stage(id, StageResult(slug=stage.slug, verdict="NO-GO" if bad else "GO", seconds=2.3))
    if run.state in {RunState.FINISHED, RunState.CANCELLED}:
        ledger.end(id, run.state, run.verdict if run.state is RunState.FINISHED else None)
    return id


def everything() -> tuple[Finding, ...]:
    """Seven stages: two blocked, four proved."""
    return (
        *calm("requirements", "1.1", "RQ", 9),
        *calm("design", "2.1", "DS", 8),
        *calm("design", "2.3", "DT", 5),
        *DATABASE,
        *calm("security", "4.1", "SC", 12),
        *calm("testing", "5.1", "TS", 7),
        *calm("performance", "6.4", "PF", 6),
        finding(
            "PF009",
            "performance",
            "6.3",
            Outcome.FAILED,
            f"p95 of `GET /posts` is 240 ms at 50 users, 150 ms are asked {NASTY}",
        ),
        *calm("deployment", "7.1", "DP", 9),
    )


def full_ledger(target: Target) -> Ledger:
    """Three runs: an older one (stale), a cancelled one, and the newest with every outcome."""
    ledger = ledger_of(target)
    day = timedelta(days=1)
    old = a_run(target, digest="0" * 64, started=datetime.now(UTC) - 2 * day, verdict="NO-GO", commit="a" * 40)
    write(ledger, old, everything(), DOCUMENTS)
    write(ledger, a_run(target, state=RunState.CANCELLED, asked="invoke stage.db", stages=("database",)), DATABASE[:1])
    kept = tuple(one for one in everything() if one.stage != "deployment")
    write(ledger, a_run(target, verdict="NO-GO", stages=tuple(s.slug for s in BUILT_IN.stages[:-1])), kept, DOCUMENTS)
    return ledger


def multiply(ledger_file: Path, services: int, runs: int) -> None:
    """Copy run 1 until the ledger has so many services with so many runs each; row by row would take minutes."""
    with sqlite3.connect(ledger_file) as db:
        db.execute("create temp table n (n integer)")
        db.executemany("insert into n values (?)", [(n,) for n in range(services * runs)])
        db.execute(
            "insert into service (key, name, root) select 'path:/srv/' || n, 's' || n, '/srv/' || n from n where n < ?",
            (services,),
        )
        columns = "root, asked, stages, only, state, verdict, dirty, digest, interpreter, tools, host, pid"
        columns += ", started, beat, ended"
        quoted = ", ".join(f'"{name.strip()}"' for name in columns.split(","))
        copied = ", ".join(f'run."{name.strip()}"' for name in columns.split(","))
        # every other one belongs to the service itself, so that the newest runs are spread over the whole table
        values = f"select 1000 + n, 1 + n % ?, {copied} from n, run where run.id = 1"
        db.execute(f"insert into run (id, service_id, {quoted}) {values}", (services,))
        for table, names in (
            ("finding", 'at, "check", stage, step, outcome, body'),
            ("stage", "slug, verdict, seconds, whole"),
            ("note", "at, text, kind, seconds"),
        ):
            db.execute(
                f"insert into {table} (run_id, {names}) select 1000 + n, {names} from n, {table} where run_id = 1"
            )
