"""How is a bill of materials read? One row for each package: version, licence, what needs it."""

from typing import Any

import streamlit as st

from runner.said import tell
from runner.words import plural
from workflow.web.contract import each, fields
from workflow.web.text import esc, heads, name, table

Json = dict[str, Any]


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
            needed.setdefault(str(ref), []).append(known.get(str(one.get("ref")), tell("the service")))
    rows = [
        (
            (
                f"<b>{name(one.get('name', '?'))}</b><br>"
                f"<span class='beside'>{esc(one.get('description', ''), 160)}</span>"
            ),
            f'<code class="version">{name(one.get("version", "?"))}</code>',
            ", ".join(map(name, licences(one))) or no_licence(),
            name(", ".join(sorted(set(needed.get(str(one.get("bom-ref")), []))))),
        )
        for one in parts
    ]
    nameless = sum(not licences(one) for one in parts)
    told = tell("{packages}, {licences}", packages=plural(len(parts), "package"), licences=by_licence(parts))
    without = tell("{packages} without a licence that it names.", packages=plural(nameless, "package"))
    lacking = f'<p class="told">{without}</p>' if nameless else ""
    return f'<p class="lead">{esc(told)}</p>{lacking}' + table(
        heads("Package", "Version", "Licence", "Needed by"), rows
    )


def no_licence() -> str:
    return f'<span class="outcome unknown">{tell("none is named")}</span>'


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
    return (told or tell("none with a licence")) + (
        f" {tell('and {number} under others', number=rest)}" if rest else ""
    )
