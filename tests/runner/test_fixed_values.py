"""Does PostgreSQL say which values of an enum it takes: of a CHECK, an enum type, a length, a table of values?"""

from collections.abc import Iterator

import pytest

from runner.evidence.contract.contract import Contract
from runner.evidence.database.fixed_values import AskedValue, FixedValues, sent_values, wished
from runner.evidence.database.models import FixedValue, ModelColumn, Models, ModelTable
from runner.evidence.database.schema import Schema, read_shape
from runner.live.workshop import Workshop
from runner.model import Outcome
from runner.postgres.database import Database
from stages.database.checks_contract import every_value_of_an_enum_is_taken

TABLES = """
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE kinds (name text PRIMARY KEY);
INSERT INTO kinds VALUES ('book'), ('film');
CREATE TABLE things (id bigint PRIMARY KEY, mood mood, state varchar(6), kind text CONSTRAINT fk_kind REFERENCES kinds,
  role text CONSTRAINT ck_role CHECK (role IN ('reader', 'admin')), level integer CHECK (level IN (1, 2)), free text);
"""
ENDPOINT = "PATCH /things/{id}"


@pytest.fixture(scope="module")
def things() -> Iterator[Database]:
    with Workshop() as workshop:
        database = workshop.new_database()
        database.rows(TABLES)
        yield database


def body(**fields: object) -> Contract:
    content = {"application/json": {"schema": {"type": "object", "properties": fields}}}
    operation = {"requestBody": {"content": content}, "responses": {}}
    return Contract(document={"paths": {"/things/{id}": {"patch": operation}}})


def model(name: str, *values: str | int) -> Models:
    fixed = tuple(FixedValue(told=str(value), stored=value) for value in values)
    column = ModelColumn(name=name, type="Enum", values=fixed)
    return Models(tables=(ModelTable(name="things", model="Thing", path="app/models.py", line=3, columns=(column,)),))


def asked(database: Database, models: Models | None, contract: Contract) -> tuple[FixedValues, Schema]:
    schema = Schema(shape=read_shape(database))
    with database.connect() as connection, connection.transaction(force_rollback=True):
        wishes = wished(schema, models, contract)
        return FixedValues(values=tuple(v for wish in wishes for v in wish.ask(connection, schema))), schema


@pytest.mark.parametrize(
    ("column", "values", "refused", "by"),
    [
        ("role", ("reader", "admin", "moderator"), "moderator", "ck_role"),
        ("mood", ("glad", "sad", "angry"), "angry", "mood"),
        ("state", ("open", "archived"), "archived", "character varying(6)"),
        ("kind", ("book", "film", "song"), "song", "fk_kind"),
        ("level", (1, 2, 3), "3", "things_level_check"),
    ],
)
def test_db035_names_the_value_and_what_refuses_it(
    things: Database, column: str, values: tuple[str | int, ...], refused: str, by: str
) -> None:
    for models, contract in (
        (model(column, *values), body(free={"type": "string"})),
        (None, body(**{column: {"anyOf": [{"enum": list(values)}, {"type": "null"}]}})),
    ):
        found, schema = asked(things, models, contract)
        assert [(v.told, v.refused_by) for v in found.values if v.refused_by] == [(refused, by)]
        verdict = every_value_of_an_enum_is_taken(found, contract, schema)
        assert verdict.outcome is Outcome.FAILED
        assert f'things.{column} / {by} does not take "{refused}"' in verdict.message


def test_db035_asks_each_column_by_its_own_type_however_many_there_are(things: Database) -> None:
    names = [f"kind_{number}" for number in range(4)]
    for name in names:
        things.rows(f"CREATE TYPE {name} AS ENUM ('{name} a', '{name} b'); ALTER TABLE things ADD {name}_of {name}")
    contract = body(**{f"{name}_of": {"enum": [f"{name} a", f"{name} b"]} for name in names})
    found, schema = asked(things, None, contract)
    assert len(found.values) == 8
    verdict = every_value_of_an_enum_is_taken(found, contract, schema)
    assert verdict.outcome is Outcome.PASSED, verdict.message


def test_db035_passes_where_each_value_is_taken(things: Database) -> None:
    contract = body(mood={"enum": ["glad", "sad"]})
    found, schema = asked(things, model("role", "reader", "admin"), contract)
    verdict = every_value_of_an_enum_is_taken(found, contract, schema)
    assert (verdict.outcome, str(verdict.shares[0])) == (Outcome.PASSED, "2 of 2 columns of fixed values")


def test_db035_says_nothing_of_words_that_the_code_translates(things: Database) -> None:
    contract = body(role={"enum": ["Leser", "Chef"]})
    found, schema = asked(things, None, contract)
    assert every_value_of_an_enum_is_taken(found, contract, schema).outcome is Outcome.UNKNOWN


def test_db035_does_not_pass_what_could_not_be_asked(things: Database) -> None:
    contract = body(role={"enum": ["reader"]})
    _, schema = asked(things, None, contract)
    silent = AskedValue(table="things", column="role", told="reader", by_model=False, asked=False, sent_by=(ENDPOINT,))
    verdict = every_value_of_an_enum_is_taken(FixedValues(values=(silent,)), contract, schema)
    assert verdict.outcome is Outcome.UNKNOWN


def test_a_field_that_is_free_in_one_form_has_no_fixed_values() -> None:
    assert sent_values(body(role={"anyOf": [{"enum": ["a"]}, {"type": "string"}]})) == {}
    assert sent_values(body(roleKind={"allOf": [{"enum": ["a"]}]})) == {"role_kind": {"a": (ENDPOINT,)}}


def taking(**fields: object) -> dict[str, object]:
    content = {"application/json": {"schema": {"type": "object", "properties": fields}}}
    return {"requestBody": {"content": content}, "responses": {}}


def test_db035_holds_a_value_against_the_table_of_who_takes_it_alone(things: Database) -> None:
    things.rows("CREATE TABLE shop_staff (id bigint PRIMARY KEY, thing_id bigint, role varchar(20))")
    role, staff = {"enum": ["reader", "admin"]}, {"enum": ["auditor", "owner"]}
    paths = {
        "/things": {"post": taking(id={"type": "integer"}, role=role)},
        "/shop/staff": {"post": taking(thing_id={"type": "integer"}, role=staff)},
    }
    contract = Contract(document={"paths": paths})
    found, schema = asked(things, None, contract)
    verdict = every_value_of_an_enum_is_taken(found, contract, schema)
    assert (verdict.outcome, str(verdict.shares[0])) == (Outcome.PASSED, "2 of 2 columns of fixed values")
    assert "each of 4 values" in verdict.message
    paths["/things"]["post"] = taking(id={"type": "integer"}, role={"enum": ["reader", "auditor"]})
    contract = Contract(document={"paths": paths})
    found, schema = asked(things, None, contract)
    verdict = every_value_of_an_enum_is_taken(found, contract, schema)
    told = '1 of 4 values are refused: things.role / ck_role does not take "auditor", which POST /things lets in ('
    assert verdict.message.startswith(told)
