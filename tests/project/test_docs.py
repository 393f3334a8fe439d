"""Is what the documentation takes from the code up to date, and does what it names exist?"""

import re

import pytest

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
