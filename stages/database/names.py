"""What does the name of a table or column say?"""

import re

from runner.words import ones


def words_of(name: str) -> list[str]:
    """The words of `order_items`, `orderItems` or `shop.order_items`."""
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower().rpartition(".")[2].split("_")


def snake(name: str) -> str:
    """`firstName` as the column `first_name`."""
    return "_".join(words_of(name))


def rows_of(name: str) -> tuple[str, ...]:
    """What one row of such a table may be called: `order_item` of `order_items` or `shop.orderItems`."""
    return ones("_".join(words_of(name)))
