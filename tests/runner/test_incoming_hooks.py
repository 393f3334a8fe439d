"""Is a webhook that strangers may call told from one that looks at signatures, in its code and when it is asked?"""

import ast
import shutil
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.engine import Shelf
from runner.evidence.access.incoming_hooks import Hook, IncomingHooks
from runner.evidence.code.code_names import Code, Module
from runner.evidence.code.hook_code import HookCode, hook_code, variables
from runner.live.workshop import Workshop
from tests.hollows.test_services import SAMPLE

PAYMENTS = Path(__file__).parents[1] / "services" / "payments"


def read(text: str, dependencies: tuple[str, ...] = ()) -> HookCode:
    return hook_code(Code(modules=(Module("app", "app.py", ast.parse(text)),)), "app", "hook", dependencies)


WITH = "import hmac, stripe\nfrom svix.webhooks import Webhook\n"


@pytest.mark.parametrize(
    "text",
    [
        "async def hook(r):\n    if not hmac.compare_digest(a, b): raise X",
        "async def hook(r):\n    event = stripe.Webhook.construct_event(await r.body(), r.headers['Sig-X'], key)",
        "def hook(r):\n    Webhook(key).verify(r.body, r.headers)",
        "def right(a, b):\n    return hmac.compare_digest(a, b)\ndef hook(r):\n    if not right(a, b): raise X",
        "class A:\n  def hook(self, r):\n    self.look(r)\n  def look(self, r):\n    assert hmac.compare_digest(a, b)",
    ],
)
def test_a_signature_that_is_looked_at_is_found(text: str) -> None:
    found = read(WITH + text)
    assert (len(found.checks), found.slow, found.dropped) == (1, (), ())


def test_a_dependency_looks_at_it_for_its_route() -> None:
    text = f"{WITH}class Signed:\n  def __call__(self, r):\n    assert hmac.compare_digest(a, b)\ndef hook(r): ..."
    assert len(read(text, ("app.Signed",)).checks) == 1
    assert read(text).checks == ()


@pytest.mark.parametrize(
    "text",
    [
        "def hook(r):\n    if hmac.new(k, b).hexdigest() != sent: raise X",
        "def hook(r):\n    made = hmac.new(k, b).hexdigest()\n    if sent == made: return",
        "def hook(signature):\n    if signature != expected(): raise X",
        "def hook(token):\n    if token != settings.webhook_secret: raise X",
        "def hook(token):\n    if token != settings.webhook_secret.get_secret_value(): raise X",
        "def right(a):\n    return a == hmac.new(k, b).hexdigest()\ndef hook(r):\n    if not right(r): raise X",
        "def made(b):\n    return hmac.new(k, b).hexdigest()\ndef hook(r):\n    if r.sent != made(r.body): raise X",
        "def hook(r):\n    if r.headers.get('X-Signature') != word(): raise X",
    ],
)
def test_a_comparison_letter_by_letter_is_found(text: str) -> None:
    assert len(read(WITH + text).slow) == 1


@pytest.mark.parametrize(
    "text",
    [
        "def hook(r):\n    if r.event == 'paid' and kind != other: return",
        "def hook(signature):\n    if len(signature) != len(made): raise X",
        "def hook(signature):\n    if signature == '' or signature == None: raise X",
        "def hook(r):\n    stripe.Webhook.construct_event(r)",
    ],
)
def test_other_comparisons_are_left_alone(text: str) -> None:
    found = read(WITH + text)
    assert (found.slow, found.dropped) == ((), ())


@pytest.mark.parametrize(
    "text",
    [
        "def hook(r):\n    hmac.compare_digest(a, b)",
        "def right(a):\n    return hmac.compare_digest(a, b)\ndef hook(r):\n    right(r)",
        "async def right(a):\n    return a == hmac.new(k, b).hexdigest()\nasync def hook(r):\n    await right(r)",
    ],
)
def test_an_answer_that_nobody_looks_at_is_found(text: str) -> None:
    assert len(read(WITH + text).dropped) == 1


def test_what_a_call_brings_and_what_it_is_signed_with_is_read() -> None:
    text = "def hook(r, x_hub_signature: str = Header()):\n    a(r.headers.get('X-Time'), settings.hook_secret, 'sha1')"
    found = read(text)
    assert (found.headers, found.secrets, found.algorithms) == (
        ("x-hub-signature", "X-Time"),
        ("hook_secret",),
        ("sha1",),
    )
    code = Code(modules=(Module("a", "a.py", ast.parse("Config(env_prefix='PAY_')")),))
    assert variables(code, ["hook_secret"]) == {"HOOK_SECRET", "PAY_HOOK_SECRET"}


@pytest.mark.slow
def test_running_webhooks_are_told_apart(tmp_path: Path, workshop: Workshop) -> None:
    root = tmp_path / "payments"
    shutil.copytree(PAYMENTS, root, ignore=shutil.ignore_patterns("__pycache__", ".gonogo"))
    (root / ".venv").symlink_to(SAMPLE / ".venv")
    seen = Shelf(find_target(root), workshop).need(IncomingHooks)
    assert isinstance(seen, IncomingHooks)
    hooks: dict[str, Hook] = {hook.endpoint.rpartition("/")[2]: hook for hook in seen.hooks}
    healthy = [hooks[name] for name in ("dated", "plain", "shared")]
    assert [(one.unsigned, one.forged, one.signed, one.again) for one in healthy] == [(401, 401, 200, 200)] * 3
    assert all(one.refuses and one.code.checks and one.replays_known and not one.twice for one in healthy)
    assert hooks["open"].unsigned == 200
    assert (hooks["present"].unsigned, hooks["present"].forged) == (401, 200)
    assert (hooks["twice"].signed, hooks["twice"].again, hooks["twice"].twice) == (200, 200, ("credits",))
    assert [spot.path for spot in hooks["slow"].code.slow] == ["app/main.py"]
    assert [name for name, one in hooks.items() if one.open] == ["open", "present"]
