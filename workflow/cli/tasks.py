"""What can be typed. Every task is thin; see `invoke --help TASK`."""

from collections.abc import Callable
from typing import Any

from invoke import Collection, Context, Exit, task

# (name, alias, what it proves); a test holds it to `stages.STAGES`, which would be slow to import here
STAGE_TASKS = (
    ("requirements", None, "Stage 1: does everyone mean the same thing, in words that a test can prove?"),
    ("design", None, "Stage 2: is the contract agreed, and is it what the service serves?"),
    ("db", "database", "Stage 3: will this schema migrate, forwards and back, on a real server?"),
    ("security", None, "Stage 4: does every caller get exactly what their role allows?"),
    ("tests", "testing", "Stage 5: would the tests notice if it broke?"),
    ("perf", "performance", "Stage 6: is it fast enough at the stated load, measured?"),
    ("deploy", "deployment", "Stage 7: can it be released, restarted and rolled back without anyone noticing?"),
)
SERVICE = "the service's folder (default: this folder's service, else the bundled one)"
CHECKING = {
    "service": SERVICE,
    "json": "write the run as JSON to FILE (- for standard output)",
    "junit": "write the run as JUnit XML to FILE",
    "sarif": "write what blocks as SARIF to FILE, for code scanning",
    "markdown": "write the run as Markdown to FILE",
    "html": "write the run and its documents as one HTML page to FILE, to send to somebody",
    "only": "ask these checks alone: DB003,DB004",
    "keep-going": "prove every stage, whatever an earlier one says (the default)",
    "fail-fast": "stop after the first stage that is NO-GO",
    "verbose": "show every blocker in full, and how long each look took",
    "fresh": "look again at everything, also at what has not changed since an earlier run",
    "report-to": "send the finished run to a team's server; its token stands in GONOGO_REPORT_TOKEN",
    "trust-settings": "go on where the system can't keep the service from servers that the run did not start",
}


def _checking(name: str, stages: tuple[str, ...], help_text: str, alias: str | None) -> Any:
    """A task that proves some stages."""

    def prove(  # noqa: PLR0913, PLR0917 - invoke reads the options from the signature
        _: Context,
        service: str = "",
        json: str = "",
        junit: str = "",
        sarif: str = "",
        markdown: str = "",
        html: str = "",
        only: str = "",
        keep_going: bool = False,  # noqa: FBT001, FBT002 - invoke reads flags from the signature
        fail_fast: bool = False,  # noqa: FBT001, FBT002
        verbose: bool = False,  # noqa: FBT001, FBT002
        fresh: bool = False,  # noqa: FBT001, FBT002
        trust_settings: bool = False,  # noqa: FBT001, FBT002
        report_to: str = "",
    ) -> None:
        from workflow.cli.check import Wish, prove_stages

        if keep_going and fail_fast:
            raise Exit("--keep-going and --fail-fast exclude each other; pass one of them.", code=2)
        wish = Wish(
            task=f"stage.{name}" if len(stages) == 1 else name,
            stages=stages,
            service=service,
            reports={"json": json, "junit": junit, "sarif": sarif, "markdown": markdown, "html": html},
            only=tuple(part.strip() for part in only.split(",") if part.strip()),
            fail_fast=fail_fast,
            trusted=trust_settings,
            fresh=fresh,
            verbose=verbose,
            report_to=report_to,
        )
        prove_stages(wish)

    prove.__name__, prove.__doc__ = name, help_text
    body: Callable[..., None] = prove
    return task(name=name, aliases=(alias,) if alias else (), help=CHECKING)(body)


@task(help={"service": SERVICE})
def status(_: Context, service: str = "") -> None:
    """Where the service stands on its way, how fresh that is, and what to do next."""
    from workflow.cli.look import show_status

    show_status(service)


