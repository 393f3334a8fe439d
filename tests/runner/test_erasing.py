"""Which operations erase a person, and which column speaks of one?"""

import pytest

from runner.http.erasing import erases, erasing, hidden_erasing, own_account
from runner.http.openapi import Operation
from runner.vocabulary.people import is_personal


def operation(endpoint: str) -> Operation:
    method, _, path = endpoint.partition(" ")
    return Operation(method=method, path=path)


@pytest.mark.parametrize(
    "endpoint",
    [
        "DELETE /users/me", "DELETE /api/v1/me", "DELETE /account", "DELETE /auth/user", "DELETE /users/{user_id}",
        "DELETE /patients/{patient_id}/customers/{id}", "DELETE /users/by-email/{email}", "POST /account/delete",
        "POST /users/{user_id}/erase", "POST /me/erasure", "DELETE /auth/delete-account", "POST /gdpr/forget-me",
        "DELETE /users/current",
        "POST /users/{id}/anonymize",
    ],
)  # fmt: skip
def test_it_erases_somebody(endpoint: str) -> None:
    assert erases(operation(endpoint))


@pytest.mark.parametrize(
    "endpoint",
    [
        "DELETE /users", "DELETE /posts/{post_id}", "DELETE /users/me/avatar", "DELETE /users/{id}/posts/{post_id}",
        "POST /users", "POST /posts/{post_id}/delete", "DELETE /posts/{post_id}/author", "POST /users/{id}/disable",
        "PUT /users/{user_id}", "DELETE /teams/{team_id}/logo", "POST /auth/forgot-password",
        "DELETE /sessions/current",
    ],
)  # fmt: skip
def test_it_erases_nobody(endpoint: str) -> None:
    assert not erases(operation(endpoint))


def test_who_asks_is_erased_first() -> None:
    both = [operation("DELETE /users/{user_id}"), operation("GET /users/me"), operation("DELETE /users/me")]
    assert [one.endpoint for one in erasing(both)] == ["DELETE /users/me", "DELETE /users/{user_id}"]
    assert [own_account(one) for one in both] == [False, True, True]
    assert list(hidden_erasing(["GET /me", "DELETE /me"])) == ["DELETE /me"]


@pytest.mark.parametrize("name", ["email", "customer_email", "firstName", "last_name", "shipping_address", "phone2"])
def test_a_column_speaks_of_a_person(name: str) -> None:
    assert is_personal(name)


@pytest.mark.parametrize("name", ["name", "title", "body", "file_name", "product_name", "id", "user_id"])
def test_a_column_speaks_of_nobody(name: str) -> None:
    assert not is_personal(name)
