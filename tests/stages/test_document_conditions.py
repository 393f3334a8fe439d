"""Which conditions of two sentences leave each other room, and which claim the same hour?"""

import pytest

from stages.requirements.document.judged import read

ROLES = "# Shop\n\n## Roles\n\n- Buyer: orders goods.\n- Clerk: packs goods.\n- Manager: runs the shop.\n\n## Rules\n\n"
HAN_ROLES = "# 商店\n\n## 角色\n\n- 顾客：购买商品的人。\n- 店员：负责发货的人。\n- 店长：管理门店的人。\n\n## 规则\n\n"


def _defects(one: str, other: str) -> set[str]:
    text = f"{ROLES if one.isascii() else HAN_ROLES}{one}\n\n{other}\n"
    across = ("contradiction", "duplicate")
    return {str(f.defect) for said in read(text).sentences for f in said.found if str(f.defect) in across}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The buyer may cancel an order before it is packed.", "The buyer cannot cancel an order once it is packed."),
        ("The clerk may edit a price before it is published.", "A published price cannot be edited by the clerk."),
        ("The buyer may cancel an order unless it is packed.", "Packed orders cannot be cancelled by the buyer."),
        ("Buyers may see prices if they are signed in.", "Buyers who are not signed in may not see prices."),
        (
            "The clerk may refund an order with the consent of the manager.",
            "The clerk may not refund an order without the consent of the manager.",
        ),
        ("Before approval the clerk can edit the list.", "After approval the clerk can not edit the list."),
        ("Buyers may rate goods.", "Buyers may not rate their own goods."),
        (
            "Orders can be cancelled up to 2 hours before delivery.",
            "In the last hour before delivery orders cannot be cancelled.",
        ),
        ("店长在场时，店员可以打开钱箱。", "店长不在场时，店员不得打开钱箱。"),
        ("已付款的订单可以开票。", "未付款的订单不能开票。"),
        ("未开封的商品顾客可以退货。", "已开封的商品顾客不得退货。"),
        ("The buyer pays within the first day.", "The clerk packs the goods on the first day."),
    ],
)
def test_conditions_that_complement_each_other_are_no_contradiction(one: str, other: str) -> None:
    assert _defects(one, other) == _defects(other, one) == set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Orders can be cancelled up to 30 minutes before delivery.",
            "Within the last two hours before delivery orders cannot be cancelled.",
        ),
        ("The buyer may cancel an order at any time.", "An order that has been packed cannot be cancelled."),
        ("配送前 30 分钟以前可以取消订单。", "配送前 2 小时内不得取消订单。"),
    ],
)
def test_an_hour_that_is_allowed_here_and_forbidden_there_is_a_contradiction(one: str, other: str) -> None:
    assert _defects(one, other) == _defects(other, one) == {"contradiction"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The shop is open on Sundays.", "The shop stays closed on Sundays."),
        ("The delivery fee is 4 EUR.", "Delivery is free of charge."),
        ("Prices are visible to anyone.", "Only buyers who are signed in can see prices."),
        ("A parcel weighs 20 kg at most.", "Parcels of up to 30 kg are accepted."),
        ("A buyer books a van for 96 hours at most.", "No booking is longer than 72 hours."),
        ("A buyer may hold one open order at most.", "Buyers can have several open orders."),
        ("订单只能登记在一个门店。", "顾客可同时登记在两个门店，以便取货。"),
        ("配送费 5 元。", "配送免费。"),
        ("下单须先注册。", "顾客无需注册即可下单。"),
        ("价格只有店长能改。", "店员可以改价格。"),
        ("仓库面积不超过 50 亩。", "仓库最多占地 30 亩。"),
    ],
)
def test_contrary_claims_about_the_same_are_a_contradiction(one: str, other: str) -> None:
    assert _defects(one, other) == _defects(other, one) == {"contradiction"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The delivery fee is 4 EUR.", "Entry is free of charge."),
        ("The shop is open on Sundays.", "The office stays closed on Sundays."),
        ("A parcel weighs 20 kg at most.", "A box of up to 30 kg goes to the store."),
        ("配送费 5 元。", "停车免费。"),
    ],
)
def test_contrary_claims_about_different_things_are_none(one: str, other: str) -> None:
    assert _defects(one, other) == set()
