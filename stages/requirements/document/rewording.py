"""Which rule does a defect break, what is to be asked, and how would the sentence read without it?"""

import re
from dataclasses import dataclass

from runner.said import say, told
from stages.requirements.document.sentence import Defect, Found, Kind, Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`{span}`: the words of the sentence; `{gap}`: what stands for them in the proposed rewording."""

    source: str
    why: str
    question: str
    gap: str  # instead of the words; empty where the sentence is not reworded word by word
    advice: str


RULES = {
    Defect.VAGUE: Rule(
        source="INCOSE R7, ISO 29148 5.2.7",
        why=say("two people would judge it differently"),
        question=say("“{span}”: which number and unit, or which cases exactly?"),
        gap=say("<number and unit, or the cases>"),
        advice=say("say the number and its unit, or name the cases"),
    ),
    Defect.UNMEASURABLE: Rule(
        source="INCOSE R34, ISO 29148 5.2.5",
        why=say("no figure and no criterion that a test could decide"),
        question=say("“{span}”: how is it measured, and which figure must it keep?"),
        gap=say("<criterion with a figure>"),
        advice=say("name what is measured and the figure that must hold"),
    ),
    Defect.UNDEFINED: Rule(
        source="INCOSE R4, ISO 29148 5.2.5",
        why=say("it decides whom the rule hits, and the document defines it nowhere"),
        question=say("“{span}”: who or what exactly belongs to it, and who decides that?"),
        gap=say("<a defined role or group>"),
        advice=say("define the term, or use one that is defined"),
    ),
    Defect.ESCAPE: Rule(
        source="INCOSE R8",
        why=say("the duty lapses when somebody says so"),
        question=say("“{span}”: is it a duty or not, and which condition lifts it?"),
        gap="",
        advice=say("leave the words out, or say the condition that can be checked"),
    ),
    Defect.UNBOUNDED: Rule(
        source="INCOSE R9, ISO 29148 5.2.7",
        why=say("nobody can tell when it is complete"),
        question=say("“{span}”: what belongs to it, to the last one?"),
        gap=say("<the complete list>"),
        advice=say("list all of them, or name the document that does"),
    ),
    Defect.NO_ACTOR: Rule(
        source="INCOSE R2",
        why=say("nobody is named who does it"),
        question=say("“{span}”: by whom?"),
        gap=say("{span} by <role>"),
        advice=say("say who does it: <role> shall …"),
    ),
    Defect.COMPOUND: Rule(
        source="INCOSE R18, ISO 29148 5.2.5",
        why=say("one of its duties can hold while another fails"),
        question=say("Which requirements are these, one by one? “{span}”"),
        gap="",
        advice=say("write one sentence for each actor and duty"),
    ),
    Defect.NO_TRIGGER: Rule(
        source="EARS, event-driven",
        why=say("the moment or event is nowhere given"),
        question=say("“{span}”: when, or upon which event?"),
        gap="",
        advice=say("When <event>, the system shall …"),
    ),
    Defect.NO_FAILURE_CASE: Rule(
        source="EARS, unwanted behaviour",
        why=say("it can fail, and nothing says what then"),
        question=say("“{span}”: what happens when it fails, and who is told?"),
        gap="",
        advice=say("add: If <it fails>, then the system shall …"),
    ),
    Defect.PLACEHOLDER: Rule(
        source="ISO 29148 5.2.5",
        why=say("the decision is missing"),
        question=say("“{span}”: what is the decision?"),
        gap=say("<the decision>"),
        advice=say("write the decision down"),
    ),
    Defect.DUPLICATE: Rule(
        source="INCOSE R30, ISO 29148 5.2.6",
        why=say("the same is said twice, and one of them will be changed alone"),
        question=say("Is it the same as “{other}”? Which one stays?"),
        gap="",
        advice=say("keep one of the two"),
    ),
    Defect.CONTRADICTION: Rule(
        source="ISO 29148 5.2.6",
        why=say("both can't hold"),
        question=say("It contradicts “{other}”. Which one holds?"),
        gap="",
        advice=say("keep the one that holds, and strike out the other"),
    ),
}
SPEED = ("fast", "quick", "slow", "snappy", "responsive", "smooth", "快", "流畅", "卡", "慢", "迅速", "时延", "响应")


def question(sentence: Sentence, found: Found) -> str:
    """What a person has to answer before the sentence can be built."""
    if found.defect is Defect.UNMEASURABLE and any(word in found.span.lower() for word in SPEED):
        return say("“{span}”: how many milliseconds, for what share of requests, at which load?", span=found.span)
    if found.defect is Defect.VAGUE and sentence.kind is not Kind.QUALITY and _is_time(found.span):
        return say("“{span}”: within which time, counted from which event?", span=found.span)
    return told(RULES[found.defect].question).format(span=found.span, other=found.other)


def _is_time(span: str) -> bool:
    words = (
        "soon",
        "prompt",
        "quick",
        "time",
        "early",
        "late",
        "advance",
        "regular",
        "period",
        "delay",
        "快",
        "及时",
        "定期",
        "早",
        "提前",
        "时",
    )
    return any(word in span.lower() for word in words)


def reworded(sentence: Sentence, found: Found) -> str:
    """The sentence with a gap where the words were, for who reads now; where that is no sentence, what to do."""
    rule, said = RULES[found.defect], sentence.unit.said
    if found.defect is Defect.ESCAPE:
        left = " ".join(said.replace(found.span, "", 1).split())
        left = re.sub(r"[\s,，]+(?=[.;!?。；])|\s+(?=,)", "", left).replace(",,", ",").lstrip(",，;；| ") or said
        return left[:1].upper() + left[1:]
    if rule.gap and found.span in said:
        return said.replace(found.span, told(rule.gap).format(span=found.span), 1)
    return rule.advice
