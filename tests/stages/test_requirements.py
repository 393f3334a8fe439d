"""Does each requirements check pass what is right, and name what is wrong?"""

import json
from pathlib import Path

import pytest

from runner.evidence.agreed.mentions import Mentions
from runner.evidence.agreed.specification import Spec, SpecificationFile
from runner.model import Outcome, Place, Verdict, in_file
from runner.specification_text import parse
from stages.requirements import artifacts, checks, checks_coverage, checks_wording
from stages.requirements.ears import Form
from stages.requirements.wording import form, is_failure_case, second_idea, vague

SPEC = """\
gonogo: 1
service: {name: shop, summary: Sells things., owner: Ann, document: docs/wishes.md}
scope:
  included: [orders]
  excluded: [payment]
constraints:
  - {id: C-1, text: The service shall run on Python 3.12.}
roles:
  - {id: buyer, description: Orders things.}
resources:
  - {id: order, description: An order., owner: buyer}
requirements:
  - id: R-1
    title: Order
    text: When a buyer submits an order, the service shall store it and answer 201.
    priority: must
    resource: order
    roles: [buyer]
    endpoints: [POST /orders]
    acceptance:
      - {id: A-1, text: "Given a buyer, when she orders, then the answer is 201."}
  - id: R-10
    title: Refuse
    text: If the order is empty, then the service shall answer 422 and store nothing.
    priority: must
    endpoints: [POST /orders]
    acceptance:
      - {id: A-10, text: "Given an empty order, when it is sent, then the answer is 422."}
permissions:
  - {endpoint: POST /orders, allow: {buyer: any}}
quality:
  - id: Q-1
    text: While 10 users order, the service shall answer within 300 ms at the 95th percentile.
    metric: latency
    endpoint: POST /orders
    percentile: 95
    limit: 300
    unit: ms
    load: {users: 10, seconds: 5}
questions:
  - {id: W-1, text: "Who ships?", status: open, owner: Ann}
"""


def file_of(text: str, *, document_there: bool = True, words: int | None = 200) -> SpecificationFile:
    problems, parsed = parse("spec.yaml", text)
    return SpecificationFile(
        path="spec.yaml",
        text=text,
        problems=problems,
        parsed=parsed,
        document_there=document_there,
        document_words=words,
    )


def spec_of(*changes: tuple[str, str], document_there: bool = True, words: int | None = 200) -> Spec:
    """The specification above with some words replaced."""
    text = SPEC
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = file_of(text, document_there=document_there, words=words)
    assert file.parsed, file.problems
    return Spec(file=file, content=file.parsed)


def nobody(**places: tuple[Place, ...]) -> Mentions:
    return Mentions(tests="tests", places=places)


def said(verdict: Verdict) -> tuple[Outcome, str, list[int | None]]:
    return verdict.outcome, verdict.message, [place.line for place in verdict.places]


def told(verdict: Verdict) -> tuple[Outcome, str]:
    """As faces show it: the message, and what was judged of what there was."""
    return verdict.outcome, " · ".join([verdict.message, *map(str, verdict.shares)])


def test_rq001_passes_a_valid_specification() -> None:
    verdict = checks.specification_is_valid(file_of(SPEC))
    assert told(verdict) == (Outcome.PASSED, "valid, with 1 quality need and 1 role · 2 of 2 requirements")


def test_rq001_names_every_problem_with_its_line() -> None:
    text = SPEC.replace("priority: must", "priority: high", 1).replace("limit: 300", "limits: 300")
    verdict = checks.specification_is_valid(file_of(text))
    assert verdict.outcome is Outcome.FAILED
    assert "spec.yaml line 16: requirements.0.priority" in verdict.message
    assert [place.line for place in verdict.places] == [16, 32, 37]


def test_rq001_names_a_missing_file_and_broken_yaml() -> None:
    missing = SpecificationFile(path="spec.yaml", text="", problems=(), parsed=None, there=False)
    assert checks.specification_is_valid(missing).message.startswith("there is no spec.yaml: `invoke adopt`")
    assert "not valid YAML" in checks.specification_is_valid(file_of("a: [")).message


