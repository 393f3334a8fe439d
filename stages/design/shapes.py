"""Does a schema say anything about the shape of what it describes?"""

from collections.abc import Mapping

from runner.evidence.contract.contract import Contract, Schema

DEEP = 8  # schemas inside of each other


def says_nothing(contract: Contract, schema: Schema, deep: int = DEEP) -> bool:
    """It takes anything, or an object of which nothing is known, or a list or a map of such."""
    return any(_says_nothing(contract, one, deep) for one in contract.alternatives(schema))


def _says_nothing(contract: Contract, schema: Schema, deep: int) -> bool:
    if not deep or {"enum", "const"} & set(schema):
        return False
    kind = schema.get("type")
    if kind == "array":
        return says_nothing(contract, schema.get("items", {}), deep - 1)
    if kind not in {None, "object"} or schema.get("properties"):
        return False
    values = schema.get("additionalProperties")
    return says_nothing(contract, values, deep - 1) if isinstance(values, Mapping) else values is not False
