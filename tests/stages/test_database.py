"""Does each database check pass what is right, and name what is wrong?"""

from dataclasses import replace
from typing import Any

import pytest

from runner.errors import ProbeError
from runner.evidence.code.frozen_defaults import FrozenDefaults
from runner.evidence.code.made_once import FrozenDefault
from runner.evidence.code.nulls_handled import NullsHandled
from runner.evidence.contract.contract import Contract
from runner.evidence.database.drift import Difference, Drift
from runner.evidence.database.locks import Lock, Locks
from runner.evidence.database.migration_walk import MigrationWalk, Statement, Walked
from runner.evidence.database.migrations import Migrations, Revision, mark_released
from runner.evidence.database.models import ModelColumn, ModelHook, ModelRelation, Models, ModelSchema, ModelTable
from runner.evidence.database.populated_migration import Populated, PopulatedMigration
from runner.evidence.database.schema import Column, Constraint, Extra, Index, Schema, Shape, Table
from runner.evidence.database.sqlite_keys import SqliteKeys
from runner.evidence.database.sqlite_walk import SqliteStep, SqliteWalk
from runner.model import Outcome, Verdict, in_table
from stages.database import artifacts, checks, checks_contract, checks_models, checks_schema

FIRST = Revision(id="a1", down=(), message="Orders.", path="migrations/a1.py")
SECOND = Revision(id="b2", down=("a1",), message="Prices.", path="migrations/b2.py")
KEY = Constraint(name="pk", kind="primary key", columns=("id",), definition="PRIMARY KEY (id)")
KEY_INDEX = Index(name="pk", columns=("id",), definition="", unique=True, of_constraint=True)
USERS = Table(
    name="users",
    columns=(Column(name="id", type="bigint", nullable=False), Column(name="email", type="character varying(50)")),
    constraints=(KEY,),
    indexes=(KEY_INDEX,),
)
OWNER = Constraint(
    name="fk_orders_user",
    kind="foreign key",
    columns=("user_id",),
    definition="FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE RESTRICT",
    target="users",
    target_columns=("id",),
    on_delete="restrict",
)
BY_USER = Index(name="ix_orders_user", columns=("user_id", "at"), definition="CREATE INDEX … (user_id, at)")
ORDERS = Table(
    name="orders",
    columns=(
        Column(name="id", type="bigint", nullable=False, default="identity", filled=True),
        Column(name="user_id", type="bigint", nullable=False),
        Column(name="at", type="timestamp with time zone", nullable=False, default="now()", filled=True),
        Column(name="title", type="character varying(80)", nullable=False),
        Column(name="price", type="numeric(12,2)"),
        Column(name="stars", type="integer"),
    ),
    constraints=(KEY, OWNER),
    indexes=(KEY_INDEX, BY_USER),
)
MODEL = ModelTable(
    name="orders", model="Order", path="app/models.py", line=7, columns=(ModelColumn(name="at", type="X"),)
)
MODELS = Models(tables=(MODEL,))
NO_NULLS = NullsHandled()


def schema(*tables: Table, extras: tuple[Extra, ...] = ()) -> Schema:
    return Schema(shape=Shape(tables=tables, extras=extras))


def with_column(**changed: object) -> Table:
    column = Column(**{"name": "price", "type": "numeric", **changed})  # type: ignore[arg-type]
    return replace(ORDERS, columns=(*(c for c in ORDERS.columns if c.name != column.name), column))


def acting(revision: Revision) -> Walked:
    return Walked(revision=revision, changed=("table orders is left behind",))


def added(**changed: object) -> Table:
    return replace(ORDERS, columns=(*ORDERS.columns, Column(**changed)))  # type: ignore[arg-type]


def drifted(drift: Drift, declared: Table = ORDERS, real: tuple[Table, ...] = (ORDERS,)) -> Verdict:
    models = ModelSchema(shape=Shape(tables=(declared,)))
    return checks_models.models_are_the_migrated_schema(drift, MODELS, models, schema(*real))


def enforced(declared: Table, real: Table) -> Verdict:
    models = ModelSchema(shape=Shape(tables=(declared,)))
    return checks_models.migrations_enforce_what_models_declare(models, schema(real), MODELS)


def is_passed(verdict: Verdict, message: str, *judged: str) -> None:
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, message)
    assert [str(one) for one in verdict.shares] == list(judged)


def is_failed(verdict: Verdict, message: str, *places: str) -> None:
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, message)
    assert [str(place) for place in verdict.places] == list(places)
    assert all(place.note for place in verdict.places)


def test_db003_passes_one_head() -> None:
    history = Migrations(heads=("b2",), revisions=(FIRST, SECOND))
    is_passed(checks.one_migration_head(history), "b2 is the only head", "2 of 2 revisions")


def test_db003_names_revisions_that_git_leaves_out() -> None:
    history = Migrations(heads=("b2",), revisions=(FIRST, SECOND), ignored=(SECOND.path,))
    message = "1 of 2 revisions will never be in the repository: .gitignore names them"
    is_failed(checks.one_migration_head(history), message, "migrations/b2.py")


def test_db003_names_every_head() -> None:
    history = Migrations(heads=("a1", "b2"), revisions=(FIRST, SECOND))
    is_failed(checks.one_migration_head(history), "2 heads: a1, b2", "migrations/a1.py", "migrations/b2.py")


def test_db003_names_tables_that_no_migration_makes() -> None:
    history = Migrations(heads=(), revisions=(), declared=("app/models.py",))
    is_failed(checks.one_migration_head(history), "no migration is in the repository", "app/models.py")


def test_db004_passes_what_leaves_no_trace() -> None:
    walk = MigrationWalk(steps=(acting(FIRST), acting(SECOND)), history=(FIRST, SECOND))
    said = "up, down and up again on PostgreSQL, and the schema was the same each time"
    is_passed(checks.every_revision_is_reversible(walk), said, "2 of 2 revisions")


def test_db004_says_which_revision_does_nothing_and_counts_it_as_not_judged() -> None:
    walk = MigrationWalk(steps=(acting(FIRST), Walked(revision=SECOND)), history=(FIRST, SECOND))
    verdict = checks.every_revision_is_reversible(walk)
    assert verdict.outcome is Outcome.PASSED
    assert "b2 changes neither schema nor rows (1 of 2 revisions judged)" in verdict.message
    rows = Walked(revision=SECOND, statements=(Statement(sql="/* one */ UPDATE orders SET title = 'x'"),))
    assert rows.acts
    assert not Walked(revision=SECOND, statements=(Statement(sql="UPDATE alembic_version SET version_num='b2'"),)).acts
    assert not Walked(revision=SECOND, statements=(Statement(sql="-- UPDATE orders\nSELECT 1"),)).acts


