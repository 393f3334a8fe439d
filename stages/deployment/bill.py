"""A bill of materials in CycloneDX 1.6, from the metadata of what was installed. The same facts, the same bytes."""

import json
import uuid
from typing import Any

from runner.evidence.release.clean_room import CleanRoom, Installed

NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")  # RFC 4122's for URLs


def bill(name: str, room: CleanRoom) -> str:
    """The document as JSON text."""
    known = {one.name: one for one in room.installed}
    whole: dict[str, Any] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": name, "name": name},
            "properties": [
                {"name": "python", "value": room.python_version},
                {
                    "name": "environment",
                    "value": "from the lock" if room.clean else "none: the lock could not be installed",
                },
            ],
        },
        "components": [_component(one) for one in room.installed],
        "dependencies": [
            {"ref": name, "dependsOn": [_purl(one) for one in _roots(room.installed)]},
            *(_needs(one, known) for one in room.installed),
        ],
    }
    text = json.dumps(whole, sort_keys=True)
    whole["serialNumber"] = f"urn:uuid:{uuid.uuid5(NAMESPACE, text)}"
    return json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _component(one: Installed) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": _purl(one),
        "name": one.name,
        "version": one.version,
        "purl": _purl(one),
    }
    if one.summary:
        found["description"] = one.summary
    if one.licence:
        found["licenses"] = [{"license": {"name": one.licence}}]
    return found


def _purl(one: Installed) -> str:
    return f"pkg:pypi/{one.name}@{one.version}"


def _roots(installed: tuple[Installed, ...]) -> list[Installed]:
    """What no other package asked for."""
    asked = {name for one in installed for name in one.requires}
    return [one for one in installed if one.name not in asked]


def _needs(one: Installed, known: dict[str, Installed]) -> dict[str, Any]:
    return {"ref": _purl(one), "dependsOn": [_purl(known[name]) for name in one.requires if name in known]}
