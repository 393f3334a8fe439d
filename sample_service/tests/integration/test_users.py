"""Who sees which account, and who may change it?"""

import pytest

from tests.conftest import Person


@pytest.mark.requirement("AC-USER-001-1")
def test_ones_own_account_shows_no_password_hash(reader: Person) -> None:
    answer = reader.get("/users/me")
    assert answer.status_code == 200
    assert set(answer.json()) == {"id", "email", "display_name", "role", "active", "created_at"}
    assert answer.json()["email"] == reader.email
    assert reader.get(f"/users/{reader.id}").json() == answer.json()


@pytest.mark.requirement("AC-USER-002-1")
def test_a_display_name_can_be_changed(reader: Person) -> None:
    assert reader.patch("/users/me", display_name="Ada").status_code == 200
    assert reader.get("/users/me").json()["display_name"] == "Ada"


@pytest.mark.requirement("AC-USER-002-2")
def test_a_role_cannot_be_slipped_in(reader: Person) -> None:
    answer = reader.patch("/users/me", display_name="Ada", role="admin")
    assert answer.status_code == 422
    assert reader.get("/users/me").json()["role"] == "reader"


@pytest.mark.requirement("AC-USER-006-1")
@pytest.mark.parametrize("name", ["", " ", "n" * 81, "nul \0", None])
def test_impossible_names_are_refused(reader: Person, name: str | None) -> None:
    before = reader.get("/users/me").json()
    assert reader.patch("/users/me", display_name=name).status_code == 422
    assert reader.get("/users/me").json() == before


@pytest.mark.requirement("AC-USER-003-1")
def test_a_promoted_reader_may_write(reader: Person, admin: Person) -> None:
    answer = admin.patch(f"/users/{reader.id}", role="author")
    assert (answer.status_code, answer.json()["role"]) == (200, "author")
    assert reader.post("/posts", title="First", body="Words.").status_code == 201


@pytest.mark.requirement("AC-USER-003-2")
def test_a_disabled_account_is_out_at_once_and_for_good(reader: Person, admin: Person) -> None:
    assert admin.patch(f"/users/{reader.id}", active=False).status_code == 200
    assert reader.get("/users/me").status_code == 401
    assert admin.patch(f"/users/{reader.id}", active=True).json()["active"] is True
    assert reader.get("/users/me").status_code == 401


def test_null_is_no_role(reader: Person, admin: Person) -> None:
    assert admin.patch(f"/users/{reader.id}", role=None).status_code == 422
    assert reader.get("/users/me").json()["role"] == "reader"


@pytest.mark.requirement("AC-USER-004-1")
def test_accounts_are_paged_by_id(admin: Person, reader: Person, author: Person) -> None:
    pages = [admin.get("/users", limit=1, offset=offset) for offset in range(4)]
    ids = [[user["id"] for user in page.json()["items"]] for page in pages]
    assert {page.status_code for page in pages} == {200}
    assert ids == [[admin.id], [reader.id], [author.id], []]


@pytest.mark.requirement("AC-USER-005-1")
def test_other_accounts_are_closed_whether_or_not_they_exist(
    reader: Person, author: Person
) -> None:
    assert reader.get(f"/users/{author.id}").status_code == 403
    assert reader.get("/users/999999").status_code == 403


def test_an_admin_hears_which_account_does_not_exist(admin: Person, reader: Person) -> None:
    assert admin.get(f"/users/{reader.id}").json()["id"] == reader.id
    assert admin.get("/users/999999").status_code == 404
    assert admin.patch("/users/999999", active=True).status_code == 404


@pytest.mark.requirement("AC-USER-005-2")
def test_nobody_promotes_herself(reader: Person) -> None:
    assert reader.patch(f"/users/{reader.id}", role="admin").status_code == 403
    assert reader.get("/users").status_code == 403
    assert reader.get("/users/me").json()["role"] == "reader"