def test_db004_names_tables_that_env_makes() -> None:
    walk = MigrationWalk(steps=(acting(FIRST),), history=(FIRST,), by_env=("orders",))
    said = "migrations/env.py makes 1 table by itself, which no revision takes back: orders"
    is_failed(checks.every_revision_is_reversible(walk), said, "orders")


def test_db004_names_the_revision_and_what_it_leaves() -> None:
    walk = MigrationWalk(
        steps=(Walked(revision=FIRST), Walked(revision=SECOND, leftovers=("enum type mood is left behind",))),
        history=(FIRST, SECOND),
    )
    verdict = checks.every_revision_is_reversible(walk)
    is_failed(verdict, "1 of 2 revisions: b2 leaves traces: enum type mood is left behind", "migrations/b2.py")
    assert verdict.again == ("alembic upgrade b2 && alembic downgrade a1 && alembic upgrade b2",)


def test_db004_names_the_revision_that_does_not_go_down() -> None:
    step = Walked(revision=FIRST, down_problem="NotImplementedError: no way back")
    walk = MigrationWalk(steps=(step,), history=(FIRST,))
    verdict = checks.every_revision_is_reversible(walk)
    is_failed(verdict, "1 of 1 revision: a1 does not go down: NotImplementedError: no way back", "migrations/a1.py")


def test_db005_passes_a_history_that_sqlite_takes() -> None:
    steps = (SqliteStep(revision=FIRST, changes=True), SqliteStep(revision=SECOND))
    verdict = checks.sqlite_history_is_reversible(SqliteWalk(steps=steps, revisions=2))
    is_passed(verdict, "up, down and up again on SQLite, and nothing was left behind", "2 of 2 revisions")


def test_db005_names_the_revision_that_sqlite_refuses() -> None:
    walk = SqliteWalk(
        steps=(SqliteStep(revision=FIRST), SqliteStep(revision=SECOND, problem='near "USING": syntax error')),
        revisions=2,
    )
    verdict = checks.sqlite_history_is_reversible(walk)
    is_failed(verdict, 'b2 does not go up on SQLite: near "USING": syntax error', "migrations/b2.py")


def test_db006_passes_rows_that_survive() -> None:
    steps = (Populated(revision=FIRST, planted=3), Populated(revision=SECOND, rows=6))
    verdict = checks.migrations_carry_their_rows(PopulatedMigration(steps=steps, history=(FIRST, SECOND)))
    said = "up, down and up again on tables with up to 6 rows, and all survived"
    is_passed(verdict, said, "2 of 2 revisions")


def test_db006_names_the_revision_that_fails_on_rows() -> None:
    steps = (Populated(revision=SECOND, rows=6, problem="column price contains null values"),)
    verdict = checks.migrations_carry_their_rows(PopulatedMigration(steps=steps, history=(SECOND,)))
    is_failed(verdict, "b2 fails on tables with 6 rows: column price contains null values", "migrations/b2.py")


def test_db006_leaves_to_db004_what_does_not_go_down_without_rows_either() -> None:
    steps = (Populated(revision=FIRST, planted=6), Populated(revision=SECOND, rows=6, down_problem="no", alone=True))
    verdict = checks.migrations_carry_their_rows(PopulatedMigration(steps=steps, history=(FIRST, SECOND)))
    assert verdict.outcome is Outcome.PASSED
    assert verdict.message.endswith("b2 does not go down, with rows or without (1 of 2 revisions judged)")
    worse = (replace(steps[1], alone=False),)
    verdict = checks.migrations_carry_their_rows(PopulatedMigration(steps=worse, history=(FIRST, SECOND)))
    is_failed(verdict, "b2 does not go down with rows there: no", "migrations/b2.py")


def test_db006_does_not_know_without_rows() -> None:
    steps = (Populated(revision=SECOND, rows=6, unplanted=("orders: a trigger refuses",)),)
    verdict = checks.migrations_carry_their_rows(PopulatedMigration(steps=steps, history=(SECOND,)))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.message == "no row could be planted in 1 table, so nobody knows: orders: a trigger refuses"


def test_released_revisions_are_left_out_and_said_so() -> None:
    old = replace(FIRST, released=True)
    history = (old, SECOND)
    walk = MigrationWalk(steps=(Walked(revision=old, leftovers=("a type",)), acting(SECOND)), history=history)
    said = "up, down and up again on PostgreSQL, and the schema was the same each time; 1 released before are left out"
    is_passed(checks.every_revision_is_reversible(walk), said, "1 of 1 revision")
    steps = (Populated(revision=old, problem="nulls"), Populated(revision=SECOND, rows=2))
    populated = PopulatedMigration(steps=steps, history=history)
    said = "up, down and up again on tables with up to 2 rows, and all survived; 1 released before are left out"
    is_passed(checks.migrations_carry_their_rows(populated), said, "1 of 1 revision")
    said = "none takes a lock that blocks writers of an older table; 1 released before are left out"
    locks = Locks(found=(), revisions=2, judged=1, released=1)
    is_passed(checks.no_blocking_locks(locks), said, "1 of 1 revision")
    for verdict in (
        checks.every_revision_is_reversible(MigrationWalk(steps=(Walked(revision=old),), history=(old,))),
        checks.migrations_carry_their_rows(PopulatedMigration(steps=(Populated(revision=old),), history=(old,))),
        checks.no_blocking_locks(Locks(found=(), revisions=1, judged=0, released=1)),
    ):
        assert (verdict.outcome, verdict.looked) == (Outcome.NOT_APPLICABLE, "gonogo.toml, [database] released")


def test_db004_does_not_know_what_stands_behind_a_released_revision_that_does_not_go_up() -> None:
    old = replace(FIRST, released=True)
    walk = MigrationWalk(steps=(Walked(revision=old, problem="no role"),), history=(old, SECOND))
    verdict = checks.every_revision_is_reversible(walk)
    assert verdict.outcome is Outcome.UNKNOWN
    assert "the released a1 does not go up: no role, so none behind it was tried" in verdict.message


