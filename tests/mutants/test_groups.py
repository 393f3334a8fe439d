"""Mutants that are planted together: none is lost, and none stands in another's way."""

from pathlib import Path

import pytest

from tests.mutants.groups import CHEAP, Mutant, again, groups, patches
from tests.mutants.test_mutants import CHECKS, GROUPS, MUTANTS, PATCHES, dear

HEAD = "# planted\n# names: it\n"


def mutant(folder: Path, name: str, *hunks: str, head: str = "", file: str = "app/main.py") -> Mutant:
    patch = folder / f"{name}.patch"
    body = "".join(f"--- a/{file}\n+++ b/{file}\n{hunk} @@\n" for hunk in hunks)
    patch.write_text(f"{HEAD}{head}{body}", encoding="utf-8")
    return Mutant.read(patch)


def test_every_mutant_is_in_one_group() -> None:
    planted = sorted(one.patch for group in GROUPS for one in group)
    assert planted == PATCHES
    assert len(GROUPS) < len(MUTANTS)


def test_a_group_is_of_one_dear_evidence_of_one_kind_and_of_different_checks() -> None:
    for group in GROUPS:
        assert len({dear(one.check) for one in group}) == 1
        assert len({one.check for one in group}) == len(group)
        assert not {one.check for one in group} & {also for one in group for also in one.also}
        assert len(group) == 1 or not any(one.alone or one.needs_engine for one in group)


def test_what_is_called_cheap_is_needed_by_some_check() -> None:
    assert {kind.__name__ for _, check in CHECKS.values() for kind in check.needs.values()} >= CHEAP


def test_each_check_has_a_mutant_in_a_group_of_the_usual_run() -> None:
    usual = [group for group, second in zip(GROUPS, again(GROUPS), strict=True) if not second]
    assert {one.check for group in usual for one in group} == {one.check for one in MUTANTS}


def test_those_that_change_the_same_lines_are_kept_apart(tmp_path: Path) -> None:
    one = mutant(tmp_path, "DB001", "@@ -10,4 +10,5")
    assert not one.fits(mutant(tmp_path, "DB002", "@@ -13,3 +13,3"))
    assert not one.fits(mutant(tmp_path, "DB003", "@@ -1,2 +1,2", "@@ -12,1 +13,1"))
    assert one.fits(mutant(tmp_path, "DB004", "@@ -30,3 +31,3"))
    assert one.fits(mutant(tmp_path, "DB005", "@@ -10,4 +10,5", file="app/other.py"))


def test_one_that_fails_the_others_check_as_well_is_kept_apart(tmp_path: Path) -> None:
    one = mutant(tmp_path, "DB001", "@@ -1,1 +1,1", head="# also: DB002\n")
    other = mutant(tmp_path, "DB002", "@@ -50,1 +50,1")
    assert not one.fits(other)
    assert not other.fits(one)
    assert not one.fits(mutant(tmp_path, "DB001-again", "@@ -90,1 +90,1"))


def test_the_very_same_change_is_planted_once_for_both(tmp_path: Path) -> None:
    same, own, others = "@@ -37,2 +37,4 @@\n+[tests]", "@@ -5,1 +5,1 @@\n-a\n+b", "@@ -50,1 +50,1 @@\n-c\n+d"
    one, other = mutant(tmp_path, "TS001", own, same), mutant(tmp_path, "TS005", same, others)
    assert one.fits(other)
    assert not one.fits(mutant(tmp_path, "TS004", same.replace("tests", "load")))
    first, second = (text for _, text in patches([one, other]))
    assert (own in first, same in first) == (True, True)
    assert (same in second, others in second) == (False, True)
    assert second.startswith("--- a/app/main.py\n+++ b/app/main.py\n@@ ")


def test_one_that_changes_the_schema_takes_others_along(tmp_path: Path) -> None:
    plain = mutant(tmp_path, "DB001", "@@ -1,1 +1,1")
    schema = mutant(tmp_path, "DB002", "@@ -1,1 +1,1", file="app/models.py")
    assert groups([(plain, 1), (schema, 1)]) == [(schema, plain)]
    assert groups([(plain, 1), (schema, 2)]) == [(schema,), (plain,)]


def test_two_new_revisions_are_kept_apart(tmp_path: Path) -> None:
    one = mutant(tmp_path, "DB001", "@@ -0,0 +1,9", file="migrations/versions/0005_a.py")
    other = mutant(tmp_path, "DB002", "@@ -0,0 +1,9", file="migrations/versions/0005_b.py")
    assert not one.fits(other)


def test_the_long_run_plants_each_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two = [(mutant(tmp_path, "DB001", "@@ -1,1 +1,1"), 1), (mutant(tmp_path, "DB002", "@@ -50,1 +50,1"), 1)]
    monkeypatch.delenv("GONOGO_LONG", raising=False)
    assert [len(group) for group in groups(two)] == [2]
    monkeypatch.setenv("GONOGO_LONG", "1")
    assert [len(group) for group in groups(two)] == [1, 1]
