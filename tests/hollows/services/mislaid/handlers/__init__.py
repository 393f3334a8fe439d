"""Said to hold the service's code, and holds none of it."""
