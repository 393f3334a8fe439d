"""Do the commands for operators do what they say?"""

import pytest
from fastapi import FastAPI
from sqlalchemy import func
from sqlmodel import Session, select

from app import admin, seed
from app.models import Comment, Post, Tag, User
from app.passwords import LOAD_TEST_PHRASE
from app.settings import Settings
from tests.conftest import Person

FEW = ["--users", "8", "--posts", "30", "--comments", "40", "--tags", "5"]


@pytest.fixture
def environment(
    app: FastAPI, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> pytest.MonkeyPatch:
    assert app.state.settings is settings
    monkeypatch.setenv("SAMPLE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SAMPLE_ARGON2_MEMORY_KIB", "8")
    monkeypatch.setenv("SAMPLE_ARGON2_PASSES", "1")
    return monkeypatch


@pytest.mark.usefixtures("environment")
def test_seeding_fills_the_tables_once(
    database: Session, visitor: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    assert seed.main(FEW) == 0
    assert "8 users, 30 posts, 40 comments" in capsys.readouterr().out
    assert seed.main(FEW) == 0
    assert "Seeded already" in capsys.readouterr().err
    tables = (User, Post, Comment, Tag)
    counts = [database.exec(select(func.count()).select_from(table)).one() for table in tables]
    assert counts == [8, 30, 40, 5]
    form = {"username": "load-0008@example.com", "password": LOAD_TEST_PHRASE}
    assert visitor.call("POST", "/auth/login", data=form).status_code == 200


def test_seeding_is_refused_in_production(
    environment: pytest.MonkeyPatch, database: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("SAMPLE_ENVIRONMENT", "production")
    environment.setenv("SAMPLE_SECRET_KEY", "q3ZkV0w8Yt5LrB1nXc7MfJ2hGd9PsA6uEiOoTyKbNvR")
    environment.setenv("SAMPLE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert seed.main(FEW) == 2
    assert "Not in production" in capsys.readouterr().err
    assert database.exec(select(User)).all() == []


@pytest.mark.usefixtures("environment")
def test_the_first_admin_is_made_by_a_command(
    reader: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    assert admin.main([reader.email.upper(), "admin"]) == 0
    assert "is admin now" in capsys.readouterr().out
    assert reader.get("/users").status_code == 200


@pytest.mark.usefixtures("environment")
def test_an_unknown_address_cannot_be_promoted(capsys: pytest.CaptureFixture[str]) -> None:
    assert admin.main(["nobody@example.com", "editor"]) == 1
    assert "register it first" in capsys.readouterr().err
