"""Database: evidence that lies, or in which there is nothing to judge, passes no check."""

from dataclasses import replace

import pytest

from runner.evidence.behaviour.cursor_walks import CursorWalk
from runner.evidence.behaviour.late_commits import LateCommits, Promised
from runner.evidence.behaviour.race_numbers import Counted
from runner.evidence.behaviour.races import Broke, Doubled, Races
from runner.evidence.behaviour.repeated_keys import Keyed
from runner.evidence.behaviour.unstored_changes import UnstoredChanges
from runner.evidence.code.frozen_defaults import FrozenDefaults
from runner.evidence.code.nulls_handled import NullsHandled
from runner.evidence.contract.contract import Contract
from runner.evidence.database.drift import Drift
from runner.evidence.database.fixed_values import AskedValue, FixedValues
from runner.evidence.database.locks import Locks
from runner.evidence.database.migration_walk import MigrationWalk, Statement, Walked
from runner.evidence.database.migrations import Migrations
from runner.evidence.database.models import ModelColumn, ModelHook, ModelRelation, Models, ModelSchema
from runner.evidence.database.populated_migration import Populated, PopulatedMigration
from runner.evidence.database.row_security import Policy, RowSecurity, SecuredTable
from runner.evidence.database.schema import Column, Schema, Shape
from runner.evidence.database.sqlite_keys import SqliteKeys
from runner.evidence.database.sqlite_walk import SqliteStep, SqliteWalk
from runner.model import Outcome, Verdict
from stages.database import (
    checks,
    checks_changes,
    checks_concurrent,
    checks_contract,
    checks_models,
    checks_rows,
    checks_schema,
)
from tests.stages.test_database import (
    FIRST,
    MODEL,
    MODELS,
    ORDERS,
    OWNER,
    SECOND,
    USERS,
    acting,
    contract,
    drifted,
    schema,
    with_column,
)

RELEASED = replace(FIRST, released=True)
THIRD = replace(SECOND, id="c3", down=("b2",))
TOLD = UnstoredChanges(
    unstored=(),
    judged=frozenset(),
    changing=frozenset({"PUT /a", "PATCH /b", "DELETE /c"}),
    roles=("reader", "editor", "admin"),
)
RACES = Races(doubled=(), counted=(), guarded=(), created=0, changed=0, creating=3, changing=3, operations=9)
KEPT = Doubled(endpoint="POST /tags", refuses=409, statuses=(201, 409, 409, 409))
TEXT = {"type": "string", "maxLength": 9}
FOREIGN = contract(naam=TEXT, titel=TEXT, preis=TEXT)
LOOSE = replace(  # user_id is kept by nothing but its name
    ORDERS, constraints=tuple(one for one in ORDERS.constraints if one is not OWNER)
)
EMPTY = Schema(shape=Shape())
UNASKED = ModelColumn(name="at", type="X", has_default=True)

LETS_ALL_IN = "((current_setting('app.tenant'::text, true) IS NULL) OR (tenant_id = 1))"


