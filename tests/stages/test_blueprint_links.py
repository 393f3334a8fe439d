"""Does what a specification says of links, limits, ages and caches reach the code, and is what cannot be made said?"""

from pathlib import Path

import pytest

from runner.specification import Specification
from runner.specification_rules import clashing
from runner.specification_text import parse
from stages.design.blueprint import BASE, blueprint, contract, requirements, unmakeable
from stages.design.blueprint.links import Linked
from stages.design.blueprint.making import made_of
from stages.design.blueprint.resources import Made
from stages.requirements.checks_wording import problems_of
from stages.requirements.languages import Language, language
from workflow.service.surplus import without

SPEC = Path(__file__).parent / "documents" / "everything.yaml"
TEXT = SPEC.read_text(encoding="utf-8")


def everything(*changes: tuple[str, str]) -> Specification:
    """The specification in which all of the language stands, with something else in it."""
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    problems, content = parse("spec.yaml", text)
    assert content is not None, problems
    return content


def made(content: Specification | None = None) -> dict[str, Made]:
    return {one.id: one for one in made_of(content or everything())}


def linked(id: str) -> Linked:
    found = made()[id]
    assert isinstance(found, Linked)
    return found


def test_all_of_the_language_can_be_made() -> None:
    assert [*clashing(everything()), *unmakeable(everything(), BASE, frozenset())] == []


def test_a_link_is_a_table_of_pairs_in_which_both_ids_are_indexed() -> None:
    pair = linked("product_category")
    assert (pair.plural, pair.prefix) == ("product_categories", "/products/{product_id}/categories")
    assert [one.column for one in pair.fields] == ["product_id", "category_id"]  # the key, which is an index
    assert pair.indexes == (("category_id",),)
    assert [one.rule for one in pair.fields] == ["CASCADE", "RESTRICT"]
    assert [op.endpoint for op in pair.ops] == [
        "GET /products/{product_id}/categories",
        "PUT /products/{product_id}/categories/{category_id}",
        "DELETE /products/{product_id}/categories/{category_id}",
    ]


def test_what_is_linked_and_may_not_lose_its_links_is_kept() -> None:
    category = made()["category"]
    assert [use.by for use in category.refusing] == ["category", "product_category"]
    assert 409 in category.statuses(category.operations["delete"])
    assert [use.by for use in made()["wishlist"].refusing] == []


def test_a_link_of_things_of_one_kind_leads_to_no_thing_itself() -> None:
    pair = linked("product_accessory")
    assert pair.checks == (("two", "product_id <> accessory_id"),)
    ids = {"products": [4, 5, 6, 7]}
    most = pair.room({"products": 4})
    pairs = [[eval(pair.seeded(one), {"ids": ids, "number": n}) for one in pair.fields] for n in range(1, most + 1)]
    assert len({tuple(one) for one in pairs}) == most == 11
    assert all(first != second for first, second in pairs)


def test_pairs_are_seeded_once_as_often_as_there_are_any() -> None:
    pair = linked("order_product")
    ids = {"orders": [1, 2, 3], "products": [7, 8]}
    most = pair.room({"orders": 3, "products": 2})
    pairs = {tuple(eval(pair.seeded(f), {"ids": ids, "number": n}) for f in pair.fields) for n in range(1, most + 1)}
    assert len(pairs) == most == 6


def test_who_sees_her_own_alone_links_her_own_alone() -> None:
    gifts = linked("order_gift")
    assert (gifts.hidden, gifts.theirs) == (("customer",), ("customer",))
    assert [op.kind for op in gifts.own_ops] == [op.kind for op in gifts.their_ops] == ["listed", "link", "unlink"]
    assert not gifts.owned
    assert made()["order"].owned


def test_the_promises_of_a_link_can_be_tested_in_both_languages() -> None:
    for chinese, expected in ((False, Language.ENGLISH), (True, Language.CHINESE)):
        found = [one for one in requirements(everything(), chinese=chinese) if "-GIFT-" in one.id]
        assert [one.id.removeprefix("REQ-ORDER-GIFT-") for one in found] == [
            *("LIST", "LINK", "UNLINK", "MISSING", "ROLES", "OWN", "THEIRS", "LIMIT"),
        ]
        assert {one.resource for one in found} == {"order"}
        assert {language(one.text) for one in found} == {expected}
        assert [problem for one in requirements(everything(), chinese=chinese) for problem in problems_of(one)] == []


def test_each_operation_is_promised_with_what_it_answers() -> None:
    base: dict[str, dict[str, object]] = {"paths": {}, "components": {"schemas": {}}, "info": {}}
    found = contract(base, everything(), "Trial")
    listing = found["paths"]["/orders/{order_id}/gifts"]["get"]
    assert [one["name"] for one in listing["parameters"]] == ["order_id", "limit", "offset"]
    assert sorted(listing["responses"]) == ["200", "401", "403", "404", "422", "429", "503"]
    assert found["components"]["schemas"]["Paged_WishlistRead_"]
    assert "429" not in found["paths"]["/categories"]["post"]["responses"]


