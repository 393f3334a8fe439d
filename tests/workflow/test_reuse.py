"""Does a run take what an earlier one saw, say so, and look again where it should? Typed as a developer would."""

from pathlib import Path

from tests.workflow.tiny import gonogo, tiny_service


def test_what_has_not_changed_is_not_looked_at_again_and_why_says_what_has(tmp_path: Path) -> None:
    service = tiny_service(tmp_path / "tiny")
    words = ("stage.design", "--only", "DS017")
    assert "No run has kept what it is judged from." in gonogo("why", "DS017", cwd=service)[1]
    assert "as seen in run" not in gonogo(*words, cwd=service)[1]
    assert "1 of 1 finding as seen in run 1: nothing that they depend on has changed." in gonogo(*words, cwd=service)[1]
    assert "as seen in run" not in gonogo(*words, cwd=service, CI="true")[1], "in CI every run looks at everything"
    assert "as seen in run" in gonogo(*words, cwd=service, CI="true", GONOGO_REUSE="1")[1]
    assert "as seen in run" not in gonogo(*words, "--fresh", cwd=service)[1]
    assert "Nothing that it depends on has changed: the next run reuses it" in gonogo("why", "DS017", cwd=service)[1]
    (service / "more.py").write_text("x = 1\n", encoding="utf-8")
    told = gonogo("why", "DS017", cwd=service)[1]
    assert "more.py is new" in told
    assert "as seen in run" not in gonogo(*words, cwd=service)[1]