@task(
    positional=["run"],
    help={"run": "its number, or `latest`", "service": SERVICE, "save": "write its artifacts into this folder"}
    | {name: CHECKING[name] for name in ("json", "junit", "sarif", "markdown", "html")},
)
def show(
    _: Context,
    run: str,
    service: str = "",
    save: str = "",
    json: str = "",
    junit: str = "",
    sarif: str = "",
    markdown: str = "",
    html: str = "",
) -> None:
    """One run's record: every finding, what was run, with which tools."""
    from workflow.cli.look import show_run

    show_run(run, service, save, {"json": json, "junit": junit, "sarif": sarif, "markdown": markdown, "html": html})


@task(positional=["check"], help={"check": "its id, as DB003; `all` lists them", "service": SERVICE})
def explain(_: Context, check: str, service: str = "") -> None:
    """What a check claims and why, how to mend it, and every place that it found last."""
    from workflow.cli.look import explain_check

    explain_check(check, service)


@task(positional=["check"], help={"check": "its id, as DB003", "service": SERVICE})
def why(_: Context, check: str, service: str = "") -> None:
    """What has changed since a check was last looked at, or that nothing has: the next run would reuse it."""
    from workflow.cli.look import show_why

    show_why(check, service)


@task(
    positional=["check"],
    help={
        "check": "its id, as DB003",
        "reason": "why it is accepted, in a sentence",
        "until": "the last day on which it counts, as 2027-01-12; at most 90 days from now",
        "place": "one place of the finding, as it names it (default: all of them)",
        "approve": "approve what somebody else asked for",
        "service": SERVICE,
    },
)
def waive(
    _: Context,
    check: str,
    reason: str = "",
    until: str = "",
    place: str = "",
    approve: bool = False,  # noqa: FBT001, FBT002
    service: str = "",
) -> None:
    """Accept a failure for a while: one asks, a lead approves, and gonogo.toml keeps it."""
    from workflow.cli.decide import waive_check

    waive_check(check, service, reason=reason, until=until, place=place, approve=approve)


@task(
    positional=["stage"],
    help={"stage": "as after `stage.`: db", "step": "one step of it, as 3.1", "service": SERVICE},
)
def sign(_: Context, stage: str, step: str = "", service: str = "") -> None:
    """A lead's GO for a stage in this state of the service; it ends when the state changes."""
    from workflow.cli.decide import sign_stage

    sign_stage(stage, step, service)


@task(
    positional=["check", "text"], help={"check": "its id, as DB003", "text": "what there is to say", "service": SERVICE}
)
def comment(_: Context, check: str, text: str, service: str = "") -> None:
    """Say something about what a check found."""
    from workflow.cli.decide import comment_check

    comment_check(check, text, service)


@task(
    positional=["check"],
    help={
        "check": "its id, as DB003",
        "to": "who mends it: an e-mail address",
        "due": "by which day",
        "service": SERVICE,
    },
)
def assign(_: Context, check: str, to: str = "", due: str = "", service: str = "") -> None:
    """Say who mends what a check found, and by when."""
    from workflow.cli.decide import assign_check

    assign_check(check, to, due, service)


@task(help={"service": SERVICE})
def decisions(_: Context, service: str = "") -> None:
    """What people decided about the service: waivers, signatures, comments, assignments."""
    from workflow.cli.decide import show_decisions

    show_decisions(service)


@task(
    help={"service": SERVICE, "head": "a hash that an earlier `ledger.verify` told: it must still be in the chain"},
)
def verify(_: Context, service: str = "", head: str = "") -> None:
    """Whether each row of the ledger is as it was written; the first one that is not."""
    from workflow.cli.look import verify_ledger

    verify_ledger(service, head)


@task(
    help={
        "about": "only what belongs to one of them: REQ-POST-001, 'GET /posts', a table, a test",
        "service": SERVICE,
        "json": "write all of it to FILE (- for standard output)",
    },
)
def trace(_: Context, about: str = "", service: str = "", json: str = "") -> None:
    """From each requirement to its operations, tables, tests and quality needs, and back; and what stands alone."""
    from workflow.cli.trace import show_trace

    show_trace(about, service, json)


