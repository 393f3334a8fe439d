"""Two sentences that limit the same, or say that the same is unique, whatever verbs they say it with."""

import pytest

from stages.requirements.document.judged import read
from stages.requirements.document.limits import Sense, sense
from stages.requirements.document.uniqueness import same_uniqueness, unique

ROLES = "# Shop\n\n## Roles\n\n- Buyer: orders goods.\n- Clerk: packs goods.\n\n## Rules\n\n"
HAN_ROLES = "# 商店\n\n## 角色\n\n- 顾客：购买商品的人。\n- 店员：负责发货的人。\n\n## 规则\n\n"


def _pair(one: str, other: str) -> str:
    """What is found between two rules: "contradiction", "duplicate" or nothing."""
    found = read(f"{HAN_ROLES if one.endswith('。') else ROLES}{one}\n\n{other}\n").sentences[-1].found
    told = {str(defect.defect) for defect in found} & {"contradiction", "duplicate"}
    return "".join(told)


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("A crate covers up to ten bags.", "Nobody may put more than six bags into one crate.", "contradiction"),
        ("A crate covers up to six bags.", "Nobody may put more than six bags into one crate.", "duplicate"),
        ("A crate covers up to ten bags.", "Nobody may put more than six bags into one trolley.", ""),
        ("A clerk works on 3 jobs at a time.", "Per clerk the number of simultaneous jobs is limited to 3.", ""),
        ("A clerk has at most 3 jobs.", "Per clerk the number of simultaneous jobs is limited to 5.", "contradiction"),
        ("A clerk works on at most 3 jobs.", "Per buyer the number of simultaneous jobs is limited to 5.", ""),
        ("A clerk amends a label up to three times.", "Amendments to a label are limited to five.", "contradiction"),
        ("Labels are archived for six years.", "After two years we throw labels away.", "contradiction"),
        ("Labels are archived for two years.", "After two years we throw labels away.", "duplicate"),
        ("Labels are archived for six years.", "A label is printed every two years.", ""),
        (
            "The clerk tests each scale every 5 years.",
            "Each scale gets a test by the clerk once in 5 years.",
            "duplicate",
        ),
        ("A loan lasts at most 120 minutes.", "Loans must not last longer than an hour and a half.", "contradiction"),
        ("Nobody may hold more than three orders.", "No more than three orders can stand in one name.", "duplicate"),
        ("A buyer orders at most 5 bags a day.", "A buyer orders at most 9 bags a month.", ""),
        ("If a crate has more than 9 bags, the clerk weighs it.", "A crate has at most 12 bags.", ""),
        ("If a crate has more than 9 bags, the clerk rejects it.", "A crate has at most 12 bags.", "contradiction"),
        ("A walk takes at least 30 minutes.", "No walk is shorter than half an hour.", "duplicate"),
        ("A walk takes at least 30 minutes.", "A double walk takes at least half an hour.", ""),
        ("A stay lasts no longer than 30 nights.", "The longest stay we offer is six weeks.", "contradiction"),
        (
            "A buyer may register up to 3 carts.",
            "There is no limit to the carts a buyer may register.",
            "contradiction",
        ),
        ("The clerk can block a buyer.", "A buyer can be blocked by the clerk.", "duplicate"),
        ("The clerk can block a buyer.", "A clerk can be blocked by the buyer.", ""),
        ("店员可以拉黑顾客。", "顾客可由店员拉黑。", "duplicate"),
        ("喂食记录保留一个月。", "喂食记录存一年后删除。", "contradiction"),
        ("店员一天内最多承接 4 个订单。", "每名店员每日接单数以六单为限。", "contradiction"),
        ("店员一天内最多承接 6 个订单。", "每名店员每日接单数以六单为限。", "duplicate"),
        ("店员一天内最多承接 4 个订单。", "每名顾客每日下单数以六单为限。", ""),
        ("读数自采集之日起保存五年。", "满三年的读数由系统自动清除。", "contradiction"),
        ("读数自采集之日起保存五年。", "系统每 15 分钟采集一次读数。", ""),
        ("订单数据保存期限为五年。", "所有订单的数据须留存满 60 个月。", "duplicate"),
        ("一箱最多装 20 件。", "同一箱里超过二十五件，店员就得拆成两箱。", "contradiction"),
        ("一箱最多装 20 件。", "一箱超过二十五件的，店员贴红标签。", ""),
    ],
)
def test_limits_of_the_same_are_told_by_their_frame(one: str, other: str, told: str) -> None:
    assert _pair(one, other) == told


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("An order number is never given twice.", "Two orders can't share a number.", True),
        ("Ticket numbers shall be unique across all shops.", "No ticket number shall be used twice.", True),
        (
            "A label has a code that is unique within a year.",
            "Two labels of a year shall not bear the same code.",
            True,
        ),
        ("Order numbers are unique.", "Two clerks cannot share a till.", False),
        ("每袋货物的条码不得重复。", "任何两袋货物不能使用同一条码。", True),
        ("每袋货物的条码不得重复。", "任何两名店员不能使用同一柜台。", False),
    ],
)
def test_uniqueness_is_the_same_in_whatever_words(one: str, other: str, same: bool) -> None:  # noqa: FBT001
    first, second = (unique(said, chinese=said.endswith("。")) for said in (one, other))
    assert first
    assert second
    assert same_uniqueness(first, second) is same


