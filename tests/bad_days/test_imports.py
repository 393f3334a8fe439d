"""The service has no app, or an app that does not let itself be imported: is the reason said, and everything ended?"""

from pathlib import Path

import pytest

from runner.discovery.target import Target
from runner.errors import ProbeError
from runner.live.workshop import Workshop
from runner.model import Outcome
from runner.probe import Probe
from tests.bad_days.days import APP, PYTHON, SETTINGS, Place, assert_a_good_end
from tests.runner.test_leash import processes_with

ASKED = ("stage.design", "--only", "DS003,DS012")


def test_a_folder_without_an_app_says_how_to_name_one(place: Place) -> None:
    place.write({"gonogo.toml": f'[service]\npython = "{PYTHON}"\n', "tools.py": "ANSWER = 42\n"})
    day = place.gonogo(*ASKED)
    assert_a_good_end(place, day)
    assert place.finding("DS003").outcome is Outcome.UNKNOWN
    assert 'no FastAPI app found: name it in gonogo.toml, [service] app = "module:attribute"' in day.out


def test_a_folder_without_a_service_is_refused_and_stays_untouched(place: Place) -> None:
    place.write({"tools.py": "ANSWER = 42\n"})
    day = place.gonogo(*ASKED)
    assert day.code == 2
    assert "and no FastAPI app found. gonogo proves services made with FastAPI. Name the folder of one" in day.err
    assert [path.name for path in place.root.iterdir()] == ["tools.py"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise RuntimeError('no licence')\n", "importing main:app failed: RuntimeError: no licence (main.py:1)"),
        ("import os\nos._exit(7)\n", "(fastapi_app main:app) failed: exit code 7, it said nothing"),
        ("import os\nos.kill(os.getpid(), 11)\n", "(fastapi_app main:app) failed: killed by SIGSEGV"),
        ("import os\nos._exit(0)\n", "does the service's code end the process (sys.exit, os._exit)"),
        ("app = 1\n", "importing main:app failed: TypeError: int is no FastAPI app"),
    ],
    ids=["raises", "exits", "crashes", "exits-quietly", "is-no-app"],
)
def test_an_app_that_cannot_be_imported_is_unknown_with_the_reason(code: str, said: str, place: Place) -> None:
    place.write({"gonogo.toml": SETTINGS, "main.py": code})
    assert_a_good_end(place, place.gonogo(*ASKED))
    for check in ("DS003", "DS012"):
        assert place.finding(check).outcome is Outcome.UNKNOWN
        assert said in place.finding(check).message


def test_what_an_app_prints_is_not_its_answer(place: Place) -> None:
    noise = "import sys\nfor _ in range(999):\n    print('{\"problem\": 1}')\nsys.stdout.buffer.write(b'\\xff\\xfe')\n"
    place.write({"gonogo.toml": SETTINGS, "main.py": noise + APP})
    day = place.gonogo(*ASKED)
    assert_a_good_end(place, day, code=0)
    assert place.finding("DS003").outcome is Outcome.PASSED


def test_a_child_that_outlives_the_import_is_ended(place: Place) -> None:
    linger = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\n"
    place.write({"gonogo.toml": SETTINGS, "main.py": linger + APP})
    assert_a_good_end(place, place.gonogo(*ASKED), code=0)


def test_an_import_that_hangs_is_ended_and_the_line_is_named(place: Place) -> None:
    place.write({"gonogo.toml": SETTINGS, "main.py": f"import time\n\ntime.sleep(600)\n{APP}"})
    with Workshop() as workshop:
        target = Target(root=place.root.resolve(), python=PYTHON)
        probe = Probe(target, workshop)
        with pytest.raises(ProbeError) as caught:
            probe.ask("fastapi_app", "main:app", timeout=8)
        run_folder = workshop.run_folder
        assert not processes_with(str(run_folder))
    assert str(caught.value) == (
        "asking the service's interpreter (fastapi_app main:app) did not end within 8 s. It hung at main.py:3"
    )
    assert not Path(run_folder).exists()
