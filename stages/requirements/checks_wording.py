"""Requirements: can a test prove each sentence? Form, one idea, no vague words, acceptance criteria."""

import re
from collections.abc import Iterator

from runner.evidence.agreed.specification import Spec
from runner.model import Share, Verdict, check, failed, passed, share
from runner.said import say, together
from runner.specification import Requirement
from runner.words import listed
from stages.requirements import chinese
from stages.requirements.criteria import untestable
from stages.requirements.document.sentence import Kind
from stages.requirements.sentences import duty_left_open, more_than_one, said_alike, said_of, unprovable
from stages.requirements.wording import (
    MODAL,
    action,
    form,
    has_trigger,
    is_chinese,
    is_read,
    mostly_quoted,
    unquoted,
)

# INCOSE, Guide to Writing Requirements, R10: infinitives that promise an ability in place of an act
POSSIBLE = r"\bbe (?:able|allowed|permitted|entitled|capable)(?= (?:to|of)\b)"


@check("RQ006", step="1.1b")
def wording_is_ears(spec: Spec) -> Verdict:
    """Every requirement says when, who and `shall` (EARS).

    "Users can delete posts" leaves open when, what answers, and whether it is a duty. EARS (When/While/If/Where …, the
    service shall …) is the shortest form that a test can be read from.
    A Chinese sentence says it with 当/如果/在…期间，系统应….
    Fix: "When <something happens>, the service shall <answer>." For what holds in every case: "The service shall
    <answer> every/only/never …". For a failure: "If <it goes wrong>, then the service shall <refuse>."
    """
    bad = [(r, problem) for r in spec.content.requirements if is_read(r.text) and (problem := _problem(r))]
    if not bad:
        return passed(*_read(say("each in EARS form"), spec))
    places = [spec.place(r.id, problem) for r, problem in bad]
    return failed(listed((say("{id}: {problem}", id=r.id, problem=problem) for r, problem in bad), 3, "; "), at=places)


def _read(said: str, spec: Spec) -> tuple[str, Share]:
    """A message and its share: what is in a language that the rules don't read is not judged, and named."""
    there = spec.content.requirements
    unread = [one.id for one in there if not is_read(one.text)]
    named = (
        say("; not read, as it is neither English nor Chinese: {unread}", unread=listed(unread, 3)) if unread else ""
    )
    return together((said, named), ""), share(len(there) - len(unread), len(there), "requirement")


def _problem(requirement: Requirement) -> str:
    return _form_problem(requirement) or duty_left_open(requirement.text)


def _form_problem(requirement: Requirement) -> str:
    text = requirement.text
    if is_chinese(text):
        return chinese.problem_of(unquoted(text), needs_trigger=bool(requirement.endpoints))
    if not re.search(r"\bshall\b", text):
        modal = re.search(MODAL, text, re.IGNORECASE)
        return say("says `{modal}`, not `shall`", modal=modal[0]) if modal else say("has no `shall`")
    if form(text) is None:
        return say(
            "the condition and the one who shall act run into each other: put a comma between them, and name the actor"
        )
    return _act_problem(requirement)


def _act_problem(requirement: Requirement) -> str:
    """What lacks after `shall`, or before it."""
    text = requirement.text
    if not action(text):
        return say("nothing is said to be done after `shall`")
    if possible := re.search(POSSIBLE, text, re.IGNORECASE):
        return say("`{possible}` says what is possible, not what the service answers", possible=possible[0])
    if requirement.endpoints and not has_trigger(text):
        return say("no trigger or condition (When, While, If, Where), and no every, only or never")
    return ""


@check("RQ007", step="1.1b")
def one_idea_each(spec: Spec) -> Verdict:
    """Every requirement holds one idea.

    Of two ideas in one sentence one can fail while the other passes, and the requirement is neither met nor missed.
    Fix: split it in two with an id each, and share the acceptance criteria out between them.
    """
    bad = [(r.id, second) for r in spec.content.requirements if is_read(r.text) and (second := more_than_one(r.text))]
    if not bad:
        return passed(*_read(say("one idea each"), spec))
    places = [spec.place(id, second) for id, second in bad]
    return failed(listed((say("{id} has {second}", id=id, second=second) for id, second in bad), 3, "; "), at=places)


