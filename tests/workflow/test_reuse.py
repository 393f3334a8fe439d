"""Does a run take what an earlier one saw, say so, and look again where it should? Typed as a developer would."""

from pathlib import Path

from tests.workflow.tiny import gonogo, tiny_service


def asked(*words: str, service: Path, **env: str) -> str:
    """What is printed for a developer, unless `CI` says otherwise."""
    return gonogo(*words, cwd=service, **({"CI": ""} | env))[1]


def test_what_has_not_changed_is_not_looked_at_again_and_why_says_what_has(tmp_path: Path) -> None:
    service = tiny_service(tmp_path / "tiny")
    words = ("stage.design", "--only", "DS017")
    assert "No run has kept what it is judged from." in asked("why", "DS017", service=service)
    assert "as seen in run" not in asked(*words, service=service)
    assert "1 of 1 finding as seen in run 1: nothing that they depend on has changed." in asked(*words, service=service)
    assert "as seen in run" not in asked(*words, service=service, CI="true"), "in CI every run looks at everything"
    assert "as seen in run" in asked(*words, service=service, CI="true", GONOGO_REUSE="1")
    assert "as seen in run" not in asked(*words, "--fresh", service=service)
    assert "Nothing that it depends on has changed: the next run reuses it" in asked("why", "DS017", service=service)
    (service / "more.py").write_text("x = 1\n", encoding="utf-8")
    told = asked("why", "DS017", service=service)
    assert "more.py is new" in told
    assert "as seen in run" not in asked(*words, service=service)
