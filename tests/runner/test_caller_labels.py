"""Which labels have a new value for each caller, and which only for what is asked?"""

from runner.evidence.load.caller_labels import CallerLabel, growing


def look(*sessions: str, route: str = "/posts") -> list[tuple[str, dict[str, str]]]:
    signed = [("signed_in_total", {"sign_in": one}) for one in sessions]
    return [("requests_total", {"route": route, "status": "2xx"}), ("requests_bucket", {"le": sessions[-1]}), *signed]


def test_a_label_with_a_new_value_for_each_caller_is_named() -> None:
    looks = [look("1f0c"), look("1f0c", "9ab2"), look("1f0c", "9ab2", "77e0c1d2a5")]
    assert list(growing(looks)) == [CallerLabel(metric="signed_in_total", label="sign_in", example="77e0…")]


def test_a_label_that_is_new_once_is_none_of_a_caller() -> None:
    assert list(growing([look("a"), look("a", "b"), look("a", "b", route="/posts/{id}")])) == []


def test_with_too_few_callers_nothing_is_said() -> None:
    assert list(growing([look("1f0c"), look("1f0c", "9ab2")])) == []
