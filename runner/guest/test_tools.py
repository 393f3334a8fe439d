"""Guest: which tools does the service test with? argv: ANSWER."""

import contextlib
import json
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

TOOLS = ("pytest", "pytest-cov", "pytest-xdist", "pytest-randomly", "coverage", "greenlet", "sqlalchemy", "httpx")
found = {}
for name in TOOLS:
    with contextlib.suppress(PackageNotFoundError):
        found[name] = version(name)
Path(sys.argv[1]).write_text(json.dumps({"versions": found}), encoding="utf-8")
