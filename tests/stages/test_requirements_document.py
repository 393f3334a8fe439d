"""What a business document says: units, kinds, defects, measured on documents whose sentences people labelled."""

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from runner.specification_text import parse
from stages.requirements.document.draft import as_yaml, draft
from stages.requirements.document.judged import Document, read
from stages.requirements.document.rewording import RULES, question, reworded
from stages.requirements.document.sentence import Defect, Sentence
from stages.requirements.document.units import units

DOCUMENTS = Path(__file__).parent / "documents"
READ = ("library", "hr", "booking", "shop", "logistics")  # looked at while the rules were written
# By another hand that had seen the definitions alone: 0.49 before the rules were made wider with them in sight. Seven
# more of the same hands, which nobody looked at, then went from 0.57 to 0.65: that is what a new document can expect.
OTHERS = ("hongbei", "vet", "marina", "theatre", "xiaofu")
HELD_OUT = ("clinic", "museum", "bank", "school", "energy")  # labelled before; first scored when the rules stood: 0.85
# Written and labelled by somebody who had not seen the rules. Those of the first list went from 0.72 to 0.94 by it;
# those of the second, at which nobody looked meanwhile, from 0.69 to 0.79 (3.3 % of the clean sentences flagged).
SEEN = ("water", "waste", "licences", "blood", "festival", "ditie", "yanglao", "wuye", "lenglian", "chongdian")
# Of one more hand, labelled before the rules were looked at: at first look 0.81 (3.7 % flagged), kinds right for 80 %.
# The first four were mended on; the others were measured once, when that was done: 0.74 (3.0 %), kinds 87 %. After that
# alone the numbers of a regulation's articles (第一条) were read as such: 0.77.
MENDED = ("market", "ferry", "gongzufang", "jiaxiao")
LAST = ("exam", "translation", "yifei", "zhiyuan")
# Of a further hand, labelled and kept before the rules were read or measured on them: at first look 0.705 (2.7 %
# flagged) and 0.727 (4.5 %). The first three were mended on: 0.909 (none flagged). At what is missed in the others
# nobody looked, though who mended had written them: 0.740 (4.5 %); one of twelve contradicting sentences is found.
FRESH = ("permits", "paike", "jingqu")
NEVER = ("customs", "seedbank", "dianbiao")
# Six more of one hand, two or three contradictions and duplicates in each, labelled before the rules were read: at
# first look 0.595 (6.7 % flagged), of 18 contradictions 4. The first three were mended on: from 0.525 (7.2 %) to 0.844
# (none flagged). At what is missed in the others nobody looked: from 0.659 (6.2 %) to 0.689 (6.2 %).
EYED = ("toolhire", "kuaidigui", "dangan")
KEPT = ("lifts", "fishauction", "shitang")
# Four more, labelled before the rules were read: at first look 0.737 (1.0 % flagged). Two were chosen beforehand and
# mended on: from 0.812 (2.1 %) to 0.946 (none). The other two were not: 0.656 (none flagged) before and after.
WORKED = ("windfarm", "gongdi")
UNTOUCHED = ("cemetery", "minsu")
# Six more of six trades, labelled before the rules were read: at first look 0.667 (2.4 % flagged), of 12 contradicting
# sentences none. Two were chosen beforehand: at what is missed there nobody looked. What all limits have in common, and
# all duties, was mended on the other four and on LAST and NEVER: those four 0.710 → 0.97, the two 0.583 → 0.717; the
# held-out ones of the earlier rounds KEPT and UNTOUCHED 0.676 → 0.697.
STUDIED = ("cider", "radio", "ganxi", "jiazheng")
SEALED = ("weighbridge", "zhongyao")
# Six more of six trades, by six hands, labelled before a rule was read: at first look 0.683 (4.4 % flagged), kinds
# right for 79 %. Two were chosen beforehand: at what is missed there nobody looked. When frames were compared, and
# single sentences and pairs written apart had shown what is missed, 0.779 (2.5 % flagged): the two 0.667 → 0.714,
# and with SEALED, UNTOUCHED and KEPT 0.695 → 0.712. How alike English sentences have to be to contradict each other was
# chosen with the totals of these in view, so they are no longer quite untouched.
# Later SEALED, CHOSEN and two of APART were mended on as well: 0.670 (4.4 % flagged) → 0.856 (0.6 %).
TRADES = ("optician", "floodwarning", "huaxue", "muchang")
CHOSEN = ("allotments", "senlin")
# Eight more of eight trades, written and labelled before a rule was read: at first look 0.682 (2.8 % flagged), kinds
# right for 82 %. Four were chosen beforehand to be sealed; what is missed in them nobody read, though who mended had
# written them: 0.637 (4.4 %) before and 0.638 (5.0 %) after. The other four were mended on, with KEPT, UNTOUCHED and
# single sentences written apart: from 0.732 (1.4 %) to 0.920 (none flagged), kinds from 84 % to 93 %.
MEMOS = ("linen", "plumbing", "yingyuan", "sushe")
APART = ("telescope", "interpreters", "lvsuo", "bengzhan")
# Six more of six trades by one hand, labelled before the tool was asked, three of them chosen beforehand to be sealed;
# what is missed in those nobody read: 0.545 (5.0 % flagged) before and 0.606 (3.3 %) after. The other three stood at
# 0.736 (none flagged) when the documents before them had been mended on, which brought them nothing: they were still
# at 0.736; mended on themselves, 0.893.
TOLD = ("orchestra", "quarry", "chuanzha")
UNTOLD = ("gliding", "xuetou", "huahui")
UNSEEN = ("baggage", "gym", "carshare", "zhibo", "lims", "nongji")