def test_rq001_names_a_need_without_a_limit_and_what_to_do() -> None:
    verdict = checks.specification_is_valid(file_of(SPEC.replace("    limit: 300\n    unit: ms\n", "")))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.startswith("spec.yaml line 32: quality.0.limit is missing (Q-1): write the number that must")
    assert [place.line for place in verdict.places] == [32, 32]


def test_rq002_passes_ids_that_differ() -> None:
    assert told(checks.ids_are_unique(spec_of())) == (Outcome.PASSED, "no two things share one · 9 of 9 ids")


def test_rq002_names_both_lines_of_an_id() -> None:
    verdict = checks.ids_are_unique(spec_of(("id: R-10", "id: R-1")))
    assert said(verdict) == (Outcome.FAILED, "given more than once: R-1", [13, 22])
    inline = checks.ids_are_unique(spec_of(("id: A-10", "id: A-1")))
    assert said(inline) == (Outcome.FAILED, "given more than once: A-1", [21, 28])


def test_rq003_passes_open_questions_and_words_that_only_look_alike() -> None:
    verdict = checks.nothing_is_a_placeholder(
        spec_of(
            ("Who ships?", "TBD by whom?"),
            ("Sells things.", "A todo list for <3 people; 500 ns; sizes XL and XXL; 5XX; 4x4 and __init__."),
        )
    )
    assert verdict.outcome is Outcome.PASSED


@pytest.mark.parametrize(
    "word",
    [
        "TBD",
        "TODO: ask",
        "to be decided",
        "lorem ipsum",
        "<some text>",
        "???",
        "待定",
        "within XX ms",
        "of ____ s",
        "x %",
        "to be discussed",
        "`TBD`",
    ],
)
def test_rq003_names_the_placeholder_and_its_line(word: str) -> None:
    verdict = checks.nothing_is_a_placeholder(spec_of(("An order.", f"'{word}'")))
    assert verdict.outcome is Outcome.FAILED
    assert "in line 11" in verdict.message


@pytest.mark.parametrize("code", ["one `Paged[UserRead]`", "`a = x[…]`", "a `List<item>`"])
def test_rq003_takes_no_sign_of_code_for_a_gap(code: str) -> None:
    verdict = checks.nothing_is_a_placeholder(spec_of(("An order.", f"'The service shall answer with {code}.'")))
    assert verdict.outcome is Outcome.PASSED


def test_rq004_passes_an_owned_question() -> None:
    verdict = checks.questions_have_owners_and_block_no_must(spec_of())
    assert told(verdict) == (Outcome.PASSED, "1 open, each with an owner · 1 of 1 question")


def test_rq004_does_not_apply_where_nothing_is_asked() -> None:
    verdict = checks.questions_have_owners_and_block_no_must(spec_of((SPEC[SPEC.index("questions:") :], "")))
    assert (verdict.outcome, verdict.looked) == (Outcome.NOT_APPLICABLE, "the `questions` of spec.yaml")


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ((", owner: Ann}", "}"), "open, and nobody owns it"),
        (("owner: Ann}", "owner: Ann, about: [R-1]}"), "open, and R-1 (must) waits for it"),
        (("Who ships?", "Does R-10 hold at night?"), "open, and R-10 (must) waits for it"),
        (("status: open", "status: answered"), "answered, but the answer is not written"),
        (("owner: Ann}", "owner: Ann, about: [R-7]}"), "about R-7, which does not exist"),
    ],
)
def test_rq004_names_the_question(change: tuple[str, str], note: str) -> None:
    verdict = checks.questions_have_owners_and_block_no_must(spec_of(change))
    assert verdict.outcome is Outcome.FAILED
    assert [(place.note, place.line) for place in verdict.places] == [(note, 41)]


def test_rq005_passes_a_scope_with_both_sides() -> None:
    verdict = checks.scope_has_both_sides(spec_of())
    assert told(verdict) == (Outcome.PASSED, "1 in, 1 out, from docs/wishes.md · 2 of 2 entries of the scope")
    unread = checks.scope_has_both_sides(spec_of(words=None))
    assert unread.message == "1 in, 1 out, from docs/wishes.md, which is no text that can be read here"


