"""Can a test decide a criterion? The one answer for the checks, for the form, and for a draft."""

import re

from runner.said import say
from stages.requirements import chinese
from stages.requirements.languages import words_in
from stages.requirements.wording import is_chinese, is_read

CONDITION_IN_CRITERION = re.compile(
    r"\b(?:given|when(?:ever)?|if|after|before|while|once|with(?:out)?|by|for|from|under|during|until|unless)\b|"
    r"\b(?:GET|POST|PUT|PATCH|DELETE)\b|^(?:an?|the|every|each|any|two|no)\b.*\b(?:is|are|gets?|shows?)\b",
    re.IGNORECASE,
)
OUTCOME = re.compile(
    r"\bthen\b|\b[1-5]\d\d\b|\d|[“\"`']|\b(?:answer|return|respon|repl|refus|reject|accept|contain|include|equal|show|list|"
    r"stay|remain|store|written|write|sent|send|create|delete|remove|gone|keep|kept|carr|appear|see|count|hash|find|found|"
    r"change|get|has|have|is|are|can(?:not)?|no longer|nothing|exactly|only|same|still|never)\w*\b",
    re.IGNORECASE,
)
IT_WORKS = re.compile(
    r"\b(?:it|everything|all|this|that|(?:the )?(?:service|system|feature|function(?:ality)?|app|application|endpoint|"
    r"api))\s+(?:still\s+)?(?:works?|functions|behaves)\b",
    re.IGNORECASE,
)
SHORTEST = 4  # words; a Chinese one has two characters
# How a criterion begins, in a document as in a specification.
CRITERION = re.compile(
    r"(?:given\b.*\bthen\b|(?:给定|假设|假定|已知).*(?:则|那么|应|得到|返回|显示))", re.IGNORECASE | re.DOTALL
)


def is_criterion(text: str) -> bool:
    return CRITERION.match(text.strip()) is not None


def untestable(text: str, requirement: str = "") -> str:
    """Why no test can decide a criterion; empty where one can."""
    words = text.split()
    if " ".join(words).casefold() == " ".join(requirement.split()).casefold():
        return say("repeats the requirement; say what a test does and sees")
    if is_chinese(text):
        return chinese.empty_criterion(text, words_in(text), SHORTEST)
    return _in_english(text) if is_read(text) else ""


def _in_english(text: str) -> str:
    if len(text.split()) < SHORTEST:
        return say("“{text}” says neither what is done nor what is seen", text=text)
    if empty := IT_WORKS.search(text):
        return say("“{empty}” is no observation; say what is seen", empty=empty[0])
    if not CONDITION_IN_CRITERION.search(text):
        return say("does not say in which situation (given, when)")
    if not OUTCOME.search(text):
        return say("does not say what is then seen")
    return ""
