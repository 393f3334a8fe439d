"""How often each check was right, counted from what is kept beside the code: planted defects, lies, judgements."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from runner.reading.documents import read_document, toml_in
from runner.words import plural

CheckId = Annotated[str, Field(pattern=r"^[A-Z]{2}\d{3}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Service(_Strict):
    """A public service, as it was at one commit, and what a reader of its code said of each finding."""

    name: str
    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{7,40}$")]
    folder: str = "."
    file: Annotated[int, Field(ge=0)] = 0  # lines of gonogo.toml that it was given
    useful: tuple[CheckId, ...] = ()  # FAILED, true, and worth mending there
    useless: tuple[CheckId, ...] = ()  # FAILED and true, and of no consequence, or told by another check as well
    false: tuple[CheckId, ...] = ()  # FAILED, and not so
    missed: tuple[CheckId, ...] = ()  # not FAILED, though a reader found what the check is for

    @model_validator(mode="after")
    def _once(self) -> Self:
        for check, times in Counter((*self.useful, *self.useless, *self.false, *self.missed)).items():
            if times > 1:
                raise ValueError(
                    f"{self.name}: {check} is judged {times} times; a check has one verdict for one service"
                )
        return self


class Judged(_Strict):
    service: tuple[Service, ...] = ()

    @classmethod
    def read(cls, file: Path) -> Self:
        """Raises `NotReadable`, and `pydantic.ValidationError` for an unknown key or a check that is judged twice."""
        return cls.model_validate(toml_in(read_document(file)))

    def verdicts(self, check: str) -> Counter[str]:
        """How many services each verdict of this check was given for."""
        kinds = ("useful", "useless", "false", "missed")
        return Counter(kind for one in self.service for kind in kinds if check in getattr(one, kind))


def patches(folder: Path) -> Mapping[str, int]:
    """Check → how many patches of that folder are named after it."""
    return Counter(patch.name[:5] for patch in folder.glob("*.patch"))


def figures(root: Path) -> dict[str, str]:
    """Check → a sentence on what it was tried on; one that was never judged on a stranger's service says so."""
    judged = Judged.read(root / "docs/judged.toml")
    planted, lies = patches(root / "tests/mutants"), patches(root / "tests/hollows")
    return {check: _sentence(planted[check], lies.get(check, 0), judged.verdicts(check)) for check in planted}


def _sentence(planted: int, lies: int, seen: Counter[str]) -> str:
    parts = [f"names {plural(planted, 'planted defect')}"]
    if lies:
        parts.append(f"does not believe {plural(lies, 'service')} that {'lies' if lies == 1 else 'lie'}")
    failed = seen["useful"] + seen["useless"] + seen["false"]
    if failed:
        less = [
            f"{seen[kind]} {word}"
            for kind, word in (("useless", "true and of no use"), ("false", "false"))
            if seen[kind]
        ]
        told = ", ".join([f"{seen['useful']} true and useful", *less])
        parts.append(f"failed {plural(failed, 'public service')}: {told}")
    else:
        parts.append("was judged on no public service yet")
    if seen["missed"]:
        parts.append(f"missed it on {plural(seen['missed'], 'other')}")
    return f"Tried: {'; '.join(parts)}."
