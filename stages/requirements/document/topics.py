"""Do two documents speak of the same product? Told by the words that each says more than once.

Availability, backups and how long records are kept stand in every document, in nearly the same words, with other
figures. Of another product they contradict nothing.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from math import sqrt

from stages.requirements.document.gists import Gist, gist
from stages.requirements.document.sentence import Kind, Sentence

# Of 484 pairs of documents of different products 99 % are below it; halves of one document are above it but for 2 %.
SAME_PRODUCT = 0.32
TOO_FEW = 12  # duties, below which nothing can be told
SAID_AGAIN = 2
NEARLY_ALL = 0.8  # of the words of two sentences


def of_other_products(one: Sequence[Sentence], other: Sequence[Sentence]) -> bool:
    """Both say enough to tell, and each speaks again and again of what the other does not."""
    first, second = ([s for s in sentences if s.obliges] for sentences in (one, other))
    if min(len(first), len(second)) < TOO_FEW:
        return False
    return _likeness(_said_again(first), _said_again(second)) < SAME_PRODUCT


def word_for_word(one: Sentence, other: Sentence) -> bool:
    """A rule in nearly the same words, which says nothing of how well a product works."""
    if Kind.QUALITY in {one.kind, other.kind}:
        return False
    first, second = _gist(one), _gist(other)
    return len(first.words & second.words) >= NEARLY_ALL * len(first.words | second.words)


def _gist(sentence: Sentence) -> Gist:
    return gist(sentence.unit.said, chinese=sentence.unit.chinese)


def _said_again(sentences: Sequence[Sentence]) -> dict[str, int]:
    """Word → in how many sentences, where there are several."""
    counted = Counter(word for one in sentences for word in set(_words(one)))
    return {word: often for word, often in counted.items() if often >= SAID_AGAIN}


def _words(sentence: Sentence) -> Iterator[str]:
    if not sentence.unit.chinese:
        yield from _gist(sentence).words
        return
    for run in re.findall(r"[\u4e00-\u9fff]+", sentence.unit.said):
        yield from (run[at : at + 2] for at in range(len(run) - 1))


def _likeness(one: dict[str, int], other: dict[str, int]) -> float:
    """The cosine of the two: 1 for the same words equally often, 0 for none in common."""
    both = sum(often * other.get(word, 0) for word, often in one.items())
    return both / (sqrt(sum(n * n for n in one.values()) * sum(n * n for n in other.values())) or 1)