def _text(name: str) -> str:
    return (DOCUMENTS / f"{name}.md").read_text(encoding="utf-8")


def _labels(name: str) -> list[dict[str, object]]:
    found = json.loads((DOCUMENTS / f"{name}.json").read_text(encoding="utf-8"))
    return list(found["sentences"])


def _classes(label: dict[str, object]) -> set[str]:
    defects = label["defects"]
    assert isinstance(defects, list)
    return {str(one["class"]) for one in defects}


@cache
def _read(name: str) -> Document:
    return read(_text(name))


def _right_kinds(names: tuple[str, ...]) -> float:
    """The share of sentences whose kind is the labelled one."""
    right = [
        judged[str(label["text"])] == label["kind"]
        for name in names
        for judged in [{one.unit.text: one.kind for one in _read(name).sentences}]
        for label in _labels(name)
    ]
    return sum(right) / len(right)


def _scores(names: tuple[str, ...]) -> tuple[float, float, float]:
    """Micro F1 of the defects, the share of clean sentences that are flagged, the share of right `obliges`."""
    counted: Counter[str] = Counter()
    for name in names:
        judged = {one.unit.text: one for one in _read(name).sentences}
        repeated = {d["of"] for label in _labels(name) for d in label["defects"] if "of" in d}  # type: ignore[attr-defined]
        for label in _labels(name):
            one = judged[str(label["text"])]
            wanted, got = _classes(label), {str(found.defect) for found in one.found}
            got -= {"duplicate"} if label["text"] in repeated else set()
            counted["hit"] += len(wanted & got)
            counted["wrong"] += len(got - wanted)
            counted["missed"] += len(wanted - got)
            counted["clean"] += not wanted
            counted["flagged"] += not wanted and bool(got)
            counted["obliges"] += one.obliges == label["obliges"]
            counted["all"] += 1
    f1 = 2 * counted["hit"] / (2 * counted["hit"] + counted["wrong"] + counted["missed"])
    return f1, counted["flagged"] / counted["clean"], counted["obliges"] / counted["all"]


@pytest.mark.parametrize("name", sorted(one.stem for one in DOCUMENTS.glob("*.md")))
def test_the_units_are_those_that_people_see(name: str) -> None:
    assert [one.text for one in units(_text(name))] == [label["text"] for label in _labels(name)]


def test_the_defects_are_found_in_documents_that_the_rules_know() -> None:
    f1, flagged, obliges = _scores(READ)
    assert f1 >= 0.9, f"micro F1 is {f1:.3f}"
    assert flagged <= 0.03, f"{flagged:.1%} of the clean sentences are flagged"
    assert obliges >= 0.95, f"obliges is right for {obliges:.1%}"


def test_the_defects_are_found_in_documents_that_were_held_out() -> None:
    f1, flagged, obliges = _scores(HELD_OUT)
    assert f1 >= 0.85, f"micro F1 is {f1:.3f}"
    assert flagged <= 0.03, f"{flagged:.1%} of the clean sentences are flagged"
    assert obliges >= 0.95, f"obliges is right for {obliges:.1%}"


def test_the_defects_are_found_in_documents_of_another_hand() -> None:
    f1, flagged, obliges = _scores(OTHERS)
    assert f1 >= 0.9, f"micro F1 is {f1:.3f}"
    assert flagged <= 0.03, f"{flagged:.1%} of the clean sentences are flagged"
    assert obliges >= 0.95, f"obliges is right for {obliges:.1%}"


@pytest.mark.parametrize(("names", "least"), [(SEEN, 0.9), (UNSEEN, 0.85), (MENDED, 0.88), (LAST, 0.75)])
def test_the_defects_are_found_in_tenders_stories_minutes_wikis_contracts_tables_and_lists(
    names: tuple[str, ...], least: float
) -> None:
    f1, flagged, obliges = _scores(names)
    assert f1 >= least, f"micro F1 is {f1:.3f}"
    assert flagged <= 0.03, f"{flagged:.1%} of the clean sentences are flagged"
    assert obliges >= 0.95, f"obliges is right for {obliges:.1%}"


@pytest.mark.parametrize(("names", "least"), [(FRESH, 0.88), (NEVER, 0.72)])
def test_the_defects_are_found_in_documents_that_nobody_here_had_seen(names: tuple[str, ...], least: float) -> None:
    f1, flagged, obliges = _scores(names)
    assert f1 >= least, f"micro F1 is {f1:.3f}"
    assert flagged <= 0.05, f"{flagged:.1%} of the clean sentences are flagged"
    assert obliges >= 0.95, f"obliges is right for {obliges:.1%}"