def test_rq005_names_what_the_scope_lacks() -> None:
    verdict = checks.scope_has_both_sides(spec_of(("excluded: [payment]", "excluded: []"), document_there=False))
    assert verdict.message == "nothing is said to be excluded; docs/wishes.md does not exist"
    assert [place.line for place in verdict.places] == [3, 2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The service shall refuse every unknown field.", Form.UBIQUITOUS),
        ("When a buyer pays, the service shall answer 200.", Form.EVENT),
        ("While it rains, the service shall answer 200.", Form.STATE),
        ("Where gift wrapping is sold, the service shall offer it.", Form.OPTION),
        ("If a name, a street or a town is missing, then the service shall answer 422.", Form.UNWANTED),
        ("While it rains, when a buyer pays, the service shall answer 200.", Form.COMPLEX),
        ("While it rains, if a buyer is not paying, then the service shall answer 402.", Form.COMPLEX),
        ("When a buyer pays shall be answered.", None),
        ("Buyers can pay.", None),
    ],
)
def test_forms_of_ears_are_told_apart(text: str, expected: Form | None) -> None:
    assert form(text) is expected
    assert is_failure_case(text) is ("If " in text or ", if " in text)


def test_rq006_passes_ears() -> None:
    verdict = checks_wording.wording_is_ears(spec_of())
    assert told(verdict) == (Outcome.PASSED, "each in EARS form · 2 of 2 requirements")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Buyers can order things.", "R-1: says `can`, not `shall`"),
        ("When a buyer orders, the service will store it.", "R-1: says `will`, not `shall`"),
        ("Orders of buyers.", "R-1: has no `shall`"),
        ("The service shall store the order.", "R-1: no trigger or condition"),
        (
            "Buyers shall not be able to order twice.",
            "R-1: `be able` says what is possible, not what the service answers",
        ),
        ("When a buyer pays, he shall be allowed to cancel.", "R-1: `be allowed` says what is possible"),
        ("When a buyer orders the service shall store it.", "R-1: the condition and the one who shall act run into"),
    ],
)
def test_rq006_names_the_requirement(text: str, message: str) -> None:
    change = ("When a buyer submits an order, the service shall store it and answer 201.", text)
    verdict = checks_wording.wording_is_ears(spec_of(change))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.startswith(message)
    assert verdict.places[0].line == 13


@pytest.mark.parametrize(
    "text",
    [
        "When a buyer orders, the service shall answer 200 with the name, the street and the town.",
        "When a buyer orders, the service shall store it and answer 201.",
        "When a buyer orders, the service shall answer 201 and store the order.",
        "If a buyer is unknown, then the service shall answer 401 and write nothing.",
        "When an order is deleted, the service shall answer 204 and delete its lines with it.",
        "When a buyer asks and pays, the service shall answer 200 with order and shipping addresses.",
        "When a buyer asks, the service shall answer 200 with her name and email.",
        "When a buyer asks, the service shall answer 200 with record and log numbers.",
        'When a text says "you shall and I shall", the service shall store it.',
        "When a buyer logs in and orders, the service shall answer 201. (Python 3.12. See the note.)",
    ],
)
def test_rq007_passes_one_idea(text: str) -> None:
    assert second_idea(text) is None


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("When a buyer orders, the service shall store it and it shall mail her.", "a second `shall`"),
        ("When a buyer orders, the service shall store it and send a mail.", "a second act, “and send a mail.”"),
        (
            "When a buyer orders, the service shall answer 201, save the order and send a mail.",
            "a second act, “and send a mail.”",
        ),
        (
            "When a buyer orders, the service shall answer 201 and store it and send a mail.",
            "a second act, “and send a mail.”",
        ),
        ("When a buyer orders, the service shall store it; notify the shop.", "a second act, “; notify the shop.”"),
        (
            "When a buyer orders, the service shall store it, and it should mail her.",
            "a second clause, “and it should mail",
        ),
        ("When a buyer orders, the service shall store it and email the shop.", "a second act, “and email the shop.”"),
        ("The service shall store every order. It must log it.", "a second sentence, “It must log it.”"),
    ],
)
def test_rq007_names_the_second_idea(text: str, second: str) -> None:
    change = ("When a buyer submits an order, the service shall store it and answer 201.", f"'{text}'")
    verdict = checks_wording.one_idea_each(spec_of(change))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.startswith(f"R-1 has {second}")


