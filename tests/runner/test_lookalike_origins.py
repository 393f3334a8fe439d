"""Which origins of strangers look like permitted ones?"""

import ast

import pytest

from runner.evidence.access.lookalike_origins import lookalikes
from runner.evidence.code.code_names import Code, Module


def looks(source: str) -> tuple[str, ...]:
    return lookalikes(Code(modules=(Module(name="app.main", path="app/main.py", tree=ast.parse(source)),)))


@pytest.mark.parametrize(
    "source",
    [
        'app.add_middleware(CORSMiddleware, allow_origin_regex=r"https?://.*shop\\.example")',
        'END = "shop.example"\ndef allowed(origin: str) -> bool:\n    return origin.endswith(END)',
        'class Settings:\n    cors_origins: list[str] = ["https://shop.example"]',
    ],
)
def test_a_domain_beside_the_word_origin_gets_neighbours(source: str) -> None:
    assert {"https://gonogoshop.example", "https://shop.example.gonogo.example"} <= set(looks(source))


def test_a_bare_dot_may_be_any_letter_and_localhost_may_go_on() -> None:
    assert "https://appxshop.example" in looks('origin_rule = r"https://app.shop\\.example"')
    assert looks('origin_rule = "http://localhost.*"') == ("http://localhost.gonogo.example",)


def test_a_message_of_asgi_is_no_domain() -> None:
    assert looks('if origin and message["type"] == "http.response.start":\n    pass') == ()


def test_what_does_not_speak_of_origins_is_left_alone() -> None:
    assert looks('mail = "post@shop.example"\nlink = "https://shop.example/a"') == ()
