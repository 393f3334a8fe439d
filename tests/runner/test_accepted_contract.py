"""What clients were promised is the committed contract, and not one that was written anew beside the code."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.discovery.config import Config
from runner.discovery.target import Target
from runner.evidence.contract.accepted_contract import AcceptedContract
from runner.live.workshop import Workshop
from runner.probe import Probe


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    with Workshop() as shared:
        yield shared


def written(root: Path, *paths: str) -> None:
    document = {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {path: {} for path in paths}}
    (root / "openapi.json").write_text(json.dumps(document), encoding="utf-8")


def git(root: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)


def test_the_committed_contract_is_the_promised_one(tmp_path: Path, workshop: Workshop) -> None:
    service = tmp_path / "shop"
    service.mkdir()
    probe = Probe(Target(root=service, python=Path("/usr/bin/python3"), config=Config()), workshop)
    written(service, "/old")
    assert set(AcceptedContract.collect(probe).promised.document["paths"]) == {"/old"}
    git(tmp_path, "init", "-q")
    assert AcceptedContract.collect(probe).committed is None
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "x")
    written(service, "/new")
    found = AcceptedContract.collect(probe)
    assert set(found.promised.document["paths"]) == {"/old"}
    assert set(found.contract.document["paths"]) == {"/new"}
    (service / "openapi.json").write_text("{}", encoding="utf-8")
    git(tmp_path, "commit", "-qam", "y")
    written(service, "/new")
    assert set(AcceptedContract.collect(probe).promised.document["paths"]) == {"/new"}
