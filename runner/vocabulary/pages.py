"""Which parameters and fields are about the pages of a list: how large one is, where it begins, what is said of it?"""

import re

from runner.vocabulary.names import joined, set_of

SIZE = re.compile(
    r"limit|size|(?:page|batch|chunk|result|list)_?size|(?:[a-z]+_?)?per_?page|count|take|first|last|top|"
    r"max_?(?:results?|items?|rows?|count|entries)|page_?(?:limit|length)|(?:num|row|item|result|fetch)_?limit|"
    r"limit_?to|rows|num|n|num(?:ber)?_?(?:of_?)?(?:results|items|rows|entries)"
)
PLACE = re.compile(r"page|page_?number|offset|skip|start|from|since|next")
ABOUT = re.compile(
    r"total|total_?\w+|count|next\w*|prev\w*|page\w*|pages|size|limit|offset|skip|cursor|has_\w+|has(?:next|prev|more)\w*|links?|meta|"
    r"(?:\w+_)?per_?page|first|last|self|success|ok|code|message|msg|request_?id|trace_?id|timestamp|took\w*"
)
CURSORS = set_of("cursor after before continuation continue")
TOKENS = set_of("page next pagination continuation")  # … of which a token is a cursor
BEHIND = CURSORS | set_of("id key")  # ends of `after_id`, `cursor_key`


def is_page_size(name: str) -> bool:
    """Does a parameter say how many things a page holds? `limit`, `pageSize`, `page[size]`, `items_per_page`."""
    return SIZE.fullmatch(joined(name)) is not None


def is_cursor(name: str) -> bool:
    """Does a parameter say behind which row a page begins? `cursor`, `after_id`, `page_token`, `startingAfter`."""
    words = joined(name).split("_")
    if words[-1] == "token" and TOKENS & set(words):
        return True
    return bool(CURSORS & set(words)) and (len(words) == 1 or words[-1] in BEHIND)


def is_page_place(name: str) -> bool:
    """Does a parameter say where a page begins: by a cursor, or by a number of rows or of a page?"""
    return is_cursor(name) or PLACE.fullmatch(joined(name)) is not None


def is_about_page(name: str) -> bool:
    """Is a field beside a list about its page, or about the answer, and not one of the things? `total`, `hasNext`."""
    return ABOUT.fullmatch(joined(name)) is not None
