"""A message is an English text like any other, and knows how it was made: through records, JSON and other languages."""

import copy
import json
import pickle
from dataclasses import asdict, dataclass

import pytest

from runner.errors import NotThere, ProbeError
from runner.kept import table_of, with_table
from runner.model import Outcome, Share, every, failed, in_file, passed, share, weighed
from runner.said import (
    CHINESE,
    ENGLISH,
    Said,
    as_told,
    counted,
    from_told,
    language_of,
    say,
    speaking,
    tell,
    together,
    told,
)
from runner.words import listed, plural
from workflow.called import Called


def again(text: str) -> object:
    return from_told(json.loads(json.dumps(as_told(text))))


def test_a_message_is_its_english_text() -> None:
    said = say("{bare} of {keys} have no index: {which}", bare=2, keys=9, which=listed(["a.b", "c.d"]))
    assert said == "2 of 9 have no index: a.b, c.d"
    assert isinstance(said, Said)
    assert said.args["bare"] == 2
    assert json.dumps({"message": said}) == '{"message": "2 of 9 have no index: a.b, c.d"}'


def test_braces_are_doubled_only_where_there_are_arguments() -> None:
    assert say("give it {database_url}") == "give it {database_url}"
    assert say("give {name} its {{database_url}}", name="it") == "give it its {database_url}"
    assert say("{what} is shown as it is", what="{x}") == "{x} is shown as it is"
    assert plural(2, "field of {x}") == "2 fields of {x}"


def test_pieces_keep_what_they_are() -> None:
    whole = say("{n} left", n=1) + "; " + plural(3, "table")
    assert whole == "1 left; 3 tables"
    assert isinstance(whole, Said)
    assert again(whole) == whole
    assert isinstance("so: " + whole, Said)
    assert isinstance(together([say("{n} left", n=1), "b"], "; "), Said)
    assert listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"


@pytest.mark.parametrize(
    "said", [say("{n} left", n=1), plural(2, "query"), listed("abcde"), together([plural(1, "x"), "y"])]
)
def test_it_comes_back_from_json_as_it_was(said: str) -> None:
    back = again(said)
    assert isinstance(back, Said)
    assert back == said
    assert as_told(back) == as_told(said)


def test_it_lives_through_exceptions_copies_and_records() -> None:
    said = say("{n} left", n=1)
    assert isinstance(str(ProbeError(said)), Said)
    assert isinstance(str(NotThere(said)), Said)
    assert isinstance(copy.deepcopy(said), Said)
    assert isinstance(pickle.loads(pickle.dumps(said)), Said)
    assert isinstance(asdict(failed(said))["message"], Said)
    assert isinstance(f"{said}", Said)


def test_what_is_weighed_keeps_its_message() -> None:
    half = weighed(passed(say("{n} looked at", n=3), share(3, 4, "table")))
    assert half.message == "3 looked at (3 of 4 tables judged)"
    assert isinstance(half.message, Said)
    thin = weighed(passed("so", share(1, 4, "table")))
    assert thin.outcome is Outcome.UNKNOWN
    assert thin.message == "too little was judged: 1 of 4 tables. Of these: so"
    assert isinstance(thin.message, Said)
    assert str(every(1, "query")) == "1 of 1 query"


@dataclass(frozen=True, slots=True)
class Step:
    problem: str
    seen: tuple[str, ...] = ()


def test_a_table_beside_a_record_gives_its_messages_back() -> None:
    step = Step(say("{n} left", n=1), (plural(2, "table"), "plain"))
    table = json.loads(json.dumps(table_of(step)))
    bare = Step("1 left", ("2 tables", "plain"))
    back = with_table(bare, table)
    assert back == bare
    assert isinstance(back.problem, Said)
    assert isinstance(back.seen[0], Said)
    assert type(back.seen[1]) is str
    assert with_table(bare, {}) is bare


@pytest.mark.parametrize(
    "lie",
    [
        {"1 left": {"say": "nothing is left", "args": {}}},
        {"1 left": {"say": "{n} left", "args": {}}},
        {"1 left": {"say": "{n.__class__} left", "args": {"n": 1}}},
        {"1 left": ["say"]},
        {"1 left": None},
    ],
)
def test_a_table_that_says_something_else_is_not_believed(lie: dict[str, object]) -> None:
    back = with_table(Step("1 left"), lie)
    assert type(back.problem) is str


def test_secrets_are_blanked_inside_of_a_message() -> None:
    said = say(
        "{url} answers {status}: {why}", url="http://a:geheim@b", status=500, why=say("no {what}", what="geheim")
    )
    assert isinstance(said, Said)
    clear = said.with_each(lambda text: text.replace("geheim", "…"))
    assert clear == "http://a:…@b answers 500: no …"
    assert isinstance(clear, Said)
    assert "geheim" not in json.dumps(as_told(clear))


def test_a_secret_across_two_arguments_leaves_a_plain_text() -> None:
    said = say("{a}{b} is said", a="ge", b="heim")
    assert isinstance(said, Said)
    clear = said.with_each(lambda text: text.replace("geheim", "…"))
    assert clear == "… is said"
    assert type(clear) is str


def test_a_reader_of_chinese_gets_chinese() -> None:
    assert told(plural(3, "table"), CHINESE) == "3 张表"
    assert told(share(2, 3, "table").__str__(), CHINESE) == "2/3 张表"
    assert told(listed(["a", "b", "c", "d"]), CHINESE) == "a、b、c 等，另有 1 项"
    with speaking(CHINESE):
        assert tell("too little was judged") == "判定的样本太少"
        assert tell("{why}: {share}. Of these: {message}", why=say("there was nothing to judge"), share=1, message="x")
    assert tell("too little was judged") == "too little was judged"


def test_what_nobody_has_translated_reads_in_english() -> None:
    assert told(say("{n} zorks are left", n=3), CHINESE) == "3 zorks are left"
    assert told(counted("{number} zork", "{number} zorks", 3), CHINESE) == "3 zorks"
    assert told("", CHINESE) == ""
    assert told("plain", CHINESE) == "plain"


def test_our_commands_are_typed_as_the_reader_types_them_in_each_language() -> None:
    said = Called(word="./inv").text(say("{n} left: invoke show 7", n=plural(2, "table")))
    assert said == "2 tables left: ./inv show 7"
    assert told(said, CHINESE).endswith("./inv show 7")
    assert told(said, ENGLISH) == "2 tables left: ./inv show 7"


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        *((tag, CHINESE) for tag in ("zh_CN.UTF-8", "zh-Hans", "zh", "ZH-cn")),
        *((tag, ENGLISH) for tag in ("C", "", "de_DE", "POSIX", "en-GB")),
    ],
)
def test_the_language_of_a_locale(tag: str, language: str) -> None:
    assert language_of(tag) == language


def test_a_share_says_its_share() -> None:
    assert isinstance(str(Share(2, 3, "table")), Said)


def test_places_keep_notes() -> None:
    assert isinstance(in_file("a.py", note=say("{n} left", n=1)).as_json()["note"], Said)
