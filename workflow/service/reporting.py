"""How does a finished run come to a team's server? Packed, kept until it has arrived, looked at before it is taken."""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Base64Bytes, BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from runner.discovery.target import Target
from runner.errors import WorkflowError, first_line
from runner.kept import table_of, with_table
from runner.model import Document
from runner.said import say
from workflow import gate
from workflow.ledger import Decision, Ledger, Run, RunState
from workflow.service.own import identify, own_path
from workflow.settings import read_settings

if TYPE_CHECKING:
    import httpx

FORMAT: Literal[1] = 1  # of what is sent; another one is refused
LARGEST = 16 * 1024 * 1024  # bytes that are sent
UNPACKED = 64 * 1024 * 1024  # bytes that they may become
WAITING = 20  # runs that are kept until they have arrived; older ones stay in their own ledger alone
OUTBOX = "outbox"  # in gonogo's folder
ROUTE = "api/runs"
TOKEN = "GONOGO_REPORT_TOKEN"  # noqa: S105 - the name of a variable
LEAST = 16  # letters of a token
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
FINAL = frozenset({400, 409, 413, 422})  # answers to which the same run would be refused again
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
DECISIONS = TypeAdapter(tuple[Decision, ...])


class Refused(WorkflowError):
    """A report that is not taken, with the status of the answer."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


class Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SentDocument(Sent):
    name: str
    stage: str
    step: str
    title: str
    media_type: str
    content: Base64Bytes
    sha256: Sha256
    told: dict[str, Base64Bytes] = {}  # the same for readers of other languages


class Report(Sent):
    """A run as it is sent. `origin`: its name, which is the same however often it is sent."""

    format: Literal[1]
    origin: Sha256
    run: Run
    documents: tuple[SentDocument, ...]
    said: dict[str, Any] = {}  # how the messages of the run are said


class Answer(BaseModel):
    """What a server says of a run that it has: its number there, and the signatures of the state that it judged."""

    run: int
    new: bool
    signatures: tuple[Decision, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    url: str
    token: str

    @property
    def name(self) -> str:
        return urlsplit(self.url).netloc


# --- who sends


def destination(url: str) -> Destination:
    """Where runs are sent, with the token of the environment. Raises `WorkflowError` for what can't be one."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise WorkflowError(
            say("--report-to takes the address of a team's server: --report-to https://gonogo.example.org")
        )
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise WorkflowError(
            say("The token would go to {hostname} for all to read: name its https:// address.", hostname=parts.hostname)
        )
    token = read_settings().report_token
    if len(token) < LEAST:
        raise WorkflowError(
            say(
                "To send a run {token} must hold the server's token, of {least} letters at least.",
                token=TOKEN,
                least=LEAST,
            )
        )
    return Destination(url=f"{url.rstrip('/')}/{ROUTE}", token=token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of a run: with the signatures that the server knows, and sentences for people."""

    run: Run
    arrived: str = ""
    problems: tuple[str, ...] = ()


def send(run: Run, target: Target, ledger: Ledger, where: Destination) -> Delivery:
    """Send a finished run, and those before it that have not arrived.

    What fails is kept in the service's folder and sent at the next time.
    """
    folder = own_path(target, OUTBOX, hashlib.sha256(where.url.encode()).hexdigest()[:12])
    try:
        mine = _put(folder, run, target, ledger)
    except WorkflowError as error:
        return Delivery(run=run, problems=(str(error),))
    except OSError as error:
        return Delivery(
            run=run,
            problems=(
                say(
                    "The run was not sent: {folder} can't be written ({strerror}).",
                    folder=folder,
                    strerror=error.strerror,
                ),
            ),
        )
    waiting = sorted(folder.glob("*.json.gz"))
    for old in waiting[:-WAITING]:
        old.unlink()
    said: list[str] = []
    arrived = ""
    for file in waiting[-WAITING:]:
        answer, problem = _post(file, where)
        if problem:
            said.append(problem)
        if answer and file == mine:
            run = replace(run, signatures=(*answer.signatures, *run.signatures))
            arrived = say("Sent to {name}, where it is run {run}.", name=where.name, run=answer.run)
        if not answer and file.exists():
            break  # the others would fail alike
    return Delivery(run=run, arrived=arrived, problems=tuple(said))


def _put(folder: Path, run: Run, target: Target, ledger: Ledger) -> Path:
    """The run as a file among those that wait to be sent. Raises `WorkflowError`, `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    origin, body = packed(run, target, ledger)
    mine = folder / f"{run.started:%Y%m%d%H%M%S%f}-{origin[:16]}.json.gz"
    part = mine.with_suffix(".part")
    part.write_bytes(body)
    part.replace(mine)
    return mine


def packed(run: Run, target: Target, ledger: Ledger) -> tuple[str, bytes]:
    """(its name, the bytes that are sent). Raises `WorkflowError` for what is too large."""
    key = identify(str(target.root)).key
    told = f"{key}\n{run.host}\n{run.started.isoformat()}\n{run.id}\n{run.digest}"
    origin = hashlib.sha256(told.encode()).hexdigest()
    documents = [
        SentDocument.model_construct(
            **{name: getattr(one, name) for name in ("name", "stage", "step", "title", "media_type", "sha256")},
            content=ledger.content(one.sha256),
            told={language: ledger.content(sha256) for language, sha256 in one.told.items()},
        )
        for one in run.artifacts
    ]
    bare = replace(run, key=key, artifacts=(), signatures=())
    report = Report.model_construct(
        format=FORMAT, origin=origin, run=bare, documents=tuple(documents), said=table_of(bare)
    )
    try:
        body = gzip.compress(report.model_dump_json().encode(), mtime=0)
    except PydanticSerializationError as error:
        raise WorkflowError(say("Run {id} can't be sent: {error}.", id=run.id, error=first_line(error))) from error
    if len(body) > LARGEST:
        raise WorkflowError(
            say(
                "Run {id} is too large to be sent: {body} of at most {largest} bytes.",
                id=run.id,
                body=f"{len(body):,}",
                largest=f"{LARGEST:,}",
            )
        )
    return origin, body


def _post(file: Path, where: Destination) -> tuple[Answer | None, str]:
    """What the server answers, or why not; a run that has arrived, or is refused for good, is kept no longer."""
    import httpx

    headers = {"Authorization": f"Bearer {where.token}", "Content-Type": "application/json", "Content-Encoding": "gzip"}
    kept = say("It is kept here, and sent with the next run.")
    try:
        came = httpx.post(where.url, content=file.read_bytes(), headers=headers, timeout=60, follow_redirects=False)
    except (httpx.HTTPError, OSError) as error:
        return None, say(
            "The run could not be sent to {name}: {error}. {kept}",
            name=where.name,
            error=first_line(error) or type(error).__name__,
            kept=kept,
        )
    if came.status_code in {200, 201}:
        try:
            answer = Answer.model_validate_json(came.content)
        except ValidationError:
            return None, say("{name} is no gonogo server: its answer can't be read. {kept}", name=where.name, kept=kept)
        file.unlink()
        return answer, ""
    said = _told(came)
    if came.status_code in FINAL:
        file.unlink()
        return None, say("{name} does not take the run: {said}", name=where.name, said=said)
    return None, say("{name} does not take the run now: {said} {kept}", name=where.name, said=said, kept=kept)


def _told(came: "httpx.Response") -> str:
    """The server's own sentence, else the status."""
    try:
        said = came.json().get("error")
    except (ValueError, AttributeError):
        said = None
    return str(said)[:500] if said else say("it answers {status_code}.", status_code=came.status_code)


# --- who takes


def receive(body: bytes, ledger: Ledger) -> Answer:
    """Take a run that was sent, whole or not at all, and once. Raises `Refused` with a sentence."""
    report = _report(_unpacked(body))
    run = with_table(report.run, report.said)
    if wrong := next(_wrong(report), ""):
        raise Refused(422, say("The run is refused: {wrong}.", wrong=wrong))
    documents = [Document(**dict(one) | {"told": tuple(one.told.items())}) for one in report.documents]
    by = f"{run.by} (sent)" if run.by else "sent"
    try:
        id, new = ledger.take(replace(run, by=by, signatures=(), altered=""), documents, report.origin)
    except ValueError as error:
        raise Refused(
            422, say("The run is refused: it holds what no ledger can keep: {error}.", error=error)
        ) from error
    return Answer(run=id, new=new, signatures=ledger.run(id).signatures)


def _unpacked(body: bytes) -> bytes:
    try:
        opened = zlib.decompressobj(wbits=31)
        text = opened.decompress(body, UNPACKED)
    except zlib.error as error:
        raise Refused(400, say("The run is refused: it is not packed with gzip.")) from error
    if opened.unconsumed_tail:
        raise Refused(413, say("The run is refused: it holds more than {unpacked} bytes.", unpacked=f"{UNPACKED:,}"))
    if not opened.eof:
        raise Refused(400, say("The run is refused: its end is missing."))
    if b"\\u0000" in text:
        raise Refused(422, say("The run is refused: it holds a zero byte."))
    return text


def _report(text: bytes) -> Report:
    try:
        return Report.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        if first["loc"] == ("format",):
            raise Refused(
                409,
                say(
                    "The run is written in format {first}, and this server knows {format}. Let both have "
                    "the same gonogo.",
                    first=str(first["input"])[:20],
                    format=FORMAT,
                ),
            ) from error
        where = ".".join(map(str, first["loc"]))[:200]
        raise Refused(
            422, say("The run is refused: {where}: {first}.", where=where or say("all of it"), first=first["msg"])
        ) from error


def _wrong(report: Report) -> Iterator[str]:
    """What a run says that does not follow from its findings, or that no run of ours says."""
    run = report.run
    if not run.key.startswith(("remote:", "git:", "path:")):
        yield say("its service is named by no repository")
    if run.state is not RunState.FINISHED or run.ended is None:
        yield say("it is not finished")
    if any(one.tzinfo is None for one in (run.started, run.ended) if one):
        yield say("its times have no zone")
    if not run.stages or len(set(run.stages)) != len(run.stages):
        yield say("its stages are not told apart")
    if {one.stage for one in run.findings} - set(run.stages):
        yield say("it holds findings of a stage that it did not ask")
    if len({one.slug for one in run.results}) != len(run.results) or any(
        one.slug not in run.stages for one in run.results
    ):
        yield say("it holds results of a stage that it did not ask")
    for one in run.results:
        if one.verdict != gate.judge(run.of_stage(one.slug)).value:
            yield say("{slug} can't be {verdict} with these findings", slug=one.slug, verdict=one.verdict)
        if one.whole and run.only:
            yield say("{slug} was not asked as a whole", slug=one.slug)
    judged = {one.slug: one.verdict for one in run.results}
    verdict = "GO" if all(judged.get(slug) == "GO" for slug in run.stages) else "NO-GO"
    if run.verdict != verdict:
        yield say("it can't be {verdict} with these stages", verdict=run.verdict)
    names = {(one.stage, one.name) for one in report.documents}
    if len(names) != len(report.documents):
        yield say("it holds a document twice")
    if any(hashlib.sha256(one.content).hexdigest() != one.sha256 for one in report.documents):
        yield say("a document is not what its digest says")


def as_told(answer: Answer) -> dict[str, Any]:
    """For programs."""
    return {
        "run": answer.run,
        "new": answer.new,
        "signatures": DECISIONS.dump_python(answer.signatures, mode="json"),
    }
