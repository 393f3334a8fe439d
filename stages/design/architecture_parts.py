"""The parts of an architecture document, each by itself: context, containers, components, data flow, deployment."""

import re
from collections.abc import Mapping, Sequence

from runner.evidence.agreed.decisions import Decisions
from runner.evidence.contract.routes import Routes
from runner.evidence.release.layout import Layout
from runner.evidence.release.parts_seen import RUNS, TALKS, PartSeen
from runner.markdown import below, code, table
from runner.said import say, tell, together, told
from runner.vocabulary.support import line_of
from runner.vocabulary.technologies import of_image, technologies
from runner.words import plural
from stages.design.checks_records import undecided

MOST = 8  # endpoints in a cell


def parts_of(layout: Layout, decisions: Decisions, routes: Routes) -> dict[str, str]:
    """Name → Markdown without a heading, in the order of the document."""
    return {
        "context": context(layout),
        "containers": containers(layout, decisions),
        "components": components(layout, routes),
        "data-flow": data_flow(layout),
        "deployment": deployment(layout),
        "decisions": decided(decisions),
    }


def context(layout: Layout) -> str:
    """Who uses it, and what it uses."""
    lines = ["flowchart LR"]
    roles = [role.id for role in layout.spec.roles] if layout.spec else []
    for number, role in enumerate([*roles, tell("not signed in")]):
        lines.append(f'    role{number}(["{_said(role)}"]) --> service')
    lines.append(f'    service["{_said(layout.name)}"]')
    lines += [_arrow(number, parts[0], layout) for number, parts in enumerate(_there(layout).values())]
    return _drawn(lines)


def _there(layout: Layout) -> Mapping[str, tuple[PartSeen, ...]]:
    return layout.seen.of(RUNS, TALKS)


def _arrow(number: int, part: PartSeen, layout: Layout) -> str:
    if part.others:
        return f'    service --> other{number}(["{_said(part.title)}"])'
    shown = f'server{number}[("{_said(_title(part, layout))}")]'
    return f"    {shown} --> service" if part.id == "prometheus" else f"    service --> {shown}"


def _title(part: PartSeen, layout: Layout) -> str:
    """With the version that runs, in the line of it: `PostgreSQL 16`."""
    versions = [one.version for one in layout.seen.of(RUNS).get(part.id, ()) if one.version]
    return f"{part.title} {line_of(part.id, versions[0])}" if versions else part.title


def containers(layout: Layout, decisions: Decisions) -> str:
    """What runs: its own processes, servers, and services of others, each with the record that decides it."""
    lines = ["flowchart LR"]
    known = {one.name: number for number, one in enumerate(layout.processes)}
    lines += [f"    {_container(known[one.name], one.name, one.image)}" for one in layout.processes]
    for one in layout.processes:
        lines += [f"    c{known[one.name]} --> c{known[other]}" for other in one.talks_to if other in known]
    rows = [(one.name, code(one.image.partition("@")[0]) if one.image else say("built here"),
             tell("once, before the others" if one.runs_once else "always")) for one in layout.processes]  # fmt: skip
    said = (
        [tell("As {file} starts it.", file=layout.compose), _drawn(lines), table(("process", "image", "runs"), rows)]
        if rows
        else []
    )
    used = [
        (parts[0].title, tell(technologies()[id].job if id in technologies() else "third party"), _where(parts),
         _by(id, parts[0].title, decisions)) for id, parts in _there(layout).items()
    ]  # fmt: skip
    said.append(table(("part", "what for", "seen in", "decided by"), used) if used else tell("It uses no server."))
    return "\n\n".join(said)


def _container(number: int, name: str, image: str) -> str:
    known = of_image(image) if image else None
    title = f"{name}<br>{known.title}" if known else name
    return f'c{number}[("{_said(title)}")]' if known else f'c{number}["{_said(title)}"]'


def _where(parts: Sequence[PartSeen]) -> str:
    return below(code(f"{one.path}:{one.line}" if one.line else one.path) for one in parts[:3])


