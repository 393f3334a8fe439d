"""Requirements: is there one specification that reads, with nothing left open?"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from runner.evidence.agreed.specification import Spec, SpecificationFile
from runner.model import Verdict, check, every, failed, in_file, not_applicable, passed, share, unknown
from runner.reading.documents import Scalar
from runner.said import say, together
from runner.specification import Question, Specification
from runner.words import listed, plural
from stages.requirements.document.gaps import gap_in
from stages.requirements.sentences import names_the_same, not_decided

NO_PROSE = frozenset({"pattern", "example", "id", "endpoint"})  # keys whose texts have a grammar of their own
NOBODY = re.compile(
    r"\W*(?:(?:nobody|no one|none|n/?a|unknown|un(?:assigned|clear)|some(?:one|body)|any(?:one|body)|every(?:one|body)|"
    r"tb[acd]|todo|无|没有|未定)\b.*)?\W*",
    re.IGNORECASE | re.DOTALL,
)
SHORTEST = 20  # words of a document that may have asked for a service


@check("RQ001", step="1.1a")
def specification_is_valid(file: SpecificationFile) -> Verdict:
    """The specification is there and valid.

    Every later gate reads roles, endpoints and numbers from it; what it can't read it can't prove, and a misspelt key
    is a rule that nobody enforces.
    Fix: correct the named lines. An editor that knows docs/spec.schema.json shows the allowed keys while you type.
    """
    if not file.there:
        places = [in_file(file.path, note="there is no such file")]
        way = say("`invoke adopt` proposes one from what the service serves")
        return failed(say("there is no {path}: {way}", path=file.path, way=way), at=places, again=[f"ls {file.path}"])
    if file.ignored:
        note = say(
            "{path} is ignored by git, so nobody else reads it: take it out of .gitignore and commit it", path=file.path
        )
        return failed(note, at=[in_file(file.path, note=note)], again=[f"git check-ignore -v {file.path}"])
    if file.problems:
        first = file.problems[0]
        many = say(" (and {problems} more)", problems=len(file.problems) - 1) if len(file.problems) > 1 else ""
        return failed(
            say("{path} line {line}: {note}{many}", path=file.path, line=first.line, note=first.note, many=many),
            at=file.problems,
        )
    if file.parsed is None:
        return unknown(
            say("{path} was not read. Save it as YAML in UTF-8, then type the command again", path=file.path)
        )
    found = file.parsed
    counted = say(
        "valid, with {needs} and {roles}",
        needs=plural(len(found.quality), "quality need"),
        roles=plural(len(found.roles), "role"),
    )
    if not found.requirements:
        return failed(
            say("{path} has no requirements", path=file.path), at=[in_file(file.path, 1, "add a `requirements:` list")]
        )
    return passed(counted, every(len(found.requirements), "requirement"))


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
        return passed("no two things share one", every(len(counted), "id"))
    places = [
        in_file(spec.file.path, line, say("{id} again", id=id) if number else say("{id} first", id=id))
        for id in double
        for number, line in enumerate(spec.file.lines_of(id))
    ]
    return failed(say("given more than once: {double}", double=together(double)), at=places)


@check("RQ003", step="1.1a")
def nothing_is_a_placeholder(spec: Spec) -> Verdict:
    """No text is a placeholder.

    "TBD" reads like an agreement and is none: whoever builds it decides alone, and no test can be written for it.
    Fix: write the decision down. Is it not made yet? Ask it under `questions:` with an owner, and leave the rest out.
    """
    open_ones = {n for n, q in enumerate(spec.content.questions) if q.status == "open"}
    texts = [one for one in spec.file.texts if re.search(r"\w", one.value) or _gap(one)]
    asked = [one for one in texts if one.where[:1] == ("questions",) and one.where[1] in open_ones]
    found = [(_line_in(spec, one, gap), gap) for one in texts if one not in asked and (gap := _gap(one))]
    if not found:
        but = say("; {questions} may have one", questions=plural(len(open_ones), "open question")) if open_ones else ""
        return passed(say("none in what was decided{but}", but=but), share(len(texts) - len(asked), len(texts), "text"))
    places = [in_file(spec.file.path, number, f"“{word}”") for number, word in found]
    return failed(
        say(
            "{found} left: {found2}",
            found=len(found),
            found2=listed((say("“{w}” in line {n}", w=w, n=n) for n, w in found), 5),
        ),
        at=places,
    )


def _gap(text: Scalar) -> str:
    return "" if NO_PROSE & set(text.where[-1:]) else gap_in(text.value)


def _line_in(spec: Spec, text: Scalar, word: str) -> int:
    """The line of a word in a text that may have several; its first where it is broken over two."""
    lines = spec.file.text.splitlines()[text.line - 1 : text.last]
    return next((n for n, line in enumerate(lines, start=text.line) if word in line), text.line)


@check("RQ004", step="1.1a")
def questions_have_owners_and_block_no_must(spec: Spec) -> Verdict:
    """Open questions have an owner, and no `must` waits for one.

    A question that nobody owns is never answered, and a `must` that waits for an answer is built on a guess.
    Fix: name an `owner:` for it. For a `must`: get the answer, write it under `answer:` and set `status: answered`, or
    lower the priority until it is known.
    """
    if not spec.content.questions:
        return not_applicable("nothing is asked", looked=say("the `questions` of {path}", path=spec.file.path))
    musts = {r.id for r in spec.content.requirements if r.priority == "must"}
    others = {r.id for r in spec.content.requirements} - musts
    places = [
        spec.place(question.id, problem)
        for question in spec.content.questions
        for problem in _problems(question, musts, others)
    ]
    if places:
        many = len({place.line for place in places})
        return failed(
            say(
                "{questions} need{s} work: {note}",
                questions=plural(many, "question"),
                s="s" * (many == 1),
                note=places[0].note,
            ),
            at=places,
        )
    still = sum(q.status == "open" for q in spec.content.questions)
    return passed(
        say("{still} open, each with an owner", still=still) if still else "all answered",
        every(len(spec.content.questions), "question"),
    )


def _problems(question: Question, musts: set[str], others: set[str]) -> Iterator[str]:
    told = {id for id in musts | others if re.search(rf"(?<![\w-]){re.escape(id)}(?![\w-])", question.text)}
    about = {*question.about, *told}
    waiting, strangers = sorted(about & musts), sorted(about - musts - others)
    if question.status == "open" and NOBODY.fullmatch(question.owner or ""):
        yield say("open, and nobody owns it") + (
            say(" (“{owner}” is nobody)", owner=question.owner) if question.owner else ""
        )
    if question.status == "open" and waiting:
        yield say("open, and {waiting} (must) waits for it", waiting=together(waiting))
    if question.status == "answered" and not re.search(r"\w", question.answer or ""):
        yield say("answered, but the answer is not written")
    elif question.status == "answered" and (open_end := not_decided(question.answer or "")):
        yield say("answered, but “{words}” decides nothing", words=open_end)
    if strangers:
        yield say("about {strangers}, which does not exist", strangers=together(strangers))


@check("RQ005", step="1.1a")
def scope_has_both_sides(spec: Spec) -> Verdict:
    """The scope says what is in, what is out, and where the wishes came from.

    What nobody excluded is expected by someone. The business document is the only witness of what was asked for.
    Fix: fill `scope.included` and `scope.excluded`, and name the business document's path under `service.document`.
    """
    scope, document = spec.content.scope, spec.content.service.document
    places = []
    if not scope.included:
        places.append(spec.place("scope", say("nothing is said to be included")))
    if not scope.excluded:
        places.append(spec.place("scope", say("nothing is said to be excluded")))
    places += [
        spec.place("scope", say("both in and out: {text}", text=text))
        for text in scope.included
        if any(names_the_same(text, out) for out in scope.excluded)
    ]
    places += [
        spec.place("scope", say("“{words}” leaves the scope open", words=words))
        for text, words in (
            *((text, not_decided(text)) for text in scope.included),
            *((text, gap_in(text)) for text in scope.excluded),
        )
        if words
    ]
    empty = [text for text in (*scope.included, *scope.excluded) if not re.search(r"\w", text)]
    places += [spec.place("scope", say("“{text}” says nothing", text=text)) for text in empty]
    if document is None:
        places.append(spec.place("service", "no business document is named"))
    else:
        places += [spec.file.at("service", "document", note=problem) for problem in _witness(spec, document)]
    if places:
        return failed(together((place.note for place in places), "; "), at=places)
    unread = "" if spec.file.document_words is not None else say(", which is no text that can be read here")
    counted = every(len(scope.included) + len(scope.excluded), "entry of the scope")
    return passed(
        say(
            "{included} in, {excluded} out, from {document}{unread}",
            included=len(scope.included),
            excluded=len(scope.excluded),
            document=document,
            unread=unread,
        ),
        counted,
    )


def _witness(spec: Spec, document: str) -> Iterator[str]:
    """Why the business document can't tell what was asked for."""
    words = spec.file.document_words
    if not spec.file.document_there:
        yield say("{document} does not exist", document=document)
    elif PurePosixPath(document) == PurePosixPath(spec.file.path):
        yield say("{document} is the specification itself; name what it was derived from", document=document)
    elif words is not None and words < SHORTEST:
        yield say(
            "{document} holds {words}: too few to have asked for a service",
            document=document,
            words=plural(words, "word"),
        )


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
