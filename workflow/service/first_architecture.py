"""The architecture document of a service that has just been made: from its files, before it has ever run."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from runner.discovery.variables_read import names_read
from runner.evidence.agreed.decisions import Decisions, is_record, record
from runner.evidence.contract.contract import Contract
from runner.evidence.contract.routes import Route, Routes
from runner.evidence.release.compose_file import Compose, parts_in
from runner.evidence.release.layout import Layout, Personal, personal_taken, personal_told, process_of
from runner.evidence.release.named_parts import named_in_code
from runner.evidence.release.parts_seen import PartSeen, PartsSeen, composed_parts, images_in_ci, once_each, talks
from runner.reading import documents
from runner.specification import Specification
from runner.vocabulary.people import is_personal
from runner.vocabulary.secrets import is_secret
from stages.design.architecture_document import architecture_document

OPERATION = re.compile(r"^@router\.(?:get|post|put|patch|delete)\(", re.MULTILINE)
ACCOUNTS = Personal(table="users", columns=("email", "display_name"))
BASE_TABLES = 2  # accounts and sessions
WORKFLOW = ".github/workflows/ci.yml"


def write_architecture(made: Path, package: str, content: Specification, tables: dict[str, tuple[str, ...]]) -> None:
    """`tables`: of its resources, with their columns."""
    code = sorted((made / package).rglob("*.py"))
    compose = documents.yaml_in(_text(made / "compose.yaml"))
    parts = tuple(parts_in(compose))
    kept = [Personal(table=name, columns=tuple(filter(is_personal, columns))) for name, columns in tables.items()]
    contract = Contract(document=json.loads(_text(made / "openapi.json")))
    variables = sorted({name for file in code for name in names_read(file)})
    python = re.search(r"^FROM (python:(\d[\d.]*)[^\s@]*)", _text(made / "Dockerfile"), re.MULTILINE)
    layout = Layout(
        name=made.name,
        spec=content,
        seen=PartsSeen(parts=_seen(made, code, Compose(path="compose.yaml", parts=parts, written=len(parts)))),
        processes=tuple(process_of(one, parts) for one in parts),
        personal=(ACCOUNTS, *(one for one in kept if one.columns)),
        tables=BASE_TABLES + len(tables),
        told=tuple(personal_told(contract)),
        taken=tuple(personal_taken(contract)),
        variables=tuple((name, is_secret(name)) for name in variables),
        image="Dockerfile",
        bases=(python[1],) if python else (),
        compose="compose.yaml",
    )
    found = architecture_document(layout, _decisions(made), _routes(made, code), None, str)
    (made / "docs" / "architecture.md").write_text(found.text, encoding="utf-8")


def _seen(made: Path, code: list[Path], compose: Compose) -> tuple[PartSeen, ...]:
    found = [*composed_parts(compose), *images_in_ci(WORKFLOW, _text(made / WORKFLOW))]
    for file in code:
        found += [talks(file.relative_to(made).as_posix(), one) for one in named_in_code(_text(file)) or ()]
    return once_each(found)


def _decisions(made: Path) -> Decisions:
    folder = "docs/decisions"
    texts = [(f"{folder}/{file.name}", _text(file)) for file in sorted((made / folder).glob("*.md"))]
    return Decisions(folder=folder, records=tuple(record(*one) for one in texts if is_record(*one)))


def _routes(made: Path, code: list[Path]) -> Routes:
    return Routes(routes=tuple(_operations(made, code)), models={})


def _operations(made: Path, code: list[Path]) -> Iterator[Route]:
    for file in code:
        name = file.relative_to(made).as_posix()
        for _ in OPERATION.findall(_text(file)):
            yield Route(kind="operation", path="", pattern="", converters={}, file=name)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
