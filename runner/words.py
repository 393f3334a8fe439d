"""How is a number of things said?"""


def plural(number: int, word: str) -> str:
    """`1 table`, `3 tables`, `2 queries`, `2 statuses`."""
    if number == 1:
        return f"{number} {word}"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{number} {word[:-1]}ies"
    return f"{number} {word}{'es' if word.endswith(('s', 'x', 'ch', 'sh')) else 's'}"
