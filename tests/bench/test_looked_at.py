"""Is what one run looked at counted against what another one did?"""

import pytest

from tests.bench.looked_at import comparison, judged_in


def test_what_could_not_be_looked_at_and_what_is_not_there_count_for_nothing() -> None:
    outcomes = ["passed", "failed", "unknown", "not applicable", "broken"]
    found = [{"check": f"DB00{number}", "outcome": outcome} for number, outcome in enumerate(outcomes)]
    assert judged_in({"stages": [{"findings": found[:2]}, {"findings": found[2:]}]}) == {"DB000", "DB001"}


def test_only_what_the_file_makes_visible_is_missing() -> None:
    assert comparison({"A", "B", "X"}, {"A", "B", "C"}) == "2 of 3 checks (67 %); only with the file: C"
    assert comparison({"A", "B"}, {"A"}) == "1 of 1 checks (100 %)"
    with pytest.raises(ValueError, match="judged nothing"):
        comparison({"A"}, set())
