"""Which requests do the tests of a service send? Read, and only where its own answers do not tell what fits."""

import re
from pathlib import Path

from runner.discovery.code_files import LARGEST
from runner.reading.shown_requests import Shown, requests_in
from runner.reading.walk import MANY, TooMuch, files_below
from runner.vocabulary.folders import SKIPPED

IS_TEST = re.compile(r"(?:^|/)(?:tests?/.*|conftest|test_[^/]*|[^/]*_test)\.py$")


def tested(root: Path) -> tuple[Shown, ...]:
    """Those of all tests below this folder; none where there is more than anybody looks through."""
    try:
        names = sorted(files_below(root, SKIPPED, MANY))
    except TooMuch:
        return ()
    files = (path for path in names if IS_TEST.search(path.relative_to(root).as_posix()))
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in files if path.stat().st_size <= LARGEST)
    return tuple(shown for text in texts for shown in requests_in(text))
