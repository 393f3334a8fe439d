"""In which language is a text, as far as the rules must know: English, Chinese, or one that none of them reads?"""

import re
from enum import StrEnum
from functools import lru_cache

from runner.specification import Specification

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# Letters of scripts that neither English nor Chinese is written in: Greek to Thai, kana, Hangul.
STRANGE = re.compile(r"[\u0370-\u0e7f\u10a0-\u11ff\u3040-\u30ff\uac00-\ud7af]")
ENGLISH = frozenset(
    (
        *("the", "a", "an", "of", "to", "and", "or", "is", "are", "be", "in", "for", "with", "by", "on", "at", "it"),
        *("its", "when", "if", "while", "shall", "then", "not", "every", "only", "within", "that", "who", "as", "from"),
    )
)
# Words of German, French, Spanish, Italian, Portuguese and Dutch that carry a sentence and are no English words.
OTHERS = frozenset(
    (
        *("der", "das", "und", "ist", "nicht", "wird", "werden", "muss", "soll", "ein", "eine", "einen", "wenn", "mit"),
        *("dem", "den", "dann", "kann", "für", "von", "zu", "le", "la", "les", "des", "est", "une", "et", "doit"),
        *("lorsque", "quand", "dans", "pour", "que", "el", "los", "las", "del", "una", "cuando", "debe", "por", "se"),
        *("il", "lo", "gli", "che", "quando", "deve", "uma", "os", "het", "een", "van", "wanneer", "moet", "wordt"),
    )
)
STRANGE_SHARE = 0.2


class Language(StrEnum):
    ENGLISH = "English"
    CHINESE = "Chinese"
    OTHER = "another language"


@lru_cache(maxsize=4096)
def language(text: str) -> Language:
    """By its script, and where that is Latin by the small words that carry a sentence."""
    letters = re.findall(r"[^\W\d_]", text)
    if len(STRANGE.findall(text)) > STRANGE_SHARE * len(letters):
        return Language.OTHER
    words = [word.lower() for word in re.findall(r"[A-Za-zÀ-ÿ]+", text)]
    if len(han(text)) > len(words):
        return Language.CHINESE
    foreign, english = sum(word in OTHERS for word in words), sum(word in ENGLISH for word in words)
    return Language.OTHER if foreign > max(english, 1) else Language.ENGLISH


def mostly_chinese(content: Specification) -> bool:
    """Is most of what people wrote in a specification Chinese?"""
    told = [content.service.summary, *(role.description for role in content.roles)]
    told += [one.description for one in content.resources]
    told += [one.text for one in content.requirements] + [one.text for one in content.constraints]
    read = [language(text) for text in told if text]
    return read.count(Language.CHINESE) * 2 > len(read)


def han(text: str) -> list[str]:
    return re.findall(f"[{HAN}]", text)


def words_in(text: str) -> float:
    """How many words a text has: a Chinese word, which no space ends, has two characters on average."""
    return len(han(text)) / 2 + len(re.findall(r"\w+", re.sub(f"[{HAN}]+", " ", text)))
