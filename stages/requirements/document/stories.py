"""What does a user story ask for, said as a rule? "As a guest, I want it to be free" is "it shall be free"."""

import re

from runner.said import say
from stages.requirements.document.lists import either
from stages.requirements.document.patterns import Pattern

STORY = Pattern(
    r"^as (?:an?|the|our) (?P<who>[\w -]{2,40}?),? (?:i|we)(?:'d|’d)? (?:want|wish|would like|like|need|expect|"
    r"would love|love|"
    r"can|must|should|may|have|hope|am able)\b(?: to be able)? ?(?P<to>to )?(?P<rest>.+)$",
    re.IGNORECASE,
)
PURPOSE = Pattern(r",? (?:so that|so (?=i |we )|in order (?:to|that)|because) .*$", re.IGNORECASE)
HAN_STORY = Pattern(
    r"^作为(?:一?[名个位])?(?P<who>[^，,]{1,12})[，,]\s*我?们?(?:希望|期望|想要?|需要|要|可以|能够?)(?P<rest>.+)$"
)
HAN_PURPOSE = Pattern(r"[，,](?:以便|这样|从而|好让?|为了|以免|免得).*$")
WHOSE = Pattern(
    lambda: (
        rf"^(?:{either('chinese', 'standing')})?"
        rf"{either('chinese', 'persons', 'sorted', 'system', 'quality_subject')}(?!的)|"
        r"^[^，。]{1,6}(?:能被|被|可以|应|要|得|别|不要|能)"
    )
)


def as_a_rule(said: str) -> str:
    """The sentence itself where it is no user story."""
    if story := STORY.match(said):
        rest = PURPOSE.sub("", story["rest"])
        if story["to"]:
            return say("The {story} shall {rest}", story=story["who"], rest=rest)
        return re.sub(r" to (?=[a-z])", " shall ", rest, count=1)
    if story := HAN_STORY.match(said):
        rest = HAN_PURPOSE.sub("。", story["rest"])
        return rest if WHOSE.match(rest) else say("{story}{rest}", story=story["who"], rest=rest)
    return said
