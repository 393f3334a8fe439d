"""Callers, scripts, parts and replicas: is what was seen judged rightly? Evidence by hand."""

from pathlib import Path

import pytest

from runner.evidence.behaviour.partial_changes import ALONE, Overwritten, PartialChanges
from runner.evidence.behaviour.shared_answers import SharedAnswer, SharedAnswers
from runner.evidence.behaviour.world_texts import WorldText, WorldTexts
from runner.evidence.release.image_file import ImageFile
from runner.evidence.release.rehearsal import ENCODED, PASSWORD, raised_at, with_password
from runner.evidence.release.replicas import Fallen, Replicas, fallen, starts_with_migration
from runner.http.world import field_in, is_text, same_text, texts
from runner.live.server import DidNotStart
from runner.model import Outcome
from runner.reading.dockerfile import parse
from stages.database.checks_changes import a_patch_keeps_what_was_not_sent
from stages.deployment.checks import replicas_may_start_together
from stages.security.checks_access import no_answer_is_kept_for_another
from stages.security.checks_input import text_of_any_script_is_kept

READ, PATCH = "GET /posts/{post_id}", "PATCH /users/{user_id}"
LEAK = SharedAnswer(
    endpoint=READ, path="/posts/1", first="author", caller="a stranger", alone=404, after=200, curl="curl x"
)
RESET = Overwritten(endpoint=PATCH, sent="active", field="role", was="'editor'", now="'reader'", curl="curl x")
TOO_MANY = WorldText(endpoint="POST /auth/register", field="password", what="72 characters", seen="answers 500")


def test_sc006_passes_where_others_are_answered_as_before() -> None:
    verdict = no_answer_is_kept_for_another(SharedAnswers(shared=(), asked=frozenset({READ}), reads=1))
    assert (verdict.outcome, str(verdict.shares[0])) == (Outcome.PASSED, "1 of 1 reading operation")


def test_sc006_names_the_operation_and_who_gets_it() -> None:
    verdict = no_answer_is_kept_for_another(SharedAnswers(shared=(LEAK,), asked=frozenset({READ}), reads=1))
    assert verdict.outcome is Outcome.FAILED
    assert (
        f"{READ} answers one caller from what was cached for another: /posts/1: a stranger gets 404" in verdict.message
    )


def test_sc006_does_not_pass_where_nobody_was_answered_or_most_was_not_asked() -> None:
    for asked in (frozenset[str](), frozenset({READ})):
        verdict = no_answer_is_kept_for_another(SharedAnswers(shared=(), asked=asked, reads=9))
        assert verdict.outcome is Outcome.UNKNOWN


def test_db036_passes_what_keeps_the_rest() -> None:
    verdict = a_patch_keeps_what_was_not_sent(partial(judged=frozenset({PATCH})))
    assert (verdict.outcome, str(verdict.shares[0])) == (Outcome.PASSED, "1 of 1 PATCH operation")


def test_db036_names_what_was_sent_and_what_changed() -> None:
    verdict = a_patch_keeps_what_was_not_sent(partial(overwritten=(RESET,)))
    assert f"{PATCH} changes role though only active was sent: 'editor' became 'reader'" in verdict.message


def test_db036_does_not_pass_what_could_not_be_tried() -> None:
    verdict = a_patch_keeps_what_was_not_sent(partial(problems=((PATCH, "what it changes can't be read"),)))
    assert verdict.outcome is Outcome.UNKNOWN
    none = a_patch_keeps_what_was_not_sent(partial(problems=((PATCH, ALONE),)))
    assert none.outcome is Outcome.NOT_APPLICABLE


def partial(
    overwritten: tuple[Overwritten, ...] = (),
    judged: frozenset[str] = frozenset(),
    problems: tuple[tuple[str, str], ...] = (),
) -> PartialChanges:
    return PartialChanges(overwritten=overwritten, judged=judged, patches=frozenset({PATCH}), problems=problems)


def test_sc040_passes_what_comes_back_and_names_what_was_not_judged() -> None:
    fields = frozenset({("POST /a", "title"), ("POST /a", "body")})
    verdict = text_of_any_script_is_kept(WorldTexts(wrong=(), judged=fields, fields=fields, sent=6))
    assert (verdict.outcome, str(verdict.shares[0])) == (Outcome.PASSED, "2 of 2 text fields")
    half = text_of_any_script_is_kept(WorldTexts(wrong=(), judged=frozenset({("POST /a", "body")}), fields=fields))
    assert "not judged: POST /a title" in half.message


def test_sc040_names_the_field() -> None:
    fields = frozenset({("POST /auth/register", "password")})
    verdict = text_of_any_script_is_kept(WorldTexts(wrong=(TOO_MANY,), judged=fields, fields=fields))
    assert verdict.outcome is Outcome.FAILED
    assert "POST /auth/register password, text of several bytes a character" in verdict.message


def test_sc040_does_not_pass_where_every_text_met_a_refusal_of_the_caller() -> None:
    fields = frozenset({("POST /a", "title")})
    verdict = text_of_any_script_is_kept(WorldTexts(wrong=(), judged=frozenset(), fields=fields, sent=6))
    assert verdict.outcome is Outcome.UNKNOWN


