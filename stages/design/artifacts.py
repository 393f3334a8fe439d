"""Documents of the design stage: evidence → text."""
