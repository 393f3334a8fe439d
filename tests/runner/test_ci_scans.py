"""Is a step that asks for advisories told from one that only speaks of it, or whose findings nobody hears of?"""

from pathlib import Path

import pytest

from runner.evidence.release.ci_scans import CiScan, scans_of
from runner.evidence.release.workflows import read_workflow

ON = "on: {push: {branches: [main]}, pull_request: {}}\n"


def scans(root: Path, steps: str, on: str = ON, job: str = "") -> list[CiScan]:
    text = f"{on}jobs:\n  a:\n    runs-on: ubuntu-24.04\n{job}    steps:\n{steps}"
    workflow = read_workflow(".github/workflows/ci.yml", text)
    assert not workflow.unreadable
    return scans_of([workflow], root, "requirements.lock")


def ran(root: Path, script: str, more: str = "") -> list[CiScan]:
    lines = "".join(f"          {line}\n" for line in script.splitlines())
    return scans(root, f"      - run: |\n{lines}{more}")


@pytest.mark.parametrize(
    "script",
    [
        "pip-audit -r requirements.lock",
        "pipx run pip-audit==2.10.1 --strict -r requirements.lock",
        "python -m pip_audit",
        "uv run --with pip-audit pip-audit",
        "uv audit",
        "osv-scanner --lockfile=requirements.lock",
        "trivy fs --exit-code 1 .",
        "grype . --fail-on high",
        "uv export > all.txt\npip-audit -r all.txt",
        "make audit",
    ],
)
def test_a_command_that_asks_counts(tmp_path: Path, script: str) -> None:
    (tmp_path / "Makefile").write_text("audit:\n\tpip-audit -r requirements.lock\n", encoding="utf-8")
    assert [one.counts for one in ran(tmp_path, script)] == [True]


@pytest.mark.parametrize(
    "script",
    [
        "echo pip-audit",
        "# pip-audit -r requirements.lock",
        "pip install pip-audit",
        "cat <<END\npip-audit\nEND",
        "grep pip-audit requirements.in",
        "trivy config .",
        "snyk monitor",
    ],
)
def test_a_word_is_no_scan(tmp_path: Path, script: str) -> None:
    assert ran(tmp_path, script) == []


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("pip-audit || true", "the failure of `pip-audit` is lost: || true"),
        ("if pip-audit; then echo well; fi", "lost"),
        ("pip-audit --version", "`pip-audit --version` asks for nothing, with --version"),
        ("trivy fs .", "`trivy fs .` never fails, without --exit-code 1"),
        ("grype .", "`grype .` never fails, without --fail-on"),
        ("safety check --continue-on-error", "never fails"),
        ("exit 0\npip-audit", "`pip-audit` never runs"),
    ],
)
def test_a_scan_whose_findings_nobody_hears_of_is_none(tmp_path: Path, script: str, why: str) -> None:
    (scan,) = ran(tmp_path, script)
    assert why in scan.problem
    assert not scan.counts


@pytest.mark.parametrize("script", ["pip-audit -r other.txt", "docker run aquasec/trivy fs .", "pre-commit run -a"])
def test_what_is_not_known_to_ask_about_the_lock_is_said(tmp_path: Path, script: str) -> None:
    (tmp_path / "other.txt").write_text("idna==3.10\n", encoding="utf-8")
    hooks = "repos:\n  - repo: https://github.com/pypa/pip-audit\n    hooks: [{id: pip-audit}]\n"
    (tmp_path / ".pre-commit-config.yaml").write_text(hooks, encoding="utf-8")
    (scan,) = ran(tmp_path, script)
    assert scan.unsure
    assert not scan.problem


@pytest.mark.parametrize("more", ["        if: false\n", "        continue-on-error: true\n"])
def test_a_step_that_never_runs_or_forgives_is_none(tmp_path: Path, more: str) -> None:
    (scan,) = ran(tmp_path, "pip-audit", more)
    assert scan.problem


def test_a_job_that_never_runs_is_none(tmp_path: Path) -> None:
    (scan,) = scans(tmp_path, "      - run: pip-audit\n", job="    if: false\n")
    assert scan.problem == "`pip-audit` never runs, with `if: false`"


def test_a_workflow_that_somebody_has_to_start_is_none(tmp_path: Path) -> None:
    (by_hand,) = scans(tmp_path, "      - run: pip-audit\n", on="on: workflow_dispatch\n")
    assert by_hand.problem == "`pip-audit` runs on workflow_dispatch alone"
    (weekly,) = scans(tmp_path, "      - run: pip-audit\n", on="on: {schedule: [{cron: '1 1 * * 1'}]}\n")
    assert weekly.counts


@pytest.mark.parametrize(
    ("step", "counts"),
    [
        ("      - uses: actions/dependency-review-action@v4\n", True),
        ("      - uses: actions/dependency-review-action@v4\n        with: {warn-only: true}\n", False),
        ("      - uses: aquasecurity/trivy-action@v1\n", False),
        ("      - uses: aquasecurity/trivy-action@v1\n        with: {scan-type: fs, exit-code: '1'}\n", True),
        ("      - uses: aquasecurity/trivy-action@v1\n        with: {scan-type: config, exit-code: '1'}\n", False),
        ("      - uses: anchore/scan-action@v6\n        with: {fail-build: false}\n", False),
        ("      - uses: someone/pip-audit-report@v1\n", False),
    ],
)
def test_an_action_counts_where_it_asks_and_fails(tmp_path: Path, step: str, counts: bool) -> None:  # noqa: FBT001
    (scan,) = scans(tmp_path, step)
    assert scan.counts is counts
