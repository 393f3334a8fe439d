"""What was chosen on a page stands in its address, as a word that no language changes: `?part=quality-needs`.

Streamlit's own binding writes the label that was read, so that the choice is lost where the next reader, or the same
one after `&lang=`, reads another. What such an older address says is understood, in each language.
"""

from collections.abc import Sequence

import streamlit as st

from runner.said import LANGUAGES, told
from workflow.report.markup import slug
from workflow.web.links import choice


def word_of(option: str) -> str:
    """The id of an option in an address; what is one word, as REQ-POST-001, is its own."""
    return slug(option) if " " in option else option


def asked_for(name: str, options: Sequence[str]) -> str | None:
    """The option that the address names; None where it names none of them."""
    word = choice(name)
    return next((one for one in options if word in {word_of(one), *_labels(one)}), None)


def bind(name: str, options: Sequence[str]) -> None:
    """Before the widget with this key is drawn: it shows what the address says, whenever that says something new.

    The first option is the one of an address without a word; the widget calls `keep` when it changes.
    """
    word, seen = choice(name), f"{name} in the address"
    if name not in st.session_state or st.session_state.get(seen) != word:
        st.session_state[name] = asked_for(name, options) or options[0]
    st.session_state[seen] = word


def keep(name: str, usual: str) -> None:
    """The widget's choice into the address; what is usual needs no word there."""
    option = st.session_state.get(name) or usual
    if option == usual:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = word_of(option)
    st.session_state[f"{name} in the address"] = choice(name)


def _labels(option: str) -> set[str]:
    return {told(option, language) for language in LANGUAGES}
