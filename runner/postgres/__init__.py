"""PostgreSQL: the driver, a database of the run's own, and what its catalogue is asked. No other room imports psycopg.

A `Database` is one on a server that `runner.live` started; what is asked here of its catalogue is asked nowhere else.
"""
