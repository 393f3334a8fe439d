"""The Prometheus alerting rules that lie in the service's repository."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from runner.model import Evidence
from runner.probe import Probe
from runner.reading.documents import NotReadable, read_document, yaml_documents
from runner.vocabulary.folders import SKIPPED


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    path: str
    line: int
    name: str
    expression: str
    words: str  # its labels and annotations, as text
    waits: str = ""  # `for`
    severity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRules(Evidence):
    """The alerting rules."""

    paths: tuple[str, ...]  # files that hold rules; none: there are none
    rules: tuple[Rule, ...] = ()
    records: tuple[tuple[str, str], ...] = ()  # recording rules: name, expression
    unreadable: tuple[tuple[str, str], ...] = ()

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        named = probe.target.config.deployment.alerts
        files = [probe.inside(named)] if named else list(_candidates(probe.root))
        rules: list[Rule] = []
        records: list[tuple[str, str]] = []
        paths, broken = [], []
        for file in files:
            path = (
                file.relative_to(probe.root.resolve()).as_posix() if named else file.relative_to(probe.root).as_posix()
            )
            if not file.is_file():
                broken.append((path, "there is no such file"))
                continue
            try:
                text = read_document(file)
                found = list(rules_in(path, text))
                records += records_in(text)
            except NotReadable as error:
                broken.append((path, str(error)))
                continue
            if found:
                paths.append(path)
                rules += found
        return cls(paths=tuple(paths), rules=tuple(rules), records=tuple(records), unreadable=tuple(broken))


def _candidates(root: Path) -> Iterator[Path]:
    """YAML files that mention an alert. Helm templates are no YAML and are left out."""
    for pattern in ("*.yml", "*.yaml"):
        for file in sorted(root.rglob(pattern)):
            if SKIPPED & set(file.relative_to(root).parts) or file.stat().st_size > 500_000:  # noqa: PLR2004
                continue
            text = file.read_text(encoding="utf-8", errors="replace")
            if "alert:" in text and "expr:" in text and "{{-" not in text:
                yield file


def rules_in(path: str, text: str) -> Iterator[Rule]:
    """The alerts of a rules file, or of a `PrometheusRule` of Kubernetes."""
    lines = text.splitlines()
    for document in yaml_documents(text):
        for one in _alerts(document):
            name = str(one["alert"])
            line = next((n for n, text in enumerate(lines, start=1) if "alert:" in text and name in text), 1)
            words = " ".join(str(v) for k in ("labels", "annotations") for v in (one.get(k) or {}).values())
            labels = one.get("labels") if isinstance(one.get("labels"), Mapping) else {}
            yield Rule(
                path=path,
                line=line,
                name=name,
                expression=str(one.get("expr", "")),
                words=words,
                waits=str(one.get("for", "")),
                severity=str((labels or {}).get("severity", "")),
            )


def records_in(text: str) -> list[tuple[str, str]]:
    """The recording rules of a file: name and expression."""
    return [
        (str(one["record"]), str(one["expr"]))
        for document in yaml_documents(text)
        for one in _mappings(document)
        if "record" in one and "expr" in one
    ]


def _mappings(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        yield node
    for value in node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ():
        yield from _mappings(value)


def _alerts(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        if "alert" in node and "expr" in node:
            yield node
        for value in node.values():
            yield from _alerts(value)
    if isinstance(node, list):
        for one in node:
            yield from _alerts(one)
