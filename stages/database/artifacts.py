"""Documents of the database stage: evidence → text."""
