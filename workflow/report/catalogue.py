"""The catalogue of checks for the documentation, made from the checks themselves."""

from collections.abc import Mapping

from runner.markdown import code, table
from runner.model import Check, Stage
from stages.catalogue import Catalogue

HEAD = """# The checks

Made from the code by `./inv docs`; a test fails when it is out of date. `invoke explain CHECK` says the same in a
terminal, with what was found last.
"""


def catalogue(of: Catalogue, tried: Mapping[str, str]) -> str:
    """`docs/checks.md`: every check with its claim, why it matters, how to mend it, and on what it was tried."""
    lines = [HEAD, f"{len(of.checks)} checks in {len(of.stages)} stages.", ""]
    rows = [_row(number, stage) for number, stage in of.numbered()]
    lines.append(table(("stage", "task", "checks", "documents"), rows, right=(2,)))
    for number, stage in of.numbered():
        lines += ["", f"## {number}. {stage.title}", "", f"*{stage.question}*"]
        for step in stage.steps:
            lines += ["", f"### {step.id} {step.title}"]
            for check in (c for c in stage.checks if c.step == step.id):
                lines += ["", *_entry(check), *(["", tried[check.id]] if check.id in tried else [])]
    return "\n".join(lines) + "\n"


def _row(number: int, stage: Stage) -> tuple[object, ...]:
    documents = ", ".join(code(artifact.name) for artifact in stage.artifacts)
    return f"{number}. {stage.title}", code(f"stage.{stage.task}"), len(stage.checks), documents


def _entry(check: Check[...]) -> list[str]:
    looks = ", ".join(f"`{kind.__name__}`" for kind in check.needs.values())
    return [f"**{check.id}** {check.claim}", "", f"{check.why} *Fix*: {check.fix}", "", f"Looks at {looks}."]
