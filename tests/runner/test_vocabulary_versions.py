"""Which fields say the version of a thing, whatever their spelling?"""

import pytest

from runner.vocabulary.versions import names_version


@pytest.mark.parametrize(
    "name",
    ["version", "lockVersion", "lock_version", "rowRev", "ETag", "etag", "updated_at", "updatedAt", "modified_on"],
)
def test_a_version_by_its_name(name: str) -> None:
    assert names_version(name)


@pytest.mark.parametrize(
    "name", ["conversion", "updated", "created_at", "updated_by", "review", "firmware_version", ""]
)
def test_what_is_only_called_alike(name: str) -> None:
    assert not names_version(name)
