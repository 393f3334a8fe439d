"""Is this mermaid as our own generators write it? Nodes with a text, arrows, tables; nothing that asks or runs.

Mermaid knows pictures, links, calls, styles and settings. A document may hold what a service's own texts say, so what
is drawn is only what has the shape of ours; anything else is shown as the code that it is.
"""

import re

LONGEST = 60_000  # characters; more is no picture that anybody reads
TEXT = r'"(?:<br>|[^"<>`&#\\\n])*"'
WORDS = r"[\w ,.'-]*"
NODE = rf"\w+(?:\[{TEXT}\]|\(\[{TEXT}\]\)|\[\({TEXT}\)\]|\[\({WORDS}\)\]|\[{WORDS}\])?"
FLOW = re.compile(rf"{NODE}(?: -->(?:\|{WORDS}\|)? {NODE})*|subgraph \w+(?:\[{TEXT}\])?|end")
KEYS = r"(?: (?:PK|FK|UK)(?:, (?:PK|FK|UK))*)?"
ENTITIES = re.compile(
    rf"[\w-]+ [|}}o]{{1,2}}--[|{{o]{{1,2}} [\w-]+ : {TEXT}|[\w-]+ \{{|\}}|\w+ [\w-]+{KEYS}(?: {TEXT})?"
)
SHAPES = {"flowchart LR": FLOW, "flowchart TB": FLOW, "erDiagram": ENTITIES}
CALLS = re.compile(r"(?:click|style|classDef|class|linkStyle|direction|title|accTitle|accDescr)\b")


def is_diagram(text: str) -> bool:
    head, *lines = [line.strip() for line in text.strip().splitlines()] or [""]
    shape = SHAPES.get(head)
    if shape is None or len(text) > LONGEST:
        return False
    return all(shape.fullmatch(line) and not (shape is FLOW and CALLS.match(line)) for line in lines if line)
