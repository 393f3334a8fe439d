"""Which servers and third parties does a file name, and what is none?"""

import pytest

from runner.evidence.release.named_parts import named_in_code, named_in_value
from runner.evidence.release.parts_seen import images_in_ci, version_of_tag
from runner.vocabulary.technologies import spoken_of


@pytest.mark.parametrize(
    ("code", "ids"),
    [
        ("import redis.asyncio as redis", ["redis"]),
        ("from google.cloud import storage", ["google-cloud"]),
        ("import stripe\nfrom sentry_sdk import init", ["stripe", "sentry"]),
        ("URL = 'postgresql+asyncpg://u:p@db/x'", ["postgresql"]),
        ("await client.post('https://api.stripe.com/v1/charges', json={})", ["stripe"]),
        ("httpx.get(f'https://api.rates.io/{day}')", ["api.rates.io"]),
        ("RATES_API = 'https://api.rates.io/v1'", ["api.rates.io"]),
        ("class S(BaseSettings):\n    sentry_dsn: str = ''", ["sentry"]),
        ("key = os.environ['SHOP_OPENAI_API_KEY']", ["openai"]),
        ("class S(BaseSettings):\n    rates_api: str = Field(default='https://api.rates.io')", ["api.rates.io"]),
        # and what is none
        ('"""See https://api.stripe.com/docs."""', []),
        ("app = FastAPI(license_info={'url': 'https://opensource.org/licenses/MIT'})", []),
        ("DOCS_URL = 'https://github.com/acme/shop'", []),
        ("httpx.get('http://localhost:8000/health')", []),
        ("httpx.get('https://api.example.com/x')", []),
        ("FRONTEND_URL = 'https://shop.acme.io'", []),
        ("SLACK_SECONDS = 5\nstripes = ['red']", []),
        ("from app.redis_cache import get", []),
        ("problem_type = 'https://errors.acme.io/not-found'", []),
    ],
)
def test_what_code_names(code: str, ids: list[str]) -> None:
    found = named_in_code(code)
    assert found is not None
    assert [one.id for one in found] == ids


def test_code_that_cannot_be_read_is_no_absence() -> None:
    assert named_in_code("def x(:") is None


@pytest.mark.parametrize(
    ("name", "value", "ids"),
    [
        ("SHOP_DATABASE_URL", "postgresql://shop:x@postgres/shop", ["postgresql"]),
        ("STRIPE_SECRET_KEY", "", ["stripe"]),
        ("RATES_API_URL", "https://api.rates.io", ["api.rates.io"]),
        ("PUBLIC_URL", "https://shop.acme.io", []),
        ("GITHUB_ACTOR", "x", []),
    ],
)
def test_what_a_setting_names(name: str, value: str, ids: list[str]) -> None:
    assert [one.id for one in named_in_value(name, value)] == ids


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("postgres:16.4-bookworm", "16.4"), ("postgres:latest", ""), ("pgvector/pgvector:pg16", "16"), ("redis", ""),
        ("registry:5000/x/redis:7.4@sha256:ab", "7.4"), ("minio/minio:RELEASE.2024", ""),
        ("valkey/valkey:8-alpine", "8"),
    ],
)  # fmt: skip
def test_the_version_of_a_tag(image: str, version: str) -> None:
    assert version_of_tag(image) == version


def test_servers_beside_the_jobs_of_github_and_gitlab() -> None:
    github = "jobs:\n  test:\n    services:\n      db:\n        image: postgres:14\n      mail:\n        image: a/b:1\n"
    assert [(one.id, one.version, one.line) for one in images_in_ci("ci.yml", github)] == [("postgresql", "14", 4)]
    gitlab = "services:\n  - redis:7.2\ntest:\n  services:\n    - name: postgres:15\n  script: [pytest]\n"
    assert [(one.id, one.version) for one in images_in_ci(".gitlab-ci.yml", gitlab)] == [
        ("redis", "7.2"), ("postgresql", "15"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("PostgreSQL 16 and Redis", [("postgresql", "16"), ("redis", "")]),
        ("postgres:16.4", [("postgresql", "16.4")]),
        ("我们使用PostgreSQL 15。", [("postgresql", "15")]),
        ("Redis 30 s after a write", [("redis", "")]),
        ("redis-py and app/redis.py", []),
        ("Postgres (version 17)", [("postgresql", "17")]),
    ],
)
def test_what_a_text_speaks_of(text: str, found: list[tuple[str, str]]) -> None:
    assert [(known.id, version) for known, version, _ in spoken_of(text)] == found
