"""Which of the service's files declare tables? Read, never imported."""

import re
from collections.abc import Iterator
from pathlib import Path

from runner.discovery.code_files import python_files
from runner.discovery.modules import module_name

DECLARES = re.compile(r"table\s*=\s*True|__tablename__|mapped_column\(|\bTable\(|declarative_base\(|DeclarativeBase\b")

SCRIPT = re.compile(r"^if __name__ == ", re.MULTILINE)


def declaring_files(root: Path) -> Iterator[Path]:
    """Files whose text declares tables. Migrations are not models, and scripts are run, not imported."""
    for path in python_files(root):
        parts = path.relative_to(root).with_suffix("").parts
        text = path.read_text(encoding="utf-8", errors="replace")
        if {"versions", "alembic", "migrations"} & set(parts) or SCRIPT.search(text) or not DECLARES.search(text):
            continue
        if "sqlalchemy" in text or "sqlmodel" in text or "__tablename__" in text or "table=True" in text:
            yield path


def declaring_modules(root: Path) -> Iterator[str]:
    """Their dotted names."""
    return (module_name(root, path) for path in declaring_files(root))
