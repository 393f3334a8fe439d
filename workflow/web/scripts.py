"""Our own scripts: from files of ours, as the policy of the pages lets no other in."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

HERE = Path(__file__).parent
DRAFTS, LINKS = "drafts", "links"


@cache
def script(name: str) -> Callable[..., object]:
    """What puts `static/NAME.js` on a page. Once for a server."""
    _register()
    return st.components.v2.component(f"gonogo.{name}", js=f"{name}.js")


@cache
def _register() -> None:
    files = [ComponentConfig(name=name, asset_dir="static") for name in (DRAFTS, LINKS)]
    ours = ComponentManifest(name="gonogo", version="1", components=files)
    get_bidi_component_manager().register_from_manifest(ours, HERE)