@task(help={"service": SERVICE, "port": "default: 8501, or a free one", "no-browser": "do not open a browser"})
def web(_: Context, service: str = "", port: int = 0, no_browser: bool = False) -> None:  # noqa: FBT001, FBT002
    """Follow the stages in the browser, on this machine alone."""
    from workflow.cli.serve import serve_web

    serve_web(service, port, open_browser=not no_browser)


@task(
    help={
        "service": SERVICE,
        "bind": "the address to listen at (default: 127.0.0.1, for a reverse proxy on this machine)",
        "port": "default: 8501, or a free one",
        "url": "the address that people open: https://gonogo.example.org/team",
        "base-path": "the path below which all is served (default: that of --url)",
    }
)
def serve(
    _: Context,
    service: str = "",
    bind: str = "127.0.0.1",
    port: int = 0,
    url: str = "",
    base_path: str = "",
) -> None:
    """Serve the pages to a team, who sign in, and take the runs that CI sends."""
    from workflow.cli.serve import serve_for_a_team

    serve_for_a_team(service, bind, port, url, base_path)


@task(positional=["file"], help={"file": "a new file", "service": SERVICE})
def backup(_: Context, file: str, service: str = "") -> None:
    """The whole ledger in one file, also of PostgreSQL, each row compared."""
    from workflow.cli.keep import back_up_ledger

    back_up_ledger(file, service)


@task(positional=["file"], help={"file": "what `ledger.backup` has written", "service": SERVICE})
def restore(_: Context, file: str, service: str = "") -> None:
    """Fill an empty ledger (GONOGO_LEDGER) from a backup, each row compared."""
    from workflow.cli.keep import restore_ledger

    restore_ledger(file, service)


@task(help={"port": "default 8000"})
def sample(_: Context, port: int = 8000) -> None:
    """Serve the bundled service, with its docs page."""
    from workflow.cli.serve import serve_sample

    serve_sample(port)


@task(
    help={
        "service": SERVICE,
        "users": "concurrent users (default: the specification's)",
        "seconds": "how long (default: the specification's)",
        "ui": "locust's own web page instead of a run that starts and ends by itself",
    }
)
def load(_: Context, service: str = "", users: int = 0, seconds: int = 0, ui: bool = False) -> None:  # noqa: FBT001, FBT002
    """Locust alone, against the service on a filled PostgreSQL of its own."""
    from workflow.cli.serve import run_load

    run_load(service, users, seconds, ui=ui)


@task(
    positional=["name"],
    help={
        "name": "of its folder: lower-case letters, digits, - and _",
        "output": "the folder to make it in (default: this one)",
        "package": "of its code (default: the name)",
        "spec": "a specification, as spec.yaml: its resources with fields become code (default: one resource, notes)",
        "into": "the folder itself, which is empty or not there (default: the name, in --output)",
    },
)
def new(_: Context, name: str, output: str = "", package: str = "", spec: str = "", into: str = "") -> None:
    """Make a new service that boots, passes its own tests and every stage."""
    from workflow.cli.make import make_service

    make_service(name, output, package, spec, into)


@task(
    help={
        "service": SERVICE,
        "spec": "the specification (default: the service's own spec.yaml)",
        "dry-run": "show what would happen, and write nothing",
        "allow-loss": "also where rows that are there would lose something, or might not fit any more",
    }
)
def update(_: Context, service: str = "", spec: str = "", dry_run: bool = False, allow_loss: bool = False) -> None:  # noqa: FBT001, FBT002
    """Bring a changed specification or template into a service that people have edited since `new`."""
    from workflow.cli.renew import update_service

    update_service(service, spec, dry_run=dry_run, allow_loss=allow_loss)


@task(
    help={
        "service": SERVICE,
        "output": "where to write it (default: the service's spec.yaml)",
        "force": "replace the file that is there",
    }
)
def adopt(_: Context, service: str = "", output: str = "", force: bool = False) -> None:  # noqa: FBT001, FBT002
    """Propose a first spec.yaml from what the service really serves."""
    from workflow.cli.make import adopt_service

    adopt_service(service, output, force=force)


