"""Which variables does a service get that `gonogo.toml` does not name? By what its code and its env files show."""

from collections.abc import Mapping
from pathlib import Path

from runner.discovery.code_files import python_files
from runner.discovery.env_files import examples_in, shown_env_files
from runner.discovery.settings import found_settings, leaves_doubt
from runner.reading.walk import folders_above


def found_variables(root: Path, named: Mapping[str, str], production: Mapping[str, str]) -> dict[str, str]:
    """Variable → what stands for it, beside those that gonogo.toml names; none where these would lead elsewhere."""
    found = found_settings(python_files(root), shown_env_files(root, folders_above(root)), named=named)
    return {} if _moves_database(found, {**named, **production}) else found


def leaves_open(root: Path, named: Mapping[str, str]) -> bool:
    """May the service demand variables that reading its code does not show?"""
    return leaves_doubt(python_files(root), shown_env_files(root, folders_above(root)), named)


def shown_values(root: Path) -> Mapping[str, str]:
    """Variable (upper case) → what the repository's env files show for it."""
    return examples_in(shown_env_files(root, folders_above(root)))


def _moves_database(found: Mapping[str, str], named: Mapping[str, str]) -> bool:
    """Does gonogo.toml put something fixed where a part of the database's address was found?

    The rest of what was found would then look like a whole address, while the service goes to the fixed one.
    """
    fixed = {name.upper() for name, value in named.items() if "{database_" not in value}  # pydantic ignores the case
    return any("{database_" in value and name.upper() in fixed for name, value in found.items())
