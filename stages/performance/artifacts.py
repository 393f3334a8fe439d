"""Documents of the performance stage: evidence → text."""
