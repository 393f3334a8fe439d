"""A bill of materials in CycloneDX 1.6, from the metadata of what was installed. The same facts, the same bytes."""

import json
import uuid
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from runner.evidence.release.clean_room import CleanRoom, Installed

NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")  # RFC 4122's for URLs
CLEAN, NONE = "from the lock", "none: the lock could not be installed"


def bill(name: str, room: CleanRoom) -> str:
    """The document as JSON text."""
    parts = {one.name: _component(one) for one in room.installed}
    app = Component(name=name, bom_ref=name, type=ComponentType.APPLICATION)
    whole = Bom(components=parts.values())
    whole.metadata.component = app
    whole.metadata.properties = [
        Property(name="python", value=room.python_version),
        Property(name="environment", value=CLEAN if room.clean else NONE),
    ]
    whole.register_dependency(app, [parts[one.name] for one in _roots(room.installed)])
    for one in room.installed:
        whole.register_dependency(parts[one.name], [parts[name] for name in one.requires if name in parts])
    return _stable(json.loads(JsonV1Dot6(whole).output_as_string()))


def _component(one: Installed) -> Component:
    url = PackageURL(type="pypi", name=one.name, version=one.version)
    return Component(
        name=one.name,
        version=one.version,
        type=ComponentType.LIBRARY,
        bom_ref=url.to_string(),
        purl=url,
        description=one.summary or None,
        licenses=[LicenseFactory().make_from_string(one.licence)] if one.licence else (),
    )


def _roots(installed: tuple[Installed, ...]) -> list[Installed]:
    """What no other package asked for."""
    asked = {name for one in installed for name in one.requires}
    return [one for one in installed if one.name not in asked]


def _stable(whole: dict[str, Any]) -> str:
    """Without the time, and with a number that follows from the content."""
    del whole["metadata"]["timestamp"], whole["serialNumber"]
    whole["serialNumber"] = f"urn:uuid:{uuid.uuid5(NAMESPACE, json.dumps(whole, sort_keys=True))}"
    return json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
