"""Do a team's checks judge behind the fence, under gonogo's rules, and is whatever goes wrong in them a sentence?"""

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from runner.discovery.config import Checks, Config
from runner.discovery.target import Target
from runner.errors import Thing, WorkflowError
from runner.evidence.contract.contract import Contract
from runner.live.workshop import Workshop
from runner.model import Check, Outcome, Share, Stage, Step, Verdict
from runner.team import files
from runner.team.files import CheckFile, describe, files_of, seated
from tests.conftest import ROOT

HEAD = """\
import os, socket, sys, time
from runner.errors import Thing
from runner.evidence.contract.contract import Contract
from runner.model import *

@check("OPS001", step="2.1")
def own(contract: Contract):
    \"\"\"A claim of the team's.

    It matters. Fix: mend it.
    \"\"\"
"""
MARK, BODY = 6, 12  # the lines of the mark, and of the first line of what it does
CONTRACT = Contract(document={"paths": {"/a": {"get": {"summary": "A"}}, "/b": {"get": {}}}})


def a_file(body: str) -> CheckFile:
    return CheckFile(path="ops/checks.py", text=HEAD + f"    {body}\n")


def described(body: str, workshop: Workshop) -> Check[...]:
    (check,) = describe(a_file(body), workshop)
    return check


def judged(body: str, workshop: Workshop) -> Verdict:
    check = described(body, workshop)
    stage = Stage(slug="s", task="s", title="S", question="?", steps=(Step("2.1", "x"),), checks=(check,))
    (ready,) = seated([stage], workshop)[0].checks
    return ready(contract=CONTRACT)


def complaint(text: str, workshop: Workshop) -> str:
    with pytest.raises(WorkflowError) as raised:
        describe(CheckFile(path="ops/checks.py", text=text), workshop)
    return str(raised.value)


def test_a_file_is_described_in_its_own_words(workshop: Workshop) -> None:
    check = described("return passed('fine', every(2, 'operation'))", workshop)
    assert (check.id, check.step, check.where) == ("OPS001", "2.1", f"ops/checks.py:{MARK}")
    assert (check.claim, check.why, check.fix) == ("A claim of the team's.", "It matters.", "mend it.")
    assert check.needs == {"contract": Contract}


@pytest.mark.parametrize(
    ("body", "outcome", "message"),
    [
        ("return passed('fine', contract.judged())", Outcome.PASSED, "fine"),
        ("return failed('bad')", Outcome.FAILED, "bad"),
        ("return unknown('not seen')", Outcome.UNKNOWN, "not seen"),
        ("print('noise', flush=True); return failed('bad')", Outcome.FAILED, "bad"),
        ("return passed('fine')", Outcome.UNKNOWN, "OPS001 passed and does not say what it judged"),
        ("return 3", Outcome.UNKNOWN, f"ops/checks.py:{MARK}: it returned int, not a verdict"),
        ("return 1 / 0", Outcome.UNKNOWN, f"ops/checks.py:{BODY}: ZeroDivisionError: division by zero"),
        ("sys.exit(0)", Outcome.UNKNOWN, f"ops/checks.py:{BODY}: SystemExit: 0"),
        ("os._exit(0)", Outcome.UNKNOWN, "ops/checks.py ended its process (exit code 0) and gave no answer"),
        ("os.kill(os.getpid(), 9)", Outcome.UNKNOWN, "ops/checks.py ended its process (killed by SIGKILL)"),
        ("return Verdict(Outcome.BROKEN, 'ha')", Outcome.UNKNOWN, "ops/checks.py gave an answer that is none"),
        ("return passed('x', Share.__new__(Share))", Outcome.UNKNOWN, "AttributeError"),
        (
            "open(sys.argv[2], 'w').write('{\"outcome\": \"passed\"}'); os._exit(0)",
            Outcome.UNKNOWN,
            "gave an answer that is none",
        ),
        ("os.symlink('/etc/hostname', sys.argv[2]); os._exit(0)", Outcome.UNKNOWN, "gave no answer"),
        ("os.mkfifo(sys.argv[2]); os._exit(0)", Outcome.UNKNOWN, "gave no answer"),
        ("open(sys.argv[2], 'w').write(' ' * 9_000_000); os._exit(0)", Outcome.UNKNOWN, "can't be read"),
    ],
)
def test_only_a_lawful_verdict_counts(body: str, outcome: Outcome, message: str, workshop: Workshop) -> None:
    verdict = judged(body, workshop)
    assert (verdict.outcome, message in verdict.message) == (outcome, True), verdict.message
    if outcome is Outcome.UNKNOWN:
        assert verdict.places[0].path == "ops/checks.py"


