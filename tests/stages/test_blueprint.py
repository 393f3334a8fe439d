"""Is what a specification is made into whole, and made of nothing that it does not say?"""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.specification import FieldKind, Permission, Resource, Role, ServiceHead, Specification
from runner.specification_rules import clashing
from runner.specification_text import parse
from stages.design.blueprint import BASE, blueprint, requirements, unmakeable
from stages.design.blueprint.fields import Field, text_for_one
from stages.design.blueprint.making import made_of
from stages.design.blueprint.patterns import Unfit, template_of
from stages.design.blueprint.resources import endpoints_of, plural_of
from stages.requirements.checks_wording import problems_of
from stages.requirements.languages import Language, language, mostly_chinese
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs" / "examples"


def example(name: str) -> Specification:
    problems, content = parse("spec.yaml", (EXAMPLES / name / "spec.yaml").read_text(encoding="utf-8"))
    assert problems == ()
    assert content is not None
    return content


def library() -> Specification:
    return example("library")


@pytest.mark.parametrize("name", ["clinic", "equipment", "library", "shop"])
def test_each_example_can_be_made_and_has_its_document_in_both_languages(name: str) -> None:
    content = example(name)
    assert [*clashing(content), *unmakeable(content, BASE, frozenset())] == []
    made = blueprint(content)
    assert made["to_write"] == []
    assert made["rows"] == content.data
    documents = {path.name for path in (EXAMPLES / name / "docs").iterdir()}
    assert documents == {"business.md", "business.zh.md"}


def test_every_example_is_tried() -> None:
    assert sorted(path.name for path in EXAMPLES.iterdir()) == ["clinic", "equipment", "library", "shop"]


@pytest.mark.parametrize("name", ["library", "clinic", "equipment", "shop"])
def test_what_follows_from_a_chinese_specification_is_chinese_and_can_be_tested(name: str) -> None:
    content = example(name)
    roles = tuple(role.model_copy(update={"description": "负责借阅的人。"}) for role in content.roles)
    service = content.service.model_copy(update={"summary": "图书借阅系统"})
    resources = tuple(one.model_copy(update={"description": "书籍的借阅。"}) for one in content.resources)
    told = content.model_copy(
        update={"requirements": (), "constraints": (), "roles": roles, "service": service, "resources": resources}
    )
    assert mostly_chinese(told)
    assert not mostly_chinese(content)
    found = requirements(told, chinese=True)
    english = requirements(content.model_copy(update={"requirements": ()}))
    assert [(one.id, one.endpoints) for one in found] == [(one.id, one.endpoints) for one in english]
    assert {language(one.text) for one in found} == {Language.CHINESE}
    assert {language(one.text) for one in english} == {Language.ENGLISH}
    assert [problem for one in found for problem in problems_of(one)] == []


@pytest.mark.parametrize(
    ("pattern", "most", "first", "capacity"),
    [
        ("[0-9]{13}", 13, "0000000000001", 10**9),
        (r"[A-Z]{2}-\d{4}", 7, "AA-0001", 10_000),
        ("(red|green)[0-9]+", 20, "red000000001", 10**9),
        ("[a-z]+", 9, "a" * 9, 1),
        ("[^a-z]{3}", 3, "001", 1000),
    ],
)
def test_an_example_fits_its_pattern(pattern: str, most: int, first: str, capacity: int) -> None:
    template, there = template_of(pattern, most)
    assert (text_for_one(template), there) == (first, capacity)
    assert re.fullmatch(pattern, first)


@pytest.mark.parametrize("pattern", [r"(?=x)y", r"(a)\1", r"\bword", "[", r"[\S]"])
def test_a_pattern_without_an_example_is_said(pattern: str) -> None:
    with pytest.raises(Unfit):
        template_of(pattern, 20)


def test_ownership_follows_from_the_permissions() -> None:
    made = {one.id: one for one in made_of(library())}
    assert [one.id for one in made.values() if one.owned] == ["loan"]
    loan = made["loan"]
    assert loan.hidden == ("reader",)
    assert loan.looked(loan.operations["change"]) == "visible(database, loan_id, user)"
    assert 403 not in loan.statuses(loan.operations["change"])
    assert loan.statuses(loan.operations["move"]) == (401, 403, 404, 409, 413, 422, 503)


def test_who_sees_only_her_own_names_only_her_own() -> None:
    made = {one.id: one for one in made_of(example("shop"))}
    assert {one.id: one.own_named for one in made.values() if one.own_named} == {
        "order": {"customer": ("customer_id",)},
        "order_line": {"customer": ("order_id",)},  # everybody sees every product
    }
    assert [one.id for one in requirements(example("shop")) if one.id.endswith("-THEIRS")] == [
        "REQ-ORDER-THEIRS",
        "REQ-ORDER-LINE-THEIRS",
    ]
    assert made["order"].uses(made["order"].operations["add"])
    assert made["order_line"].seeded_owner == 'ids["orders owners"][number % len(ids["orders owners"])]'
    assert not any(one.own_named for name in ("clinic", "equipment", "library") for one in made_of(example(name)))