def hollows() -> list[tuple[str, Verdict]]:
    """What lies, and what the check says of it."""
    return [
        (
            "DB037 enabled, forced, and true for who sets nothing",
            checks_rows.row_security_is_applied(
                RowSecurity(
                    tables=(
                        SecuredTable(
                            name="a", enabled=True, forced=True, policies=(Policy(name="own", condition=LETS_ALL_IN),)
                        ),
                    )
                )
            ),
        ),
        ("DB003 a history without a head", checks.one_migration_head(Migrations(heads=("a1",), revisions=()))),
        (
            "DB004 revisions that do nothing go up and down without a trace",
            checks.every_revision_is_reversible(
                MigrationWalk(steps=(Walked(revision=FIRST), Walked(revision=SECOND)), history=(FIRST, SECOND))
            ),
        ),
        (
            "DB004 a statement that only a comment makes one",
            checks.every_revision_is_reversible(
                MigrationWalk(
                    steps=(Walked(revision=FIRST, statements=(Statement(sql="/* UPDATE t SET a = 1 */ SELECT 1"),)),),
                    history=(FIRST,),
                )
            ),
        ),
        (
            "DB004 one of three was walked",
            checks.every_revision_is_reversible(MigrationWalk(steps=(acting(FIRST),), history=(FIRST, SECOND, THIRD))),
        ),
        (
            "DB004 a released one stops the walk before the others",
            checks.every_revision_is_reversible(
                MigrationWalk(steps=(Walked(revision=RELEASED, problem="no"),), history=(RELEASED, SECOND))
            ),
        ),
        (
            "DB004 env.py makes the tables",
            checks.every_revision_is_reversible(
                MigrationWalk(steps=(acting(FIRST),), history=(FIRST,), by_env=("orders",))
            ),
        ),
        (
            "DB005 nothing comes into the file",
            checks.sqlite_history_is_reversible(SqliteWalk(steps=(SqliteStep(revision=FIRST),), revisions=1)),
        ),
        (
            "DB005 one of three was walked",
            checks.sqlite_history_is_reversible(
                SqliteWalk(steps=(SqliteStep(revision=FIRST, changes=True),), revisions=3)
            ),
        ),
        (
            "DB006 no table ever had a row",
            checks.migrations_carry_their_rows(
                PopulatedMigration(
                    steps=(Populated(revision=FIRST), Populated(revision=SECOND)), history=(FIRST, SECOND)
                )
            ),
        ),
        (
            "DB006 a revision that fails on empty tables was tried on no rows",
            checks.migrations_carry_their_rows(
                PopulatedMigration(steps=(Populated(revision=FIRST, problem="no"),), history=(FIRST, SECOND))
            ),
        ),
        (
            "DB006 a table that swallows its rows",
            checks.migrations_carry_their_rows(
                PopulatedMigration(
                    steps=(Populated(revision=FIRST, planted=3, unplanted=("orders: its INSERT leaves no row",)),),
                    history=(FIRST,),
                )
            ),
        ),
        (
            "DB007 no statement of any revision was read",
            checks.no_blocking_locks(Locks(found=(), revisions=4, judged=0)),
        ),
        (
            "DB007 what changes the tables is no statement that could be read",
            checks.no_blocking_locks(
                Locks(found=(), revisions=2, judged=2, unheard=(("a1", "users"), ("b2", "orders")))
            ),
        ),
        ("DB010 no table", checks_schema.every_table_has_a_primary_key(EMPTY)),
        ("DB011 references by name alone", checks_schema.foreign_keys_are_indexed(schema(USERS, LOOSE))),
        ("DB012 references by name alone", checks_schema.delete_rules_are_declared(schema(USERS, LOOSE))),
        ("DB016 references by name alone", checks_schema.cascades_stay_inside(schema(USERS, LOOSE))),
        ("DB013 no index", checks_schema.no_redundant_index(schema(replace(ORDERS, indexes=())))),
        ("DB014 no column", checks_schema.money_is_exact(schema(replace(ORDERS, columns=())), MODELS)),
        (
            "DB015 points in time as numbers and texts",
            checks_schema.timestamps_know_their_zone(
                schema(
                    replace(
                        ORDERS, columns=(Column(name="made_at", type="bigint"), Column(name="timestamp", type="text"))
                    )
                ),
                MODELS,
            ),
        ),
        (
            "DB015 a type that is decorated and stores what it is told",
            checks_schema.timestamps_know_their_zone(
                schema(with_column(name="sent", type="timestamp without time zone")),
                Models(tables=(replace(MODEL, columns=(ModelColumn(name="sent", type="Naive", aware=False),)),)),
            ),
        ),
        (
            "DB020 include_object leaves out all that there is",
            drifted(
                Drift(differences=(), tables=("orders",), hooks=("include_object",)), replace(ORDERS, name="sales")
            ),
        ),
        (
            "DB020 no model at all",
            checks_models.models_are_the_migrated_schema(
                Drift(differences=(), tables=()), MODELS, ModelSchema(shape=Shape()), schema(ORDERS)
            ),
        ),
        (
            "DB021 the tables of the models are not there",
            checks_models.migrations_enforce_what_models_declare(
                ModelSchema(shape=Shape(tables=(ORDERS,))), schema(USERS), MODELS
            ),
        ),
        (
            "DB022 env.py gives Alembic nothing",
            checks_models.alembic_sees_every_model(Drift(differences=(), tables=()), MODELS),
        ),
        (
            "DB023 no default could be asked for",
            checks_models.defaults_are_made_for_each_row(
                Models(tables=(replace(MODEL, columns=(UNASKED,)),)), FrozenDefaults(read=1, there=1)
            ),
        ),
        (
            "DB023 code that could not be read",
            checks_models.defaults_are_made_for_each_row(
                Models(tables=(replace(MODEL, columns=(replace(UNASKED, made=True),)),)),
                FrozenDefaults(read=1, there=9),
            ),
        ),
        ("DB024 no engine", checks_models.sqlite_keeps_foreign_keys(SqliteKeys(engines=()))),
        (
            "DB030 no field has the name of its column",
            checks_contract.api_bounds_fit_the_columns(FOREIGN, schema(ORDERS)),
        ),
        (
            "DB030 a login that answers 201 stores what it is sent",
            checks_contract.api_bounds_fit_the_columns(storing("/orders/login"), schema(ORDERS)),
        ),
        (
            "DB030 a body that lets in anything",
            checks_contract.api_bounds_fit_the_columns(contract(), schema(ORDERS)),
        ),
        (
            "DB031 a body that lets in anything",
            checks_contract.required_columns_get_a_value(contract(), schema(ORDERS), MODELS, NullsHandled()),
        ),
        (
            "DB031 no field has the name of its column",
            checks_contract.required_columns_get_a_value(FOREIGN, schema(ORDERS), MODELS, NullsHandled()),
        ),
        (
            "DB032 one of three could be asked twice",
            checks_concurrent.uniqueness_is_kept_by_the_database(replace(RACES, doubled=(KEPT,), created=1)),
        ),
        (
            "DB032 the second gets 500",
            checks_concurrent.uniqueness_is_kept_by_the_database(
                replace(RACES, created=3, broke=(Broke(endpoint="POST /tags", status=500, creates=True),))
            ),
        ),
        ("DB032 none could be asked", checks_concurrent.uniqueness_is_kept_by_the_database(RACES)),
        (
            "DB050 the key's operation refuses everybody",
            checks_concurrent.a_key_makes_a_repeated_request_one(
                replace(RACES, keyed=(Keyed(endpoint="POST /pay", key="the header Idempotency-Key", problem="401"),))
            ),
        ),
        (
            "DB051 nothing makes what the list shows",
            checks_concurrent.cursors_hold_while_others_write(
                replace(RACES, walks=(CursorWalk(endpoint="GET /a", cursor="after", problem="no operation makes it"),))
            ),
        ),
        ("DB033 none could be asked", checks_concurrent.no_update_is_lost(RACES)),
        (
            "DB033 a limit refuses all but one",
            checks_concurrent.no_update_is_lost(
                replace(
                    RACES,
                    changed=3,
                    counted=(
                        Counted(endpoint="POST /a", field="n", step=1, expected=2, found=2, statuses=(200, 429, 429)),
                    ),
                )
            ),
        ),
        (
            "DB035 the column could not be asked",
            checks_contract.every_value_of_an_enum_is_taken(
                FixedValues(values=(AskedValue(table="orders", column="title", told="a", by_model=True, asked=False),)),
                FOREIGN,
                schema(ORDERS),
            ),
        ),
        (
            "DB034 one of three stored anything",
            checks_concurrent.saved_means_committed(
                LateCommits(asked=(Promised(endpoint="POST /a", status=500),), changing=3, operations=9)
            ),
        ),
        ("DB038 nobody was told a success", checks_changes.what_was_told_as_done_is_read(TOLD)),
        (
            "DB038 one of three could be read back",
            checks_changes.what_was_told_as_done_is_read(replace(TOLD, told=1, judged=frozenset({"PUT /a"}))),
        ),
        (
            "DB038 two of three roles could not sign in",
            checks_changes.what_was_told_as_done_is_read(
                replace(TOLD, told=3, judged=TOLD.changing, missing=(("editor", "401"), ("admin", "401")))
            ),
        ),
        (
            "DB034 none stored anything",
            checks_concurrent.saved_means_committed(LateCommits(asked=(), changing=3, operations=9)),
        ),
    ]