@pytest.mark.parametrize(("names", "least", "most"), [(EYED, 0.8, 0.02), (KEPT, 0.68, 0.07)])
def test_the_defects_are_found_where_documents_contradict_and_repeat_themselves(
    names: tuple[str, ...], least: float, most: float
) -> None:
    f1, flagged, obliges = _scores(names)
    assert f1 >= least, f"micro F1 is {f1:.3f}"
    assert flagged <= most, f"{flagged:.1%} of the clean sentences are flagged"
    assert obliges >= 0.95, f"obliges is right for {obliges:.1%}"


@pytest.mark.parametrize(
    ("names", "least"),
    [(WORKED, 0.92), (UNTOUCHED, 0.64), (STUDIED, 0.94), (SEALED, 0.85), (LAST, 0.86), (NEVER, 0.86)],
)
def test_the_defects_are_found_in_documents_of_further_trades(names: tuple[str, ...], least: float) -> None:
    f1, flagged, obliges = _scores(names)
    assert f1 >= least, f"micro F1 is {f1:.3f}"
    assert flagged <= 0.03, f"{flagged:.1%} of the clean sentences are flagged"
    assert obliges >= 0.93, f"obliges is right for {obliges:.1%}"


@pytest.mark.parametrize(("names", "least", "most"), [(TRADES, 0.85, 0.03), (CHOSEN, 0.78, 0.05)])
def test_the_defects_are_found_in_letters_minutes_tenders_and_tables_of_six_more_hands(
    names: tuple[str, ...], least: float, most: float
) -> None:
    f1, flagged, obliges = _scores(names)
    assert f1 >= least, f"micro F1 is {f1:.3f}"
    assert flagged <= most, f"{flagged:.1%} of the clean sentences are flagged"
    assert obliges >= 0.92, f"obliges is right for {obliges:.1%}"


@pytest.mark.parametrize(("names", "least", "most"), [(MEMOS, 0.89, 0.02), (APART, 0.74, 0.04)])
def test_the_defects_are_found_in_memos_wishes_notes_and_rules_of_eight_more_hands(
    names: tuple[str, ...], least: float, most: float
) -> None:
    f1, flagged, obliges = _scores(names)
    assert f1 >= least, f"micro F1 is {f1:.3f}"
    assert flagged <= most, f"{flagged:.1%} of the clean sentences are flagged"
    assert obliges >= 0.94, f"obliges is right for {obliges:.1%}"


@pytest.mark.parametrize(("names", "least", "most"), [(TOLD, 0.88, 0.02), (UNTOLD, 0.59, 0.05)])
def test_the_defects_are_found_in_an_orchestra_a_quarry_a_lock_and_three_more(
    names: tuple[str, ...], least: float, most: float
) -> None:
    f1, flagged, obliges = _scores(names)
    assert f1 >= least, f"micro F1 is {f1:.3f}"
    assert flagged <= most, f"{flagged:.1%} of the clean sentences are flagged"
    assert obliges >= 0.95, f"obliges is right for {obliges:.1%}"


@pytest.mark.parametrize(
    ("names", "least"),
    [(READ, 0.9), (OTHERS, 0.88), (HELD_OUT, 0.9), (SEEN, 0.92), (UNSEEN, 0.92), (MENDED, 0.9), (LAST, 0.8)],
)
def test_the_kind_of_a_sentence_is_the_labelled_one(names: tuple[str, ...], least: float) -> None:
    right = _right_kinds(names)
    assert right >= least, f"the kind is right for {right:.1%}"


def test_each_requirement_and_question_leads_to_its_sentence() -> None:
    text = _text("library")
    found = draft(read(text), name="library", path="docs/library.md", title="Lending system")
    problems, parsed = parse("spec.yaml", as_yaml(found))
    assert not problems
    assert parsed == found.specification
    lines = text.splitlines()
    for one in parsed.requirements:
        where, _, said = (one.rationale or "").partition(": ")
        assert said in lines[int(where.rpartition(" ")[2]) - 1]
    assert {role.id for role in parsed.roles} == {"reader", "librarian", "head-librarian"}
    asked = [one for one in parsed.questions if "Trusted readers" in one.text]
    assert [parsed.requirements[int(one.about[0][-3:]) - 1].text for one in asked] == [
        "Trusted readers may borrow more than eight items."
    ]
    assert all(one.status == "open" for one in parsed.questions)
    assert [(q.limit, q.percentile) for q in parsed.quality] == [(800, 95)]


def _only(text: str) -> Sentence:
    return read(text).sentences[-1]


def test_a_fast_product_is_asked_for_its_milliseconds() -> None:
    one = _only("# Shop\n\nThe system must be fast.\n")
    assert [question(one, found) for found in one.found] == [
        "“fast”: how many milliseconds, for what share of requests, at which load?"
    ]


