"""Documents of the security stage: evidence → text."""
