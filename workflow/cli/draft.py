"""`requirements.draft`: what a business document asks for, what is unclear in it, and what has to be answered."""

from collections import Counter
from collections.abc import Iterator, Sequence

from runner.said import tell, told
from runner.words import plural
from stages.requirements.criteria import is_criterion, untestable
from stages.requirements.document.draft import summary
from stages.requirements.document.numbers import numbers
from stages.requirements.document.rewording import RULES, reworded
from stages.requirements.document.sentence import OBLIGING, Defect, Kind, Sentence
from stages.requirements.sentences import listed_alone, more_than_one
from workflow.called import called_by
from workflow.cli.errors import exit_codes
from workflow.cli.lay import a_page, say
from workflow.service import draft_from, write_json
from workflow.service.draft import Drafted


def draft_requirements(document: str, json: str, into: str, against: Sequence[str] = ()) -> None:
    page = a_page(called_by())
    with exit_codes("Nothing was written."):
        drafted = draft_from(document, into, against=against)
        if json:
            write_json(json, drafted.document)
        for line in _lines(drafted):
            say(page, line)
        say(
            page,
            tell("{file}: written. Next: invoke stage.requirements", file=into)
            if into
            else tell("Nothing was written. Name a file for the specification: --into spec.yaml"),
        )


def _lines(drafted: Drafted) -> Iterator[str]:
    specification = drafted.draft.specification
    yield told(summary(drafted.document))
    for file, duties in drafted.compared:
        yield _compared(drafted, file, duties)
        if file in drafted.apart:
            note = tell("{file} speaks of other things: only rules in nearly the same words were looked for", file=file)
            yield f"  {note}"
    none = tell("none found")
    roles = ", ".join(_named(one.id, drafted) for one in specification.roles)
    yield tell("Roles: {roles}", roles=roles or none)
    resources = ", ".join(_named(one.id, drafted) for one in specification.resources)
    yield tell("Resources: {resources}", resources=resources or none)
    for one in specification.resources:
        if one.fields:
            yield tell("  {resource}: {fields}", resource=one.id, fields=", ".join(one.fields))
    if drafted.draft.proposed:
        yield tell("  * proposed: the document speaks of it, and defines it nowhere")
    for kind in Kind:
        chosen = [(id, s) for id, s in drafted.draft.sentences.items() if s.kind is kind]
        if kind in OBLIGING and chosen:
            yield ""
            of_kind = tell("{kind}, {candidates}", kind=tell(kind.value), candidates=plural(len(chosen), "candidate"))
            yield of_kind[:1].upper() + of_kind[1:]
            for id, sentence in chosen:
                yield from _candidate(id, sentence)
    yield ""
    yield told(plural(len(specification.questions), "open question"))
    for question in specification.questions:
        yield f"  {question.id}  {question.text}"


def _named(id: str, drafted: Drafted) -> str:
    return f"{id}*" if id in drafted.draft.proposed else id


def _compared(drafted: Drafted, file: str, duties: int) -> str:
    pairs = [
        found.defect
        for one in drafted.document.sentences
        for found in one.found
        if found.other.endswith(")") and f" ({file} " in found.other
    ]
    counts = Counter(pairs)
    return tell(
        "Compared with {duties} of {file}: {contradicted} contradicted, {repeated} repeated",
        duties=plural(duties, "duty"),
        file=file,
        contradicted=counts[Defect.CONTRADICTION],
        repeated=counts[Defect.DUPLICATE],
    )


def _candidate(id: str, sentence: Sentence) -> Iterator[str]:
    figures = numbers(sentence.unit)
    yield f"  {id}  {sentence.unit.said}" + (f"   [{', '.join(figures)}]" if figures else "")
    for found in sentence.found:
        rule = RULES[found.defect]
        shown = f" “{found.span}”" if found.span != sentence.unit.said else ""
        yield f"      {tell(found.defect.value)}{shown}{tell(': ')}{told(rule.why)} ({rule.source})"
        if found.other:
            yield f"      {tell('other: “{text}”', text=found.other)}"
        yield f"      {tell('better: {text}', text=tell(reworded(sentence, found)))}"
    for word in listed_alone(sentence.unit.said, [found.span for found in sentence.found]):
        also = tell(
            "in a specification also “{word}”: {because} ({check})", word=word.word, because=word.because, check="RQ008"
        )
        yield f"      {also}"
    if (second := more_than_one(sentence.unit.said)) and not any(f.defect is Defect.COMPOUND for f in sentence.found):
        yield f"      {tell('in a specification also {second} ({check})', second=second, check='RQ007')}"
    if is_criterion(sentence.unit.said) and (untested := untestable(sentence.unit.said)):
        yield f"      {tell('in a specification also {second} ({check})', second=untested, check='RQ009')}"