@task(help={"service": SERVICE})
def decide(_: Context, service: str = "") -> None:
    """Write the decision records that are missing, options weighed, and the architecture document; over no edit."""
    from workflow.cli.make import decide_service

    decide_service(service)


@task(
    positional=["document"],
    help={
        "document": "a business document: Markdown, plain text or .docx; English or Chinese",
        "json": "write its sentences, with kind and defects, to FILE",
        "into": "write the specification to FILE, as spec.yaml; one that is there is left alone",
        "against": "a specification or another document that it shall neither repeat nor contradict; may be repeated",
    },
    iterable=["against"],
)
def draft(_: Context, document: str, against: list[str], json: str = "", into: str = "") -> None:
    """Draft requirements and open questions from a business document."""
    from workflow.cli.draft import draft_requirements

    draft_requirements(document, json, into, against)


@task
def doctor(_: Context) -> None:
    """Every tool and part that a gate can use: found, version, or how to get it."""
    from workflow.cli.look import show_doctor

    show_doctor()


@task(
    name="test",
    help={
        "only": "pytest's -k expression",
        "fast": "leave out mutants, the browser and what is slow",
        "servers": "only what stands on PostgreSQL and Redis",
        "long": "hours: every mutant alone, every way out in whole pipelines, what is measured ten times",
    },
)
def own_tests(
    _: Context,
    only: str = "",
    fast: bool = False,  # noqa: FBT001, FBT002
    servers: bool = False,  # noqa: FBT001, FBT002
    long: bool = False,  # noqa: FBT001, FBT002
) -> None:
    """gonogo's own tests."""
    from workflow.cli.develop import run_tests

    run_tests(only, fast=fast, servers=servers, long=long)


@task(
    help={
        "only": "some of pipeline,reuse,list,document,pages,throughput,answers",
        "service": "whose operations are asked, in `answers`",
        "json": "write the figures to FILE",
    }
)
def bench(_: Context, only: str = "", service: str = "", json: str = "") -> None:
    """gonogo's own speed and memory, and what it reaches of a service, measured, beside what was aimed at."""
    from workflow.cli.develop import run_bench

    run_bench(only, service, json)


@task
def lint(_: Context) -> None:
    """gonogo's own format, rules, types and import contracts."""
    from workflow.cli.develop import run_lint

    run_lint()


@task
def docs(_: Context) -> None:
    """Renew what the documentation takes from the code: the catalogue of checks, the specification's schema."""
    from workflow.cli.develop import renew_docs

    renew_docs()


@task(help={"merge": "files with translations that are taken over first: a.po,b.po"})
def words(_: Context, merge: str = "") -> None:
    """Renew the catalogues of messages in other languages, and say what is open in them."""
    from workflow.cli.develop import renew_words

    renew_words(merge)


@task
def lock(_: Context) -> None:
    """Renew every lock that is kept here from its requirements*.in (needs the package index)."""
    from workflow.cli.develop import renew_lock

    renew_lock()


def _namespace() -> Collection:
    stage = Collection("stage")
    for name, alias, text in STAGE_TASKS:
        stage.add_task(_checking(name, (name,), text, alias))
    everything = tuple(name for name, _, _ in STAGE_TASKS)
    pipeline = _checking("pipeline", everything, "Prove all seven stages, and say GO or NO-GO.", None)
    daily = (pipeline, status, show, explain, why, trace, web, serve, sample, load, new, update, adopt, decide, doctor)
    people = (waive, sign, comment, assign, decisions)
    found = Collection(*daily, *people, own_tests, bench, lint, docs, words, lock)
    found.add_collection(stage)
    requirements = Collection("requirements")
    requirements.add_task(draft)
    found.add_collection(requirements)
    ledger = Collection("ledger")
    for one in (verify, backup, restore):
        ledger.add_task(one)
    found.add_collection(ledger)
    return found


ns = _namespace()
