"""Are example requests valid, and do they say how to send them again?"""

import io
import re
import zipfile
from typing import Any

import httpx
import pytest
from PIL import Image

from runner.http.examples import Examples, accepts, ean_check, iban, number
from runner.http.files import FileField, file_field, png, small, usual_files, zipped_zeros
from runner.http.openapi import operations_of
from runner.http.requests import Requests

DOCUMENT: dict[str, Any] = {
    "components": {
        "schemas": {
            "Base": {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}},
            "New": {
                "allOf": [{"$ref": "#/components/schemas/Base"}],
                "required": ["email", "password"],
                "properties": {
                    "email": {"type": "string", "format": "email"},
                    "password": {"type": "string", "minLength": 8},
                    "note": {"type": "string"},
                },
            },
            "Change": {
                "type": "object",
                "required": ["version"],
                "properties": {
                    "version": {"type": "integer", "minimum": 1},
                    "title": {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}]},
                    "done": {"type": "boolean"},
                },
            },
        }
    },
    "security": [{"bearer": []}],
    "paths": {
        "/things/{thing_id}": {
            "parameters": [{"name": "thing_id", "in": "path", "schema": {"type": "integer", "minimum": 7}}],
            "patch": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Change"}}}}
            },
        },
        "/things": {
            "get": {
                "security": [],
                "parameters": [
                    {"name": "kind", "in": "query", "required": True, "schema": {"enum": ["big", "small"]}},
                    {"name": "page", "in": "query", "schema": {"type": "integer"}},
                ],
            },
            "post": {
                "security": [{"bearer": []}, {}],
                "requestBody": {
                    "content": {"application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/New"}}}
                },
            },
        },
    },
}


def test_operations_say_what_they_take_and_whether_they_are_protected() -> None:
    found = {op.endpoint: op for op in operations_of(DOCUMENT)}
    assert found["PATCH /things/{thing_id}"].is_protected
    assert found["PATCH /things/{thing_id}"].placeholders == ("thing_id",)
    assert not found["GET /things"].is_protected
    assert not found["POST /things"].is_protected  # optional


def test_a_form_request_has_every_required_field_and_differs_at_each_call() -> None:
    requests = Requests(DOCUMENT)
    operation = requests.find("POST /things/")
    assert operation is not None
    one, two = requests.example(operation), requests.example(operation)
    assert set(one.body) == {"title", "email", "password"}
    assert one.body["email"] != two.body["email"]
    assert len(one.body["password"]) >= 12
    assert b"email=user." in (one.content or b"")


def test_a_change_changes_something_and_repeats_the_version_that_was_read() -> None:
    requests = Requests(DOCUMENT)
    operation = requests.find("PATCH /things/{id}")
    assert operation is not None
    request = requests.example(operation, {"thing_id": 12}, {"version": 5})
    assert request.path == "/things/12"
    assert request.body["version"] == 5
    assert 0 < len(request.body["title"]) <= 9
    assert "done" not in request.body


def test_query_parameters_are_filled_in_when_required() -> None:
    requests = Requests(DOCUMENT)
    operation = requests.find("GET /things")
    assert operation is not None
    assert requests.example(operation).query == {"kind": "big"}


def test_curl_shows_the_request_with_the_token_left_out() -> None:
    requests = Requests(DOCUMENT)
    operation = requests.find("PATCH /things/{id}")
    assert operation is not None
    shown = requests.example(operation, {"thing_id": 1}).curl(signed_in=True)
    assert shown.startswith('curl -i -X PATCH "$BASE/things/1" -H "Authorization: Bearer $TOKEN"')


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ({"type": "string", "pattern": r"^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 40}, "tag"),
        ({"type": "string", "pattern": r"^[A-Z]{2}\d{4}$"}, "code"),
        ({"type": "string", "pattern": "^[0-9]+$", "minLength": 18, "maxLength": 18}, "card"),
        ({"type": "string", "minLength": 50, "maxLength": 60}, "text"),
        ({"type": "string", "maxLength": 3}, "short"),
        ({"type": "string", "pattern": r"^\+?\d{7,15}$"}, "phone_number"),
        ({"type": "string", "format": "email"}, "contact"),
        ({"type": ["string", "null"], "pattern": r"^\d{4}-\d{2}-\d{2}$", "format": "date"}, "start"),
    ],
)
def test_a_text_fits_its_length_and_pattern(schema: dict[str, Any], name: str) -> None:
    examples = Examples({})
    value = examples.value(schema, name)
    assert accepts(schema, value), value
    assert re.search(schema.get("pattern", ""), value)


def test_two_accounts_have_two_numbers() -> None:
    examples = Examples({})
    first, second = (examples.value({"type": "string"}, "phone_number") for _ in range(2))
    assert first != second
    assert re.fullmatch(r"\+1202555\d{4}", first)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("published_date", "2031-03-14"),
        ("date_of_birth", "1990-05-17"),
        ("due_date", "2031-03-16"),
        ("starts_at", "2031-03-14T09:30:00Z"),
        ("opening_time", "09:30:00"),
    ],
)
def test_a_text_that_is_called_a_date_is_one(name: str, value: str) -> None:
    assert Examples({}).value({"type": "string"}, name) == value
    assert Examples({}).value({"type": "string"}, "candidate").startswith("Sample")


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ({}, 1),
        ({"minimum": 10}, 10),
        ({"exclusiveMinimum": 10}, 11),
        ({"maximum": -3}, -3),
        ({"minimum": 7, "multipleOf": 5}, 10),
    ],
)
def test_a_number_lies_in_its_range(schema: dict[str, Any], wanted: int) -> None:
    assert number(schema, whole=True) == wanted


