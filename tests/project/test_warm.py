"""Is a forked gonogo a process of its own: words, folder, environment, exit code, nothing left for the next?"""

import os
from pathlib import Path

from tests.warm import warm
from tests.workflow.tiny import environment, tiny_service


def test_each_call_is_its_own(tmp_path: Path) -> None:
    service = tiny_service(tmp_path / "service")
    (tmp_path / "empty").mkdir()
    code, out, err = warm().run("stage.requirements", "--only", "RQ001", cwd=service, env=environment(COLUMNS="90"))
    assert (code, err) == (1, "")
    assert "RQ001" in out
    code, out, err = warm().run("status", cwd=tmp_path / "empty", env=environment())
    assert code == 2
    assert "No service in" in out + err
    assert str(service) not in out + err
    code, out, err = warm().run("stage.databse", cwd=service, env=environment())
    assert (code, out) == (2, "")
    assert "Did you mean" in err
    assert "COLUMNS" not in os.environ or os.environ["COLUMNS"] != "90"
