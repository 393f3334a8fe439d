"""What did the environment ask of gonogo? Read once, here."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent  # of the checkout
SAMPLE = ROOT / "sample_service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`GONOGO_LEDGER`: where runs are kept (an SQLAlchemy URL). `GONOGO_RUN`: a run prepared by the browser.

    `GONOGO_FENCE`: what keeps a run's processes (namespaces, landlock, none; default the best that is there).
    `GONOGO_CALLED`: the path by which `inv` was called, which it says itself.
    `GONOGO_REUSE`: whether a run reuses what earlier ones found (0 or 1; default: everywhere but in CI).
    `GONOGO_TRUST_SETTINGS`: go on where there is no fence, as `--trust-settings` does.
    `GONOGO_LANGUAGE`: in which language gonogo speaks (en or zh_CN; default: as the locale says).
    `GONOGO_REPORT_TOKEN`: what lets runs in that are sent to a team's server (there, and where they are sent from).
    In a job of GitHub Actions: whether it shows annotations, and the file of its summary.
    """

    ledger: str | None
    run: int | None
    ci: bool
    fence: str = ""
    reuse: bool | None = None
    trusted: bool = False
    called: str = ""
    annotates: bool = False
    summary: str = ""
    report_token: str = ""
    locale: str = ""  # as `zh_CN.UTF-8`

    @property
    def language(self) -> str:
        """One of `runner.said.LANGUAGES`."""
        from runner.said import language_of  # noqa: PLC0415 - a list of tasks has no need of it

        return language_of(self.locale)


def read_settings() -> Settings:
    environ = os.environ  # noqa: TID251 - the one place
    run = environ.get("GONOGO_RUN", "")
    return Settings(
        ledger=environ.get("GONOGO_LEDGER") or None,
        run=int(run) if run.isdigit() else None,
        ci=bool(environ.get("CI")),
        fence=environ.get("GONOGO_FENCE", "").lower(),
        reuse=_yes_or_no(environ.get("GONOGO_REUSE", "")),
        trusted=bool(environ.get("GONOGO_TRUST_SETTINGS")),
        called=environ.get("GONOGO_CALLED", ""),
        annotates=environ.get("GITHUB_ACTIONS") == "true",
        summary=environ.get("GITHUB_STEP_SUMMARY", ""),
        locale=_first(environ, "GONOGO_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"),
        report_token=environ.get("GONOGO_REPORT_TOKEN", "").strip(),
    )


def _first(environ: Mapping[str, str], *names: str) -> str:
    return next((environ[name] for name in names if environ.get(name)), "")


def _yes_or_no(word: str) -> bool | None:
    """None for what is neither."""
    return {"0": False, "no": False, "false": False, "1": True, "yes": True, "true": True}.get(word.strip().lower())
