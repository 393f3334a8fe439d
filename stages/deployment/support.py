"""What is known of the support of an interpreter, and of what a base image is made of?"""

import re
from collections.abc import Iterator

from runner.vocabulary.support import TABLE, Supported

DISTRIBUTIONS = ("debian", "ubuntu", "alpine")


def python_support(version: str) -> Supported | None:
    """Of an interpreter: "3.11.7"."""
    return _look("python", ".".join(version.split(".")[:2]))


def image_support(image: str, tag: str) -> list[Supported]:
    """What is known of a base image: its Python, its Node, its PostgreSQL, its distribution."""
    name = image.rpartition("/")[2]
    return [one for one in _of_image(name, tag) if one]


def _of_image(name: str, tag: str) -> Iterator[Supported | None]:
    number = re.match(r"\d+(?:\.\d+)?", tag)
    if name in {"python", "pypy"} and number:
        yield _look("python", number[0])
    if name == "node" and number:
        yield _look("node", number[0].partition(".")[0])
    if name in {"postgres", "postgis"} and number:
        yield _look("postgresql", number[0]) or _look("postgresql", number[0].partition(".")[0])
    if name in DISTRIBUTIONS:
        yield _look(name, number[0] if number else tag.partition("-")[0]) or _look(name, tag.partition("-")[0])
    if built_on := re.search(r"debian(\d+)$", name):
        yield _look("debian", built_on[1])
    for word in re.split(r"[-:]", tag):
        alpine = re.fullmatch(r"alpine(\d+\.\d+)", word)
        yield _look("alpine", alpine[1]) if alpine else None
        yield (_look("debian", word) or _look("ubuntu", word)) if word.isalpha() and name not in DISTRIBUTIONS else None


def _look(product: str, version: str) -> Supported | None:
    until = TABLE[product].get(version)
    name = "Postgres" if product == "postgresql" else product.capitalize()
    return Supported(product=name, version=version, until=until) if until else None
