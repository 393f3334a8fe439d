"""What counts as a secret of a service, and does a record read well without it?"""

from pathlib import Path

import pytest

from runner.discovery.config import Config
from runner.discovery.secrecy import Secrecy, secrets_of
from runner.discovery.target import Target
from runner.model import Document, Outcome
from tests.workflow.records import a_document, a_finding


def target(root: Path, **env: str) -> Target:
    return Target(root=root, python=root / "python", config=Config(env=env))


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("STRIPE_KEY", "sk_live_51H8", ("sk_live_51H8",)),
        ("STRIPE_KEY", "{secret}-live-9182", ("-live-9182",)),
        ("BROKER_URL", "amqp://shop:pa55word@mq:5672/shop", ("pa55word",)),
        ("ANYTHING", "x8Fk2mQ9rT4vW7yB1nC5", ("x8Fk2mQ9rT4vW7yB1nC5",)),
        ("PARTITION_KEY", "tenant_id", ()),
        ("TOKEN_SECONDS", "3600", ()),
        ("DATABASE_URL", "postgresql://postgres:postgres@db/shop", ()),
        ("DATABASE_URL", "{database_url}", ()),
        ("SECRET_KEY", "{secret}", ()),
        ("LOG_LEVEL", "development-verbose", ()),
    ],
)
def test_secret_settings_are_told_from_the_others(
    name: str, value: str, found: tuple[str, ...], tmp_path: Path
) -> None:
    assert secrets_of(target(tmp_path, **{name: value})) == found


def test_env_files_are_read_and_examples_are_not(tmp_path: Path) -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END KEY-----"
    (tmp_path / ".env").write_text(f"export MAIL_PASSWORD='h3llo#there' # mail\nSIGNING_KEY=\"{key}\"\nDEBUG=1\n")
    (tmp_path / ".env.example").write_text("MAIL_PASSWORD=put-yours-here-9\n")
    assert secrets_of(target(tmp_path)) == ("h3llo#there", key, "MIIEvQIBADANBgkqhkiG9w0B")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (r'MAIL_PASSWORD="h3llo \"there\""', 'h3llo "there"'),
        ("MAIL_USER=shop\nMAIL_URL=smtp://${MAIL_USER}:${PASS:-pa55word}@mx", "pa55word"),
        ("MAIL_PASSWORD='it's-h3re!", "it's-h3re!"),  # nobody reads that line, and it may be meant so
        ('SIGNING_KEY="-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n', "MIIEvQIBADANBgkqhkiG9w0B"),
    ],
)
def test_a_secret_is_hidden_however_the_file_spells_it(line: str, found: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(line)
    assert found in secrets_of(target(tmp_path))


def test_env_files_above_the_service_are_read_as_well(tmp_path: Path) -> None:
    shop = tmp_path / "services" / "shop"
    shop.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".env").write_text("MAIL_PASSWORD=R3al-pass-word!\n")
    assert secrets_of(target(shop)) == ("R3al-pass-word!",)


def test_a_record_is_blanked_at_any_depth_and_in_any_spelling(tmp_path: Path) -> None:
    came_up: list[str] = []
    secrecy = Secrecy(target(tmp_path, API_TOKEN='q"8/ü-zz'), came_up)
    came_up.append("eyJh.token.9")
    finding = a_finding(message='got q"8/ü-zz', commands=("curl -H 'eyJh.token.9'", 'echo "q\\"8/\\u00fc-zz"'))
    blanked = secrecy.record(finding)
    assert (blanked.message, blanked.commands) == ("got …", ("curl -H '…'", 'echo "…"'))
    assert (blanked.outcome, blanked.places) == (Outcome.FAILED, finding.places)
    document = secrecy.record(a_document(b"GET /?t=q%228%2F%C3%BC-zz"))
    assert isinstance(document, Document)
    assert document.content == "GET /?t=…".encode()
    assert secrecy.record(a_document(b"\xff\x00")).content == b"\xff\x00"