@pytest.mark.parametrize(
    "text",
    [
        "The service shall be fast: every answer within 200 ms.",
        "The service shall list at most 100 orders, most recent first.",
        'The service shall answer every "simple" order with 200.',
        "The service shall keep how many there are.",
        "When several, at most 20 items, are ordered, the service shall answer 200.",
        "The service shall never breakfast.",
    ],
)
def test_rq008_passes_precise_words(text: str) -> None:
    assert vague(text) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("The service shall answer quickly.", "quickly"),
        ("The service shall answer quickly with 404 errors.", "quickly"),
        ("The service shall answer in a user-friendly way within 2 s.", "user-friendly"),
        ("The service shall store name, street etc. of every buyer.", "etc."),
        ("The service shall retry as\n needed.", "as needed"),
        ("The service shall refuse too many orders.", "too many"),
        ("The service shall answer 200 with all relevant fields.", "relevant"),
    ],
)
def test_rq008_names_the_word(text: str, word: str) -> None:
    assert [one.word for one in vague(text)] == [word]


def test_rq008_names_the_place_in_every_kind_of_text() -> None:
    verdict = checks_wording.no_vague_words(
        spec_of(("run on Python 3.12", "be robust"), ("then the answer is 201", "then it behaves as expected"))
    )
    assert verdict.message == "C-1 says “robust”; A-1 says “as expected”"
    assert [place.line for place in verdict.places] == [7, 21]


def test_rq009_passes_given_when_then_and_plain_observations() -> None:
    plain = ("Given a buyer, when she orders, then the answer is 201.", "An order with 2 lines is answered with 201.")
    assert checks_wording.acceptance_can_be_tested(spec_of()).outcome is Outcome.PASSED
    assert checks_wording.acceptance_can_be_tested(spec_of(plain)).outcome is Outcome.PASSED
    same = ("then the answer is 201.", "then the answer is 201 and the old order still works.")
    assert checks_wording.acceptance_can_be_tested(spec_of(same)).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("It works.", "“It works.” says neither what is done nor what is seen"),
        ("Ordering is possible and everything works", "“everything works” is no observation; say what is seen"),
        ("Orders must be stored", "does not say in which situation (given, when)"),
        ("When a buyer submits an order, the service shall store it and answer 201.", "repeats the requirement"),
    ],
)
def test_rq009_names_the_criterion(text: str, problem: str) -> None:
    verdict = checks_wording.acceptance_can_be_tested(
        spec_of(("Given a buyer, when she orders, then the answer is 201.", text))
    )
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.startswith(f"A-1 {problem}")
    assert verdict.places[0].line == 21


def test_rq009_names_a_requirement_without_criteria() -> None:
    start = SPEC.index("    acceptance:\n      - {id: A-10")
    block = SPEC[start : SPEC.index("permissions:")]
    assert checks_wording.acceptance_can_be_tested(spec_of((block, ""))).message == "R-10 has no acceptance criterion"


def test_rq010_passes_a_failure_case_for_each_change() -> None:
    verdict = checks_coverage.changes_have_failure_cases(spec_of())
    assert told(verdict) == (Outcome.PASSED, "1 failure case · 1 of 1 changing operation")
    whole = spec_of(
        ("    priority: must\n    endpoints: [POST /orders]\n", "    priority: must\n    resource: order\n")
    )
    assert checks_coverage.changes_have_failure_cases(whole).outcome is Outcome.PASSED


def test_rq010_names_the_operation() -> None:
    verdict = checks_coverage.changes_have_failure_cases(
        spec_of(
            (
                "endpoints: [POST /orders]\n    acceptance:\n      - {id: A-10",
                "endpoints: [GET /orders]\n    acceptance:\n      - {id: A-10",
            )
        )
    )
    assert said(verdict) == (Outcome.FAILED, "POST /orders has no `If …, then` case", [13])


