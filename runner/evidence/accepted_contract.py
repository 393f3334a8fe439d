"""The contract that the team agreed on: the committed OpenAPI file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import yaml

from runner.errors import ProbeError
from runner.evidence.contract import Contract
from runner.model import Evidence
from runner.probe import TargetProbe


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedContract(Evidence):
    """The accepted contract."""

    path: str | None  # None: the team has accepted none
    document: Mapping[str, Any]

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        path = probe.target.contract
        if path is None or not probe.inside(path).is_file():
            return cls(path=None, document={})
        text = probe.read(path, what="accepted contract")
        try:
            loaded = json.loads(text) if path.endswith(".json") else yaml.safe_load(text)
        except (json.JSONDecodeError, yaml.YAMLError) as error:
            raise ProbeError(f"{path} can't be read: {error}. Write it anew from the app") from error
        if not isinstance(loaded, Mapping) or "paths" not in loaded:
            raise ProbeError(f"{path} is no OpenAPI contract: it has no `paths`")
        return cls(path=path, document=loaded)

    @property
    def contract(self) -> Contract:
        return Contract(document=self.document)
