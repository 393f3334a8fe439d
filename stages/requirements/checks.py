"""Requirements: is there one specification that reads, with nothing left open?"""

import re
from collections import Counter
from collections.abc import Iterator

from runner.evidence.specification import Spec, SpecificationFile
from runner.model import Verdict, check, failed, in_file, passed
from runner.specification import Specification
from runner.words import plural

PLACEHOLDER = re.compile(
    r"\b(?:TBD|TBC|TODO|FIXME|XXX+|N\.N\.)\b|\b(?i:lorem ipsum|placeholder|to be "
    r"(?:defined|decided|determined|confirmed|done|specified|written|agreed|clarified))\b|\?\?+|"
    r"<[a-z][\w -]*>|\[(?:\.\.\.|…|fill in[^\]]*|your [^\]]*)\]|"
    r"待定|待补充|待确认|待完善"
)


@check("RQ001", step="1.1a")
def specification_is_valid(file: SpecificationFile) -> Verdict:
    """The specification is there and valid.

    Every later gate reads roles, endpoints and numbers from it; what it can't read it can't prove, and a misspelt key
    is a rule that nobody enforces.
    Fix: correct the named lines. An editor that knows docs/spec.schema.json shows the allowed keys while you type.
    """
    if not file.there:
        places = [in_file(file.path, note="there is no such file")]
        return failed(f"there is no {file.path}", at=places, again=[f"ls {file.path}"])
    if file.problems:
        first = file.problems[0]
        many = f" and {len(file.problems) - 1} more" if len(file.problems) > 1 else ""
        return failed(f"{file.path} line {first.line}: {first.note}{many}", at=file.problems)
    assert file.parsed is not None
    found = file.parsed
    counted = (
        f"{plural(len(found.requirements), 'requirement')}, {len(found.quality)} "
        f"quality needs, {plural(len(found.roles), 'role')}"
    )
    if not found.requirements:
        return failed(f"{file.path} has no requirements", at=[in_file(file.path, 1, "add a `requirements:` list")])
    return passed(counted)


@check("RQ002", step="1.1a")
def ids_are_unique(spec: Spec) -> Verdict:
    """Every id stands for one thing.

    Tests, findings and decisions refer to ids. Two things with one id make a proof of the one look like a proof of
    both.
    Fix: give the later one a new id, and leave the ids of the others as they are: they may be referred to elsewhere.
    """
    counted = Counter(ids(spec.content))
    double = [id for id, times in counted.items() if times > 1]
    if not double:
        return passed(f"{plural(len(counted), 'id')}, each once")
    places = [
        in_file(spec.file.path, line, f"{id} again" if number else f"{id} first")
        for id in double
        for number, line in enumerate(spec.file.lines_of(id))
    ]
    return failed(f"given more than once: {', '.join(double)}", at=places)


@check("RQ003", step="1.1a")
def nothing_is_a_placeholder(spec: Spec) -> Verdict:
    """No text is a placeholder.

    "TBD" reads like an agreement and is none: whoever builds it decides alone, and no test can be written for it.
    Fix: write the decision down. Is it not made yet? Ask it under `questions:` with an owner, and leave the rest out.
    """
    asked = {line for q in spec.content.questions if q.status == "open" for line in _lines_of_question(spec, q.id)}
    found = [
        (number, match[0])
        for number, line in enumerate(spec.file.text.splitlines(), start=1)
        if number not in asked and (match := PLACEHOLDER.search(re.sub(r"(?:^|\s)#.*$", "", line)))
    ]
    if not found:
        return passed(f"none in {plural(len(spec.file.text.splitlines()), 'line')}")
    places = [in_file(spec.file.path, number, f"“{word}”") for number, word in found]
    return failed(f"{len(found)} left: {', '.join(f'“{w}” in line {n}' for n, w in found[:5])}", at=places)


@check("RQ004", step="1.1a")
def questions_have_owners_and_block_no_must(spec: Spec) -> Verdict:
    """Open questions have an owner, and no `must` waits for one.

    A question that nobody owns is never answered, and a `must` that waits for an answer is built on a guess.
    Fix: name an `owner:` for it. For a `must`: get the answer, write it under `answer:` and set `status: answered`, or
    lower the priority until it is known.
    """
    requirements = {r.id: r for r in spec.content.requirements}
    places = []
    for question in spec.content.questions:
        about = {
            *question.about,
            *(id for id in requirements if re.search(rf"{re.escape(id)}(?![\w-])", question.text)),
        }
        musts = sorted(id for id in about if id in requirements and requirements[id].priority == "must")
        strangers = sorted(about - set(requirements))
        if question.status == "open" and not question.owner:
            places.append(spec.place(question.id, "open, and nobody owns it"))
        if question.status == "open" and musts:
            places.append(spec.place(question.id, f"open, and {', '.join(musts)} (must) waits for it"))
        if question.status == "answered" and not (question.answer or "").strip():
            places.append(spec.place(question.id, "answered, but the answer is not written"))
        if strangers:
            places.append(spec.place(question.id, f"about {', '.join(strangers)}, which does not exist"))
    if places:
        return failed(f"{plural(len(places), 'question')} need work: {places[0].note}", at=places)
    still = sum(q.status == "open" for q in spec.content.questions)
    return passed(f"{plural(len(spec.content.questions), 'question')}, {still} open, each with an owner")


@check("RQ005", step="1.1a")
def scope_has_both_sides(spec: Spec) -> Verdict:
    """The scope says what is in, what is out, and where the wishes came from.

    What nobody excluded is expected by someone. The business document is the only witness of what was asked for.
    Fix: fill `scope.included` and `scope.excluded`, and name the business document's path under `service.document`.
    """
    scope, document = spec.content.scope, spec.content.service.document
    places = []
    if not scope.included:
        places.append(spec.place("scope", "nothing is said to be included"))
    if not scope.excluded:
        places.append(spec.place("scope", "nothing is said to be excluded"))
    places += [spec.place("scope", f"both in and out: {text}") for text in scope.included if text in scope.excluded]
    if document is None:
        places.append(spec.place("service", "no business document is named"))
    elif not spec.file.document_there:
        places.append(spec.place("document", f"{document} does not exist"))
    if places:
        return failed("; ".join(place.note for place in places), at=places)
    return passed(f"{len(scope.included)} in, {len(scope.excluded)} out, from {document}")


def ids(spec: Specification) -> Iterator[str]:
    """Every id, in the order of the file."""
    yield from (c.id for c in spec.constraints)
    yield from (r.id for r in spec.roles)
    yield from (r.id for r in spec.resources if r.id not in {role.id for role in spec.roles})
    for requirement in spec.requirements:
        yield requirement.id
        yield from (a.id for a in requirement.acceptance)
    yield from (q.id for q in spec.quality)
    yield from (q.id for q in spec.questions)


def _lines_of_question(spec: Spec, id: str) -> range:
    """The lines of one question: from its id to the next entry."""
    start = spec.file.line_of(id) or 1
    lines = spec.file.text.splitlines()
    end = start
    while end < len(lines) and not re.match(r"\s*-\s|\S", lines[end]):
        end += 1
    return range(start, end + 1)
