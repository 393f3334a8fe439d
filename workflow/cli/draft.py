"""`requirements.draft`: what a business document asks for, what is unclear in it, and what has to be answered."""

from collections.abc import Iterator

from runner.words import plural
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


def draft_requirements(document: str, json: str, into: str) -> None:
    page = a_page(called_by())
    with exit_codes("Nothing was written."):
        drafted = draft_from(document, into)
        if json:
            write_json(json, drafted.document)
        for line in _lines(drafted):
            say(page, line)
        say(
            page,
            f"{into}: written. Next: invoke stage.requirements"
            if into
            else "Nothing was written. Name a file for the specification: --into spec.yaml",
        )


def _lines(drafted: Drafted) -> Iterator[str]:
    specification = drafted.draft.specification
    yield summary(drafted.document)
    yield f"Roles: {', '.join(r.id for r in specification.roles) or 'none defined'}"
    yield f"Resources: {', '.join(r.id for r in specification.resources) or 'none defined'}"
    for kind in Kind:
        chosen = [(id, s) for id, s in drafted.draft.sentences.items() if s.kind is kind]
        if kind in OBLIGING and chosen:
            yield ""
            yield f"{kind.capitalize()}, {plural(len(chosen), 'candidate')}"
            for id, sentence in chosen:
                yield from _candidate(id, sentence)
    yield ""
    yield f"{plural(len(specification.questions), 'open question')}"
    for question in specification.questions:
        yield f"  {question.id}  {question.text}"


def _candidate(id: str, sentence: Sentence) -> Iterator[str]:
    figures = numbers(sentence.unit)
    yield f"  {id}  {sentence.unit.said}" + (f"   [{', '.join(figures)}]" if figures else "")
    for found in sentence.found:
        rule = RULES[found.defect]
        shown = f" “{found.span}”" if found.span != sentence.unit.said else ""
        yield f"      {found.defect}{shown}: {rule.why} ({rule.source})"
        yield f"      better: {reworded(sentence, found)}"
    for word in listed_alone(sentence.unit.said, [found.span for found in sentence.found]):
        yield f"      in a specification also “{word.word}”: {word.because} (RQ008)"
    if (second := more_than_one(sentence.unit.said)) and not any(f.defect is Defect.COMPOUND for f in sentence.found):
        yield f"      in a specification also {second} (RQ007)"
