"""Is it understood what a refusal asks for: by pydantic's own kinds of errors, by other shapes, in sentences?"""

import json
from typing import Any

import pytest

from runner.http.refusals import Demand, demands
from runner.http.sentences import asked_in, form_of
from runner.http.siblings import Relation, in_order, pairs_in

FIELDS = (("name",), ("quantity",), ("start_date",), ("end_date",), ("lines",), ("lines", "sku"), ("note",))


def asked(body: Any) -> list[Demand | Relation]:
    return list(demands(body if isinstance(body, str) else json.dumps(body), FIELDS))


@pytest.mark.parametrize(
    ("error", "asks"),
    [
        ({"type": "greater_than_equal", "ctx": {"ge": 3}}, {"minimum": 3}),
        ({"type": "less_than", "ctx": {"lt": 9.5}}, {"exclusiveMaximum": 9.5}),
        ({"type": "string_too_short", "ctx": {"min_length": 4}}, {"minLength": 4}),
        ({"type": "too_short", "ctx": {"min_length": 1}}, {"minItems": 1}),
        ({"type": "string_pattern_mismatch", "ctx": {"pattern": "^a$"}}, {"pattern": "^a$"}),
        ({"type": "literal_error", "ctx": {"expected": "'red' or 'blue'"}}, {"enum": ["red", "blue"]}),
        ({"type": "uuid_parsing"}, {"type": "string", "format": "uuid"}),
        ({"type": "datetime_from_date_parsing"}, {"type": "string", "format": "date-time"}),
        ({"type": "int_type"}, {"type": "integer"}),
        ({"type": "missing"}, {}),
        ({"type": "value_error", "msg": "Value error, must be at least 7"}, {"minimum": 7}),
    ],
)
def test_pydantic_says_what_a_field_must_be(error: dict[str, Any], asks: dict[str, Any]) -> None:
    said = {"loc": ["body", "quantity"], "msg": "no", **error}
    assert asked({"detail": [said]}) == [Demand(path=("quantity",), asks=asks)]
    assert asked({"code": 422, "data": {"errors": [said]}}) == [Demand(path=("quantity",), asks=asks)]


def test_a_field_within_a_list_is_found_and_one_that_is_not_taken_is_left_out() -> None:
    within = {"loc": ["body", "lines", 0, "sku"], "msg": "String should match pattern '^A-1$'", "type": "other"}
    extra = {"loc": ["body", "note"], "msg": "Extra inputs are not permitted", "type": "extra_forbidden"}
    assert asked({"detail": [within, extra]}) == [
        Demand(path=("lines", "sku"), asks={"pattern": "^A-1$"}),
        Demand(path=("note",), sent=False),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [{"field": "quantity", "message": "must be at least 7"}]},
        {"errors": {"quantity": ["must be at least 7"]}},
        {"quantity": ["must be at least 7"]},
        {"errors": [{"pointer": "/quantity", "detail": "must be at least 7"}]},
        {"errors": [{"loc": "body -> quantity", "msg": "must be at least 7"}]},
        {"detail": "Quantity must be at least 7."},
        {"detail": "Invalid quantity '1'. It must be at least 7"},
        {"error": {"message": "Out of stock. The quantity must not be less than 7"}},
        "quantity must be >= 7",
    ],
)
def test_other_shapes_of_refusals_name_a_field_as_well(body: Any) -> None:
    assert asked(body) == [Demand(path=("quantity",), asks={"minimum": 7})]


