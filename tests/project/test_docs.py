"""Is what the documentation takes from the code up to date, and does what it names exist?"""

import re

import pytest

from stages.catalogue import BUILT_IN
from tests.conftest import ROOT
from workflow.cli.develop import generated_docs
from workflow.cli.tasks import ns

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


@pytest.mark.parametrize("name", ["checks.md", "spec.schema.json"])
def test_generated_pages_are_current(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == generated_docs()[name], "run ./inv docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: object) -> None:
    text = page.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page}: {target}"  # type: ignore[attr-defined]


def test_commands_in_the_readme_exist() -> None:
    known = set(ns.task_names) | {alias for aliases in ns.task_names.values() for alias in aliases}
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    code = re.findall(r"^```.*?^```|`[^`\n]+`", text, re.MULTILINE | re.DOTALL)
    named = {
        task
        for one in code
        for task in re.findall(r"(?:^|`|run: |Next: |again  )(?:\./inv|invoke|gonogo) ([a-z.]+)", one, re.M)
    }
    assert named >= {"pipeline", "test", "stage.db", "explain"}
    assert named - known == set()


def test_every_class_of_defects_is_answered_and_every_named_check_exists() -> None:
    text = (ROOT / "docs/defects.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| .+? \| (.+?) \| (.*?) ?\|$", text, re.MULTILINE)
    numbers = [int(number) for number, *_ in rows]
    assert sorted(numbers)[:100] == list(range(1, 101))
    assert len(set(numbers)) == len(numbers)
    known = {check.id for stage in BUILT_IN.stages for check in stage.checks}
    for number, caught, otherwise in rows:
        ids = set(re.findall(r"[A-Z]{2}\d{3}", caught))
        assert ids <= known, f"class {number} names {sorted(ids - known)}"
        assert ids or otherwise, f"class {number} says neither which check nor why none"