def test_what_a_released_revision_builds_on_is_released_too() -> None:
    third = Revision(id="c3", down=("b2",), message="x", path="migrations/c3.py")
    marked = mark_released((FIRST, SECOND, third), "b2")
    assert [one.released for one in marked] == [True, True, False]
    assert mark_released((FIRST, SECOND), None) == (FIRST, SECOND)
    with pytest.raises(ProbeError, match="there is no revision `d4`"):
        mark_released((FIRST,), "d4")


def test_db007_passes_without_locks() -> None:
    said = "none takes a lock that blocks writers of an older table"
    is_passed(checks.no_blocking_locks(Locks(found=(), revisions=2, judged=2)), said, "2 of 2 revisions")


def test_db007_does_not_know_what_locks_a_change_takes_that_no_statement_tells() -> None:
    locks = Locks(found=(), revisions=2, judged=2, unheard=(("b2", "orders"),))
    verdict = checks.no_blocking_locks(locks)
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.message.startswith("b2 changes orders in no statement that could be read")


def test_db007_names_the_statement_and_its_line() -> None:
    lock = Lock(
        revision=SECOND,
        rule="require-concurrent-index-creation",
        message="Writes are blocked.",
        help="",
        statement="CREATE INDEX ix ON orders (at)",
        table="orders",
        line=12,
    )
    verdict = checks.no_blocking_locks(Locks(found=(lock,), revisions=2, judged=2))
    said = "1 blocking statement; b2: CREATE INDEX ix ON orders (at) (require-concurrent-index-creation)"
    is_failed(verdict, said, "migrations/b2.py:12")


def test_db010_passes_tables_with_keys() -> None:
    is_passed(
        checks_schema.every_table_has_a_primary_key(schema(USERS, ORDERS)), "each has a primary key", "2 of 2 tables"
    )


def test_db010_names_the_table_without_a_key() -> None:
    bare = replace(USERS, name="log", constraints=())
    is_failed(checks_schema.every_table_has_a_primary_key(schema(bare)), "1 table without a primary key: log", "log")


def test_db011_passes_an_index_that_starts_with_the_key() -> None:
    verdict = checks_schema.foreign_keys_are_indexed(schema(USERS, ORDERS))
    is_passed(verdict, "each foreign key has an index that starts with its columns", "1 of 1 reference")


def test_db011_names_a_key_whose_index_starts_with_something_else() -> None:
    for index in (
        replace(BY_USER, columns=("at", "user_id")),
        replace(BY_USER, predicate="(title <> ''::text)"),
        replace(BY_USER, valid=False),
        replace(BY_USER, method="brin"),
    ):
        verdict = checks_schema.foreign_keys_are_indexed(schema(USERS, replace(ORDERS, indexes=(KEY_INDEX, index))))
        is_failed(verdict, "1 of 1 foreign keys without a usable index: orders.user_id", "orders.user_id")


def test_db011_passes_an_index_that_only_skips_nulls() -> None:
    index = replace(BY_USER, columns=("user_id",), predicate="(user_id IS NOT NULL)")
    verdict = checks_schema.foreign_keys_are_indexed(schema(USERS, replace(ORDERS, indexes=(index,))))
    assert verdict.outcome is Outcome.PASSED


def test_db012_passes_declared_rules() -> None:
    is_passed(
        checks_schema.delete_rules_are_declared(schema(USERS, ORDERS)),
        "each foreign key has a delete rule",
        "1 of 1 reference",
    )


def test_db012_names_the_key_without_a_rule() -> None:
    mute = replace(ORDERS, constraints=(KEY, replace(OWNER, on_delete="no action")))
    verdict = checks_schema.delete_rules_are_declared(schema(USERS, mute))
    is_failed(verdict, "1 of 1 foreign keys without a delete rule: orders.user_id", "orders.user_id")


def test_db013_passes_indexes_that_differ() -> None:
    expression = replace(BY_USER, name="ix_lower", columns=("",), definition="CREATE INDEX ix_lower … (lower(title))")
    partial = replace(BY_USER, name="ix_open", columns=("user_id",), predicate="(at > now())")
    trigram = replace(BY_USER, name="ix_title", columns=("user_id",), method="gin", definition="… USING gin")
    table = replace(ORDERS, indexes=(KEY_INDEX, BY_USER, expression, partial, trigram))
    is_passed(checks_schema.no_redundant_index(schema(table)), "none is a prefix of another", "5 of 5 indexes")


def test_db013_names_an_index_on_an_expression_that_is_there_twice() -> None:
    one = replace(BY_USER, name="ix_a", columns=("",), definition="CREATE INDEX ix_a ON orders (lower(title))")
    two = replace(one, name="ix_b", definition="CREATE INDEX ix_b ON orders (lower(title))")
    verdict = checks_schema.no_redundant_index(schema(replace(ORDERS, indexes=(KEY_INDEX, one, two))))
    is_failed(verdict, "1 of 3 indexes are of no use: ix_b by ix_a", "orders")


def test_db013_names_the_shorter_of_two() -> None:
    short = replace(BY_USER, name="ix_short", columns=("user_id",))
    verdict = checks_schema.no_redundant_index(schema(replace(ORDERS, indexes=(KEY_INDEX, short, BY_USER))))
    is_failed(verdict, "1 of 3 indexes are of no use: ix_short by ix_orders_user", "orders")


def test_db013_keeps_a_unique_index_that_a_longer_one_begins_with() -> None:
    unique = replace(BY_USER, name="uq_user", columns=("user_id",), unique=True)
    assert (
        checks_schema.no_redundant_index(schema(replace(ORDERS, indexes=(unique, BY_USER)))).outcome is Outcome.PASSED
    )


def test_db013_names_a_unique_constraint_that_the_primary_key_makes_already() -> None:
    twice = replace(KEY_INDEX, name="orders_id_key", of_constraint=True)
    table = replace(ORDERS, indexes=(twice, replace(KEY_INDEX, of_constraint=True)))
    verdict = checks_schema.no_redundant_index(schema(table))
    is_failed(verdict, f"1 of 2 indexes are of no use: orders_id_key by {KEY_INDEX.name}", "orders")
    late = Constraint(
        name="orders_id_key", kind="unique", columns=KEY_INDEX.columns, definition="UNIQUE (id) DEFERRABLE"
    )
    later = replace(table, constraints=(*table.constraints, late))
    assert checks_schema.no_redundant_index(schema(later)).outcome is Outcome.PASSED


def test_db013_names_one_of_two_equal_ones_once() -> None:
    twin = replace(BY_USER, name="ix_twin")
    verdict = checks_schema.no_redundant_index(schema(replace(ORDERS, indexes=(BY_USER, twin))))
    is_failed(verdict, "1 of 2 indexes are of no use: ix_twin by ix_orders_user", "orders")


