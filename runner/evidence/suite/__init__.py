"""The service's own tests: run, counted, and where CI runs them."""
