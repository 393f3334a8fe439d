"""The browser: the only room that imports Streamlit. Pages draw what `workflow.service` knows; they prove nothing."""