def test_db014_passes_exact_money_and_inexact_coordinates() -> None:
    table = with_column(name="latitude", type="double precision")
    said = "no float has money or a quantity in its name: orders.latitude"
    is_passed(checks_schema.money_is_exact(schema(table), MODELS), said, "7 of 7 columns")
    is_passed(checks_schema.money_is_exact(schema(ORDERS), MODELS), "none is a float", "6 of 6 columns")


def test_db014_looks_through_a_domain() -> None:
    domain = Extra(kind="domain", name="euro", definition="double precision")
    table = with_column(name="price", type="shop.euro")
    verdict = checks_schema.money_is_exact(schema(table, extras=(domain,)), MODELS)
    is_failed(verdict, "1 amount as float: orders.price", "orders.price")


@pytest.mark.parametrize("name", ["hourly_rate", "deposit", "daily_surcharge", "monthlyRate", "royalty", "paid"])
def test_db014_names_what_is_paid(name: str) -> None:
    verdict = checks_schema.money_is_exact(schema(with_column(name=name, type="real")), MODELS)
    is_failed(verdict, f"1 amount as float: orders.{name}", f"orders.{name}")


@pytest.mark.parametrize("name", ["heart_rate", "sample_rate", "success_rate", "frame_rate", "rating"])
def test_db014_passes_rates_that_nobody_pays(name: str) -> None:
    verdict = checks_schema.money_is_exact(schema(with_column(name=name, type="real")), MODELS)
    assert verdict.outcome is Outcome.PASSED


def test_db014_names_a_value_beside_its_currency() -> None:
    value = with_column(name="value", type="real")
    assert checks_schema.money_is_exact(schema(value), MODELS).outcome is Outcome.PASSED
    told = replace(value, columns=(*value.columns, Column(name="currency_code", type="character(3)")))
    is_failed(checks_schema.money_is_exact(schema(told), MODELS), "1 amount as float: orders.value", "orders.value")


def test_db014_names_the_float() -> None:
    verdict = checks_schema.money_is_exact(schema(with_column(name="total_price", type="double precision")), MODELS)
    is_failed(verdict, "1 amount as float: orders.total_price", "orders.total_price")
    assert (verdict.places[0].path, verdict.places[0].line) == ("app/models.py", 7)


def test_db015_passes_aware_moments_and_types_that_convert() -> None:
    meant = replace(MODEL, columns=(ModelColumn(name="sent", type="NaiveDateTime", converts=True, aware=False),))
    table = with_column(name="sent", type="timestamp without time zone")
    verdict = checks_schema.timestamps_know_their_zone(schema(table), Models(tables=(meant,)))
    is_passed(verdict, "each timestamp has a time zone or a type that converts", "2 of 2 moments")


def test_db015_counts_moments_that_are_told_as_text_or_number() -> None:
    verdict = checks_schema.timestamps_know_their_zone(schema(with_column(name="sent_at", type="text")), MODELS)
    assert verdict.outcome is Outcome.PASSED
    assert "orders.sent_at is stored as text or number, so nobody knows its zone (1 of 2" in verdict.message


def test_db015_names_the_naive_one() -> None:
    table = with_column(name="sent", type="timestamp(3) without time zone")
    verdict = checks_schema.timestamps_know_their_zone(schema(table), MODELS)
    is_failed(verdict, "1 of 2 timestamps are naive: orders.sent", "orders.sent")


def test_db016_passes_a_cascade_to_what_belongs_to_it() -> None:
    owned = replace(ORDERS, constraints=(KEY, replace(OWNER, on_delete="cascade")))
    verdict = checks_schema.cascades_stay_inside(schema(USERS, owned))
    is_passed(verdict, "1 of 1 foreign key cascade, none from a lookup table to content", "1 of 1 reference")


def test_db016_names_a_cascade_from_a_lookup_table() -> None:
    lookup = replace(USERS, name="categories")
    content = replace(ORDERS, constraints=(KEY, replace(OWNER, target="categories", on_delete="cascade")))
    verdict = checks_schema.cascades_stay_inside(schema(lookup, content))
    is_failed(verdict, "1 cascade from a lookup table to content: categories → orders", "orders.user_id")


def test_db014_names_a_float_whose_own_type_is_of_money() -> None:
    real = schema(with_column(name="thanks", type="double precision"))
    models = Models(tables=(replace(MODEL, columns=(ModelColumn(name="thanks", type="Money"),)),))
    assert checks_schema.money_is_exact(real, models).message == "1 amount as float: orders.thanks"
    plain = Models(tables=(replace(MODEL, columns=(ModelColumn(name="thanks", type="Double"),)),))
    assert checks_schema.money_is_exact(real, plain).outcome is Outcome.PASSED
    tip = schema(with_column(name="tip", type="double precision"))
    assert checks_schema.money_is_exact(tip, plain).outcome is Outcome.FAILED


def test_db020_passes_without_drift() -> None:
    verdict = drifted(Drift(differences=(), tables=("orders",)))
    is_passed(verdict, "neither alembic check nor the catalogue shows a difference", "1 of 1 table")


def test_db020_names_the_column() -> None:
    missing = Difference(kind="add_column", table="orders", column="note", what="VARCHAR(20)")
    verdict = drifted(Drift(differences=(missing,), tables=("orders",)), with_column(name="note", type="text"))
    is_failed(verdict, "1 difference: add_column orders.note VARCHAR(20)", "orders.note")


def test_db020_names_what_env_hides_from_alembic_and_by_what() -> None:
    blind = Drift(differences=(), tables=("orders",), hooks=("include_object",))
    for change, said in (
        ({"name": "note", "type": "text"}, "add_column orders.note text"),
        ({"type": "numeric(9,2)"}, "modify_type orders.price database numeric(12,2), model numeric(9,2)"),
        ({"type": "numeric(12,2)", "nullable": False}, "modify_nullable orders.price database True, model False"),
    ):
        verdict = drifted(blind, with_column(**change) if "name" not in change else added(**change))
        hidden = "migrations/env.py keeps Alembic from seeing it by include_object"
        assert verdict.message == f"1 difference, all hidden from alembic check: {said}; {hidden}"
        assert verdict.outcome is Outcome.FAILED


def test_db020_says_which_tables_no_model_declares() -> None:
    verdict = drifted(Drift(differences=(), tables=("orders",), hooks=("include_name",)), real=(ORDERS, USERS))
    assert verdict.outcome is Outcome.PASSED
    assert "no model declares users; migrations/env.py keeps Alembic from seeing it by include_name" in verdict.message
    assert "1 of 2 tables judged" in verdict.message


