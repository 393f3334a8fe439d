"""Documents of the deployment stage: evidence → text."""
