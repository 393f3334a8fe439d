"""Which words of a command start a server?"""

import pytest

from runner.vocabulary.servers import A_SERVER, is_server


@pytest.mark.parametrize("word", ["uvicorn", "/opt/venv/bin/gunicorn", "fastapi", "granian", "hypercorn", "daphne"])
def test_a_server_by_its_name_or_path(word: str) -> None:
    assert is_server(word)
    assert A_SERVER.search(f"exec {word} app.main:app --port 80")


@pytest.mark.parametrize("word", ["python", "uvicorn.log", "./uvicorn/start", "myuvicorn", "gunicorn_conf", ""])
def test_what_is_only_called_alike(word: str) -> None:
    assert not is_server(word)
