"""Processes behind a fence, and what they said."""
