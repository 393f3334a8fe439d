"""Which sentences of a document allow what another one forbids, or give it to another role?"""

import pytest

from stages.requirements.document.judged import read

ROLES = "# Shop\n\n## Roles\n\n- Buyer: orders goods.\n- Clerk: packs goods.\n\n## Money and exceptions\n\n"
HAN_ROLES = "# 商店\n\n## 角色\n\n- 顾客：购买商品的人。\n- 店员：负责发货的人。\n\n## 规则\n\n"


def _defects(one: str, other: str) -> list[str]:
    text = f"{ROLES if one.isascii() else HAN_ROLES}{one}\n\n{other}\n"
    across = ("contradiction", "duplicate")
    return [str(f.defect) for said in read(text).sentences for f in said.found if str(f.defect) in across]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Vans are never lent to private persons.", "Private individuals can rent a van if they show a licence."),
        ("A buyer may return opened boxes.", "Opened boxes cannot be returned by the buyer."),
        ("As a buyer, I want to see the stock list.", "The buyer must not see the stock list."),
        ("Refunds are approved by the clerk.", "Only the buyer can approve refunds."),
        ("A buyer can hold no more than six vans at once.", "Eight vans is the most that one buyer may hold."),
        ("易碎品不允许入柜。", "店员可将易碎品放入柜中，但须贴易碎标签。"),
        ("图片一经上传，任何人不得删除。", "顾客可以删除自己上传的图片。"),
    ],
)
def test_what_is_allowed_here_and_forbidden_there_is_a_contradiction(one: str, other: str) -> None:
    assert _defects(one, other) == ["contradiction", "contradiction"]
    assert _defects(other, one) == ["contradiction", "contradiction"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A buyer may return boxes.", "Boxes cannot be returned by the buyer after 30 days."),
        ("A buyer may return boxes.", "Opened boxes cannot be returned by the buyer."),
        ("Refunds are approved by the clerk.", "The buyer asks for refunds."),
        ("Only the clerk may change prices.", "The buyer may not change prices."),
        ("已发货的订单不能取消。", "顾客在发货前可以取消订单。"),
        ("顾客不得查看他人的订单。", "顾客可以查看订单。"),
        ("未经店员同意，顾客不得更换商品。", "顾客可以更换商品。"),
    ],
)
def test_a_ban_with_a_limit_leaves_room(one: str, other: str) -> None:
    assert _defects(one, other) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("商品出库须经店员审批。", "未经店员批准，商品不得出库。"),
        ("取货码为 6 位数字，同一组柜内不得重复。", "同一组柜的取货码不能有两个相同。"),
    ],
)
def test_the_same_turned_round_is_said_twice(one: str, other: str) -> None:
    assert _defects(one, other) == ["duplicate"]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("If a box is a day late, the clerk pays 5 EUR.", []),
        ("If a box is late, the clerk pays 5 EUR.", ["vague"]),
        ("Dirty boxes cost the buyer 5 EUR.", []),
        ("The clerk scans the box, and the system records the buyer.", []),
        ("The clerk scans the box, and the system publishes job adverts.", ["compound"]),
        ("The deposit is held on the buyer's credit card.", ["no_failure_case"]),
    ],
)
def test_what_is_seen_or_counted_is_not_vague(said: str, found: list[str]) -> None:
    assert [str(one.defect) for one in read(f"{ROLES}{said}\n").sentences[-1].found] == found
