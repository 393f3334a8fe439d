"""Are our commands said as this person would type them, for the service that was named?"""

import pytest
from rich.text import Text

from workflow.cli.write import named_service, spoken


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["stage.db", "--service", "../shop"], "../shop"),
        (["stage.db", "--service=shop", "--only", "DB003"], "shop"),
        (["stage.db", "-s", "shop"], "shop"),
        (["stage.db", "--service"], ""),
        (["stage.db"], ""),
    ],
)
def test_the_service_is_read_from_what_was_typed(words: list[str], named: str) -> None:
    assert named_service(words) == named


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["gonogo", "stage.db"], "Next: gonogo stage.db --only DB011 · gonogo doctor"),
        (["-c", "stage.db"], "Next: ./inv stage.db --only DB011 · ./inv doctor"),
        (["-c", "stage.db", "-s", "my shop"], "Next: ./inv stage.db --service 'my shop' --only DB011 · ./inv doctor"),
        (["/x/invoke", "stage.db", "-s", "s"], "Next: invoke stage.db --service s --only DB011 · invoke doctor"),
    ],
)
def test_commands_are_said_as_they_are_typed(monkeypatch: pytest.MonkeyPatch, argv: list[str], said: str) -> None:
    monkeypatch.setattr("sys.argv", argv)
    told = "Next: invoke stage.db --only DB011 · invoke doctor"
    assert spoken(told) == said
    styled = Text.assemble("Next: ", ("invoke stage.db --only DB011", "bold"), " · ", ("invoke doctor", "dim"))
    shown = spoken(styled)
    assert shown.plain == said
    start = shown.plain.index("stage.db")
    assert any(span.start <= start < span.end and span.style == "bold" for span in shown.spans)


def test_a_sentence_without_a_command_stays() -> None:
    assert spoken("This was invoked, and ended.") == "This was invoked, and ended."