def test_a_rewording_leaves_a_gap_and_invents_nothing() -> None:
    one = _only("# Shop\n\nThe clerk answers promptly.\n")
    assert [reworded(one, found) for found in one.found] == ["The clerk answers <number and unit, or the cases>."]
    ways_out = [
        _only(f"# Shop\n\n{said}\n")
        for said in (
            "The clerk calls, where possible.",
            "Where possible, the clerk calls.",
            "The clerk calls if necessary.",
        )
    ]
    assert {reworded(one, found) for one in ways_out for found in one.found} == {"The clerk calls."}
    assert set(RULES) == set(Defect)


PLAIN = """Irrigation schedule

Roles
Growers request turns. The master grants them.

Turns
(1) A turn lasts at most six hours.
(2) Dr. Lee asks e.g. for 1.5 hours!
Rooms, gates etc. are listed here. The deposit is ??? EUR.
"""
ROLE_LINES = "# 藏品\n\n## 人员\n\n保管员：负责日常保管工作\n部主任：审批外借申请\n\n## 规则\n\n（1）押金为 ？？ 元。\n"


def test_plain_text_has_headings_and_numbers_without_marks() -> None:
    found = units(PLAIN)
    assert [one.text for one in found] == [
        "Growers request turns.",
        "The master grants them.",
        "(1) A turn lasts at most six hours.",
        "(2) Dr. Lee asks e.g. for 1.5 hours!",
        "Rooms, gates etc. are listed here.",
        "The deposit is ??? EUR.",
    ]
    assert found[0].headings[-1] == "Roles"
    assert found[2].said == "A turn lasts at most six hours."
    assert [one.text for one in units(ROLE_LINES)] == [
        "保管员：负责日常保管工作",
        "部主任：审批外借申请",
        "（1）押金为 ？？ 元。",
    ]


def _classes_in(text: str) -> set[str]:
    return {str(found.defect) for one in read(text).sentences for found in one.found}


ROLES = "# Shop\n\n## Roles\n\n- Buyer: orders goods.\n- Clerk: packs goods.\n\n## Rules\n\n"
CHINESE_ROLES = "# 商店\n\n## 角色\n\n- 顾客：购买商品的人。\n- 店员：负责发货的人。\n\n## 规则\n\n"


