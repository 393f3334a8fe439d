"""Tests: does what they say they prove still exist?"""

import re
from collections.abc import Iterable, Iterator

from runner.evidence.agreed.specification import Spec
from runner.evidence.suite.suite import Suite
from runner.evidence.suite.suite_record import Test
from runner.model import Verdict, check, failed, in_file, not_applicable, passed, share, unknown
from runner.said import say
from runner.specification import Specification
from runner.words import listed, plural
from stages.testing.checks import MOST
from stages.testing.trace import by_function


@check("TS013", step="5.2")
def what_tests_name_exists(suite: Suite, spec: Spec) -> Verdict:
    """Every requirement that a test names is in the specification.

    A test that names what is gone, or what was misspelt, proves a promise that nobody made, and the one that it was
    written for looks untested.
    Fix: name the id that stands in the specification; was its requirement dropped, drop the test as well or let it name
    another one.
    """
    known = {spelt(id) for id in ids_of(spec.content)}
    named = [(runs[0], id) for runs in by_function(suite.tests).values() for id in meant(runs, known)]
    if not named and (len(suite.tests) < suite.there or not suite.tests):
        return unknown(
            say(
                "{tests} of {tests2} were read, and none names a requirement",
                tests=len(suite.tests),
                tests2=plural(suite.there, "test"),
            )
        )
    if not named:
        looked = say("the markers and docstrings of {tests}", tests=plural(len(suite.tests), "test"))
        return not_applicable("no test names a requirement", looked=looked)
    lost = [(test, id) for test, id in named if spelt(id) not in known]
    if lost:
        names = listed((say("{id} ({name})", id=id, name=test.name) for test, id in lost), MOST)
        places = [
            in_file(test.path, test.line, say("{name} names {id}, which is not there", name=test.name, id=id))
            for test, id in lost
        ]
        return failed(say("not in {path}: {names}", path=spec.file.path, names=names), at=places)
    told = say("{ids} that tests name, each in the specification", ids=plural(len({id for _, id in named}), "id"))
    return passed(told, share(len(suite.tests), suite.there, "test"))


def ids_of(content: Specification) -> Iterator[str]:
    """Every id that a test may prove something about."""
    for one in content.requirements:
        yield one.id
        yield from (criterion.id for criterion in one.acceptance)
    for group in (content.constraints, content.quality, content.questions):
        yield from (one.id for one in group)


def spelt(id: str) -> str:
    """`AC_5.2` and `AC-5-2` are one id."""
    return re.sub("[._]", "-", id)


def meant(runs: Iterable[Test], known: set[str]) -> list[str]:
    """The ids of this specification that a test names, also those that are wrong.

    A marker means one where it begins as the ids do (`REQ-…`); in a docstring, where other things have such names as
    well (`RFC-9110`, `UTF-8`), all but its last part must be that of one which is there.
    """
    begun = {id.partition("-")[0] for id in known if "-" in id}
    letters = {id.rstrip("0123456789") for id in known if "-" not in id}
    stems = {id.rpartition("-")[0] for id in known if "-" in id}
    found = []
    for test in runs:
        for id in test.ids:
            plain = spelt(id)
            marked = id in test.marked
            near = plain.rpartition("-")[0] in stems and "-" in plain
            alike = plain.partition("-")[0] in begun if "-" in plain else plain.rstrip("0123456789") in letters
            if plain in known or near or (marked and alike):
                found.append(id)
    return list(dict.fromkeys(found))
