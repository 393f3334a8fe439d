"""How is a bill of materials read? One row for each package: version, licence, what needs it."""

from typing import Any

import streamlit as st

from runner.words import plural
from workflow.web.contract import each, fields
from workflow.web.text import esc, name, table

Json = dict[str, Any]
NO_LICENCE = '<span class="outcome unknown">none is named</span>'


def is_bill(data: object) -> bool:
    return isinstance(data, dict) and data.get("bomFormat") == "CycloneDX" and isinstance(data.get("components"), list)


def draw_bill(data: Json) -> None:
    st.html(bill(data))


def bill(data: Json) -> str:
    parts = sorted(each(data.get("components")), key=lambda one: str(one.get("name", "")).lower())
    known = {str(one.get("bom-ref")): str(one.get("name", "?")) for one in parts}
    needed: dict[str, list[str]] = {}
    for one in each(data.get("dependencies")):
        for ref in one.get("dependsOn") or []:
            needed.setdefault(str(ref), []).append(known.get(str(one.get("ref")), "the service"))
    rows = [
        (
            (
                f"<b>{name(one.get('name', '?'))}</b><br>"
                f"<span class='beside'>{esc(one.get('description', ''), 160)}</span>"
            ),
            f'<code class="version">{name(one.get("version", "?"))}</code>',
            ", ".join(map(name, licences(one))) or NO_LICENCE,
            name(", ".join(sorted(set(needed.get(str(one.get("bom-ref")), []))))),
        )
        for one in parts
    ]
    nameless = sum(not licences(one) for one in parts)
    told = f"{plural(len(parts), 'package')}, {by_licence(parts)}"
    lacking = f'<p class="told">{plural(nameless, "package")} without a licence that it names.</p>' if nameless else ""
    return f'<p class="lead">{esc(told)}</p>{lacking}' + table(("Package", "Version", "Licence", "Needed by"), rows)


def licences(one: Json) -> list[str]:
    """SPDX ids, names or expressions."""
    found = []
    for entry in each(one.get("licenses")):
        inner = fields(entry.get("license"))
        said = entry.get("expression") or inner.get("id") or inner.get("name")
        found += [str(said)] if said else []
    return found


def by_licence(parts: list[Json]) -> str:
    """`41 MIT, 9 Apache-2.0 and 6 under others`: the most frequent first."""
    tally: dict[str, int] = {}
    for one in parts:
        for licence in licences(one):
            tally[licence] = tally.get(licence, 0) + 1
    ranked = sorted(tally.items(), key=lambda pair: (-pair[1], pair[0]))
    rest = sum(number for _, number in ranked[3:])
    told = ", ".join(f"{number} {licence}" for licence, number in ranked[:3])
    return (told or "none with a licence") + (f" and {rest} under others" if rest else "")