def _by(id: str, title: str, decisions: Decisions) -> str:
    found = [one for one in decisions.accepted if not undecided(id, title, Decisions(folder=None, records=(one,)))]
    return ", ".join(one.id for one in found) or "·"


def components(layout: Layout, routes: Routes) -> str:
    """The files that answer requests."""
    found: dict[str, int] = {}
    for route in routes.routes:
        if route.kind == "operation" and route.file:
            found[route.file] = found.get(route.file, 0) + 1
    lines = ["flowchart TB", f'    app["{_said(layout.name)}"]']
    for number, (path, count) in enumerate(sorted(found.items())):
        lines.append(f'    app --> block{number}["{_said(path)}<br>{told(plural(count, "operation"))}"]')
    files = tell("{files} with operations.", files=plural(len(found), "file"))
    if layout.tables is not None:
        files += " " + tell("They keep what they know in {tables}.", tables=plural(layout.tables, "table"))
    return f"{files}\n\n{_drawn(lines)}"


def data_flow(layout: Layout) -> str:
    """Where personal data comes in, where it is kept, and where it goes."""
    if not layout.personal and not layout.taken and not layout.told:
        return tell("No column and no field is named as one that speaks of a person.")
    kept = sorted(layout.personal, key=lambda one: one.table)
    lines = ["flowchart LR", '    person(["{tell("a person")}"]) --> service', f'    service["{_said(layout.name)}"]']
    lines += [f'    service --> kept{n}[("{_said(one.table)}")]' for n, one in enumerate(kept)]
    others = [parts[0] for parts in _there(layout).values() if parts[0].others or parts[0].id == "smtp"]
    lines += [f'    service --> other{n}(["{_said(one.title)}"])' for n, one in enumerate(others)]
    rows = [(say("table {name}", name=one.table), say("kept"), ", ".join(one.columns)) for one in kept]
    rows += [(name, say("taken"), _endpoints(layout.taken, name)) for name in _fields(layout.taken)]
    rows += [(name, say("told"), _endpoints(layout.told, name)) for name in _fields(layout.told)]
    rows += [(one.title, say("given to others"), say("what it gets: write it into its record")) for one in others]
    return f"{_drawn(lines)}\n\n" + table(("what", "", "where"), rows)


def _fields(found: Sequence[tuple[str, tuple[str, ...]]]) -> list[str]:
    return sorted({name for _, names in found for name in names})


def _endpoints(found: Sequence[tuple[str, tuple[str, ...]]], name: str) -> str:
    named = sorted(endpoint for endpoint, names in found if name in names)
    more = [tell("and {number} more", number=len(named) - MOST)] if len(named) > MOST else []
    return below([*map(code, named[:MOST]), *more])


def deployment(layout: Layout) -> str:
    """What it is built from, and what must be set."""
    on = say(" on {images}", images=together(map(code, layout.bases), " and ")) if layout.bases else ""
    built = (
        tell("Built by {file}{on}.", file=code(layout.image), on=on)
        if layout.image
        else tell("There is no Dockerfile.")
    )
    once = [one.name for one in layout.processes if one.runs_once]
    first = tell(" {processes} runs first, and to its end.", processes=together(once)) if once else ""
    rows = [(code(name), say("secret") if secret else "·") for name, secret in layout.variables]
    said = table(("variable", ""), rows) if rows else tell("No variable is read.")
    return f"{built}{first}\n\n{said}"


def decided(decisions: Decisions) -> str:
    if not decisions.records:
        return tell("No decision is recorded.")
    rows = [(one.id, one.title, one.status, one.path) for one in decisions.records]
    return table(("id", "decision", "status", "record"), rows)


def _drawn(lines: Sequence[str]) -> str:
    return "\n".join(["```mermaid", *lines, "```"])


def _said(text: str) -> str:
    """What may stand in a node of a drawing: one line, no sign that means something there."""
    return "<br>".join(re.sub(r'["<>`&#\\\n]', " ", part) for part in text.split("<br>"))
