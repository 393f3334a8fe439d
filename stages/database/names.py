"""What does the name of a table or column say?"""

import re

PLURALS = (("ies", "y"), ("sses", "ss"), ("ses", "s"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("s", ""))


def words_of(name: str) -> list[str]:
    """The words of `order_items`, `orderItems` or `shop.order_items`."""
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower().rpartition(".")[2].split("_")


def snake(name: str) -> str:
    """`firstName` as the column `first_name`."""
    return "_".join(words_of(name))


def singular(words: list[str]) -> str:
    """The name with its last word in the singular: `order_item`."""
    last = words[-1]
    ending = next(((end, to) for end, to in PLURALS if last.endswith(end) and not last.endswith(("ss", "us"))), None)
    return "_".join([*words[:-1], last.removesuffix(ending[0]) + ending[1] if ending else last])
