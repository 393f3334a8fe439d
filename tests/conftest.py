"""Shared by all tests: a workshop with real servers, and a small real service that proves quickly."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.evidence.database.seeded import seeded_template
from runner.live.workshop import Workshop
from runner.migrator import Migrator
from runner.postgres.database import Database
from runner.probe import Probe

ROOT = Path(__file__).parents[1]
LONGEST = (
    "tests/reuse/test_honest.py",
    "tests/project/test_bundled.py",
    "tests/workflow/test_new.py::test_what_is_printed",
    "tests/fence/test_canaries.py",
    "tests/bad_days/test_imports.py::test_an_import_that_hangs",
    "tests/mutants/test_mutants.py::test_the_gate_fails_on_its_mutant[PF015",
    "tests/mutants/test_mutants.py::test_the_gate_fails_on_its_mutant[DP033",
    "tests/mutants/test_mutants.py::test_the_gate_fails_on_its_mutant[PF003-refused]",
)
for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):  # a job's page is not for the runs of its tests
    os.environ.pop(name, None)
# Dear, and beside a twin that is run each time (PF013 measures two loads one after the other, PF001 one of them).
LATER = (
    "test_the_gate_fails_on_its_mutant[PF013]",
    "test_a_package_brings_its_checks_to_every_service",
    "test_records_and_document_are_written_once_and_edits_stay",
    "test_without_a_fence_they_are_listed_and_unknown",
    "test_a_second_update_finds_nothing_to_do_and_a_rename_is_a_loss",
    "test_without_the_way_to_give_roles_nothing_is_said_of_them",
    "test_a_run_leaves_what_it_did_not_start_alone[stage.perf --only PF012-namespaces]",
    "test_a_lock_of_a_dead_set_up_is_taken_over_without_a_wait[dead, as it was written before]",
    "test_a_lock_of_a_dead_set_up_is_taken_over_without_a_wait[number of another process]",
    "test_a_lock_of_a_dead_set_up_is_taken_over_without_a_wait[another program's]",
    "test_a_lock_that_names_nobody_is_taken_over_after_two_waits[an empty file]",
    "test_a_lock_that_names_nobody_is_taken_over_after_two_waits[no number]",
    "test_a_changed_lock_is_noticed[sample_service]",
    "test_it_passes_its_own_rules_and_tests_with_nothing_left_of_the_template[zoo]",
    "test_every_printed_command_answers_for_the_same_service[relative]",
    "test_on_the_bundled_service_a_good_one_proves_and_a_defective_one_names_what_it_found",
    "test_a_server_with_the_extension_is_taken[vector]",
    "test_copies_of_documents_follow_no_link[artifacts/design]",
    "test_nothing_is_named_where_all_is_right",
    "test_what_only_reads_works_where_nothing_can_be_written[mount]",
    "test_where_nothing_was_run_that_is_said_and_no_folder_is_made[mount]",
    "test_a_check_does_not_pass_on_its_hollow[PF001-health-only]",
    "test_who_signs_in_may_what_the_role_allows",
    "test_two_people_on_two_machines_lose_nothing[many, and real runs]",
    "test_refreshed_and_restarted_in_mid_run_nothing_is_lost[fifty times]",
    "test_what_the_models_alone_declare_is_not_judged_as_if_it_were_kept",
    # A queue or two tenants of a whole service each; tests/runner/test_jobs.py plants all of these in small ones.
    "test_the_gate_fails_on_its_mutant[DP070]",
    "test_the_gate_fails_on_its_mutant[DP071]",
    "test_the_gate_fails_on_its_mutant[DP072]",
    "test_the_gate_fails_on_its_mutant[DP073]",
    "test_the_gate_fails_on_its_mutant[DP074]",
    "test_the_gate_fails_on_its_mutant[DP075]",
    "test_the_gate_fails_on_its_mutant[SC140]",
    "test_the_gate_fails_on_its_mutant[SC141]",
    "test_the_gate_fails_on_its_mutant[SC142]",
    "test_careful_jobs_pass",
    # Of the whole service; a small one's bodies are broken each time: test_whichever_body_breaks_the_same_is_said.
    "test_a_handler_that_lets_others_delete_is_named_where_the_rest_is_reused[its handler]",
    "test_a_handler_that_lets_others_delete_is_named_where_the_rest_is_reused[what that calls]",
    "test_tenants_that_are_kept_apart_pass",
    "test_an_example_goes_through_all_seven_stages",
    # test_suite.py takes refusals out of a small service; others of their kind are looked at behind each fence.
    "test_the_gate_fails_on_its_mutant[TS011]",
    "test_a_run_leaves_what_it_did_not_start_alone[stage.db --only DB004,DB032-namespaces]",
    # Lies to checks of the same evidence are told each time: SC022-header, DB010-migrate-models, TS001-hooks, DP030.
    "test_a_check_does_not_pass_on_its_hollow[SC021-theatre]",
    "test_a_check_does_not_pass_on_its_hollow[SC026-decoy]",
    "test_a_check_does_not_pass_on_its_hollow[DB020-directives]",
    "test_a_check_does_not_pass_on_its_hollow[DB022-no-metadata]",
    "test_a_check_does_not_pass_on_its_hollow[TS006-cannot-fail]",
    "test_a_check_does_not_pass_on_its_hollow[DP037-never-fires]",
)


@pytest.fixture(scope="session")
def workshop() -> Iterator[Workshop]:
    """PostgreSQL, Redis and processes for one test process; everything ends with it."""
    with Workshop() as shared:
        yield shared


@pytest.fixture(scope="session")
def ward() -> Iterator[Workshop]:
    """The same for damaged services alone: mutants and hollows."""
    with Workshop() as shared:
        yield shared


@pytest.fixture(scope="session")
def healthy(ward: Workshop) -> dict[str, Database]:
    """The undamaged service's databases, made once, to copy for every damaged one with the same schema."""
    probe = Probe(find_target(ROOT / "sample_service"), ward)
    return {"migrated": Migrator(probe).migrated_database(), "seeded": seeded_template(probe)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes a minute or more by itself begins first: at the end the other workers would wait for it."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
    for item in items:
        if item.nodeid.endswith(LATER) and not os.environ.get("GONOGO_LONG"):
            item.add_marker(pytest.mark.skip(reason="only with --long: a twin of it is run each time"))
