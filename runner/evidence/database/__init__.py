"""Schema, models and migrations, tried on a PostgreSQL of the run's own."""
