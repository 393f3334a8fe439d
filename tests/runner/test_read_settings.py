"""Is a setting one that the service's code asks for, and does one lead to an issuer as the code uses it?"""

from pathlib import Path

import pytest

from runner.discovery.settings import issuer_settings
from runner.evidence.release.production_refusals import is_read

FIELD = 'class Settings(BaseSettings):\n    GOOGLE_SECRET: str = ""\n'


@pytest.mark.parametrize(
    ("more", "read"),
    [
        ("", False),
        ("settings = Settings()\n", False),
        ("client(secret=settings.GOOGLE_SECRET)\n", True),
        ("client(secret=settings.google_secret)\n", True),
    ],
)
def test_a_field_of_settings_that_nothing_asks_for_is_not_read(tmp_path: Path, more: str, read: bool) -> None:  # noqa: FBT001
    path = tmp_path / "config.py"
    path.write_text(FIELD + more)
    assert is_read("GOOGLE_SECRET", {path: FIELD + more}) is read


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ('url = f"{settings.COGNITO_DOMAIN}/oauth2/token"', "{issuer_url}"),
        ('url = f"https://{settings.COGNITO_DOMAIN}/oauth2/token"', "{issuer_host}:{issuer_port}"),
    ],
)
def test_a_domain_is_given_as_the_code_uses_it(tmp_path: Path, code: str, given: str) -> None:
    path = tmp_path / "main.py"
    path.write_text(f"keys = get(jwks_url)\n{code}\n")
    assert issuer_settings([path], ["COGNITO_DOMAIN"], {})["COGNITO_DOMAIN"] == given