def test_db020_leaves_a_view_alone_and_names_a_table_and_an_index_that_no_migration_makes() -> None:
    drift = Drift(differences=(), tables=("orders",))
    view = Extra(kind="view", name="users")
    declared = ModelSchema(shape=Shape(tables=(ORDERS, USERS)))
    assert (
        checks_models.models_are_the_migrated_schema(drift, MODELS, declared, schema(ORDERS, extras=(view,))).outcome
        is Outcome.PASSED
    )
    verdict = checks_models.models_are_the_migrated_schema(drift, MODELS, declared, schema(ORDERS))
    assert "add_table users" in verdict.message
    bare = schema(replace(ORDERS, indexes=(KEY_INDEX,)))
    verdict = checks_models.models_are_the_migrated_schema(
        drift, MODELS, ModelSchema(shape=Shape(tables=(ORDERS,))), bare
    )
    assert "add_index orders ix_orders_user (user_id, at)" in verdict.message


def test_db021_passes_when_the_database_has_more() -> None:
    more = Constraint(name="ck", kind="check", columns=("stars",), definition="CHECK ((stars > 0))")
    real = schema(replace(ORDERS, constraints=(*ORDERS.constraints, more)))
    declared = ModelSchema(shape=Shape(tables=(ORDERS,)))
    verdict = checks_models.migrations_enforce_what_models_declare(declared, real, MODELS)
    is_passed(verdict, "each is in the database as well", "4 of 4 rules of the models")


def test_db021_names_a_check_a_delete_rule_and_a_default_that_only_models_have() -> None:
    check = Constraint(name="ck", kind="check", columns=("stars",), definition="CHECK ((stars > 0))")
    cascade = replace(OWNER, on_delete="cascade", definition="FOREIGN KEY … ON DELETE CASCADE")
    filled = with_column(name="stars", type="integer", default="0", filled=True)
    declared = ModelSchema(shape=Shape(tables=(replace(filled, constraints=(KEY, cascade, check)),)))
    verdict = checks_models.migrations_enforce_what_models_declare(declared, schema(ORDERS), MODELS)
    said = (
        "3 not in the database: orders.stars: no default; the model says 0; "
        "orders.user_id: FOREIGN KEY … ON DELETE CASCADE; orders.stars: CHECK ((stars > 0))"
    )
    is_failed(verdict, said, "orders.stars", "orders.user_id", "orders.stars")


KEY_TEXT = "FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE RESTRICT"


@pytest.mark.parametrize(
    ("model", "database"),
    [
        (KEY_TEXT, KEY_TEXT.replace("ON DELETE", "ON UPDATE CASCADE ON DELETE")),
        (KEY_TEXT, f"{KEY_TEXT} DEFERRABLE INITIALLY DEFERRED"),
        (f"{KEY_TEXT} DEFERRABLE", KEY_TEXT),
    ],
)
def test_db021_names_a_key_that_is_kept_in_another_manner(model: str, database: str) -> None:
    declared = replace(ORDERS, constraints=(KEY, replace(OWNER, definition=model)))
    real = replace(ORDERS, constraints=(KEY, replace(OWNER, definition=database)))
    is_failed(enforced(declared, real), f"1 not in the database: orders.user_id: {model}", "orders.user_id")
    assert enforced(declared, declared).outcome is Outcome.PASSED


def test_db021_names_a_second_key_beside_the_models() -> None:
    second = replace(OWNER, name="fk2", on_delete="cascade", definition="FOREIGN KEY … ON DELETE CASCADE")
    verdict = enforced(ORDERS, replace(ORDERS, constraints=(*ORDERS.constraints, second)))
    said = "orders.user_id: beside the model's key FOREIGN KEY … ON DELETE CASCADE"
    is_failed(verdict, f"1 not in the database: {said}", "orders.user_id")


@pytest.mark.parametrize(
    ("model", "database"),
    [
        ({"default": "now()"}, {"default": "(now() - '1 day'::interval)"}),
        ({"default": "'open'::text"}, {"default": "'shut'::text"}),
        ({"default": "false"}, {"default": "true"}),
        (
            {"default": "identity", "generated": "GENERATED BY DEFAULT AS IDENTITY"},
            {"default": "identity", "generated": "GENERATED ALWAYS AS IDENTITY"},
        ),
        (
            {"default": "identity", "generated": "GENERATED BY DEFAULT AS IDENTITY"},
            {"default": "identity", "generated": "GENERATED BY DEFAULT AS IDENTITY INCREMENT BY 10"},
        ),
        ({"default": "(a + b)", "generated": "GENERATED ALWAYS AS (a + b)"}, {"default": "(a + b)"}),
    ],
)
def test_db021_names_a_value_that_the_database_makes_otherwise(model: dict[str, Any], database: dict[str, Any]) -> None:
    verdict = enforced(with_column(**model, filled=True), with_column(**database, filled=True))
    is_failed(verdict, verdict.message, "orders.price")
    assert str(model.get("generated") or model["default"]) in verdict.message


@pytest.mark.parametrize(
    ("model", "database"),
    [
        ("'0'::numeric", "0"),
        ("'open'::character varying", "'open'::text"),
        ("CURRENT_TIMESTAMP", "now()"),
        ("uuid_generate_v4()", "gen_random_uuid()"),
        ("identity", "nextval('orders_id_seq'::regclass)"),
    ],
)
def test_db021_takes_two_ways_to_write_one_default_as_one(model: str, database: str) -> None:
    told = "GENERATED BY DEFAULT AS IDENTITY" if model == "identity" else ""
    declared = with_column(default=model, filled=True, generated=told)
    assert enforced(declared, with_column(default=database, filled=True)).outcome is Outcome.PASSED


