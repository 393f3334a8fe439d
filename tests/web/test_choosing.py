"""Does a choice stay, whichever language its address is read in?"""

import pytest
from streamlit.testing.v1 import AppTest


def draw(**address: str) -> AppTest:
    def script() -> None:
        import streamlit as st  # noqa: PLC0415 - Streamlit runs this text elsewhere

        from runner.said import tell  # noqa: PLC0415
        from workflow.web.choosing import bind, keep  # noqa: PLC0415
        from workflow.web.links import choose_language  # noqa: PLC0415

        choose_language()
        parts = ["Requirements", "Quality needs"]
        bind("part", parts)
        st.selectbox(tell("Part"), parts, format_func=tell, key="part", on_change=keep, args=("part", parts[0]))

    test = AppTest.from_function(script, default_timeout=20)
    for name, value in address.items():
        test.query_params[name] = value
    return test.run()


@pytest.mark.parametrize("word", ["quality-needs", "Quality needs", "质量需求"])  # the latter two: of older addresses
@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_an_address_means_the_same_in_each_language(word: str, lang: str) -> None:
    assert draw(part=word, lang=lang).selectbox[0].value == "Quality needs"


def test_what_is_chosen_stands_in_the_address_without_a_language() -> None:
    test = draw(lang="en")
    assert test.selectbox[0].value == "Requirements"
    test.selectbox[0].select("Quality needs").run()
    assert "".join(test.query_params["part"]) == "quality-needs"
    test.selectbox[0].select("Requirements").run()
    assert "part" not in test.query_params
    test.selectbox[0].select("Quality needs").run()
    word = "".join(test.query_params["part"])
    assert draw(part=word, lang="zh-CN").selectbox[0].value == "Quality needs"


def test_an_address_that_says_something_new_is_followed() -> None:
    """As when the reader goes back."""
    test = draw(part="quality-needs")
    del test.query_params["part"]
    assert test.run().selectbox[0].value == "Requirements"
    assert draw(part="nonsense").selectbox[0].value == "Requirements"