def test_texts_of_the_world_fill_the_field_in_characters_and_hold_more_bytes() -> None:
    made = dict(texts({"type": "string", "maxLength": 72}))
    assert {len(text) for text in made.values()} == {72, 24}
    assert all(len(text.encode()) > len(text) for text in made.values())
    assert list(texts({"type": "string", "pattern": "^[a-z]+$"})) == []
    assert not is_text({"type": "string", "format": "uuid"})
    assert is_text({"type": "string", "format": "password"})


def test_a_text_is_the_same_but_for_its_form_and_white_space() -> None:
    assert same_text("caf\u00e9 ", "cafe\u0301")
    assert not same_text("秋天的果园", "秋天的")
    assert not same_text("秋", None)
    assert field_in({"data": {"title": "x"}}, "title") == field_in({"post": {"title": "x"}}, "title") == "x"


def test_dp039_passes_when_all_came_up() -> None:
    verdict = replicas_may_start_together(Replicas(revision="a1", started=9, fallen=()))
    assert (verdict.outcome, str(verdict.shares[0])) == (Outcome.PASSED, "9 of 9 replicas")


def test_dp039_names_where_the_service_migrates() -> None:
    one = Fallen(said="UniqueViolation", path="app/main.py", line=90, caller="migrate() in lifespan")
    verdict = replicas_may_start_together(Replicas(revision="a1", started=3, fallen=(one,)))
    assert verdict.outcome is Outcome.FAILED
    assert "1 of 3 replicas that started at once did not come up" in verdict.message
    assert "app/main.py migrate() in lifespan is not serialised: UniqueViolation" in verdict.message


def test_a_fallen_replica_is_read_from_its_log(tmp_path: Path) -> None:
    for path in ("app/main.py", "migrations/env.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    log = f"""Traceback (most recent call last):
  File "{tmp_path}/app/main.py", line 95, in lifespan
    migrate()
  File "{tmp_path}/app/main.py", line 90, in migrate
    command.upgrade()
  File "{tmp_path}/migrations/env.py", line 50, in <module>
    run()
psycopg.errors.UniqueViolation: duplicate key
"""
    found = fallen(DidNotStart("it ended", "uvicorn", log), tmp_path)
    assert (found.path, found.line, found.caller) == ("app/main.py", 90, "migrate() in lifespan")
    assert found.said == "psycopg.errors.UniqueViolation: duplicate key"


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ('CMD ["sh", "-c", "alembic upgrade head && exec uvicorn app:app"]', "alembic upgrade head"),
        ("CMD alembic upgrade head && uvicorn app:app", "alembic upgrade head"),
        ('CMD ["uvicorn", "app:app"]', ""),
        ('CMD ["alembic", "upgrade", "head"]', ""),
    ],
)
def test_a_start_command_that_migrates_before_it_serves(command: str, found: str) -> None:
    instructions, _ = parse(f"FROM python:3.12\n{command}\n")
    step = starts_with_migration(ImageFile(path="Dockerfile", instructions=tuple(instructions)))
    assert (step.command if step else "") == found


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("#!/bin/sh\nset -e\nalembic upgrade head\nexec gunicorn app.main:app\n", 3),
        ('python -m alembic -c db.ini upgrade head && exec "$@"\n', 1),
        ("alembic upgrade head\n", None),
        ("alembic upgrade head\necho migrated\n", None),
        ('if [ -n "$MIGRATE" ]; then alembic upgrade head; fi\nexec uvicorn app.main:app\n', None),
        ("echo alembic upgrade head\nexec uvicorn app.main:app\n", None),
    ],
)
def test_a_start_script_that_migrates_before_it_serves(script: str, line: int | None) -> None:
    instructions, _ = parse('FROM python:3.12\nENTRYPOINT ["/start.sh"]\n')
    image = ImageFile(path="Dockerfile", instructions=instructions, scripts=(("docker/start.sh", script),))
    step = starts_with_migration(image)
    assert (step and (step.path, step.line)) == (line and ("docker/start.sh", line))


def test_dp030_puts_the_other_password_where_the_setting_holds_ours() -> None:
    env = {"URL": "postgresql://postgres:trusted@127.0.0.1:1/x", "PASSWORD": "trusted"}
    told = with_password(env, {"URL": ENCODED, "PASSWORD": PASSWORD})
    assert told == {"URL": f"postgresql://postgres:{ENCODED}@127.0.0.1:1/x", "PASSWORD": PASSWORD}
    assert set("%@:/") <= set(PASSWORD)
    assert not set("@:/") & set(ENCODED)


def test_dp030_names_the_line_of_the_service_that_raised(tmp_path: Path) -> None:
    err = f"""Traceback (most recent call last):
  File "/usr/lib/alembic/main.py", line 1, in main
    run()
  File "{tmp_path}/migrations/env.py", line 12, in <module>
    config.set_main_option(
  File "/usr/lib/python3/configparser.py", line 2, in set
    raise ValueError
ValueError: invalid interpolation syntax
"""
    assert raised_at(err, tmp_path) == ("migrations/env.py", 12, "config.set_main_option(")
