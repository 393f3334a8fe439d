"""Where are the pages? Links carry the choices in the query string, so that an address can be shared."""

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from workflow.web.text import plain


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages by name, and the service that every link keeps when there are several."""

    pages: dict[str, Any]
    kept: dict[str, str] = field(default_factory=dict)

    def link(self, page: str, label: str, *, key: str, **choices: str) -> None:
        with st.container(key=f"link-{key}", width="content"):
            st.page_link(self.pages[page], label=plain(label), query_params=self.kept | choices)


def choice(name: str) -> str | None:
    """A choice in the address, None when it is not made."""
    value = st.query_params.get(name)
    return str(value) if value else None
