"""Do an installed package's checks come with the others, and is a broken package a sentence that names it?"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runner.errors import WorkflowError
from runner.evidence.contract.contract import Contract
from runner.model import Outcome, Verdict
from runner.team.packages import distributions, packaged
from tests.runner.test_team_files import CONTRACT, HEAD

Install = Callable[[str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Install]:
    """Puts a package with this module of checks beside gonogo, for one test."""
    name = f"acme_checks_{abs(hash(request.node.name))}"
    monkeypatch.syspath_prepend(str(tmp_path))
    packaged.cache_clear()

    def put(text: str) -> None:
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        info = tmp_path / "acme_checks-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-checks\nVersion: 1.2\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[gonogo.checks]\nacme = {name}\n", encoding="utf-8")

    yield put
    packaged.cache_clear()


def judged(body: str, install: Install) -> Verdict:
    install(f"{HEAD}    {body}\n")
    (check,) = packaged()
    assert check.where.startswith("acme-checks 1.2, acme_checks_")
    assert (check.id, check.needs) == ("OPS001", {"contract": Contract})
    return check(contract=CONTRACT)


@pytest.mark.parametrize(
    ("body", "outcome", "message"),
    [
        ("return passed('fine', contract.judged())", Outcome.PASSED, "fine"),
        ("return failed('bad')", Outcome.FAILED, "bad"),
        ("return passed('fine')", Outcome.UNKNOWN, "OPS001 passed and does not say what it judged"),
        ("return None", Outcome.UNKNOWN, "OPS001 returned NoneType, not a verdict"),
        ("return Verdict(Outcome.BROKEN, 'ha')", Outcome.UNKNOWN, "says that gonogo has a bug"),
        ("return 1 / 0", Outcome.UNKNOWN, "OPS001 crashed: ZeroDivisionError: division by zero (acme_checks_"),
        ("sys.exit(0)", Outcome.UNKNOWN, "OPS001 crashed: SystemExit: 0"),
    ],
)
def test_only_a_lawful_verdict_counts(body: str, outcome: Outcome, message: str, install: Install) -> None:
    verdict = judged(body, install)
    assert (verdict.outcome, message in verdict.message) == (outcome, True), verdict.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import nonsense", "ModuleNotFoundError: No module named 'nonsense'"),
        ("def x(:", ".py:1: invalid syntax"),
        ("raise SystemExit", "SystemExit"),
        ("x = 1", "it has no check"),
        (HEAD.replace("Fix:", "Mend:"), "OPS001: docstring needs a one-line claim"),
        (
            HEAD.replace("@check", "class Own(Evidence): pass\n\n@check").replace("contract: Contract", "own: Own"),
            "OPS001 needs Own, which is no evidence of gonogo's",
        ),
    ],
)
def test_a_broken_package_is_named(text: str, said: str, install: Install) -> None:
    install(text)
    with pytest.raises(WorkflowError) as raised:
        packaged()
    told = str(raised.value)
    assert told.startswith("The checks of the package acme-checks 1.2 can't be used (gonogo.checks: acme_checks_")
    assert said in told
    assert told.endswith("pip uninstall acme-checks")


def test_a_run_records_the_package(install: Install) -> None:
    assert distributions() == {}
    install("x = 1")
    assert distributions() == {"acme-checks": "1.2"}