def test_a_body_that_is_a_list_has_something_in_it() -> None:
    item = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    body = {"content": {"application/json": {"schema": {"type": "array", "items": item}}}}
    requests = Requests({"paths": {"/things": {"post": {"requestBody": body}}}})

    made = requests.example(requests.operations[0]).body
    assert len(made) == 1
    assert set(made[0]) == {"name"}


def test_a_date_that_must_be_past_is() -> None:
    schema = {"type": "string", "format": "date", "x-when": "past"}
    assert Examples({}).value(schema, "hired_on") == "2020-03-14"
    assert Examples({}).value({**schema, "format": "date-time"}, "hired_on") == "2020-03-14T09:30:00Z"


BINARY = {"type": "string", "contentMediaType": "application/octet-stream"}


def taking(media: str, schema: dict[str, Any], path: str = "/users/me/avatar") -> Requests:
    body = {"content": {media: {"schema": schema}}, "required": True}
    return Requests({"openapi": "3.1.0", "paths": {path: {"post": {"requestBody": body}}}})


def form(**fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": [*fields]}


@pytest.mark.parametrize(
    ("media", "schema", "field"),
    [
        ("multipart/form-data", form(title={"type": "string"}, picture=BINARY), FileField("picture")),
        ("multipart/form-data", form(a={"type": "string", "format": "binary"}), FileField("a")),
        ("multipart/form-data", form(a={"anyOf": [BINARY, {"type": "null"}]}), FileField("a")),
        ("multipart/form-data", form(a={"type": "array", "items": BINARY}), FileField("a", many=True)),
        ("image/png", {}, FileField("")),
        ("application/octet-stream", BINARY, FileField("")),
        ("multipart/form-data", form(a={"type": "string", "format": "byte"}), None),
        ("application/x-www-form-urlencoded", form(a={"type": "string"}), None),
        ("application/json", form(a=BINARY), None),
        ("text/plain", {}, None),
    ],
)
def test_a_file_is_told_by_the_contract(media: str, schema: dict[str, Any], field: FileField | None) -> None:
    requests = taking(media, schema)
    assert file_field(requests.document, requests.operations[0]) == field


def test_a_form_with_a_file_is_sent_as_one() -> None:
    requests = taking("multipart/form-data", form(title={"type": "string"}, picture=BINARY))
    taken: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        taken.append(request.content)
        return httpx.Response(201)

    request = requests.example(requests.operations[0], {"title": "Me"})
    with httpx.Client(base_url="http://here", transport=httpx.MockTransport(answer)) as client:
        assert request.send(client).status_code == 201
    assert b'name="picture"; filename="sample.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG' in taken[0]
    assert b'name="title"\r\n\r\nMe' in taken[0]
    assert request.curl().endswith("-F title=Me -F 'picture=@sample;filename=sample.png;type=image/png'")


@pytest.mark.parametrize(
    ("path", "media", "first"),
    [
        ("/users/me/avatar", "multipart/form-data", "png"),
        ("/imports", "multipart/form-data", "csv"),
        ("/contracts/{id}/document", "multipart/form-data", "pdf"),
        ("/files", "application/zip", "zip"),
        ("/files", "multipart/form-data", "txt"),
    ],
)
def test_the_kind_that_names_speak_of_is_tried_first(path: str, media: str, first: str) -> None:
    requests = taking(media, form(file=BINARY), path)
    kinds = [one.ending for one in usual_files(requests.operations[0], FileField("file"))]
    assert kinds[0] == first
    assert len(set(kinds)) == len(kinds) == 8


def test_small_files_are_what_they_say() -> None:
    assert [Image.open(io.BytesIO(small(kind).content)).format for kind in ("png", "jpg", "gif")] == [
        "PNG",
        "JPEG",
        "GIF",
    ]
    Image.open(io.BytesIO(png(70, 9))).load()
    assert zipfile.ZipFile(io.BytesIO(zipped_zeros("a", 3 << 20))).getinfo("a").file_size == 3 << 20


def test_numbers_with_check_digits_are_right_and_each_its_own() -> None:
    examples = Examples({})
    isbns = [examples.value({"type": "string"}, "isbn") for _ in range(20)]
    assert len(set(isbns)) == 20
    assert all(re.fullmatch(r"978\d{10}", one) and ean_check(one[:12]) == one[12] for one in isbns)
    assert ean_check("978316148410") == "0"
    assert iban("DE", "370400440532013000") == "DE89370400440532013000"
    assert len({examples.value({"type": "string"}, "iban") for _ in range(20)}) == 20


def test_no_made_mark_begins_another_one() -> None:
    """What is looked for of one person is then never found in what belongs to another one."""
    examples = Examples({})
    marks = [examples.mark() for _ in range(300)]
    assert len(set(marks)) == len(marks)
    assert not [(one, other) for one in marks for other in marks if one != other and other.startswith(one)]
