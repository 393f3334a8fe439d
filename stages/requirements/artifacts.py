"""Documents of the requirements stage: evidence → text."""