def test_rq011_passes_a_whole_need() -> None:
    verdict = checks_coverage.quality_needs_have_numbers(spec_of())
    said = "each with number, unit and load, as its text says · 1 of 1 quality need"
    assert told(verdict) == (Outcome.PASSED, said)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("    percentile: 95\n", ""), "Q-1: no percentile"),
        (("    load: {users: 10, seconds: 5}\n", ""), "Q-1: no load"),
        (("unit: ms", "unit: req/s"), "Q-1: latency in req/s; say it in ms"),
        (("limit: 300", "limit: 900"), "Q-1: the text says 300 ms, `limit` says 900"),
        (("within 300 ms", "within 0.5 s"), "Q-1: the text says 500 ms, `limit` says 300"),
        (("percentile: 95", "percentile: 50"), "Q-1: the text says 95, `percentile` says 50"),
        (("percentile: 95", "percentile: 5"), "Q-1: the 5th percentile leaves most of the requests out"),
        (("users: 10", "users: 1"), "Q-1: the text says 10, `load.users` says 1"),
        (
            ("shall answer within", "shall answer GET /orders within"),
            "Q-1: the text is about GET /orders, `endpoint` says",
        ),
        (("limit: 300", "limit: 0"), "Q-1: a limit of 0 ms no answer can keep"),
    ],
)
def test_rq011_names_what_is_missing(change: tuple[str, str], message: str) -> None:
    verdict = checks_coverage.quality_needs_have_numbers(spec_of(change))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.startswith(message)
    assert [place.line for place in verdict.places] == [32]


def test_rq011_names_that_there_is_none() -> None:
    verdict = checks_coverage.quality_needs_have_numbers(spec_of((SPEC[SPEC.index("quality:") :], "")))
    assert verdict.message.startswith("no quality need at all")


def test_rq012_passes_roles_and_owners_that_exist() -> None:
    verdict = checks_coverage.roles_and_owners_exist(spec_of())
    assert told(verdict) == (Outcome.PASSED, "1 role · 1 of 1 resource · 2 of 2 requirements")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((", owner: buyer}", "}"), "order has no owner role"),
        (("owner: buyer", "owner: anonymous"), "order is owned by `anonymous`, which is nobody"),
        (("owner: buyer", "owner: seller"), "order is owned by `seller`, which is no role"),
        (("roles: [buyer]", "roles: [byer]"), "R-1 names `byer`, which is no role"),
        (("resource: order", "resource: cart"), "R-1 is about `cart`, which is no resource"),
    ],
)
def test_rq012_names_what_does_not_exist(change: tuple[str, str], message: str) -> None:
    verdict = checks_coverage.roles_and_owners_exist(spec_of(change))
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, message)


def test_rq013_passes_a_rule_for_each_operation() -> None:
    verdict = checks_coverage.operations_have_permissions(spec_of())
    assert told(verdict) == (Outcome.PASSED, "each with a rule · 1 of 1 operation")
    everyone = checks_coverage.operations_have_permissions(spec_of(("{buyer: any}", "{anonymous: any}")))
    assert everyone.outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("{endpoint: POST /orders,", "{endpoint: POST /order,"), "POST /orders has no rule"),
        (("{buyer: any}", "{seller: any}"), "POST /orders allows `seller`, which is no role"),
        (("{buyer: any}", "{}"), "POST /orders allows nobody"),
    ],
)
def test_rq013_names_the_operation(change: tuple[str, str], message: str) -> None:
    verdict = checks_coverage.operations_have_permissions(spec_of(change))
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, message)


def test_rq014_passes_what_leads_to_an_endpoint_or_a_test() -> None:
    verdict = checks_coverage.requirements_lead_somewhere(spec_of(), nobody())
    assert told(verdict) == (Outcome.PASSED, "each leads somewhere · 2 of 2 requirements · 1 of 1 operation")
    nowhere = ("endpoints: [POST /orders]\n    acceptance:\n      - {id: A-10", "acceptance:\n      - {id: A-10")
    tested = Mentions(tests="tests", places={"A-10": (in_file("tests/test_x.py", 3),)})
    assert checks_coverage.requirements_lead_somewhere(spec_of(nowhere), tested).outcome is Outcome.PASSED