def test_db021_takes_a_check_of_a_column_of_another_text_type_as_the_same() -> None:
    rule = Constraint(name="ck", kind="check", columns=("note",), definition="CHECK ((length((note)::text) <= 9))")
    plain = replace(rule, definition="CHECK ((length(note) <= 9))")
    wider = replace(rule, definition="CHECK ((length(note) <= 99))")
    model, same, other = (replace(ORDERS, constraints=(KEY, one)) for one in (rule, plain, wider))
    assert enforced(model, same).outcome is Outcome.PASSED
    assert enforced(model, other).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"method": "hash"}, "database hash (user_id), model btree (user_id)"),
        ({"unique": True}, "database UNIQUE btree (user_id), model btree (user_id)"),
        ({"predicate": "(at IS NULL)"}, "database btree (user_id) WHERE (at IS NULL), model btree (user_id)"),
        (
            {"definition": "CREATE INDEX ix ON orders USING btree (user_id DESC)"},
            "database btree (user_id DESC), model btree (user_id)",
        ),
    ],
)
def test_db020_names_an_index_of_another_kind(changed: dict[str, Any], said: str) -> None:
    index = Index(name="ix", columns=("user_id",), definition="CREATE INDEX ix ON orders USING btree (user_id)")
    drift = Drift(differences=(), tables=("orders",))
    declared, real = replace(ORDERS, indexes=(index,)), replace(ORDERS, indexes=(replace(index, **changed),))
    assert f"modify_index orders ix: {said}" in drifted(drift, declared, (real,)).message
    carried = replace(index, included=1, definition=f"{index.definition} INCLUDE (at) WITH (fillfactor='70')")
    assert drifted(drift, declared, (replace(ORDERS, indexes=(carried,)),)).outcome is Outcome.PASSED


def test_db020_knows_an_index_of_an_expression() -> None:
    index = Index(name="ix", columns=("",), definition="CREATE INDEX ix ON orders USING btree (lower((title)::text))")
    drift, declared = Drift(differences=(), tables=("orders",)), replace(ORDERS, indexes=(index,))
    same = replace(index, name="other", definition="CREATE INDEX other ON orders USING btree (lower(title))")
    assert drifted(drift, declared, (replace(ORDERS, indexes=(same,)),)).outcome is Outcome.PASSED
    assert "add_index orders ix (lower((title)::text))" in drifted(drift, declared).message


def test_db022_passes_when_alembic_sees_all() -> None:
    verdict = checks_models.alembic_sees_every_model(Drift(differences=(), tables=("orders",)), MODELS)
    is_passed(verdict, "Alembic sees all that the code declares", "1 of 1 table")


def test_db022_names_the_model_that_alembic_does_not_see() -> None:
    verdict = checks_models.alembic_sees_every_model(Drift(differences=(), tables=()), MODELS)
    said = "1 of 1 table unseen: Order (orders); migrations/env.py gives Alembic no metadata at all"
    is_failed(verdict, said, "orders")


def test_db023_passes_defaults_made_for_each_row() -> None:
    made = replace(MODEL, columns=(ModelColumn(name="at", type="DateTime", has_default=True, made=True),))
    verdict = checks_models.defaults_are_made_for_each_row(Models(tables=(made,)), FrozenDefaults(read=3, there=3))
    is_passed(verdict, "none of them is a moment or an id that was fixed at import", "1 of 1 default", "3 of 3 files")


def test_db023_names_the_default_that_was_fixed() -> None:
    fixed = replace(MODEL, columns=(ModelColumn(name="at", type="DateTime", fixed="datetime(2024, 1, 1)"),))
    verdict = checks_models.defaults_are_made_for_each_row(Models(tables=(fixed,)), FrozenDefaults())
    is_failed(verdict, "1 default fixed at import: orders.at", "orders.at")


def test_db023_names_the_parameter_that_was_fixed() -> None:
    one = FrozenDefault(path="app/due.py", line=4, owner="due", name="until", made_by="datetime.datetime.now")
    verdict = checks_models.defaults_are_made_for_each_row(MODELS, FrozenDefaults(found=(one,), read=1, there=1))
    is_failed(verdict, "1 default fixed at import: due.until", "app/due.py:4")
    assert verdict.places[0].note == "due.until: datetime.datetime.now() is called once, at import"


def contract(method: str = "post", path: str = "/orders", **fields: object) -> Contract:
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": fields}}}}
    return Contract(document={"paths": {path: {method: {"requestBody": body, "responses": {}}}}})


def test_db030_passes_bounds_within_the_columns() -> None:
    title = {"anyOf": [{"type": "string", "maxLength": 80}, {"type": "null"}]}
    fits = contract(title=title, stars={"type": "integer", "maximum": 5}, other={"type": "string"})
    is_passed(
        checks_contract.api_bounds_fit_the_columns(fits, schema(ORDERS)),
        "each fits into the column of its name (2 of 3 fields of request bodies judged)",
        "2 of 3 fields of request bodies",
    )


def test_db030_finds_the_table_of_accounts_where_the_path_only_says_register() -> None:
    column = Column(name="email", type="character varying(80)", nullable=False)
    hashed = Column(name="hashed_password", type="text", nullable=False)
    people = Table(name="people", columns=(column, hashed))
    email = {"type": "string"}
    made = contract(path="/auth/register", email=email, password={"type": "string"})
    verdict = checks_contract.api_bounds_fit_the_columns(made, schema(people))
    is_failed(
        verdict,
        "1 of 1 fields do not fit; POST /auth/register `email`: no maxLength; the column takes 80 characters",
        "people.email",
    )
    signing_in = contract(path="/auth/login", email=email, password={"type": "string"})
    assert checks_contract.api_bounds_fit_the_columns(signing_in, schema(people)).outcome is Outcome.NOT_APPLICABLE


def test_db030_leaves_a_password_alone_whose_hash_is_stored_and_a_sign_in() -> None:
    columns = (Column(name="email", type="character varying(80)"), Column(name="password", type="character varying(9)"))
    people = Table(name="users", columns=columns)
    made = contract(path="/users", email={"type": "string", "maxLength": 80}, password={"type": "string"})
    verdict = checks_contract.api_bounds_fit_the_columns(made, schema(people))
    is_passed(verdict, "each fits into the column of its name", "1 of 1 field of request bodies")
    signing_in = contract(path="/users/login", email={"type": "string"}, password={"type": "string"})
    assert checks_contract.api_bounds_fit_the_columns(signing_in, schema(people)).outcome is Outcome.NOT_APPLICABLE


def test_db030_looks_into_the_envelope_of_a_body() -> None:
    wrapped = contract(order={"type": "object", "properties": {"title": {"type": "string"}, "stars": {}}})
    verdict = checks_contract.api_bounds_fit_the_columns(wrapped, schema(ORDERS))
    assert "`title`: no maxLength" in verdict.message


