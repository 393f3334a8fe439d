"""Who looks at the page? Signed in where `[auth]` in Streamlit's secrets names a provider, else git's settings."""

import sys

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from runner.discovery.target import Target
from runner.said import tell
from workflow.service import Actor, local_actor, signed_in
from workflow.web.launch import TEAM


def is_for_a_team() -> bool:
    """Was the server started by `invoke serve`? There nobody is whom the machine's git settings name."""
    return TEAM in sys.argv[1:]


def is_set_up() -> bool:
    """Is there a provider to sign in at?"""
    if is_for_a_team():
        return True
    try:
        return "auth" in st.secrets
    except StreamlitSecretNotFoundError:
        return False


def actor_of(target: Target) -> Actor:
    """Where there is a provider, who has not signed in is a viewer without a name."""
    if not is_set_up():
        return local_actor(target)
    return signed_in(target, dict(st.user) if st.user.get("is_logged_in") else {})


def is_let_in() -> bool:
    """May who looks see anything? A team's server shows nothing to strangers."""
    return not is_for_a_team() or bool(st.user.get("is_logged_in"))


def draw_sign_in() -> None:
    """The button that leads to the provider, or away again; nothing where none is set up."""
    if not is_set_up():
        return
    if st.user.get("is_logged_in"):
        st.button(tell("Sign out"), key="sign-out", on_click=st.logout)
    else:
        st.button(tell("Sign in"), key="sign-in", on_click=st.login)
