"""Guest: the interpreter's version and the distributions that it has. argv: ANSWER."""

import json
import platform
import sys
from importlib import metadata
from pathlib import Path

found = {}
for one in metadata.distributions():
    name = (one.metadata or {}).get("Name")
    if name and name not in found:  # the first on the path is the one that is imported
        found[name] = one.version
answer = {
    "python": platform.python_version(),
    "implementation": platform.python_implementation(),
    "installed": found,
}
Path(sys.argv[1]).write_text(json.dumps(answer), encoding="utf-8")