@check("RQ008", step="1.1b")
def no_vague_words(spec: Spec) -> Verdict:
    """No text uses a word that no test can prove.

    "Fast" and "appropriate" are agreed on by everyone and understood by each in another way. The list follows
    ISO/IEC/IEEE 29148 and the INCOSE guide, and a number with its unit makes most of its words precise.
    Fix: say the number and its unit, name the cases, or leave the word out. A name that happens to be on the list
    goes in quotes.
    """
    told = [(c.id, c.text, Kind.CONSTRAINT) for c in spec.content.constraints]
    for requirement in spec.content.requirements:
        told.append((requirement.id, requirement.text, Kind.FUNCTIONAL))
        told += [(a.id, a.text, Kind.FUNCTIONAL) for a in requirement.acceptance]
    told += [(q.id, q.text, Kind.QUALITY) for q in spec.content.quality]
    texts = [(id, text) for id, text, _ in told]
    found = [(id, one) for id, text, kind in told for one in unprovable(text, kind)]
    if not found:
        unread = [id for id, text in texts if not is_read(text)]
        read = [text for id, text in texts if not mostly_quoted(text) and id not in unread]
        named = (
            say("; not read, as they are neither English nor Chinese: {unread}", unread=listed(unread, 3))
            if unread
            else ""
        )
        return passed(say("none is on the list{named}", named=named), share(len(read), len(texts), "text"))
    places = [spec.place(id, said_of(one)) for id, one in found]
    said = listed((say("{id} says “{word}”", id=id, word=one.word) for id, one in found), 4, "; ")
    return failed(said, at=places)


@check("RQ009", step="1.1b")
def acceptance_can_be_tested(spec: Spec) -> Verdict:
    """Every requirement has acceptance criteria that a test can decide.

    A requirement without a criterion is met when somebody says so. "It works" decides nothing.
    Fix: write what is given, what is done, and what is then seen: "Given a post of somebody else, when its author's
    neighbour deletes it, then the answer is 403 and the post is still there."
    """
    bad = [(r.id, say("has no acceptance criterion")) for r in spec.content.requirements if not r.acceptance]
    bad += [(id, say("is the same as {first}", first=first)) for id, first in _repeated(spec)]
    for requirement in spec.content.requirements:
        problems = [(one.id, untestable(one.text, requirement.text)) for one in requirement.acceptance]
        bad += [(id, problem) for id, problem in problems if problem]
    if bad:
        return failed(
            listed((say("{id} {problem}", id=id, problem=problem) for id, problem in bad), 3, "; "),
            at=[spec.place(*one) for one in bad],
        )
    criteria = [one for r in spec.content.requirements for one in r.acceptance]
    unread = {one.id for one in criteria if not is_read(one.text)}
    judged = [r for r in spec.content.requirements if not unread & {one.id for one in r.acceptance}]
    named = (
        say("; not read, as they are neither English nor Chinese: {unread}", unread=listed(sorted(unread), 3))
        if unread
        else ""
    )
    counted = share(len(judged), len(spec.content.requirements), "requirement")
    return passed(say("{criteria} criteria{named}", criteria=len(criteria), named=named), counted)


def problems_of(requirement: Requirement) -> list[str]:
    """What these checks would say of one requirement alone, for who is writing it."""
    told = [_problem(requirement), more_than_one(requirement.text) or ""] if is_read(requirement.text) else []
    texts = [requirement.text, *(one.text for one in requirement.acceptance)]
    told += [said_of(one) for text in texts for one in unprovable(text)]
    criteria = [(one.id, untestable(one.text, requirement.text)) for one in requirement.acceptance]
    told += [say("{id} {problem}", id=id, problem=problem) for id, problem in criteria if problem]
    told += [] if requirement.acceptance else [say("has no acceptance criterion")]
    return list(dict.fromkeys(filter(None, told)))


def _repeated(spec: Spec) -> Iterator[tuple[str, str]]:
    """(criterion, the earlier one that says the same): one test would decide them all."""
    first: dict[str, str] = {}
    for one in (a for r in spec.content.requirements for a in r.acceptance):
        said = said_alike(one.text)
        if said in first:
            yield one.id, first[said]
        first.setdefault(said, one.id)
