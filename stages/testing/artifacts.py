"""Documents of the tests stage: evidence → text."""
