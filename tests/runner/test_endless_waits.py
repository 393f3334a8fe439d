"""Is a call that may wait for ever told from one that has a limit, also where a helper makes it?"""

import ast

import pytest

from runner.evidence.code.code_names import Module
from runner.evidence.code.endless_waits import endless_waits, helpers_of, limits_all

IMPORTS = """\
import asyncio, requests, smtplib, urllib.request
from functools import partial
from urllib.request import urlopen as fetch
"""


def module(code: str, name: str = "app.calls") -> Module:
    return Module(name, f"{name.replace('.', '/')}.py", ast.parse(IMPORTS + code))


def waits(code: str) -> list[int]:
    read = module(code)
    return [one.line - IMPORTS.count("\n") for one in endless_waits(read, helpers_of(read))]


@pytest.mark.parametrize(
    "code",
    [
        "smtplib.SMTP(host, 25)",
        "fetch(url)",
        "fetch(url, None, None)",
        "requests.get(url, timeout=None)",
        "partial(smtplib.SMTP, host)",
        "mailbox: object = partial(smtplib.SMTP, host)",
        "asyncio.to_thread(requests.post, url)",
        "requests.Session().get(url)",
        "urllib.request.build_opener().open(url)",
        "getattr(requests, method)(url)",
    ],
)
def test_a_call_without_a_limit_is_found(code: str) -> None:
    assert waits(code) == [1]


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("call = requests.get\ncall(url)", 2),
        ("with requests.Session() as web:\n    web.get(url)", 2),
        (("class Mail:\n    def __init__(self):\n        self.web = requests.Session()\n    def go(self):\n"
         "        self.web.post(url)"), 5),
        ("def ask(url, limit=None):\n    return requests.get(url, timeout=limit)\nask(url)", 3),
        ("def ask(url, **words):\n    return fetch(url, **words)\nask(url, data=b'')", 3),
        ("def ask(url, *, timeout=None):\n    return fetch(url, timeout=timeout)\nask(url, timeout=None)", 3),
    ],
)  # fmt: skip
def test_a_call_without_a_limit_is_found_behind_another_name(code: str, line: int) -> None:
    assert waits(code) == [line]


@pytest.mark.parametrize(
    "code",
    [
        "smtplib.SMTP(host, 25, timeout=5)",
        "smtplib.SMTP(host, 25, None, 5)",
        "fetch(url, None, 5)",
        "asyncio.to_thread(requests.post, url, timeout=5)",
        "mailbox = partial(smtplib.SMTP, timeout=5)\nmailbox(host)",
        "mailbox = partial(smtplib.SMTP, host)\nmailbox(timeout=5)",
        "def ask(url, limit=None):\n    return requests.get(url, timeout=limit)\nask(url, 5)",
        "def ask(url, **words):\n    return fetch(url, **words)\nask(url, timeout=5)",
        "def ask(url, limit=5):\n    return requests.get(url, timeout=limit)\nask(url)",
        "web = requests.Session()\nweb.mount('https://', Patient(5))\nweb.get(url)",
        "web = urllib3.PoolManager(timeout=5)\nweb.request('GET', url)",
        "requests.get(url, **limits)",
        "words.get(url)\nself.get(url)\nopener.open(url)\nSMTP(host)",
    ],
)
def test_a_call_with_a_limit_is_left_alone(code: str) -> None:
    assert waits(code) == []


def test_a_helper_of_another_module_is_judged_where_it_is_called() -> None:
    helper = module("def ask(url, limit=None):\n    return requests.get(url, timeout=limit)\n")
    helpers = helpers_of(helper)
    caller = module("from app.calls import ask\nask(url)\nask(url, limit=3)\nask(url, 3)\n", "app.posts")
    assert not list(endless_waits(helper, helpers))
    assert [one.line - IMPORTS.count("\n") for one in endless_waits(caller, helpers)] == [2]
    assert not list(endless_waits(module("def go(ask):\n    ask(url)\n", "app.other"), helpers))


def test_a_limit_for_every_socket_is_known() -> None:
    assert limits_all(module("import socket\nsocket.setdefaulttimeout(5)\n"))
    assert not limits_all(module("requests.get(url)\n"))
