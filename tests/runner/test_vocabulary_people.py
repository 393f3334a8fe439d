"""Which names are those of people and of their accounts, whatever their spelling?"""

import pytest

from runner.vocabulary.people import (
    ACCOUNT_NAMES,
    KNOWN_BY,
    LOGIN_FIELDS,
    OWNER_FIELDS,
    account_names,
    known_by,
    login_fields,
    names_account,
    names_owner,
)


@pytest.mark.parametrize("name", ["email", "emailAddress", "e-mail", "username", "userName", "USER_NAME", "login"])
def test_what_an_account_signs_in_with(name: str) -> None:
    assert names_account(name)


@pytest.mark.parametrize(
    "name", ["name", "email_verified", "user", "login_count", "last_login", "mailbox", "author", ""]
)
def test_what_is_only_called_alike(name: str) -> None:
    assert not names_account(name)


def test_the_likeliest_comes_first_as_it_is_spelled() -> None:
    assert account_names(["name", "userName", "title", "emailAddress"]) == ["emailAddress", "userName"]
    assert known_by(["name", "login", "id"]) == ["login", "name"]
    assert login_fields(["password", "account", "identifier"]) == ["identifier", "account"]


def test_what_is_asked_of_an_account_is_known_at_its_log_in() -> None:
    assert set(ACCOUNT_NAMES) < set(KNOWN_BY) < set(LOGIN_FIELDS)


@pytest.mark.parametrize("name", [*OWNER_FIELDS, "userId", "createdBy", "created_by_id", "member_uuid"])
def test_whose_a_row_is(name: str) -> None:
    assert names_owner(name)


@pytest.mark.parametrize("name", ["ownership", "user", "created_at", "category_id", "updated_by", "owner_note"])
def test_what_says_not_whose_a_row_is(name: str) -> None:
    assert not names_owner(name)