def test_rq014_names_what_leads_nowhere() -> None:
    nowhere = ("endpoints: [POST /orders]\n    acceptance:\n      - {id: A-10", "acceptance:\n      - {id: A-10")
    verdict = checks_coverage.requirements_lead_somewhere(spec_of(nowhere), nobody())
    assert said(verdict) == (Outcome.FAILED, "R-10 leads to no endpoint, quality need or test", [22])


def test_rq014_names_an_operation_that_nobody_asked_for() -> None:
    more = ("permissions:\n", "permissions:\n  - {endpoint: GET /secrets, allow: {buyer: any}}\n")
    verdict = checks_coverage.requirements_lead_somewhere(spec_of(more), nobody())
    assert said(verdict) == (Outcome.FAILED, "no requirement asks for GET /secrets", [30])


def test_documents_are_the_same_for_the_same_facts_and_say_what_matters() -> None:
    mentions = Mentions(tests="tests", places={"A-1": (in_file("tests/test_x.py", 3),)})
    text = artifacts.technical_requirements(spec_of(), mentions)
    assert text == artifacts.technical_requirements(spec_of(), mentions)
    assert "| POST /orders | · | any |" in str(text)
    assert "tests/test_x.py:3" in str(text)
    assert "| W-1 | Who ships? | Ann |" in str(artifacts.open_questions(spec_of()))


def test_the_schema_in_the_documentation_is_current() -> None:
    path = Path(__file__).parents[2] / "docs" / "spec.schema.json"
    assert path.read_text(encoding="utf-8") == artifacts.schema(), (
        "renew it: .venv/bin/python -c \"from stages.requirements.artifacts import schema; print(schema(), end='')\" "
        "> docs/spec.schema.json"
    )
    assert json.loads(artifacts.schema())["title"] == "gonogo specification"


# --- Chinese, and what no rule reads

ORDER = "When a buyer submits an order, the service shall store it and answer 201."
GIVEN = '"Given a buyer, when she orders, then the answer is 201."'


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("当作者提交一篇有效的文章时，系统应将其保存为草稿，并返回 201 和该文章。", Form.EVENT),
        ("如果读者提交、修改、发布或删除文章，则系统应返回 403。", Form.UNWANTED),
        ("若库存不足，系统必须返回 409，且不得创建订单。", Form.UNWANTED),
        ("在维护期间，系统应对所有写请求返回 503。", Form.STATE),
        ("在启用审核的情况下，系统应将文章保存为待审状态。", Form.OPTION),
        ("用户登录后，系统应返回访问令牌。", Form.EVENT),
        ("系统应只向管理员返回用户的电子邮件地址。", Form.UBIQUITOUS),
        ("当编辑提交新的标签名时，系统 shall 保存它并返回 201。", Form.EVENT),
    ],
)
def test_a_good_chinese_sentence_is_ears_and_one_idea(text: str, pattern: Form) -> None:
    spec = spec_of((ORDER, text))
    assert form(text) is pattern
    assert checks_wording.wording_is_ears(spec).outcome is Outcome.PASSED
    assert checks_wording.one_idea_each(spec).outcome is Outcome.PASSED
    assert checks_wording.no_vague_words(spec).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("买家可以提交订单。", "R-1: says `可以`, not `应`"),
        ("订单的接口响应。", "R-1: has no `应`"),
        ("系统应保存订单。", "R-1: no trigger or condition"),
        ("当买家下单时，应保存订单。", "R-1: condition and actor can't be told apart"),
    ],
)
def test_rq006_names_a_chinese_requirement(text: str, message: str) -> None:
    verdict = checks_wording.wording_is_ears(spec_of((ORDER, text)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("当编辑提交标签时，系统 shall 保存它并返回 201，同时应向所有作者发送邮件，还应清空缓存。", "a second `应`"),
        ("当买家下单时，系统应保存订单，并向店主发送邮件。", "a second act, “并向店主发送邮件。”"),
        ("当买家下单时，系统应保存订单。系统还应通知店主。", "a second sentence, “系统还应通知店主。”"),
    ],
)
def test_rq007_names_a_second_chinese_idea(text: str, second: str) -> None:
    verdict = checks_wording.one_idea_each(spec_of((ORDER, text)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.startswith(f"R-1 has {second}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("当任何人列出标签时，系统应尽快返回适当数量的标签，界面要友好。", {"尽快", "适当", "友好"}),
        ("系统应支持导出姓名、地址、电话等信息。", {"等"}),
        ("系统原则上应及时通知买家。", {"原则上", "及时"}),
        ("系统应在 2 秒内及时返回每个订单。", set()),
        ("系统应每次等待 3 秒，直到两边相等。", set()),
        ("系统应只接受 JSON、XML 等两种格式。", set()),
        ("系统应返回最近一次登录的时间。", set()),
        ("系统应保存名为“快速通道”的每个选项。", set()),
    ],
)
def test_rq008_names_vague_chinese_words_alone(text: str, words: set[str]) -> None:
    assert {one.word for one in vague(text)} == words


@pytest.mark.parametrize(
    "text",
    [
        "给定一名买家，当她下单时，返回 201。",
        "未登录的访客提交订单后，收到 401。",
        "有三个标签时，逐页读取，每个标签恰好出现一次。",
    ],
)
def test_rq009_passes_a_chinese_criterion(text: str) -> None:
    verdict = checks_wording.acceptance_can_be_tested(spec_of((GIVEN, f'"{text}"')))
    assert verdict.outcome is Outcome.PASSED, verdict.message


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("功能正常。", "“功能正常。” says neither what is done nor what is seen"),
        ("当买家下单时，所有功能均可正常使用。", "“功能均可正常使用。” is no observation"),
        ("当买家提交订单以后，结果符合预期。", "“结果符合预期。” is no observation"),
    ],
)
def test_rq009_names_an_empty_chinese_criterion(text: str, problem: str) -> None:
    verdict = checks_wording.acceptance_can_be_tested(spec_of((GIVEN, f'"{text}"')))
    assert verdict.outcome is Outcome.FAILED
    assert problem in verdict.message