def test_a_verdict_arrives_whole_and_without_what_a_terminal_obeys(workshop: Workshop) -> None:
    body = "return failed('b\\x1b[31mad', at=[at_endpoint('GET /b', 'no summary')], again=['curl $BASE/b'])"
    verdict = judged(body, workshop)
    assert verdict.message == "b[31mad"
    assert (str(verdict.places[0]), verdict.places[0].note, verdict.again) == (
        "GET /b",
        "no summary",
        ("curl $BASE/b",),
    )
    verdict = judged("return not_applicable('none', looked='all', absent=Thing.CACHE)", workshop)
    assert (verdict.looked, verdict.absent) == ("all", Thing.CACHE)
    thin = judged("return passed('fine', share(1, 9, 'operation'))", workshop)
    assert (thin.outcome, thin.message[:21]) == (Outcome.UNKNOWN, "too little was judged")
    verdict = judged("return passed('fine', share(1, 2, 'operation'))", workshop)
    assert verdict.shares == (Share(1, 2, "operation"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import os\nos._exit(3)", "ops/checks.py ended its process (exit code 3) and gave no answer. Correct it, or"),
        ("x = 1\nimport nonsense", "ops/checks.py:2: ModuleNotFoundError: No module named 'nonsense'. It is read by"),
        ("def x(:", "ops/checks.py:1: SyntaxError: invalid syntax"),
        ("raise SystemExit('no')", "ops/checks.py:1: SystemExit: no."),
        ("x = 1", "ops/checks.py has no check"),
        (HEAD.replace("Fix:", "Mend:") + "    return 1", "ops/checks.py:6: OPS001: docstring needs a one-line claim"),
        (HEAD.replace("(contract: Contract)", "(contract: int)"), "ops/checks.py:6: OPS001: parameter `contract` must"),
        (HEAD.replace("(contract: Contract)", "(contract: Ctract)"), "ops/checks.py:7: NameError: name 'Ctract'"),
        (
            HEAD.replace("@check", "class Own(Evidence): pass\n\n@check").replace("contract: Contract", "own: Own"),
            "ops/checks.py:8: OPS001 needs `Own`, which is no evidence of gonogo's.",
        ),
    ],
)
def test_a_file_with_a_fault_is_named_with_its_line(text: str, said: str, workshop: Workshop) -> None:
    assert said in complaint(text, workshop)


def test_what_never_ends_is_ended(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "WITHIN", 2.0)
    assert "did not answer within 2 s and was ended" in complaint("while True: pass", workshop)
    monkeypatch.setattr(files, "WITHIN", 12.0)  # in which it tells what it checks, also on a busy machine
    verdict = judged("time.sleep(60)", workshop)
    assert (verdict.outcome, verdict.message) == (
        Outcome.UNKNOWN,
        "ops/checks.py did not answer within 12 s and was ended",
    )


REACHING = """\
found = []
    for path in PATHS:
        try:
            open(path, "w").write("x")
            found.append("written")
        except OSError:
            found.append("refused")
    with socket.socket() as sock:
        try:
            sock.connect(("127.0.0.1", PORT))
            found.append("connected")
        except OSError:
            found.append("refused")
    return failed(" ".join(found))"""


@pytest.mark.parametrize("kind", ["namespaces", "landlock"])
def test_it_reaches_nothing_outside_of_the_run(kind: str, tmp_path: Path) -> None:
    inside = ROOT / "written-by-a-team.txt"
    paths = [str(tmp_path / "x"), str(inside)]
    with Workshop(kind) as fenced, socket.create_server(("127.0.0.1", 0)) as canary:
        if not fenced.fence.keeps_files():
            pytest.skip(f"no {kind} to be had here")
        port = canary.getsockname()[1]
        verdict = judged(REACHING.replace("PATHS", repr(paths)).replace("PORT", str(port)), fenced)
        canary.settimeout(0.2)
        with pytest.raises(TimeoutError):
            canary.accept()
    layered = kind == "namespaces" and inside.is_relative_to(Path.home())  # what is written there ends with the run
    assert verdict.message == f"refused {'written' if layered else 'refused'} refused"
    assert not inside.exists()
    assert list(tmp_path.iterdir()) == []


def test_it_is_another_process_that_reads_the_file(workshop: Workshop) -> None:
    said = complaint("import os\nraise RuntimeError(f'read by {os.getpid()}')", workshop)
    assert "read by " in said
    assert f"read by {os.getpid()}" not in said
    assert f"{os.getpid()}" != judged("return failed(str(os.getpid()))", workshop).message


def test_a_parameter_may_be_called_anything(workshop: Workshop) -> None:
    text = HEAD.replace("(contract:", "(self:") + "    return passed('fine', self.judged())\n"
    (check,) = describe(CheckFile(path="ops/checks.py", text=text), workshop)
    stage = Stage(slug="s", task="s", title="S", question="?", steps=(Step("2.1", "x"),), checks=(check,))
    (ready,) = seated([stage], workshop)[0].checks
    assert ready(self=CONTRACT).outcome is Outcome.PASSED


def test_without_a_fence_nothing_is_run_and_each_check_is_unknown() -> None:
    with Workshop("none") as open_field:
        check = described("return passed('fine', every(2, 'operation'))", open_field)
        assert (check.id, check.step, check.claim) == ("OPS001", "2.1", "A claim of the team's.")
        assert check.where == f"ops/checks.py:{MARK}"
        verdict = check()
        assert (verdict.outcome, "for your safety" in verdict.message) == (Outcome.UNKNOWN, True)
        assert "No check is seen in ops/checks.py without running it" in complaint("exec('import x')", open_field)
        assert "ops/checks.py:1: this is no Python" in complaint("def x(:", open_field)
        assert "ops/checks.py:6: OPS001: docstring needs" in complaint(HEAD.replace("Fix:", "x") + "    x", open_field)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target(root=tmp_path, python=Path("python"))


def test_a_file_that_is_not_there_or_no_text_is_said(target: Target) -> None:
    named = replace(target, config=Config(checks=Checks(files=["ops/checks.py"])))
    with pytest.raises(WorkflowError, match=r"key `checks.files`, names ops/checks.py, which is not there"):
        files_of(named)
    (target.root / "ops").mkdir()
    (target.root / "ops/checks.py").write_bytes(b"\x00\x01")
    with pytest.raises(WorkflowError, match=r"names ops/checks.py: line 1: a zero byte"):
        files_of(named)
    (target.root / "ops/checks.py").write_text("x = 1")
    assert files_of(named) == (CheckFile(path="ops/checks.py", text="x = 1"),)
    assert files_of(target) == ()
