"""Where are the pages? Each has a path of its own, and what was chosen on it stands behind the question mark.

Streamlit gives the browser a new address only when the path changes, so that what people go back to needs a path.
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from runner.said import language_of, speak
from workflow.web.text import esc, plain

LANG = "lang"  # what stands in the address where a reader chose a language


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages by their path, and the service that every link keeps when there are several."""

    pages: dict[str, Any]
    kept: dict[str, str] = field(default_factory=dict)

    def link(self, page: str, label: str, *, key: str, **choices: str) -> None:
        """A link to another page."""
        with st.container(key=f"link-{key}", width="content"):
            st.page_link(self.pages[page], label=plain(label), query_params=self.kept | choices)

    def over(self, page: str, label: str, **choices: str) -> str:
        """A link over the whole of what it stands in, as HTML; it is heard and reached by key, and not seen."""
        return f'<a class="over" href="{esc(self.href(page, **choices))}" target="_self" aria-label="{esc(label)}"></a>'

    def href(self, page: str, **choices: str) -> str:
        """The address of a page with other choices, for a link in HTML; also of the page that one is on."""
        asked = urlencode(self.kept | choices)
        return f"{page if page != 'way' else './'}{f'?{asked}' if asked else ''}"


def choose_language() -> None:
    """That of the address, else the browser's, from here to the end of the script."""
    speak(language_of(choice(LANG) or st.context.locale or ""))


def choice(name: str) -> str | None:
    """A choice in the address, None when it is not made."""
    value = st.query_params.get(name)
    return str(value) if value else None