@pytest.mark.parametrize("shown", ["GET /orders", "GET /orders/{order_id}"])
def test_a_list_or_a_read_tells_what_is_her_own(shown: str) -> None:
    content = example("shop")
    gone = {"GET /orders", "GET /orders/{order_id}"} - {shown}
    rows = tuple(row for row in content.permissions if row.endpoint not in gone)
    made = made_of(content.model_copy(update={"permissions": rows}))
    lines = next(one for one in made if one.id == "order_line")
    assert lines.own_named == {"customer": ("order_id",)}


def test_what_everybody_adds_names_nothing_that_is_somebodys_own() -> None:
    content = example("shop")
    rows = tuple(
        row.model_copy(update={"allow": {"anonymous": "any"}}) if row.endpoint == "POST /order-lines" else row
        for row in content.permissions
        if "order-lines" not in row.endpoint or row.endpoint == "POST /order-lines"
    )
    said = [why for _, why in unmakeable(content.model_copy(update={"permissions": rows}), BASE, frozenset())]
    assert said[0] == (
        "by POST /order-lines everybody could name any order, and `customer` sees only her own;"
        " take `anonymous` off the row"
    )


def test_under_load_a_customer_orders_as_herself() -> None:
    tasks = {task.name: task.lines for task in blueprint(example("shop"))["load"]["customer"].tasks}
    assert tasks["adds_order"][:3] == (
        'customer_of_hers = self.some("/customers")',
        "if not customer_of_hers:",
        "    return",
    )
    assert "\"customer_id\": customer_of_hers['id']" in tasks["adds_order"][4]


def test_under_load_what_a_need_speaks_of_is_called_most() -> None:
    weights = {
        task.name: task.weight for caller in blueprint(example("shop"))["load"].values() for task in caller.tasks
    }
    spoken_of = {"lists_products", "reads_product", "adds_order"}
    others = [weight for name, weight in weights.items() if name not in spoken_of and name.startswith("lists_")]
    assert weights["lists_products"] >= 5 * max(others)
    assert weights["adds_order"] / sum(weights.values()) > 0.05  # 20 answers of 400


def test_a_role_may_be_called_as_a_resource_is() -> None:
    assert blueprint(example("shop"))["people"] == {"customer": "customer_person", "clerk": "clerk"}


def test_what_is_unique_by_what_it_names_is_seeded_as_often_as_that_allows() -> None:
    few = example("shop").model_copy(update={"data": {"products": 3, "orders": 4, "order_lines": 6000}})
    assert blueprint(few)["rows"]["order_lines"] == 12
    line = next(one for one in made_of(few) if one.id == "order_line")
    columns = [line.seeded(one) for one in line.references]
    ids = {"orders": [1, 2, 3, 4], "products": [5, 6, 7]}
    pairs = {tuple(eval(one, {"ids": ids, "number": number}) for one in columns) for number in range(1, 13)}
    assert len(pairs) == 12


def test_one_to_one_is_unique_by_what_it_names() -> None:
    content = example("shop")
    fields = {"order": FieldKind(type="reference", to="order", unique=True)}
    lines = next(one for one in content.resources if one.id == "order_line")
    bill = lines.model_copy(update={"fields": fields, "unique": (), "filter": ()})
    whole = content.model_copy(update={"resources": (*content.resources[:-1], bill)})
    said = [why for where, why in unmakeable(whole, BASE, frozenset()) if "fields" in where]
    assert said == []
    assert blueprint(whole)["rows"]["order_lines"] == content.data["orders"]


def test_a_deletion_is_refused_where_something_still_names_the_row() -> None:
    made = {one.id: one for one in made_of(library())}
    assert 409 in made["subject"].statuses(made["subject"].operations["delete"])
    assert [[use.by for use in chain] for chain in made["book"].chains] == [["copy", "loan"]]  # copies go, loans stay
    assert 409 in made["book"].statuses(made["book"].operations["delete"])
    assert 409 not in made["loan"].statuses(made["loan"].operations["delete"])


def test_an_index_is_no_start_of_another_one() -> None:
    book = next(one for one in made_of(library()) if one.id == "book")
    assert book.indexes == (
        ("created_at", "id"),
        ("subject_id", "created_at", "id"),
        ("language", "created_at", "id"),
        ("title", "id"),
    )


