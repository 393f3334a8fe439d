"""Which names are those of people and of their accounts: what one signs in with, a collection, an owner's column?"""

import re
from collections.abc import Iterable

from runner.vocabulary.names import joined, set_of, words_of

# What an account signs in with, the likeliest first.
ACCOUNT_NAMES = (
    "email", "email_address", "e_mail", "user_account", "account_name", "username", "user_name", "login", "login_name",
)  # fmt: skip
KNOWN_BY = (*ACCOUNT_NAMES, "name")
# Fields of a log-in's body, where nothing else can be meant.
LOGIN_FIELDS = (*ACCOUNT_NAMES, "user", "name", "identifier", "account")
PEOPLE = set_of("users accounts members customers people persons user account member customer person")
OWNER = re.compile(r"(?:user|owner|author|creator|customer|account|member)_?(?:id|uuid)|created_by(?:_id)?|owner")
# Those that a client tries to choose, though no contract names them.
OWNER_FIELDS = ("owner_id", "author_id", "user_id", "created_by", "owner", "customer_id", "account_id")

# Words of a column or field that speaks of a person, whoever's row it stands in.
PERSONAL = frozenset(
    {"email", "mail", "phone", "mobile", "firstname", "lastname", "surname", "fullname", "nickname", "username"}
    | {"address", "street", "birth", "birthday", "birthdate", "passport", "iban", "ssn", "recipient"}
)
NAMED = frozenset({"first", "last", "full", "user", "display", "given", "family", "author", "customer", "contact"})


def is_personal(name: str) -> bool:
    """Does a column's name speak of a person: `customer_email`, `first_name`, `shipping_address`?"""
    words = words_of(name)
    return bool(PERSONAL & {*words, "".join(words)}) or (words[-1:] == ("name",) and bool(NAMED & set(words)))


def names_account(name: str) -> bool:
    """Does a field or a column hold what an account signs in with? `email`, `userName`; a `name` is often a title."""
    return joined(name) in ACCOUNT_NAMES


def account_names(names: Iterable[str]) -> list[str]:
    """Those of the names that hold what an account signs in with, the likeliest first."""
    return _ranked(names, ACCOUNT_NAMES)


def known_by(names: Iterable[str]) -> list[str]:
    """Those that a person is known by, the likeliest first, `name` last."""
    return _ranked(names, KNOWN_BY)


def login_fields(names: Iterable[str]) -> list[str]:
    """Those fields of a log-in's body that ask who it is, the likeliest first."""
    return _ranked(names, LOGIN_FIELDS)


def names_owner(column: str) -> bool:
    """Does a column say whose a row is? `user_id`, `createdBy`, `owner`."""
    return OWNER.fullmatch(joined(column)) is not None


def _ranked(names: Iterable[str], known: tuple[str, ...]) -> list[str]:
    return sorted((name for name in names if joined(name) in known), key=lambda name: known.index(joined(name)))