@pytest.mark.parametrize("word", ["待定", "后续补充", "有待确认", "待明确"])
def test_rq003_names_a_chinese_placeholder(word: str) -> None:
    verdict = checks.nothing_is_a_placeholder(spec_of((GIVEN, f'"{word}，当买家下单时返回 201。"')))
    assert verdict.outcome is Outcome.FAILED
    assert word in verdict.message


@pytest.mark.parametrize(
    "text",
    [
        "Wenn ein Käufer eine Bestellung absendet, muss der Dienst sie speichern und mit 201 antworten.",
        "Quand un acheteur envoie une commande, le service doit la conserver et répondre 201.",
        "Когда покупатель оформляет заказ, сервис должен сохранить его и ответить 201.",
        "購入者が注文を送信したとき、サービスはそれを保存し、201 を返さなければならない。",
    ],
)
def test_what_no_rule_reads_is_named_and_not_judged(text: str) -> None:
    spec = spec_of((ORDER, text))
    for check in (checks_wording.wording_is_ears, checks_wording.one_idea_each):
        verdict = check(spec)
        assert verdict.outcome is Outcome.PASSED
        assert "not read, as it is neither English nor Chinese: R-1" in verdict.message
        assert [(one.judged, one.there) for one in verdict.shares] == [(1, 2)]


def test_rq004_names_an_answer_that_decides_nothing() -> None:
    spec = spec_of(("status: open, owner: Ann}", 'status: answered, answer: "The shop, if possible.", owner: Ann}'))
    verdict = checks.questions_have_owners_and_block_no_must(spec)
    assert verdict.outcome is Outcome.FAILED
    assert "“if possible” decides nothing" in str(verdict.message)


def test_rq005_names_what_is_in_and_out_in_other_words_and_an_open_scope() -> None:
    both = checks.scope_has_both_sides(spec_of(("excluded: [payment]", "excluded: [Order, payment]")))
    assert "both in and out: orders" in str(both.message)
    open_end = checks.scope_has_both_sides(spec_of(("included: [orders]", 'included: ["orders, returns, etc."]')))
    assert "“etc.” leaves the scope open" in str(open_end.message)
