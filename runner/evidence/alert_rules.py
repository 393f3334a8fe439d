"""The Prometheus alerting rules that lie in the service's repository."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from runner.documents import NotReadable, read_document, yaml_documents
from runner.model import Evidence
from runner.probe import TargetProbe
from runner.target import SKIPPED


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    path: str
    line: int
    name: str
    expression: str
    words: str  # its labels and annotations, as text


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRules(Evidence):
    """The alerting rules."""

    paths: tuple[str, ...]  # files that hold rules; none: there are none
    rules: tuple[Rule, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        named = probe.target.config.deployment.alerts
        files = [probe.inside(named)] if named else list(_candidates(probe.root))
        rules: list[Rule] = []
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
            except NotReadable as trouble:
                broken.append((path, str(trouble)))
                continue
            if found:
                paths.append(path)
                rules += found
        return cls(paths=tuple(paths), rules=tuple(rules), unreadable=tuple(broken))


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
            yield Rule(path=path, line=line, name=name, expression=str(one.get("expr", "")), words=words)


def _alerts(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        if "alert" in node and "expr" in node:
            yield node
        for value in node.values():
            yield from _alerts(value)
    if isinstance(node, list):
        for one in node:
            yield from _alerts(one)
