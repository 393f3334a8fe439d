"""Which lists inside of a thing are answered whole, though an operation of their own answers them page by page?"""

from collections.abc import Iterator

from runner.evidence.contract.contract import Contract, Operation, Schema
from runner.vocabulary.pages import is_page_size


def whole_lists(contract: Contract, operation: Operation) -> Iterator[tuple[str, str]]:
    """(field, the operation that pages the same things) of a thing that is read by its id.

    That the service pages them is its own word that there may be many. What is told with `maxItems` is bounded.
    """
    answer = operation.success
    if operation.method != "GET" or not operation.path.endswith("}") or answer is None or not answer.is_json:
        return
    below = [one for one in contract.operations if one.path.startswith(f"{operation.path}/") and _is_paged(one)]
    for name, field in contract.properties(contract.resolve(answer.schema or {})).items():
        things = _things(contract, field)
        paged = next((one for one in below if things and things in _listed(contract, one)), None)
        if paged is not None:
            yield name, paged.endpoint


def _is_paged(operation: Operation) -> bool:
    return operation.method == "GET" and any(is_page_size(p.name) for p in operation.parameters if p.place == "query")


def _listed(contract: Contract, operation: Operation) -> list[Schema]:
    """The things in an answered list: of the array itself, or of the arrays in the object around it."""
    schema = contract.resolve((operation.success and operation.success.schema) or {})
    return [_things(contract, one) for one in (schema, *contract.properties(schema).values())]


def _things(contract: Contract, schema: Schema) -> Schema:
    """What an array without a bound holds, where these are objects; empty for anything else."""
    array = next((one for one in contract.alternatives(schema) if one.get("type") == "array"), {})
    items = contract.resolve(array.get("items", {}))
    return items if items.get("properties") and "maxItems" not in array else {}
