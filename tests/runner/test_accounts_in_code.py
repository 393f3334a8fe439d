"""Accounts that the code knows from the start: each way in which a password gets beside a name."""

from pathlib import Path

import pytest

from runner.evidence.access.default_accounts import known_passwords, written_accounts

WAYS = {
    "a default by its name": (
        'ADMIN = os.getenv("ADMIN_USERNAME", "admin")\nPW = os.getenv("ADMIN_PASSWORD", default="admin_pass")\n',
        ("admin", "admin_pass", 2),
    ),
    "a settings class": (
        'class Settings:\n    SUPERUSER = "boss@corp.io"\n    SUPERUSER_PASSWORD: SecretStr = Field("boss-pass")\n',
        ("boss@corp.io", "boss-pass", 3),
    ),
    "what is hashed at the start": (
        'def seed(db):\n    db.add(User(email="root@corp.io", password_hash=get_password_hash("toor99")))\n',
        ("root@corp.io", "toor99", 2),
    ),
    "a row as a dictionary": ('ROWS = [{"username": "demo", "password": "demo-1"}]\n', ("demo", "demo-1", 1)),
    "a comparison": (
        'if 1:\n    if form.username == "help" and compare_digest(form.password.encode(), b"let-me"):\n     1\n',
        ("help", "let-me", 2),
    ),
    "what stands for an empty variable": (
        'user = os.environ.get("LOGIN") or "second"\npassword = os.environ.get("PW") or "pw-2nd"\n',
        ("second", "pw-2nd", 2),
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_name_beside_a_password_is_found(tmp_path: Path, way: str) -> None:
    text, (name, password, line) = WAYS[way]
    (tmp_path / "seed.py").write_text(text, encoding="utf-8")
    assert [(who, one.password, one.line) for who, one in written_accounts(tmp_path)] == [(name, password, line)]
    assert [one.password for one in known_passwords(tmp_path)] == [password]


def test_code_is_no_password(tmp_path: Path) -> None:
    text = 'user = "ann"\npassword: str = Field(min_length=8)\npassword_hash = hasher.hash(password)\nPASSWORD = None\n'
    (tmp_path / "models.py").write_text(text, encoding="utf-8")
    assert known_passwords(tmp_path) == []
