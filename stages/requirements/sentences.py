"""What is wrong with the wording of one sentence? The one answer for the checks, for the form, and for a draft.

What the rules of a document (`document/`) say of a sentence is said of the requirement that it becomes. A specification
is held to a list of words on top (`vague_words.toml`), which people may use in a letter, and not in a duty.
"""

import re

from runner.said import say
from stages.requirements.document.alone import WORDING, alone, of_kind
from stages.requirements.document.gaps import gap_in
from stages.requirements.document.gists import gist
from stages.requirements.document.rewording import RULES
from stages.requirements.document.sentence import Defect, Kind
from stages.requirements.document.straight import straight
from stages.requirements.wording import Vague, is_chinese, second_idea, unquoted, vague

OPEN_DUTY = frozenset({Defect.NO_ACTOR, Defect.NO_TRIGGER})


def unprovable(text: str, kind: Kind = Kind.FUNCTIONAL) -> list[Vague]:
    """The words that no test can prove, each once: by the rules of a document, then those of the list alone."""
    found = of_kind(alone(unquoted(text), kind), WORDING)
    shared = [Vague(word=one.span, because=RULES[one.defect].why) for one in found]
    listed = vague(text)
    return [*listed, *(one for one in shared if not _told(one.word, [v.word for v in listed]))]


def listed_alone(text: str, spans: list[str]) -> list[Vague]:
    """What only the list of a specification holds against a sentence whose defects are told already."""
    return [one for one in vague(text) if not _told(one.word, spans)]


def more_than_one(text: str) -> str | None:
    """The words that start a second requirement in the same text; None when it is one."""
    if second := second_idea(text):
        return second
    found = of_kind(alone(unquoted(text)), {Defect.COMPOUND})
    return say("a second duty, “{span}”", span=found[0].span) if found else None


def duty_left_open(text: str) -> str:
    """Who acts, or when, is nowhere said; empty where it is."""
    found = of_kind(alone(unquoted(text)), OPEN_DUTY)
    return say("“{span}”: {why}", span=found[0].span, why=RULES[found[0].defect].why) if found else ""


def not_decided(text: str) -> str:
    """The words of an answer or of a scope that leave open what they should settle; empty where none does."""
    if gap := gap_in(text):
        return gap
    found = of_kind(alone(unquoted(text)), {Defect.ESCAPE, Defect.UNBOUNDED})
    return found[0].span if found else ""


def said_alike(text: str) -> str:
    """The sentence as it can be compared: without case, articles and stops, and with what is turned round straight."""
    told = straight(" ".join(text.split()), chinese=is_chinese(text)).casefold()
    words = [word.strip(",;:.。，；：") for word in told.split()]
    return " ".join(word for word in words if word and word not in {"a", "an", "the"})


def names_the_same(one: str, other: str) -> bool:
    """Two entries of a list name one thing: "orders" and "Order"."""
    if one.strip().casefold() == other.strip().casefold():
        return True
    first, second = (gist(text, chinese=is_chinese(text)) for text in (one, other))
    return (
        bool(first.words)
        and first.words == second.words
        and first.quantities == second.quantities
        and not (first.negated ^ second.negated or re.search(r"[/`]", one + other))
    )


def _told(word: str, others: list[str]) -> bool:
    low = word.lower()
    return any(low in one.lower() or one.lower() in low for one in others)


def said_of(one: Vague) -> str:
    """A word that no test can prove, and why."""
    return say("“{span}”: {why}", span=one.word, why=one.because)
