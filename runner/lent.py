"""What of gonogo's own packages is lent to a service's interpreter that lacks it?

Alembic alone: a repository with migrations whose list of packages leaves Alembic out is not to be blind for that. The
release is never lent anything: its list is what it has.
"""

import re
from importlib.util import find_spec
from pathlib import Path
from shutil import copy, copytree, ignore_patterns

LENT = "lent"  # begins the folder's name
WANTED = ("alembic", "mako", "markupsafe", "typing_extensions")
PACKAGES = "lib*/python*/site-packages"
NEWEST_OF = re.compile(r"python3\.(\d+)$")
OLDEST = 10  # of Python 3: what our Alembic runs on


def lent(python: Path, folder: Path) -> str:
    """The folder, filled with what the interpreter's environment lacks; "" where it lacks no Alembic.

    It stands behind all else on PYTHONPATH and holds only what is nowhere else. An environment that can't be looked
    into, is older than our Alembic, or has no SQLAlchemy, is lent nothing.
    """
    places = [place for place in python.parent.parent.glob(PACKAGES) if (place / "sqlalchemy").is_dir()]
    if not places or any(_has(place, WANTED[0]) for place in places) or not all(map(_is_new, places)):
        return ""
    for name in (one for one in WANTED if not any(_has(place, one) for place in places)):
        source = _ours(name)
        if source.is_dir():  # copied: who is fenced in may not see our own environment
            copytree(source, folder / source.name, ignore=ignore_patterns("__pycache__", "testing", "*.so"))
        else:
            copy(source, folder / source.name)
    return str(folder)


def without_lent(path: str) -> str:
    """A value of PYTHONPATH without that folder."""
    return ":".join(one for one in path.split(":") if not Path(one).name.startswith(LENT))


def _has(place: Path, name: str) -> bool:
    return (place / name).is_dir() or (place / f"{name}.py").is_file()


def _is_new(place: Path) -> bool:
    found = NEWEST_OF.search(place.parent.name)
    return found is not None and int(found[1]) >= OLDEST


def _ours(name: str) -> Path:
    found = find_spec(name)
    assert found is not None
    assert found.origin is not None
    place = Path(found.origin)
    return place.parent if place.name == "__init__.py" else place