@pytest.mark.parametrize(
    ("vague", "precise", "kind"),
    [
        ("The clerk deals with it as a matter of urgency.", "The customer moves it to a later day.", "vague"),
        ("The clerk should avoid long drives.", "The clerk should avoid drives of more than 40 km.", "vague"),
        ("Errors must be rare.", "The app must work without a network.", "unmeasurable"),
        ("A newcomer should need hardly any help.", "A newcomer can use it in two hours.", "unmeasurable"),
        ("Buyers with heavy use pay less.", "Buyers with heavy use above 9 kg pay 4 EUR.", "undefined_term"),
        ("The clerk signs, if the buyer deems it useful.", "The clerk signs when the buyer asks.", "escape_clause"),
        ("The clerk sells bags, books and much else.", "The clerk sells bags and books.", "unbounded"),
        ("Orders need checking.", "Orders need checking by the clerk.", "passive_no_actor"),
        ("Somebody has to check the fridge.", "The clerk has to check the fridge.", "passive_no_actor"),
        ("The buyer pays with Apple Pay.", "The buyer pays in cash.", "no_failure_case"),
        ("The fee is ... EUR.", "The fee is 5 EUR.", "placeholder"),
        ("店员应在第一时间联系顾客。", "顾客可以按时间排序。", "vague"),
        ("操作要轻松。", "操作日志保存一年。", "unmeasurable"),
        ("热门影片可增开一场。", "影片可增开一场。", "undefined_term"),
        ("店员当天发货，不可抗力除外。", "店员当天发货。", "escape_clause"),
        ("退货期限××天。", "退货期限 5 天。", "placeholder"),
        ("The clerk answers in good time.", "The clerk answers in good time, within 2 hours.", "vague"),
        (
            "The clerk keeps very old labels.",
            "The clerk keeps labels, especially those of 9 kg.",
            "vague",
        ),
        ("The clerk keeps the necessary data.", "The clerk keeps the data necessary to pack goods.", "vague"),
        ("Buyers must be checked.", "All values of a form shall be sanitized.", "passive_no_actor"),
        (
            "Orders that nobody packs get chased up.",
            "Orders that nobody packs get chased up by clerks.",
            "passive_no_actor",
        ),
        ("The system informs buyers.", "The system informs buyers about fees on the order page.", "no_trigger"),
        ("The system must be fast.", "The system must answer 95 % of requests within 200 ms.", "unmeasurable"),
        (
            "Loyal buyers pay nothing.",
            "Loyal means a buyer with 10 orders.\n\nLoyal buyers pay nothing.",
            "undefined_term",
        ),
        (
            "Orders shall be packed, where possible.",
            "Orders shall be packed by the clerk.",
            "escape_clause",
        ),
        ("An order has a name, a date, etc.", "An order has a name and a date.", "unbounded"),
        ("Orders must be approved.", "Orders must be approved by the clerk.", "passive_no_actor"),
        ("Orders must be reviewed.", "The discount must be agreed with the buyer.", "passive_no_actor"),
        ("Orders are handed over.", "Buyers are granted the dates they prefer.", "passive_no_actor"),
        ("Cracked boxes shall be repaired.", "The clerk shall be notified.", "passive_no_actor"),
        ("The clerk shall be notified.", "When an order comes, the clerk shall be notified.", "no_trigger"),
        ("The plan of the shop should come up quickly.", "The clerk packs quickly.", "unmeasurable"),
        ("The list has to be snappy.", "The list has to be complete.", "unmeasurable"),
        ("The system warns the clerk in good time.", "The system warns the clerk at 9:00.", "vague"),
        ("Noise is kept to a minimum by the clerk.", "The clerk keeps the minimum price.", "vague"),
        ("The clerk packs longer in bad weather.", "Orders go first, even if others are slow.", "vague"),
        ("The clerk packs as little as possible.", "The clerk packs as many bags as ordered.", "vague"),
        ("The clerk packs without delay.", "The system packs without delay when an order comes.", "vague"),
        ("The clerk notes cuts, stains and any other marks.", "The clerk notes cuts and other marks.", "unbounded"),
        ("Promising buyers pay half.", "Parents pay half.", "undefined_term"),
        ("The fee is to be advised.", "The clerk is advised of the fee.", "placeholder"),
        (
            "The system obtains the forecast from the Met Office every hour.",
            "The clerk obtains the forecast from the Met Office every hour.",
            "no_failure_case",
        ),
        (
            "The clerk sends orders to the register of the council.",
            "The clerk checks goods against the order and the system prints a label.",
            "no_failure_case",
        ),
        (
            "The porter ends the day, the bailiff writes a letter and the council elects its chair.",
            "The porter ends the day, the bailiff gets a letter and the council reads it.",
            "compound",
        ),
        ("The system sends a summary.", "Every Monday the system sends a summary.", "no_trigger"),
        ("The system sends a summary.", "The system sends a summary. It goes out every Monday.", "no_trigger"),
        (
            "The clerk packs goods, the buyer rates films and the system prints menus.",
            "When a buyer orders, the system stores the order and the clerk gets it.",
            "compound",
        ),
        (
            "The buyer pays by credit card.",
            "The buyer pays by credit card.\n\nIf the payment fails, the order stays open.",
            "no_failure_case",
        ),
        ("The deposit is TBD.", "The deposit is 5 EUR.", "placeholder"),
        ("A ride lasts at most [n] minutes.", "A ride lasts at most 5 minutes [1].", "placeholder"),
        ("The number of free orders is still being negotiated.", "Two orders are free.", "placeholder"),
        ("The clerk answers within a day, staffing permitting.", "The clerk answers within a day.", "escape_clause"),
        ("The clerk takes notes, photos or whatever.", "The clerk takes notes and photos.", "unbounded"),
        ("When a queue gets silly, the clerk opens a second till.", "When 9 wait, the clerk opens a till.", "vague"),
        ("Renewing an order mustn't take ages.", "Renewing an order takes at most 2 clicks.", "unmeasurable"),
        ("Fridge temperatures get written down daily.", "The clerk writes the temperatures down.", "passive_no_actor"),
        ("Backroom staff see all orders.", "Clerks see all orders.", "undefined_term"),
        ("Buyers receive an invoice.", "After each order buyers receive an invoice.", "no_trigger"),
        (
            "The council receives a sheet of figures.",
            "On Mondays the council receives a sheet of figures.",
            "no_trigger",
        ),
        ("The system prints labels.", "The system prints a label for each order.", "no_trigger"),
        ("Scanning works well in rain.", "Scanning works in rain up to 5 mm per hour.", "unmeasurable"),
        (
            "Sales are pushed across to the bookkeeping program.",
            "Sales are pushed across to the bookkeeping program. If that fails, the clerk is told.",
            "no_failure_case",
        ),
    ],
)
def test_what_makes_an_english_sentence_unclear(vague: str, precise: str, kind: str) -> None:
    assert kind in _classes_in(ROLES + vague)
    assert kind not in _classes_in(ROLES + precise)