@pytest.mark.parametrize(
    ("sentence", "asks"),
    [
        ("must be between 3 and 20 characters", {"minLength": 3, "maxLength": 20}),
        ("cannot exceed 10 characters", {"maxLength": 10}),
        ("must be greater than 0", {"exclusiveMinimum": 0}),
        ("must be a positive number", {"exclusiveMinimum": 0}),
        ("An order needs at least one item", {"minItems": 1}),
        ("must be exactly 4 digits", {"minLength": 4, "maxLength": 4, "pattern": "^[0-9]+$"}),
        ("must be one of: draft, published", {"enum": ["draft", "published"]}),
        ("Invalid status 'x'. Must be one of ['open', 'closed']", {"enum": ["open", "closed"]}),
        ("role must be either admin or user", {"enum": ["admin", "user"]}),
        ("Allowed values: 1/2", {"enum": [1, 2]}),
        ("must have the format YYYY-MM-DD HH:MM", {"type": "string", "enum": ["2031-03-14 09:30"]}),
        ("does not match '%d/%m/%Y'", {"type": "string", "enum": ["14/03/2031"]}),
        ("must look like AB-1234", {"pattern": r"^AB\-\d{4}$"}),
        ("must be 3 uppercase letters", {"minLength": 3, "maxLength": 3, "pattern": "^[A-Z]+$"}),
        ("手机号必须为11位数字", {"minLength": 11, "maxLength": 11, "pattern": "^[0-9]+$"}),
        ("must be a multiple of 5", {"multipleOf": 5}),
        ("must start with +49", {"pattern": r"^\+49[0-9]{8}$"}),
        ("must be in the past", {"x-when": "past"}),
        ("数量必须大于0", {"exclusiveMinimum": 0}),
        ("名称长度不能超过20个字符", {"maxLength": 20}),
        ("状态必须是 draft、live 之一", {"enum": ["draft", "live"]}),
        ("不能为空", {"minItems": 1, "minLength": 1}),
        ("is required", {}),
        ("you may not do this", None),
        ("the quota of 5 was used up", None),
    ],
)
def test_a_sentence_says_what_a_value_must_be(sentence: str, asks: dict[str, Any] | None) -> None:
    assert asked_in(sentence) == asks


@pytest.mark.parametrize(
    ("sentence", "first", "how", "second"),
    [
        ("end_date must be after start_date", "end_date", "after", "start_date"),
        ("End date cannot be before start date", "end_date", "after", "start_date"),
        ("start_date must be earlier than end_date", "end_date", "after", "start_date"),
        ("name and note must differ", "name", "other", "note"),
        ("note does not match name", "note", "same", "name"),
        ("end_date 必须晚于 start_date", "end_date", "after", "start_date"),
    ],
)
def test_a_sentence_says_how_two_fields_stand_to_each_other(sentence: str, first: str, how: str, second: str) -> None:
    assert asked({"detail": sentence})[-1] == Relation(first=(first,), how=how, second=(second,))


def test_a_format_that_two_fields_do_not_match_is_no_relation_of_theirs() -> None:
    found = asked({"detail": "time data does not match format '%Y-%m-%d' for start_date and end_date"})
    asks = {"type": "string", "enum": ["2031-03-14"]}
    assert found == [Demand(path=("start_date",), asks=asks), Demand(path=("end_date",), asks=asks)]


def test_a_refusal_of_something_else_asks_for_nothing() -> None:
    assert asked({"detail": "Not authenticated"}) == []
    assert asked({"type": "about:blank", "title": "Conflict", "status": 409, "detail": "It is there already."}) == []
    assert asked("<html>no</html>") == []


def test_names_tell_which_field_lies_behind_which() -> None:
    names = (
        "departure",
        "arrival",
        "minPrice",
        "maxPrice",
        "check_in",
        "check_out",
        "valid_from",
        "valid_until",
        "name",
    )
    assert set(pairs_in(names)) == {
        ("departure", "arrival"),
        ("minPrice", "maxPrice"),
        ("check_in", "check_out"),
        ("valid_from", "valid_until"),
    }
    assert not list(pairs_in(("start_date", "max_price", "tender", "intended")))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"departure": "2031-03-14T09:30:00Z", "arrival": "2031-03-14T09:30:00Z"}, {"arrival": "2031-03-16T09:30:00Z"}),
        ({"start": "2031-03-14 09:30", "end": "2031-03-14 09:30"}, {"end": "2031-03-16 09:30"}),
        ({"start": "2031-03-14", "end": "2031-03-14"}, {"end": "2031-03-16"}),
        ({"opens_at": "09:30", "closes_at": "09:30"}, {"closes_at": "11:30"}),
        ({"min_age": 1, "max_age": 1}, {"max_age": 2}),
        ({"min_price": "1.00", "max_price": "1.00"}, {"max_price": "2.00"}),
        ({"min_age": 1, "max_age": 5}, {}),
    ],
)
def test_what_comes_second_lies_behind_what_comes_first(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert in_order(before, {}) == {**before, **after}


def test_the_first_one_gives_way_where_the_second_can_not_be_greater() -> None:
    assert in_order({"min": 5, "max": 5}, {"max": {"maximum": 5}}) == {"min": 4, "max": 5}


def test_a_sample_tells_the_form_of_others() -> None:
    assert form_of("AB-12c") == r"^AB\-\d{2}c$"
    assert form_of("EURusd") == "^[A-Z]{3}[a-z]{3}$"
