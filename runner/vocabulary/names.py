"""Which words is a name made of, however it is spelled?"""

import re

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_a-zA-Z]+")
# Written as one word: `apikey`, `passwordhash`. A word is taken apart where nothing else is left of it.
PARTS = (
    r"password|passwd|passphrase|pw|secret|token|api|key|private|public|hashed|hash|encrypted|plain"
    r"|access|refresh|auth|jwt|client|reset|forgot|recover"
)
WHOLE = re.compile(rf"(?:{PARTS})+")
PART = re.compile(PARTS)


def words_of(name: str) -> tuple[str, ...]:
    """`accessToken`, `ACCESS_TOKEN`, `access-token`, `accesstoken2`: access, token. Small, without digits."""
    words = (word.lower() for word in WORD.findall(name))
    return tuple(part for word in words for part in (PART.findall(word) if WHOLE.fullmatch(word) else [word]))


def joined(name: str) -> str:
    """`page_size` of `pageSize`, `PAGE-SIZE` and `page[size]`: one spelling of a name, to compare it."""
    return "_".join(words_of(name))


def set_of(*lines: str) -> frozenset[str]:
    """Words that are separated by spaces."""
    return frozenset(word for line in lines for word in line.split())