@pytest.mark.parametrize(
    ("vague", "precise", "kind"),
    [
        ("店员应尽快发货。", "店员应在 2 小时内尽快发货。", "vague"),
        ("系统要安全。", "未经安全教育的店员，闸机不予放行。", "unmeasurable"),
        ("顾客刷卡付运费。", "闸机支持刷脸、刷卡、扫码三种方式。", "no_failure_case"),
        ("系统要稳定。", "系统每月停机不超过 1 小时。", "unmeasurable"),
        ("店员力求当天发货。", "检索结果应力求准确。", "escape_clause"),
        ("运费标准为待确定。", "订单状态为待确定。", "placeholder"),
        ("运费空着。", "货架空着的时候，店员补货。", "placeholder"),
        ("支持现金、刷卡等。", "店员不得让顾客等。", "unbounded"),
        ("难拆的箱子，店员可以退。", "困难的顾客可以退。", "vague"),
        ("店员应从速发货。", "店员应从 9:00 起发货。", "vague"),
        ("店员得空就去看看。", "店员每天去看。", "escape_clause"),
        ("信用较好的门店免运费。", "长期占位的门店免运费。", "undefined_term"),
        (
            "敏感案卷另放。店员查案卷。顾客取案卷。",
            "敏感案卷是指遗嘱。敏感案卷另放。店员查案卷。顾客取案卷。",
            "undefined_term",
        ),
        ("系统从海事局船舶库读取证书。", "到账后系统将订单标为已付。", "no_failure_case"),
        ("重要客户免运费。", "重要客户是指年消费满 1 万元的顾客。\n\n重要客户免运费。", "undefined_term"),
        ("店员尽量当天发货。", "店员当天发货。", "escape_clause"),
        ("支持现金、刷卡等方式。", "顾客等待不超过 5 分钟。", "unbounded"),
        ("订单须经审核。", "店员审核订单。\n\n订单须经审核。", "passive_no_actor"),
        ("系统发送通知。", "发货后系统发送通知。", "no_trigger"),
        ("店员会收到一份汇总。", "店员每周会收到一份汇总。", "no_trigger"),
        ("系统定时报送数据。", "系统每天 2:00 报送数据。", "no_trigger"),
        ("出票要快。", "出票不超过 3 秒。", "unmeasurable"),
        ("店员盘点库存，顾客填写问卷，系统公布菜谱。", "顾客下单后，系统通知店员，店员发货。", "compound"),
        ("系统每天从税务平台同步税率。", "系统每天从税务平台同步税率，失败的次日重试。", "no_failure_case"),
        ("运费标准待定。", "运费为 5 元。", "placeholder"),
        ("运费 ？ 元。", "运费为 5 元。", "placeholder"),
        ("限额还在谈。", "限额为 5 元。", "placeholder"),
        ("店员有空就去看看，忙不过来就算了。", "店员每天去看。", "escape_clause"),
        ("店员应遵守国家一切现行规定。", "店员应遵守 GB/T 25000。", "unbounded"),
        ("耽搁太久的货，店员可以退。", "耽搁 3 天的货，店员可以退。", "vague"),
        ("价格变动得有人审过才能生效。", "价格变动得店员审过才能生效。", "passive_no_actor"),
        ("安保员每天巡查。", "店员每天巡查。", "undefined_term"),
    ],
)
def test_what_makes_a_chinese_sentence_unclear(vague: str, precise: str, kind: str) -> None:
    assert kind in _classes_in(CHINESE_ROLES + vague)
    assert kind not in _classes_in(CHINESE_ROLES + precise)


def _contradictions(document: Document) -> int:
    return len(document.contradictions)


def test_numbers_contradict_only_about_the_same() -> None:
    pair = "# Shop\n\nA buyer may order up to {} bags.\n\nA {}buyer may order at most {} bags.\n"
    assert _contradictions(read(pair.format(5, "", 6))) == 1
    assert _contradictions(read(pair.format(5, "", 5))) == 0
    assert _contradictions(read(pair.format(5, "first-time ", 6))) == 0