@pytest.mark.parametrize(
    ("table", "column"),
    [("cases", "case_id"), ("people", "person_id"), ("statuses", "status_id"), ("order_items", "orderItemId")],
)
def test_a_column_is_called_after_a_row_of_another_table(table: str, column: str) -> None:
    other = Table(name="notes", columns=(Column(name=column, type="bigint"),))
    assert checks_schema.loose(schema(replace(USERS, name=table), other)) == [f"notes.{column}"]


def test_a_path_is_matched_to_the_table_that_it_ends_with_or_that_holds_most_of_its_fields() -> None:
    def table(name: str, *columns: str) -> Table:
        return Table(name=name, columns=tuple(Column(name=one, type="character varying(9)") for one in columns))

    tables = schema(
        table("projects", "name", "goal"), table("memberships", "name", "email", "role"), table("tags", "name")
    )

    def found(path: str, *fields: str) -> str | None:
        sent: dict[str, Any] = {name: {"type": "string"} for name in fields}
        given = contract(path=path, **sent).operations[0]
        match = checks_contract.table_for(given, {name: {} for name in fields}, tables)
        return match.name if match else None

    assert found("/projects", "name", "colour", "size", "shape") == "projects"
    assert found("/projects/{id}/tags", "name", "colour") == "tags"
    assert found("/projects/{id}/members", "name", "email", "role") == "memberships"
    assert found("/projects/{id}/invitations", "name", "text", "until") is None
    assert found("/projects/{id}/rename", "name") == "projects"
    assert found("/projects/mine", "name", "colour") == "projects"


def test_db030_names_a_text_and_a_number_without_a_bound() -> None:
    loose = contract(path="/shops/{id}/orders", title={"type": "string"}, stars={"type": "integer", "maximum": 2**31})
    verdict = checks_contract.api_bounds_fit_the_columns(loose, schema(USERS, ORDERS))
    said = "2 of 2 fields do not fit; POST /shops/{id}/orders `title`: no maxLength; the column takes 80 characters"
    is_failed(verdict, said, "orders.title", "orders.stars")
    assert verdict.places[1].note.endswith("maximum 2147483648; integer ends at 2147483647")


def test_db030_names_an_empty_text_that_a_check_refuses() -> None:
    rule = Constraint(
        name="ck", kind="check", columns=("title",), definition="CHECK (((length((title)::text) >= 1) AND (true)))"
    )
    table = replace(ORDERS, constraints=(KEY, rule))
    verdict = checks_contract.api_bounds_fit_the_columns(
        contract(title={"type": "string", "maxLength": 80}), schema(table)
    )
    said = "1 of 1 fields do not fit; POST /orders `title`: minLength 0; the column takes no less than 1 characters"
    is_failed(verdict, said, "orders.title")


def test_db030_leaves_alone_what_is_bounded_by_format_or_pattern() -> None:
    for field in ({"type": "string", "format": "uuid"}, {"type": "string", "pattern": "^[a-z]{3}$"}):
        verdict = checks_contract.api_bounds_fit_the_columns(contract(path="/users", email=field), schema(USERS))
        assert verdict.outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ({"pattern": "^.{1,300}$"}, "a pattern that takes 300; the column takes 80 characters"),
        ({"pattern": r"^(?:\d{3}|[a-z]{90})\Z"}, "a pattern that takes 90; the column takes 80 characters"),
        ({"pattern": "^[a-z]{3}$|.*"}, "no maxLength; the column takes 80 characters"),
        ({"pattern": r"^\p{L}{3}$"}, "no maxLength; the column takes 80 characters"),
    ],
)
def test_db030_reads_the_length_that_stands_inside_of_a_pattern(field: dict[str, str], problem: str) -> None:
    given = contract(title={"type": "string", **field})
    verdict = checks_contract.api_bounds_fit_the_columns(given, schema(ORDERS))
    assert (verdict.outcome, problem in verdict.message) == (Outcome.FAILED, True), verdict.message
    tight = contract(title={"type": "string", "maxLength": 300, "pattern": "^[A-Z]{2}[0-9]{0,9}$"})
    assert checks_contract.api_bounds_fit_the_columns(tight, schema(ORDERS)).outcome is Outcome.PASSED


def test_db031_passes_null_for_a_column_that_may_be_null() -> None:
    optional = contract(price={"anyOf": [{"type": "number"}, {"type": "null"}]}, title={"type": "string"})
    verdict = checks_contract.required_columns_get_a_value(optional, schema(ORDERS), MODELS, NO_NULLS)
    said = "none that may be null feeds a NOT NULL column"
    is_passed(verdict, said, "2 of 2 fields of creating requests")


def test_db031_names_null_for_a_required_column() -> None:
    optional = contract(title={"type": ["string", "null"]})
    verdict = checks_contract.required_columns_get_a_value(optional, schema(ORDERS), MODELS, NO_NULLS)
    said = "1 field may be null where the column may not: POST /orders `title`"
    is_failed(verdict, said, "orders.title")


def test_db031_is_quiet_where_a_null_is_refused_and_knows_nothing_where_it_is_replaced() -> None:
    optional = contract(title={"type": ["string", "null"]}, price={"type": "number"})
    refused = NullsHandled(refused={"POST /orders": frozenset({"title"})})
    verdict = checks_contract.required_columns_get_a_value(optional, schema(ORDERS), MODELS, refused)
    is_passed(verdict, "none that may be null feeds a NOT NULL column", "2 of 2 fields of creating requests")
    replaced = NullsHandled(replaced={"POST /orders": frozenset({"title"})})
    verdict = checks_contract.required_columns_get_a_value(optional, schema(ORDERS), MODELS, replaced)
    said = "none that may be null feeds a NOT NULL column; what the code makes of null in POST /orders `title`"
    said += " is not known (1 of 2 fields of creating requests judged)"
    is_passed(verdict, said, "1 of 2 fields of creating requests")
    elsewhere = NullsHandled(replaced={"PATCH /orders": frozenset({"title"})})
    verdict = checks_contract.required_columns_get_a_value(optional, schema(ORDERS), MODELS, elsewhere)
    assert verdict.outcome is Outcome.FAILED


def test_db031_leaves_the_caller_to_the_service() -> None:
    """`user_id` refers to users: where somebody is signed in, the service fills it in itself."""
    optional = contract(user_id={"type": ["integer", "null"]}, title={"type": "string"})
    signed = optional.document["paths"]["/orders"]["post"] | {"security": [{"bearer": []}]}
    secured = Contract(document={"paths": {"/orders": {"post": signed}}})
    found = checks_contract.required_columns_get_a_value(optional, schema(ORDERS, USERS), MODELS, NO_NULLS)
    assert found.outcome is Outcome.FAILED
    known = checks_contract.required_columns_get_a_value(secured, schema(ORDERS, USERS), MODELS, NO_NULLS)
    assert known.outcome is Outcome.PASSED


