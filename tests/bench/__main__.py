"""`invoke bench [--only NAMES] [--service FOLDER] [--json FILE]`: measure, and say beside each what was aimed at."""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

from rich.console import Console

from tests.bench import answers, document, generation, listing, pages, pipeline, reuse, throughput
from tests.bench.figures import Figure, lines
from workflow.settings import SAMPLE

BENCHES: dict[str, Callable[[], Iterator[Figure]]] = {
    "pipeline": pipeline.measure,
    "reuse": reuse.measure,
    "generation": generation.measure,
    "list": listing.measure,
    "document": document.measure,
    "pages": pages.measure,
    "throughput": throughput.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="invoke bench")
    parser.add_argument("--only", default="", help=f"some of {', '.join([*BENCHES, 'answers'])}")
    parser.add_argument("--service", type=Path, default=SAMPLE, help="whose operations are asked, in `answers`")
    parser.add_argument("--json", type=Path, help="write the figures to FILE")
    asked = parser.parse_args()
    benches: dict[str, Callable[[], Iterator[Figure]]] = {**BENCHES, "answers": partial(answers.measure, asked.service)}
    wanted = [name for name in asked.only.split(",") if name] or list(benches)
    if unknown := sorted(set(wanted) - set(benches)):
        parser.error(f"no bench called {unknown[0]}; there are {', '.join(benches)}")
    console = Console()
    figures: list[Figure] = []
    for name in wanted:
        console.print(f"[dim]measuring {name} …[/]", highlight=False)
        figures += benches[name]()
    for line in lines(figures):
        console.print(line, highlight=False, soft_wrap=True)
    if asked.json:
        told = [asdict(one) | {"met": one.met} for one in figures]
        asked.json.write_text(json.dumps(told, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