@pytest.mark.parametrize(
    ("one", "other", "contradicts"),
    [
        ("Nobody gets more than eight bags in one order.", "One order may run to a dozen bags.", True),
        ("Nobody gets more than twelve bags in one order.", "One order may run to a dozen bags.", False),
        ("Buyers with more than 90 EUR unpaid cannot order.", "Orders are blocked from 60 EUR unpaid.", True),
        ("Records of orders are kept for two years.", "Order records are erased after 12 months.", True),
        ("Records of orders are kept for a year.", "Order records are erased after 12 months.", False),
        ("Only the clerk changes prices.", "A buyer may change prices.", True),
        ("Only the clerk sees full scores.", "A buyer can open full scores of any work.", True),
        ("A lesson takes 45 minutes.", "Lessons last an hour.", True),
        ("Chats are deleted after 30 days.", "Chat messages remain available for a year.", True),
        ("A parcel is packed within 2 hours.", "A parcel weighs at most 2 kg.", False),
        ("Log files are written in English.", "The log is kept in German.", True),
        ("Up to six hens may be kept.", "No more than four hens in any shop, please.", True),
        ("The clerk may postpone a check by up to 14 days.", "The clerk makes a check every six months.", False),
        ("Milk is not sold within 7 days of the shot.", "Milk can be sold 5 days after the shot.", True),
        ("Milk is not sold within 7 days of the shot.", "Milk can be sold 9 days after the shot.", False),
        ("Only the clerk changes prices.", "A buyer may ask for prices.", False),
        ("Backups run daily.", "A backup is made once a week.", True),
        ("Adult tickets cost 9 EUR per day.", "Child tickets cost 5 EUR per day.", False),
        ("A group has between 5 and 12 members.", "No group may exceed 10 members.", True),
        ("A buyer keeps a van for 96 hours at most.", "A buyer cancels a van up to 4 hours before.", False),
        ("A parcel weighs at least 1 kg.", "A parcel weighs at most 30 kg.", False),
        ("A buyer may order 5 bags per day.", "A buyer may order 50 bags per month.", False),
        ("Only the clerk may cancel orders.", "Buyers cancel up to two orders a month.", True),
        ("The clerk may cancel orders.", "Buyers cancel up to two orders a month.", False),
        ("The address of a buyer is visible to the clerk alone.", "Drivers can view the address of a buyer.", True),
        ("Prices are shown without tax.", "All prices include tax.", True),
        ("Guests are accompanied in the store room.", "In the store room guests may be alone.", True),
        ("On weekdays the shop closes at 18:00.", "On Saturdays the shop closes at 13:00.", False),
        ("A photo may be replaced only once.", "Owners can replace a photo several times.", True),
        ("A clerk works on 3 orders at a time, no more.", "The number of orders per clerk is limited to 5.", True),
        ("Objections are filed within 14 days.", "The time limit for objections is one month.", True),
        ("| First bag of a buyer | 12 EUR |", "| Second bag of a buyer | 26 EUR |", False),
        ("Receipts are kept for ten years.", "The system deletes receipts after 5 years.", True),
        ("Each shelf has exactly one barcode.", "A shelf may have several barcodes.", True),
        ("Each film gets two votes, 1 to 10 points.", "If votes are 4 points apart, a third vote is cast.", False),
        ("每名顾客每年征订夏装不得超过四套。", "夏装征订以每人每年六套为上限。", True),
        ("一张处方最多 14 付药。", "每张处方不得超过 21 付。", True),
        ("用药后 7 天内的奶不得入罐。", "停药满 5 天的奶可以入罐。", True),
        ("用药后 7 天内的奶不得入罐。", "停药满 9 天的奶可以入罐。", False),
        ("瞭望员发现烟点后，应在 3 分钟内上报位置和照片。", "300 台终端同时在线时，位置上报延迟不超过 5 秒。", False),
        ("每个货架只有一个条码。", "一个货架可以有多个条码。", True),
        ("只有店长可以打开保险柜。", "店员可以打开保险柜。", True),
        ("寄件人须年满 16 周岁。", "寄件人的最低年龄为 18 周岁。", True),
        ("包裹不轻于 1 公斤。", "包裹不重于 30 公斤。", False),
        ("周一门店 18:00 关门。", "周六门店 13:00 关门。", False),
        ("每名顾客每年征订夏装不得超过四套。", "冬装征订以每人每年六套为上限。", False),
        ("一个班一天最多上八节课。", "每班每天的课不超过七节。", True),
        ("每张门票仅限入园一次。", "持票人当天可以多次入园。", True),
        ("每张月票限入园一次。", "持季票的人可以多次入园。", False),
        ("改签的截止时间为入园日前一天 18:00。", "游客可在入园当天 9:00 之前改签。", True),
        ("订单记录保存两年。", "满一年的订单记录由系统清除。", True),
    ],
)
def test_what_contradicts_says_another_figure_or_person_of_the_same(one: str, other: str, contradicts: bool) -> None:  # noqa: FBT001
    assert bool(_contradictions(read(f"# Shop\n\n{one}\n\n{other}\n"))) is contradicts


@pytest.mark.parametrize(
    ("one", "other", "repeats"),
    [
        ("The code of an order is unique.", "No two orders share a code.", True),
        ("The maximum weight of a bag is 30 kg.", "A bag may weigh no more than 30 kg.", True),
        ("Bags are returned after 14 days.", "After two weeks bags go back.", True),
        ("Two runs on one shelf must not share a night.", "No night on a shelf belongs to more than one run.", True),
        ("A van has at most one open tour.", "No van can be in two tours at the same time.", True),
        ("A van has at most one open tour.", "A tour has at most one van.", False),
        ("一艘船同一时间只能有一份有效的过闸申报。", "同一船舶不得同时存在两份及以上未完结的过闸申报。", True),
        ("Orders close on 31 January.", "Last day for orders: 31 January.", True),
        ("Bags are deleted three years after the end of the order.", "We keep bags for 36 months from its end.", True),
        ("Buyers can see their own bags.", "Buyers cannot see the bags of others.", False),
        ("取件码不得重复。", "任意两个取件码都不相同。", True),
        ("同一间教室同一时段只能安排一门课。", "任何时段里，一间教室都不会排进两门课。", True),
        ("一个工单只对应一个订单。", "每个工单对应且仅对应一个订单。", True),
        ("顾客只能查看自己的订单。", "顾客不得查看他人的订单。", True),
        ("一辆车只能绑定一个车主。", "车辆与车主一一对应，不得绑定多个车主。", True),
        ("订单记录保存两年。", "所有订单记录留存 24 个月。", True),
        ("顾客可以查看自己的订单。", "顾客不得查看他人的订单。", False),
    ],
)
def test_what_repeats_says_the_same_in_other_words(one: str, other: str, repeats: bool) -> None:  # noqa: FBT001
    assert ("duplicate" in _classes_in(f"# Shop\n\n{one}\n\n{other}\n")) is repeats


