"""A run as one HTML file to send to somebody: opens offline, asks for nothing, runs nothing."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from runner.errors import WorkflowError
from runner.model import Finding, Outcome
from runner.said import CHINESE, ENGLISH, reader, tell
from runner.said import told as told_text
from runner.words import lasted
from stages.catalogue import Catalogue
from workflow.called import NEUTRAL, Called
from workflow.gate import GREEN
from workflow.ledger import Artifact, Run
from workflow.report.causes import Blocker, blockers_of
from workflow.report.document import Html, rendered
from workflow.report.markup import bounded, esc, facts, name, prose, slug, table
from workflow.report.outline import (
    StageReport,
    altered,
    commands_of,
    judged,
    signed,
    stages_of,
    standing_of,
    waiver_of,
)

LARGEST = 400_000  # bytes of a document that is put in
PLACES = 50
TAGS = {ENGLISH: "en", CHINESE: "zh-CN"}
SIGNS = {
    Outcome.PASSED: "✓", Outcome.FAILED: "✕", Outcome.UNKNOWN: "?", Outcome.NOT_APPLICABLE: "–", Outcome.BROKEN: "!",
}  # fmt: skip
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
STYLE = Path(__file__).with_name("run.css")


def as_html(
    run: Run, catalogue: Catalogue, called: Called = NEUTRAL, content: Callable[[str], bytes] | None = None
) -> str:
    """The whole run: what blocks first, then each stage, then the documents that `content` gives."""
    reports = stages_of(run, catalogue, called)
    word = run.verdict or "NO-GO"
    more = esc(standing_of(run).removeprefix(word))
    body = [
        f'<h1><span class="{slug(word)}">{esc(word)}</span>{more}: {name(run.service)}</h1>',
        (
            f'<p class="muted">{tell("Run {id}", id=run.id)} · '
            f"{esc(run.started.isoformat(' ', 'seconds'))} · {_source(run)}</p>"
        ),
        f"<p><b>{prose(told)}.</b></p>" if (told := altered(run)) else "",
        *(f"<p>{prose(called.text(told))}{tell('.')}</p>" for report in reports if (told := signed(report))),
        table(("Stage", "Verdict", "Checks", "Work"), [_row(report) for report in reports]),
        _blocking(reports, called),
        *map(_stage, reports),
        _documents([one for report in reports for one in report.artifacts], content, called),
        f"<h2>{tell('About this run')}</h2>" + _about(run, called),
    ]
    title = f"{name(run.service)}: {esc(tell('run {run}', run=run.id))}, {esc(word)}"
    style = STYLE.read_text(encoding="utf-8")
    return (
        f'<!doctype html>\n<html lang="{TAGS[reader()]}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{esc(POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{style}</style></head>\n<body>\n"
        + "\n".join(filter(None, body))
        + "\n</body></html>\n"
    )


def _source(run: Run) -> str:
    if run.commit is None:
        return esc(tell("not in git"))
    changed = esc(tell(", {number} changed", number=len(run.dirty))) if run.dirty else ""
    return f"<code>{name(run.commit[:12])}</code>{changed}"


def _row(report: StageReport) -> tuple[str, ...]:
    more = esc(tell(report.standing).removeprefix(report.verdict))
    word = f'<b class="{slug(report.verdict)}">{esc(report.verdict)}</b>{more}'
    return (
        f'<a href="#{slug(report.stage.slug)}">{name(tell(report.stage.title))}</a>',
        word,
        esc(report.counts),
        lasted(report.seconds),
    )


def _blocking(reports: Sequence[StageReport], called: Called) -> str:
    """Each cause once, the heaviest first, with the checks that wait for it."""
    stages = {report.stage.slug: report.stage for report in reports}
    titles = {slug: stage.title for slug, stage in stages.items()}
    cards = [
        _card(one, stages[one.head.stage].task, titles, called)
        for one in blockers_of(finding for report in reports for finding in report.findings)
    ]
    return f"<h2>{tell('What blocks')}</h2>{''.join(cards)}" if cards else ""


def _card(blocker: Blocker, task: str, titles: Mapping[str, str], called: Called) -> str:
    finding = blocker.head
    lines = "\n".join(esc(line) for line in commands_of(finding, task, called))
    why = f"<p><b>{tell('Why it matters')}</b> {prose(told_text(finding.why))}</p>" if finding.why else ""
    fix = f"<p><b>{tell('Fix')}</b> {prose(told_text(finding.fix))}</p>" if finding.fix else ""
    rows = [(f"<code>{name(one.check)}</code>", prose(told_text(one.claim))) for one in blocker.waiting]
    rows += [(f"<code>{name(one.check)}</code>", prose(told_text(one.claim))) for one in blocker.again]
    waits = f"<p><b>{esc(blocker.waited(titles))}</b></p>{table(('Check', 'Claim'), rows)}" if rows else ""
    return (
        f'<section class="card {slug(finding.outcome)}-card"><p><b class="{slug(finding.outcome)}">'
        f"{SIGNS[finding.outcome]} {esc(tell(finding.outcome.value))}</b> <code>{name(finding.check)}</code></p>"
        f"<h3>{prose(told_text(finding.claim))}</h3><p>{prose(told_text(finding.message))}</p>{_places(finding)}{why}{fix}"
        f"<pre>{lines}</pre>{waits}</section>"
    )


def _places(finding: Finding) -> str:
    if not finding.places:
        return ""
    rows = [(f"<code>{esc(place, 300)}</code>", prose(told_text(place.note))) for place in finding.places[:PLACES]]
    rest = len(finding.places) - PLACES
    return table(("Where", "What"), rows) + (
        f'<p class="muted">{tell("and {number} more", number=rest)}</p>' if rest > 0 else ""
    )


def _stage(report: StageReport) -> str:
    lines = "".join(_line(finding) for finding in report.findings)
    return (
        f'<h2 id="{slug(report.stage.slug)}">{report.number}. {name(tell(report.stage.title))} '
        f'<span class="{slug(report.verdict)}">{esc(report.verdict)}</span></h2>'
        f"<details><summary>{esc(report.counts)}</summary>{lines}</details>"
    )


def _line(finding: Finding) -> str:
    head = (
        f'<b class="{slug(finding.outcome)}" title="{esc(tell(finding.outcome.value))}">{SIGNS[finding.outcome]}</b> '
        f'<code>{name(finding.check)}</code> {prose(told_text(finding.claim))} <span class="muted">'
        f"{prose(told_text(finding.message) + judged(finding))}</span>{_waiver(finding)}"
    )
    inside = _places(finding) if finding.outcome in GREEN else ""
    return f"<details><summary>{head}</summary>{inside}</details>" if inside else f"<p>{head}</p>"


def _waiver(finding: Finding) -> str:
    return f" <b>{prose(waiver_of(finding))}</b>" if finding.waivers else ""


def _documents(written: Sequence[Artifact], content: Callable[[str], bytes] | None, called: Called) -> str:
    if not written:
        return ""
    parts = (
        f'<details><summary><b>{name(tell(one.title))}</b> <span class="muted">{name(one.name)} · '
        f"{esc(one.sha256[:12])}</span></summary>{_document(one, content, called)}</details>"
        for one in written
    )
    return f"<h2>{tell('Documents')}</h2>{''.join(parts)}"


def _document(one: Artifact, content: Callable[[str], bytes] | None, called: Called) -> str:
    """A diagram is the text that it is drawn from: nothing runs here that could draw it."""
    if content is None or one.size > LARGEST or one.media_type.startswith("image/"):
        return f'<p class="muted">{tell("Not put in here; the ledger has it.")}</p>'
    try:
        text = content(one.read).decode(errors="replace")
    except WorkflowError as error:
        return f'<p class="muted">{esc(told_text(str(error)))}</p>'
    if one.media_type == "text/markdown":
        parts = rendered(called.text(text), diagrams=False, within=slug(f"{one.stage} {one.name}")).parts
        return "".join(part.text for part in parts if isinstance(part, Html))
    return f"<pre>{esc(bounded(text, LARGEST), LARGEST * 2)}</pre>"


def _about(run: Run, called: Called) -> str:
    return facts(
        {
            tell("Asked"): f"<code>{esc(called.text(run.asked))}</code>",
            tell("Took"): lasted(run.seconds) if run.seconds is not None else "",
            tell("Changed files"): "<br>".join(f"<code>{esc(path, 200)}</code>" for path in run.dirty[:20]),
            tell("State of the files"): f"<code>{esc(run.digest[:16])}</code>",
            "Python": name(run.interpreter),
            tell("Tools"): " · ".join(f"{name(one)} {name(version)}" for one, version in sorted(run.tools.items())),
        }
    )
