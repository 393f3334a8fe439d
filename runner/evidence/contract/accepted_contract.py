"""The contract that the team agreed on: the committed OpenAPI file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from runner.discovery.source import committed, is_ignored
from runner.errors import ProbeError
from runner.evidence.contract.contract import Contract
from runner.model import Evidence
from runner.probe import Probe
from runner.reading.documents import CONTRACTS, NotReadable, json_in, read_document, yaml_in
from runner.said import say


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedContract(Evidence):
    """The accepted contract."""

    path: str | None  # None: the team has accepted none
    document: Mapping[str, Any]
    ignored: bool = False  # by git: it is committed nowhere
    committed: Mapping[str, Any] | None = None  # as the last commit has it; None: no commit has it

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        path = probe.target.contract
        if path is None or not probe.inside(path).is_file():
            return cls(path=None, document={})
        try:
            loaded = _loaded(path, read_document(probe.inside(path), CONTRACTS))
        except NotReadable as error:
            raise ProbeError(
                say("{path} can't be read: {error}. Mend it, or write it anew from the app", path=path, error=error)
            ) from error
        if not isinstance(loaded, Mapping) or not isinstance(loaded.get("paths"), Mapping):
            raise ProbeError(
                say("{path} is no OpenAPI contract: it has no `paths`. Write it anew from the app", path=path)
            )
        try:
            Contract(document=loaded)
        except (AttributeError, TypeError, ValueError) as error:
            raise ProbeError(
                say("{path} is no OpenAPI contract ({error}). Write it anew from the app", path=path, error=error)
            ) from error
        ignored = is_ignored(probe.root, path)
        return cls(path=path, document=loaded, ignored=ignored, committed=_committed(probe, path))

    @property
    def contract(self) -> Contract:
        return Contract(document=self.document)

    @property
    def promised(self) -> Contract:
        """What clients were told: the committed one. What is only written down has been promised to nobody."""
        return self.contract if self.committed is None else Contract(document=self.committed)


def _loaded(path: str, text: str) -> Any:
    return json_in(text, CONTRACTS) if path.endswith(".json") else yaml_in(text, CONTRACTS).value


def _committed(probe: Probe, path: str) -> Mapping[str, Any] | None:
    text = committed(probe.root, path)
    if text is None:
        return None
    try:
        loaded = _loaded(path, text)
        Contract(document=loaded)
    except (NotReadable, AttributeError, TypeError, ValueError):
        return None
    return loaded if isinstance(loaded.get("paths"), Mapping) else None
