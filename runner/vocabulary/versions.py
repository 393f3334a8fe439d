"""Does a field say which version of a thing is meant, so that a stale one can be refused?"""

import re

from runner.vocabulary.names import joined, set_of

VERSION = re.compile(r"(?:^|_)(?:version|revision|rev|e_?tag)(?:_|$)")
CHANGED = re.compile(r"(?:^|_)(?:updated|modified|changed)_?(?:at|on)$")
# Versions of what people use, and not of the row.
OTHERS = set_of("api app software firmware hardware driver schema os client browser protocol language min max")


def names_version(name: str) -> bool:
    """`version`, `lockVersion`, `row_rev` and `updated_at`; not `conversion`, nor a device's `firmware_version`."""
    words = joined(name)
    if OTHERS & set(words.split("_")):
        return False
    return VERSION.search(words) is not None or CHANGED.search(words) is not None
