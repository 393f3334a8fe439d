"""Values that are refused for another reason than their shape: is what was learned of them forgotten?"""

from runner.http.plainer import SHAPES, Learned


def test_a_field_that_is_refused_in_every_shape_is_made_as_before() -> None:
    learned, fields = Learned(), {"name": "Sample 1", "note": "x"}
    said = "Parent with this name does not exist"
    assert [learned.from_refusal(400, said, fields) for _ in SHAPES] == [True] * len(SHAPES)
    assert learned.shape("name") == SHAPES[-1]
    assert not learned.from_refusal(400, said, fields)
    assert learned.shape("name") is None
    assert not learned.from_refusal(400, said, fields), "and is not tried again"
    assert learned.shape("name") is None