@pytest.mark.parametrize(
    "said", ["Two clerks pack an order.", "The clerk packs again.", "一张订单只装一箱。", "两名店员复核订单。"]
)
def test_what_is_not_unique_is_none(said: str) -> None:
    assert not unique(said, chinese=said.endswith("。"))


def test_a_length_of_time_says_how_long_or_how_often() -> None:
    assert sense("Labels are kept for 2 years.", chinese=False) is Sense.KEPT
    assert sense("Scales are tested every 2 years.", chinese=False) is Sense.EVERY
    assert sense("The clerk answers within 2 hours.", chinese=False) is Sense.OTHER
    assert sense("密码有效期 90 天。", chinese=True) is Sense.VALID


def _found(said: str) -> set[str]:
    text = f"{HAN_ROLES if said.endswith('。') else ROLES}{said}\n"
    return {str(one.defect) for one in read(text).sentences[-1].found}


@pytest.mark.parametrize(
    ("unclear", "clear", "kind"),
    [
        (
            "A text message goes out to buyers.",
            "A text message goes out to buyers when an order is packed.",
            "no_trigger",
        ),
        ("Jan wants a message on his phone.", "Jan wants a message on his phone when an order fails.", "no_trigger"),
        ("The OMS shall print an overview.", "Each Monday the OMS shall print an overview.", "no_trigger"),
        ("系统应当提示店员收货。", "系统应当在发货后提示店员收货。", "no_trigger"),
        (
            "The shop takes a deposit of 15 EUR by card.",
            "The shop takes a deposit of 15 EUR at the till.",
            "no_failure_case",
        ),
        ("顾客扫码付款，走的是银行的聚合支付。", "顾客扫码付款，付不了的改用现金。", "no_failure_case"),
        ("快件位置从物流公司读取。", "快件位置从标签读取。", "no_failure_case"),
        ("破损包装应重新封装。", "破损包装应由店员重新封装。", "passive_no_actor"),
        ("价格照片应予复核。", "顾客对价格有异议的，可以在七日内提出复核。", "passive_no_actor"),
        ("贵重衣服要另签保价单。", "贵重衣服（500 元以上）要另签保价单。", "undefined_term"),
        ("忙起来的时候，店员可以少拍几张照片。", "每天 9:00 到 11:00，店员可以少拍照片。", "vague"),
        (
            "Clerks pack bags daily, wherever that can be managed.",
            "Clerks pack bags daily, wherever the shop is.",
            "escape_clause",
        ),
        ("The clerk packs lots of bags.", "The clerk packs two lots of one buyer together.", "vague"),
        (
            "All other bags comply with all applicable rules.",
            "No bag, nor any other parcel, may exceed 9 kg.",
            "unbounded",
        ),
    ],
)
def test_what_is_missing_is_told_by_how_a_sentence_is_built(unclear: str, clear: str, kind: str) -> None:
    assert kind in _found(unclear)
    assert kind not in _found(clear)