@pytest.mark.parametrize(
    ("story", "kind"),
    [
        ("As a clerk, I want torn bags to be reported.", "passive_no_actor"),
        ("As a buyer, I want to receive a push message.", "no_trigger"),
        ("作为店员，我希望投诉能被核实。", "passive_no_actor"),
        ("作为顾客，我希望收到一条提醒。", "no_trigger"),
    ],
)
def test_a_user_story_is_read_as_the_rule_that_it_asks_for(story: str, kind: str) -> None:
    heading = CHINESE_ROLES if story.startswith("作") else ROLES
    assert kind in _classes_in(heading + story)


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ("The clerk packs an order within 2 hours.", "functional"),
        ("A buyer may cancel an order up to 3 hours before it leaves.", "functional"),
        ("When stock is below 5, the system tells the clerk.", "functional"),
        ("A buyer may order at most 5 bags.", "constraint"),
        ("A buyer holds no more than 3 orders.", "constraint"),
        ("A bag costs 4 EUR.", "constraint"),
        ("Receipts are deleted after 5 years.", "constraint"),
        ("店员应在 2 小时内发货。", "functional"),
        ("库存不足时，系统提醒店员。", "functional"),
        ("顾客最多可以下 5 个订单。", "constraint"),
        ("临期商品应予以下架。", "functional"),
        ("订单记录保存 5 年。", "constraint"),
    ],
)
def test_a_deadline_bounds_no_act_and_a_figure_bounds_what_it_counts(rule: str, kind: str) -> None:
    heading = CHINESE_ROLES if rule.endswith("。") else ROLES
    assert read(heading + rule).sentences[-1].kind == kind


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ("Clerks write off up to five lost bags a month.", "constraint"),  # "lost" says which, and not what happened
        ("The clerk lost five bags.", "background"),
        ("The clerk rejects a bag whose tag cannot be read.", "functional"),
        ("Should the lift be out of order, the clerk carries the bags.", "functional"),
        ("An order begun after 20:00 costs 4 EUR.", "constraint"),
        ("店员接单后，系统提醒顾客。", "functional"),
        ("发现假币的，店员应当上报。", "functional"),
    ],
)
def test_what_a_word_means_is_told_by_where_it_stands(rule: str, kind: str) -> None:
    heading = CHINESE_ROLES if rule.endswith("。") else ROLES
    assert read(heading + rule).sentences[-1].kind == kind


def test_what_stands_before_the_first_section_tells_how_things_are() -> None:
    sentences = read(
        "# Shop\n\nThe desk takes 80 calls.\n\nOrders must be paid.\n\n## Rules\n\nA bag costs 4 EUR.\n"
    ).sentences
    assert [one.kind for one in sentences] == ["background", "functional", "constraint"]


def test_who_is_said_to_do_something_in_a_list_of_people_and_words_is_a_role() -> None:
    table = "| Term | Meaning |\n| --- | --- |\n| Fitter | Repairs what is broken |\n| Emergency | Gas smell |\n"
    assert read(f"# Shop\n\n## Words and people\n\n{table}\n## Rules\n\nA bag costs 4 EUR.\n").terms.roles == (
        "Fitter",
    )


@pytest.mark.parametrize(
    ("pays", "beside", "covered"),
    [
        ("The buyer pays by card.", "The clerk asks the bank's server; if it cannot be reached, he waits.", False),
        ("The buyer pays by card.", "If this fails, the order stays open.", True),
        ("系统通过公安人口库接口核对顾客的户籍。", "民政接口超时的，系统自动重试。", False),
        ("系统通过公安人口库接口核对顾客的户籍。", "公安人口库接口超时的，系统自动重试。", True),
    ],
)
def test_what_fails_beside_a_dependency_is_that_dependency(pays: str, beside: str, covered: bool) -> None:  # noqa: FBT001
    heading = CHINESE_ROLES if pays.endswith("。") else ROLES
    sentences = read(f"{heading}{pays} {beside}").sentences
    found = next(one for one in sentences if one.unit.said == pays).found
    assert ("no_failure_case" not in {str(one.defect) for one in found}) is covered


def test_the_head_of_a_memo_is_no_sentence() -> None:
    assert [one.text for one in units("# Shop\n\nFrom: Ann, sales. To: the board\n\nBags are red.\n")] == [
        "Bags are red."
    ]


def test_what_a_document_calls_a_tool_acts_as_a_system() -> None:
    text = ROLES.replace("## Rules", "## Desk\n\nThe pick desk is the tool that sorts orders.\n\n## Rules")
    assert "no_trigger" in _classes_in(f"{text}The desk mails a digest.")
    assert "no_trigger" not in _classes_in(f"{text}The clerk mails a digest.")


def test_the_same_text_gives_the_same_answer() -> None:
    assert read(_text("hr")) == read(_text("hr"))
