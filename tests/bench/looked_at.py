"""How much of what a run with a gonogo.toml looks at does the run without one look at? Two runs' JSON in, a share out.

`python -m tests.bench.looked_at WITHOUT.json WITH.json`, each written by `./inv pipeline --json`.
"""

import json
import sys
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

JUDGED = frozenset({"passed", "failed"})  # neither could not look, nor nothing there to look at


def judged_in(run: Mapping[str, Any]) -> Set[str]:
    """The ids of the checks that said yes or no."""
    findings = (one for stage in run["stages"] for one in stage["findings"])
    return {one["check"] for one in findings if one["outcome"] in JUDGED}


def comparison(without: Set[str], with_file: Set[str]) -> str:
    """`31 of 40 checks (78 %); only with the file: DB005, …`. Raises `ValueError` for a run that judged none."""
    if not with_file:
        raise ValueError("the run with the file judged nothing, so there is nothing to hold the other against")
    same, missing = with_file & without, sorted(with_file - without)
    said = f"{len(same)} of {len(with_file)} checks ({round(100 * len(same) / len(with_file))} %)"
    return f"{said}; only with the file: {', '.join(missing)}" if missing else said


if __name__ == "__main__":
    first, second = (judged_in(json.loads(Path(one).read_text(encoding="utf-8"))) for one in sys.argv[1:3])
    print(comparison(first, second))  # noqa: T201 - it is a program