def storing(path: str) -> Contract:
    """A request that is stored, with a text that has no bound."""
    made = contract(path=path, title={"type": "string"}, stars={"type": "integer", "maximum": 5})
    operation = made.document["paths"][path]["post"] | {"responses": {"201": {"description": "stored"}}}
    return Contract(document={"paths": {path: {"post": operation}}})


@pytest.mark.parametrize(("lie", "verdict"), hollows(), ids=lambda one: one if isinstance(one, str) else "")
def test_a_hollow_does_not_pass(lie: str, verdict: Verdict) -> None:
    assert verdict.outcome in {Outcome.UNKNOWN, Outcome.FAILED}, f"{lie}: {verdict.outcome}: {verdict.message}"


def test_db070_a_listener_that_could_not_be_called_is_not_judged() -> None:
    hook = ModelHook(name="sweep", path="app/models.py", line=9, answered=False)
    models = Models(tables=(replace(MODEL, name="users", hooks=(hook,)),))
    assert checks_models.orm_and_schema_delete_alike(models, schema(USERS, ORDERS)).outcome is Outcome.UNKNOWN


def test_db070_relationships_that_no_key_keeps_are_not_judged() -> None:
    held = ModelRelation(name="orders", table="orders", columns=("buyer",), deletes=True)
    models = Models(tables=(replace(MODEL, name="users", relations=(held, held)),))
    assert checks_models.orm_and_schema_delete_alike(models, schema(USERS, ORDERS)).outcome is Outcome.UNKNOWN