def test_the_er_diagram_draws_tables_and_delete_rules() -> None:
    drawn = artifacts.er_diagram(schema(USERS, ORDERS))
    assert '    users ||--o{ orders : "restrict"' in drawn
    assert "        varchar_80 title" in drawn
    assert '        numeric_12_2 price "may be null"' in drawn


def test_the_dictionary_lists_columns_rules_indexes_and_triggers() -> None:
    trigger = Extra(
        kind="trigger", name="orders.touch", definition="CREATE TRIGGER touch BEFORE UPDATE", table="orders"
    )
    mood = Extra(kind="enum type", name="mood", definition="glad, sad")
    text = artifacts.data_dictionary(schema(USERS, ORDERS, extras=(trigger, mood)), MODELS)
    assert "| title | varchar(80) | yes |  |  |" in text
    assert "| foreign key | fk_orders_user | `FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE RESTRICT` |" in text
    assert "| ix_orders_user | user_id, at |  |  |" in text
    assert "| touch | `touch BEFORE UPDATE` |" in text
    assert "| enum type | `mood` | glad, sad |" in text


def test_the_model_map_names_models_without_a_table() -> None:
    text = artifacts.model_map(schema(USERS), MODELS)
    assert "| – | users |  | 2 |" in text
    assert "| Order | **not in the database** | app/models.py |  |" in text


def test_the_migration_report_shows_sql_and_problem() -> None:
    made = Statement(sql="CREATE TABLE orders ()")
    step = Walked(revision=FIRST, statements=(made,), down_problem="boom")
    walk = MigrationWalk(steps=(step,), history=(FIRST,))
    populated = PopulatedMigration(steps=(Populated(revision=FIRST),), history=(FIRST,))
    text = artifacts.migration_report(walk, Locks(found=(), revisions=1, judged=1), populated)
    assert "| a1 | Orders. | **no** | none | no rows yet | under 10 s |" in text
    assert "**Not reversible:** boom" in text
    assert "CREATE TABLE orders ();" in text


def test_places_of_unknown_tables_stay_tables() -> None:
    assert MODELS.place("ghosts", "a", "b") == in_table("ghosts", "a", "b")


def test_db024_passes_when_each_engine_asks_for_foreign_keys() -> None:
    verdict = checks_models.sqlite_keeps_foreign_keys(SqliteKeys(engines=(("sqlite:///service.db", True),)))
    is_passed(verdict, "a row that refers to nothing is refused on SQLite", "1 of 1 engine")


def test_db024_names_the_engine_that_does_not() -> None:
    keys = SqliteKeys(engines=(("sqlite:///service.db", False), ("sqlite:///other.db", True)))
    verdict = checks_models.sqlite_keeps_foreign_keys(keys)
    assert verdict.outcome is Outcome.FAILED
    assert [str(place) for place in verdict.places] == ["sqlite:///service.db"]


def deleted(relation: ModelRelation, on_delete: str) -> Verdict:
    user = ModelTable(name="users", model="User", path="app/models.py", line=3, relations=(relation,))
    orders = replace(ORDERS, constraints=(KEY, replace(OWNER, on_delete=on_delete)))
    return checks_models.orm_and_schema_delete_alike(Models(tables=(user,)), schema(USERS, orders))


HELD = ModelRelation(name="orders", table="orders", columns=("user_id",))


@pytest.mark.parametrize(
    ("relation", "on_delete"),
    [
        (HELD, "restrict"),
        (replace(HELD, deletes=True), "cascade"),
        (replace(HELD, deletes=True), "no action"),
        (replace(HELD, deletes=True, passive="True"), "cascade"),
        (replace(HELD, passive="all"), "cascade"),
    ],
)
def test_db070_passes_what_both_do(relation: ModelRelation, on_delete: str) -> None:
    assert deleted(relation, on_delete).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("relation", "on_delete", "said"),
    [
        (replace(HELD, deletes=True), "restrict", "deletes the rows of orders, which ON DELETE RESTRICT keeps"),
        (replace(HELD, deletes=True), "set null", "deletes the rows of orders, which ON DELETE SET NULL keeps"),
        (
            replace(HELD, deletes=True, passive="True"),
            "no action",
            "leaves the rows of orders to the key of orders.user_id, which refuses (ON DELETE NO ACTION)",
        ),
        (
            HELD,
            "cascade",
            (
                "empties orders.user_id before a delete, which is NOT NULL, "
                "where ON DELETE CASCADE would take the rows along"
            ),
        ),
    ],
)
def test_db070_names_the_relationship_that_does_otherwise(relation: ModelRelation, on_delete: str, said: str) -> None:
    is_failed(deleted(relation, on_delete), f"User.orders {said}", "app/models.py:3")


HOOK = ModelHook(name="take_orders_along", path="app/hooks.py", line=9, answered=True, deletes=("orders",))


def swept(hook: ModelHook, on_delete: str) -> Verdict:
    user = ModelTable(name="users", model="User", path="app/models.py", line=3, hooks=(hook,))
    orders = replace(ORDERS, constraints=(KEY, replace(OWNER, on_delete=on_delete)))
    return checks_models.orm_and_schema_delete_alike(Models(tables=(user,)), schema(USERS, orders))


@pytest.mark.parametrize("rule", ["restrict", "set null", "set default"])
def test_db070_names_the_listener_that_deletes_what_the_schema_keeps(rule: str) -> None:
    said = f"take_orders_along deletes the rows of orders, which ON DELETE {rule.upper()} keeps"
    is_failed(swept(HOOK, rule), said, "app/hooks.py:9")


@pytest.mark.parametrize(
    ("hook", "rule"),
    [
        (HOOK, "cascade"),
        (HOOK, "no action"),
        (replace(HOOK, deletes=("audit",)), "restrict"),
        (replace(HOOK, deletes=()), "restrict"),
    ],
)
def test_db070_passes_a_listener_that_the_schema_does_not_contradict(hook: ModelHook, rule: str) -> None:
    assert swept(hook, rule).outcome is Outcome.PASSED


def test_db070_sees_where_no_model_holds_others() -> None:
    verdict = checks_models.orm_and_schema_delete_alike(MODELS, schema(ORDERS))
    assert (verdict.outcome, verdict.looked) == (Outcome.NOT_APPLICABLE, "the relationships of 1 model")