def test_a_limit_holds_for_its_operation_and_for_its_role() -> None:
    limits = {op.endpoint: op.limits for one in made().values() for op in one.ops if op.limits}
    assert limits["POST /orders"] == ("LIM-001", "LIM-002")
    assert limits["GET /products"] == ("LIM-003",)
    assert limits["GET /orders"] == ("LIM-002",)
    assert "POST /products" not in limits  # no customer may call it


def test_a_self_reference_starts_with_nothing_and_is_locked_under_a_number_of_its_own() -> None:
    category = made()["category"]
    assert [one.column for one in category.selfs] == ["parent_id"]
    assert category.seeded(category.field("parent")) == "None"
    assert ("parent_id_other", "parent_id <> id") in category.checks
    assert category.field("parent").lock != made()["wishlist"].field("above").lock


def test_the_state_of_what_is_named_binds_each_write() -> None:
    line = made()["order_line"]
    assert [one.column for one in line.gates] == ["order_id"]
    assert all(409 in line.statuses(op) for op in line.ops if op.kind in {"add", "change", "delete"})


def test_what_is_kept_until_a_moment_is_found_by_it() -> None:
    assert ("updated_at",) in made()["order"].indexes
    assert blueprint(everything())["keeps"][0].id == "order"


def test_an_answer_is_kept_only_where_a_need_says_so() -> None:
    kept = {op.endpoint: op.cache for one in made().values() for op in one.ops if op.cache}
    assert kept == {"GET /products": 30, "GET /orders": 10}


def test_under_load_links_are_listed_by_who_may() -> None:
    tasks = {task.name: task for caller in blueprint(everything())["load"].values() for task in caller.tasks}
    listing = tasks["listed_product_categories"]
    assert listing.weight == max(task.weight for task in tasks.values() if task.name.startswith("listed_"))
    assert 'one = self.some("/products")' in listing.lines


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("accessory: {to: product,", "accessory: {to: thing,", "links.accessory", "`to: thing` is no resource"),
        (
            "accessory: {to: product, plural: accessories}",
            "product: {to: product}",
            "links.product",
            "called otherwise",
        ),
        ("optional: true}\n    filter: [parent]", "max: 3}\n    filter: [parent]", "fields.parent", "no min or max"),
        (
            "parent: {type: reference, to: category, optional: true}",
            "parent: {type: reference, to: category}",
            "fields.parent",
            "the first one has no other to name; write `optional: true`",
        ),
        ("when: [placed]", "when: [open]", "fields.order.when", "`open` is no state of order; there are cancelled"),
        ("when: [placed]", "when: [placed, paid, cancelled]", "fields.order.when", "these are all states of order"),
        ("since: updated_at", "since: wish", "keep.since", "`wish` is no moment; there are created_at, updated_at"),
        ("states: [cancelled]", "states: [gone]", "keep.states", "`gone` is no state"),
        ("role: customer, calls", "role: nobody, calls", "limits.1.role", "`nobody` is no role"),
        ("endpoint: POST /orders, calls", "endpoint: GET /users/me, calls", "limits.0.endpoint", "has no row under"),
        ("LIM-002", "LIM-001", "limits.1.id", "LIM-001 is the id of another limit"),
        ("endpoint: GET /products\n", "endpoint: POST /products\n", "quality.0.cache", "only the answers to one GET"),
        (
            '{endpoint: "GET /orders/{order_id}/gifts", allow: {customer: own}}',
            '{endpoint: "GET /orders/{order_id}/gifts", allow: {customer: own, clerk: any}}',
            "links.gift",
            "`clerk` may list the gifts of an order and not wishlists themselves; allow her GET /wishlists",
        ),
        (
            '{endpoint: "PUT /orders/{order_id}/gifts/{gift_id}", allow: {customer: own}}',
            '{endpoint: "PUT /orders/{order_id}/gifts/{gift_id}", allow: {customer: any}}',
            "links.gift",
            "`customer` may work on any by PUT /orders/{order_id}/gifts/{gift_id} and read only her own orders",
        ),
    ],
)
def test_what_contradicts_itself_is_said_with_place_and_remedy(old: str, new: str, place: str, said: str) -> None:
    problems, content = parse("spec.yaml", TEXT.replace(old, new, 1))
    assert old in TEXT
    found = [(one.line, one.note or "") for one in problems]
    if content is not None:
        found = [(1, f"{'.'.join(map(str, where))}: {why}") for where, why in unmakeable(content, BASE, frozenset())]
    fitting = [note for line, note in found if line and place in note and said in note]
    assert fitting, found


def test_a_lock_loses_what_is_not_asked_for_and_what_only_that_needs() -> None:
    both = "b==1\n    # via\n    #   c\n    #   redis\nc==2\n    # via -r requirements.in\n"
    only = "a==1 \\\n    --hash=x\n    # via redis\n"
    lock = f"{only}{both}redis==8\n    # via -r requirements.in\n"
    assert without(lock, frozenset({"redis"})) == both
    assert without("a\nredis\nfakeredis\n", frozenset({"redis"})) == "a\nfakeredis\n"