def test_each_criterion_has_a_test_or_is_to_be_written() -> None:
    content = library()
    said = [one.model_copy(update={"acceptance": tuple(a.model_copy(update={"example": None}) for a in one.acceptance)})
            for one in content.requirements[:1]]  # fmt: skip
    bare = content.model_copy(update={"requirements": (*said, *content.requirements[1:])})
    assert blueprint(content)["to_write"] == []
    assert [one["id"] for one in blueprint(bare)["to_write"]] == ["AC-LEND-001-1"]


def test_every_operation_is_asked_for_and_every_change_has_a_failure_case() -> None:
    found = requirements(library())
    asked = {endpoint for one in found for endpoint in one.endpoints}
    assert asked == {row.endpoint for row in library().permissions}
    failures = {endpoint for one in found if one.text.startswith("If ") for endpoint in one.endpoints}
    assert {endpoint for endpoint in asked if not endpoint.startswith("GET ")} <= failures
    texts = [a.text for one in found for a in one.acceptance]
    assert len(texts) == len(set(texts))


NAMES = st.from_regex(r"[a-z]{3,9}", fullmatch=True)
KINDS = st.one_of(
    st.builds(FieldKind, type=st.just("text"), max=st.integers(1, 3000), unique=st.booleans(), optional=st.booleans()),
    st.builds(
        FieldKind, type=st.just("text"), max=st.just(12), pattern=st.sampled_from(["[A-Z]{2}[0-9]{6}", "x[0-9]{7}"])
    ),
    st.builds(FieldKind, type=st.just("integer"), min=st.integers(-9, 9), max=st.integers(2000, 2**40)),
    st.builds(
        FieldKind, type=st.sampled_from(["money", "boolean", "email", "date", "datetime"]), optional=st.booleans()
    ),
    st.builds(FieldKind, type=st.just("choice"), of=st.just(("low", "high")), sensitive=st.booleans()),
    st.builds(
        FieldKind, type=st.just("reference"), to=st.just("parent"), on_delete=st.sampled_from(["refuse", "remove"])
    ),
)


@st.composite
def specifications(draw: st.DrawFn) -> Specification:
    """Some that may be made, and some that may not: names are taken, a unique text is too short to be counted."""
    parent = Resource(id="parent", description="What others name.", fields={"title": FieldKind(type="text", max=90)})
    fields = draw(st.dictionaries(NAMES, KINDS, min_size=1, max_size=6))
    states = draw(st.sampled_from([{}, {"open": ("shut",), "shut": ()}]))
    one = Resource(id=draw(NAMES), description="A thing.", fields=fields, states=states)
    allowed = st.dictionaries(st.sampled_from(["helper", "keeper"]), st.sampled_from(["any", "own"]), min_size=1)
    ends = [*endpoints_of(parent).values(), *draw(st.sets(st.sampled_from([*endpoints_of(one).values()]), min_size=1))]
    rows = tuple(Permission(endpoint=end, allow=draw(allowed)) for end in ends)
    roles = tuple(Role(id=role, description="Somebody.") for role in ("helper", "keeper"))
    head = ServiceHead(name="random", summary="A service of chance.", owner="keeper")
    return Specification(gonogo=1, service=head, roles=roles, resources=(parent, one), permissions=rows)


@settings(max_examples=25, deadline=None)
@given(specifications())
def test_what_is_computed_of_any_specification_is_python_or_a_reason(content: Specification) -> None:
    reasons = [*clashing(content), *unmakeable(content, BASE, frozenset())]
    assert all(said and where for where, said in reasons)
    if reasons:
        return
    context = blueprint(content)
    for made in context["made"]:
        for field in made.fields:
            _is_python(field, made.counted(field))
        for body in made.bodies.values():
            ast.literal_eval(body)
    for caller in context["load"].values():
        for task in caller.tasks:
            ast.parse("\n".join(["def task():", *(f"    {line}" for line in task.lines)]))
    assert context["operations"] == len(BASE) + len(content.permissions)


def _is_python(field: Field, example: str) -> None:
    ast.parse(example, mode="eval")
    ast.parse(field.model)
    ast.parse(field.migrated, mode="eval")
    for wrong in field.wrong:
        ast.parse(wrong, mode="eval")


@pytest.mark.parametrize(
    ("id", "many"),
    [
        ("book", "books"),
        ("copy", "copies"),
        ("day", "days"),
        ("box", "boxes"),
        ("branch", "branches"),
        ("visit", "visits"),
    ],
)
def test_plurals(id: str, many: str) -> None:
    assert plural_of(Resource(id=id, description="A thing.")) == many


def test_the_template_of_a_resource_is_one_with_that_of_the_service() -> None:
    """Both render into one folder: what the one makes per resource, the other must not make as well."""
    templates = ROOT / "stages" / "design" / "templates"
    inside = [
        {path.relative_to(templates / kind) for path in _files(templates / kind)} for kind in ("service", "resource")
    ]
    assert inside[0] & inside[1] == {Path("cookiecutter.json")}


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
