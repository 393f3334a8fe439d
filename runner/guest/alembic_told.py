"""Guest: Alembic's command line, told where the database is, for a service whose configuration names a fixed one.

argv: what `alembic` takes. The address is in GONOGO_ALEMBIC_URL. What migrations/env.py sets itself still counts.
"""

import os
import sys

from alembic import config

made = config.Config.__init__


def made_and_told(self, *args, **options):
    made(self, *args, **options)
    address = os.environ["GONOGO_ALEMBIC_URL"]
    self.set_main_option("sqlalchemy.url", address.replace("%", "%%"))


config.Config.__init__ = made_and_told
config.main(argv=sys.argv[1:], prog="alembic")
