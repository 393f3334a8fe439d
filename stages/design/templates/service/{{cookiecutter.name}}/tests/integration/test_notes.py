"""Does everybody keep her own notes, and lose none?"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import Person


@pytest.mark.requirement("AC-NOTE-001-1")
def test_a_note_belongs_to_who_wrote_it(member: Person) -> None:
    answer = member.post("/notes", title="On oaks", body="Old, mostly.")
    note = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/notes/{note['id']}"
    assert (note["owner_id"], note["title"], note["version"]) == (member.id, "On oaks", 1)


@pytest.mark.requirement("AC-NOTE-002-1")
def test_each_note_is_on_one_page_newest_first(member: Person) -> None:
    written = [member.writes() for _ in range(3)]
    pages = [member.get("/notes", limit=1, offset=offset).json() for offset in range(4)]
    listed = [[note["id"] for note in page["items"]] for page in pages]
    assert listed == [[written[2]], [written[1]], [written[0]], []]


@pytest.mark.requirement("AC-NOTE-003-1")
def test_members_read_the_notes_of_others(member: Person, other_member: Person) -> None:
    note_id = member.writes(title="On elms")
    note = other_member.get(f"/notes/{note_id}").json()
    assert (note["title"], note["owner_id"], note["version"]) == ("On elms", member.id, 1)


@pytest.mark.requirement("AC-NOTE-004-1")
def test_its_owner_and_an_admin_change_a_note(member: Person, admin: Person) -> None:
    path = f"/notes/{member.writes()}"
    assert member.patch(path, version=1, title="By her").json()["title"] == "By her"
    answer = admin.patch(path, version=2, body="By an admin.")
    note = member.get(path).json()
    assert answer.status_code == 200
    assert (note["title"], note["body"], note["version"]) == ("By her", "By an admin.", 3)


@pytest.mark.requirement("AC-NOTE-005-1")
def test_of_eight_changes_at_once_one_is_stored(member: Person) -> None:
    path = f"/notes/{member.writes()}"

    def change(number: int) -> int:
        return member.patch(path, version=1, title=f"Number {number}").status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(change, range(8)))
    assert statuses == [200] + [409] * 7
    assert member.get(path).json()["version"] == 2


@pytest.mark.requirement("AC-NOTE-006-1")
def test_its_owner_and_an_admin_delete_a_note(member: Person, admin: Person) -> None:
    for who in (member, admin):
        path = f"/notes/{member.writes()}"
        assert who.delete(path).status_code == 204
        assert member.get(path).status_code == 404


@pytest.mark.requirement("AC-NOTE-007-1")
def test_nobody_touches_the_notes_of_others(member: Person, other_member: Person) -> None:
    path = f"/notes/{member.writes(title='Mine')}"
    assert other_member.patch(path, version=1, title="Hers").status_code == 403
    assert other_member.delete(path).status_code == 403
    assert member.get(path).json()["title"] == "Mine"


@pytest.mark.requirement("AC-NOTE-008-1")
@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "t" * 201},
        {"title": "nul\0"},
        {"title": None},
        {"body": ""},
        {"body": "b" * 10_001},
        {"owner_id": 1},
    ],
)
def test_odd_notes_are_refused(member: Person, wrong: dict[str, object]) -> None:
    good: dict[str, object] = {"title": "On oaks", "body": "Old, mostly."}
    assert member.post("/notes", **(good | wrong)).status_code == 422
    assert member.get("/notes").json()["items"] == []
    path = f"/notes/{member.writes()}"
    assert member.patch(path, **({"version": 1} | wrong)).status_code == 422
    assert member.get(path).json()["version"] == 1
