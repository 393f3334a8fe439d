"""Of which parts is a requirement made? Condition, who acts, and what is done (EARS), for a form; and back."""

import re
from dataclasses import dataclass
from enum import StrEnum

SENTENCE = re.compile(r"(?P<word>When|While|If|Where) (?P<condition>.+), (?:then )?(?P<actor>[^,]+?) shall (?P<act>.+)")
ALWAYS = re.compile(r"(?P<actor>The [^,]+?) shall (?P<act>.+)")


class Kind(StrEnum):
    """When a requirement holds, in the words of a form."""

    EVENT = "When something happens"
    STATE = "While something lasts"
    UNWANTED = "If something goes wrong"
    OPTION = "Where something is there"
    ALWAYS = "Always"


WORDS = {Kind.EVENT: "When", Kind.STATE: "While", Kind.UNWANTED: "If", Kind.OPTION: "Where"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    kind: Kind
    condition: str = ""  # "a user signs in"; empty where it always holds
    actor: str = "the service"
    act: str = ""  # "answer 200 with a token."

    @property
    def sentence(self) -> str:
        actor, act = self.actor.strip(), self.act.strip()
        if self.kind is Kind.ALWAYS:
            return f"{actor[:1].upper()}{actor[1:]} shall {act}"
        then = "then " if self.kind is Kind.UNWANTED else ""
        return f"{WORDS[self.kind]} {self.condition.strip()}, {then}{actor} shall {act}"


def parts_of(text: str) -> Parts | None:
    """None for a sentence that these parts can't say again word for word, as one in Chinese."""
    flat = " ".join(text.split())
    if found := SENTENCE.fullmatch(flat):
        kind = next(kind for kind, word in WORDS.items() if word == found["word"])
        parts = Parts(kind=kind, condition=found["condition"], actor=found["actor"], act=found["act"])
    elif found := ALWAYS.fullmatch(flat):
        actor = found["actor"]
        parts = Parts(kind=Kind.ALWAYS, actor=f"{actor[:1].lower()}{actor[1:]}", act=found["act"])
    else:
        return None
    return parts if parts.sentence == flat else None
