"""What becomes of text that was typed and not written yet? The browser keeps it, and puts it back after a refresh.

It stays in the tab (sessionStorage): nothing of it lies on the server, so that a restart loses nothing and nobody else
sees it. A page names its fields here; `static/drafts.js` keeps what stands in them and hands it back.
"""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from secrets import token_hex
from typing import Any

import streamlit as st

from runner.said import tell
from workflow.service import Overview
from workflow.web.gateway import Gateway
from workflow.web.scripts import DRAFTS, script
from workflow.web.text import esc

KEEPER, PAGE, OFFERED, RESTORED, DROPPED, TAKEN = (
    f"drafts{part}" for part in ("", "-page", "-offered", "-restored", "-dropped", "-taken")
)
LONGEST = 20_000  # signs of one field, as in drafts.js
FORMS = 20  # of which the browser keeps drafts, as in drafts.js
Fits = Callable[[Any], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A widget of a form: its key, and what stands in it before anybody types."""

    key: str
    usual: Any
    typed: bool

    def told(self) -> dict[str, Any]:
        """For the browser, which sees for itself what is typed; what is chosen it is told."""
        value = None if self.typed else plain_data(st.session_state.get(self.key, self.usual))
        return {"key": self.key, "usual": plain_data(self.usual), "typed": self.typed, "value": value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """`id`: whose draft it is, whatever the file says now; `suffix`: of its widgets' keys; `base`: what it changes."""

    id: str
    suffix: str
    base: str = ""

    def field(self, name: str, usual: object, fits: Fits | None = None) -> str:
        """The key of a widget that is drawn next; what the browser kept of it is put back first.

        `fits`: of what is chosen and not typed: may the widget hold it?
        """
        one = Field(key=f"{name}-{self.suffix}", usual=usual, typed=isinstance(usual, str | date) and fits is None)
        _here().setdefault(self.id, Drawn(base=self.base)).fields[name] = one
        offered = st.session_state.get(OFFERED, {}).get(self.id, {})
        if name in offered:
            value = read_as(offered[name], usual)
            if value is not None and (fits is None or fits(value)):
                st.session_state[one.key] = value
        return one.key

    def draw_restored(self) -> None:
        """Before the fields: that a draft was put back, and the button that drops it."""
        base = st.session_state.get(RESTORED, {}).get(self.id)
        if base is None:
            return
        said = tell("What you had typed here and not written is back.")
        if base != self.base:
            said += " " + tell("What it changes has become another since: compare before you write it.")
        with st.container(key=f"restored-{self.id}", horizontal=True, vertical_alignment="center"):
            st.html(f'<p role="status" class="told">{esc(said)}</p>', width="content")
            st.button(tell("Drop the draft"), key=f"drop-{self.id}", on_click=self.drop)

    @property
    def restored(self) -> bool:
        return self.id in st.session_state.get(RESTORED, {})

    def drop(self) -> None:
        """In a callback: it was written, or is not wanted. Its fields are as before, and the browser forgets it."""
        for one in _here()[self.id].fields.values() if self.id in _here() else ():
            st.session_state[one.key] = one.usual
        for kept in (OFFERED, RESTORED):
            st.session_state.get(kept, {}).pop(self.id, None)
        st.session_state.setdefault(DROPPED, {})[self.id] = token_hex(8)


@dataclass(slots=True)
class Drawn:
    """A form on the page as it is drawn now."""

    base: str
    fields: dict[str, Field] = field(default_factory=dict)


def _here() -> dict[str, Drawn]:
    found: dict[str, Drawn] = st.session_state.setdefault(PAGE, {})
    return found


def begin() -> None:
    """Before a page is drawn: it has no form yet."""
    st.session_state[PAGE] = {}


def draw_keeper(view: Overview, gateway: Gateway) -> None:
    """After a page: the browser is told which forms there are, and hands over what it kept of them.

    Only now is what was put back done with: a page whose drawing was broken off puts it back once more.
    """
    for id, drawn in _here().items():
        offered = st.session_state.get(OFFERED, {}).get(id, {})
        for name in drawn.fields:
            offered.pop(name, None)
    told = {
        "owner": owner(view, gateway),
        "forms": {
            id: {"base": drawn.base, "fields": {name: one.told() for name, one in drawn.fields.items()}}
            for id, drawn in _here().items()
        },
        "dropped": st.session_state.get(DROPPED, {}),
        "taken": st.session_state.get(TAKEN, ""),
    }
    script(DRAFTS)(key=KEEPER, data=told, on_draft_change=take)


def owner(view: Overview, gateway: Gateway) -> str:
    """Drafts are of one person and one service; who signs in later in the same tab sees none of them."""
    return hashlib.sha256(f"{view.root}\n{view.service}\n{gateway.actor}".encode()).hexdigest()[:16]


def take() -> None:
    """What the browser hands over is put into the fields as they are drawn; what is no draft is left alone.

    It may come while the page is being drawn anew: which forms it has is not known before its end.
    """
    told = st.session_state[KEEPER].get("draft")
    if not isinstance(told, Mapping) or not isinstance(told.get("forms"), Mapping):
        return
    st.session_state[TAKEN] = str(told.get("token", ""))[:100]
    for id, draft in islice(told["forms"].items(), FORMS):
        if isinstance(draft, Mapping) and isinstance(draft.get("values"), Mapping):
            st.session_state.setdefault(OFFERED, {})[str(id)[:LONGEST]] = dict(draft["values"])
            st.session_state.setdefault(RESTORED, {})[str(id)[:LONGEST]] = str(draft.get("base", ""))


def plain_data(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def read_as(value: object, usual: object) -> object:  # noqa: PLR0911 - one line for each kind
    """What the browser kept, as the kind that stands there before; None where it is of another one."""
    match usual:
        case str():
            return value if isinstance(value, str) and len(value) <= LONGEST else None
        case bool():
            return value if isinstance(value, bool) else None
        case int():
            return value if isinstance(value, int) and not isinstance(value, bool) else None
        case float():
            number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            return float(value) if number else None  # type: ignore[arg-type]
        case date():
            try:
                return date.fromisoformat(str(value))
            except ValueError:
                return None
        case list():
            return value if isinstance(value, list) and all(isinstance(one, str) for one in value) else None
    return None
