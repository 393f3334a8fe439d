"""Does anything that is deployed have a known vulnerability? pip-audit asks a source about each locked package."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from runner.discovery.config import AUDITED_IN_CI
from runner.errors import NotThere, ProbeError, Thing
from runner.evidence.code.lock_file import LockFile, Pin
from runner.evidence.release.ci_scans import CiScan, scans_of
from runner.evidence.release.workflows import Workflows
from runner.model import Evidence, Looked
from runner.probe import Probe
from runner.processes.process import Reach, registry_environment
from runner.processes.ran import Ran
from runner.said import say, together

SOURCE = "https://api.osv.dev/v1/query"
# A version that every source of advisories knows: one that finds nothing here did not look.
CANARY = ("pyyaml", "5.3")
HOW_ELSE = say('Where a workflow asks for advisories, say so in gonogo.toml: [deployment] advisories = "ci"')
PATIENCE = 180  # seconds
WORDS = (
    "--no-deps",
    "--disable-pip",
    "--strict",
    "--vulnerability-service",
    "osv",
    "--format",
    "json",
    "--timeout",
    "8",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """One known vulnerability of one locked version."""

    package: str
    version: str
    id: str  # "GHSA-…", "PYSEC-…" or "CVE-…"
    mended: tuple[str, ...]  # versions in which it is mended
    path: str
    line: int
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisories(Evidence):
    """What an advisory source knows of the locked versions; or the CI step that asks one."""

    asked: int  # packages
    locked: int  # entries of the lock, those without a version among them
    open: tuple[tuple[str, str, int], ...] = ()  # of these: what is not pinned; name, path, line
    source: str
    found: tuple[Advisory, ...] = ()
    left_to_ci: bool = False  # gonogo.toml says that a workflow asks, so nothing was asked here
    scans: tuple[CiScan, ...] = ()  # the steps of workflows that ask, or may
    elsewhere: str | None = None  # another CI system's file

    @classmethod
    def collect(cls, probe: Probe, lock: LockFile, workflows: Looked[Workflows]) -> Self:
        pins = [pin for pin in lock.pins if pin.version]
        if not lock.pins:
            looked = say("the usual names of locks, here and in the repository")
            raise NotThere("nothing is locked, so there is no version to ask about", looked=looked, absent=Thing.LOCK)
        declared = probe.target.config.deployment.advisories
        left_open = tuple((pin.name, pin.path, pin.line) for pin in lock.open)
        locked = len(lock.pins)
        if declared == AUDITED_IN_CI:
            found = workflows.must()
            scans = tuple(scans_of(found.workflows, probe.root, str(lock.path)))
            return cls(
                asked=0,
                locked=locked,
                open=left_open,
                source="",
                left_to_ci=True,
                scans=scans,
                elsewhere=found.elsewhere,
            )
        if not pins:
            raise ProbeError(
                say(
                    "{path} pins no version of {pins}, so there is none to ask about",
                    path=lock.path,
                    pins=len(lock.pins),
                )
            )
        source = declared or SOURCE
        advisories = tuple(_look(probe, pins, source))
        return cls(asked=len(pins), locked=locked, open=left_open, source=source, found=advisories)


def _look(probe: Probe, pins: Sequence[Pin], source: str) -> Iterator[Advisory]:
    """All that the source knows. Raises `ProbeError` when it does not answer, or does not even know the canary."""
    by_name = {(canonicalize_name(pin.name), canonical(str(pin.version))): pin for pin in pins}
    found = [one for layer in _layers(pins) for one in _audit(probe, layer, source)]
    if not found and not _audit(probe, [CANARY], source):
        raise ProbeError(
            say(
                "{source} answers, but knows no advisory for {canary}: it is no source of advisories",
                source=source,
                canary=together(CANARY, " "),
            )
        )
    for name, version, one in found:
        pin = by_name[canonicalize_name(name), canonical(version)]
        yield Advisory(
            package=name,
            version=version,
            id=str(one["id"]),
            mended=tuple(one.get("fix_versions", ())),
            path=pin.path,
            line=pin.line,
            says=" ".join(str(one.get("description", "")).split())[:160],
        )


def canonical(version: str) -> str:
    """2022.06.15 and 2022.6.15 are one version; what is no version at all stays as it is."""
    try:
        return str(Version(version))
    except InvalidVersion:
        return version


def _layers(pins: Sequence[Pin]) -> Iterator[list[tuple[str, str]]]:
    """Lists in which each package stands once: a lock for all platforms may have several versions of one."""
    left = list(dict.fromkeys((str(canonicalize_name(pin.name)), str(pin.version)) for pin in pins))
    while left:
        layer = dict(reversed(left))  # the first version of each
        yield list(layer.items())
        left = [pair for pair in left if layer[pair[0]] != pair[1]]


def _audit(probe: Probe, layer: Sequence[tuple[str, str]], source: str) -> list[tuple[str, str, dict[str, Any]]]:
    """(package, version, advisory) of each that the source knows."""
    asked = probe.workshop.scratch("audit") / "asked.txt"
    asked.write_text("".join(f"{name}=={version}\n" for name, version in layer), encoding="utf-8")
    words = [*WORDS, "--osv-url", source, "--progress-spinner", "off", "--requirement", str(asked)]
    ran = probe.tool("pip-audit", *words, timeout=PATIENCE, env=registry_environment(), reach=Reach.WORLD)
    told = _told(ran, source)
    if skipped := [one for one in told if one.get("skip_reason")]:
        raise ProbeError(
            say(
                "{skipped} packages were not audited: {skipped2}",
                skipped=len(skipped),
                skipped2=skipped[0]["skip_reason"],
            )
        )
    return [(one["name"], one["version"], advisory) for one in told for advisory in one.get("vulns", ())]


def _told(ran: Ran, source: str) -> list[dict[str, Any]]:
    try:
        return list(json.loads(ran.out)["dependencies"])
    except (ValueError, KeyError, TypeError):
        why = re.search(r"Failed to resolve|timed out|Connection refused|Max retries exceeded|\d{3} \w+ Error", ran.err)
        said = {"Max retries exceeded": say("no connection")}.get(why[0], why[0].lower()) if why else ran.last_words
        raise ProbeError(
            say(
                "{source} did not answer ({said}), so no advisory was read. {how_else}",
                source=source,
                said=said,
                how_else=HOW_ELSE,
            )
        ) from None
