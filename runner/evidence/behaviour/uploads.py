"""What becomes of a file that somebody sends? Files of all sizes, names and kinds, at each operation that takes one."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

import httpx

from runner.evidence.behaviour.file_sender import FileSender
from runner.evidence.behaviour.hostile_sender import Sender
from runner.evidence.behaviour.large_bodies import CLOSED, TOO_LARGE, here_and_well
from runner.evidence.behaviour.served_files import is_active, places_of, unasked
from runner.http.files import MEDIA, SIGNED, File, file_field, png, usual_files, zipped, zipped_zeros
from runner.http.identities import is_done
from runner.http.objects import CannotMake
from runner.http.openapi import Operation
from runner.live.marked_files import Marked
from runner.live.peak_memory import forget_peak, peak_memory
from runner.said import say

MOST = 8  # operations
LARGE = 128 * 1024 * 1024  # bytes of a file that hardly any service needs
SMALL = 64 * 1024
UNPACKED = 256 * 1024 * 1024  # … that a small archive holds
LARGE_MEMBER = "gonogo-unpacked"
SIDE = 13_000  # dots of a picture's side: 21 kB as a file, 170 MB in memory
GROWN = 100 * 1024 * 1024  # bytes that one small file may not cost
REFUSED = frozenset(range(400, 500)) - {401, 403, 404, 405, 429}  # for what it is, not for who sent it or where
SHUT, FAILED = frozenset({401, 403, 429}), 500
SCRIPT = "<script>document.title='{mark}'</script>"
PAGE = f"<!doctype html><html><body>{SCRIPT}</body></html>"
DRAWING = f"<svg xmlns='http://www.w3.org/2000/svg'>{SCRIPT}</svg>"


class About(StrEnum):
    """What is asked of a file."""

    SIZE = "its size"
    UNPACKED = "what it unpacks to"
    NAME = "its name"
    TYPE = "its type"
    SERVED = "what is served of it"


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadFault:
    """What went wrong with one file."""

    about: About
    what: str  # "takes a txt of 128 MiB"
    curl: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An operation that takes a file."""

    endpoint: str
    field: str
    taken: str = ""  # the kind of a plain file that was taken: "png"; empty: none was
    problem: str = ""  # why none was
    well: frozenset[About] = frozenset()  # what was seen to be in order
    faults: tuple[UploadFault, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of one look: in order, a fault, or neither, where it could not be seen."""

    well: bool = False
    fault: str = ""


WELL, UNSEEN = Seen(well=True), Seen()


def uploads(sender: Sender, unnamed: Iterable[Operation] = ()) -> Iterator[Upload]:
    """Each operation that takes a file, with what became of the files that it was sent.

    `unnamed` are those of which the code alone says that they take one.
    """
    document = sender.here.requests.document
    told = {op.endpoint: op for op in (*sender.here.requests.operations, *unnamed)}
    found = [(op, field) for op in told.values() if (field := file_field(document, op))]
    for number, (operation, field) in enumerate(found):
        upload = Upload(endpoint=operation.endpoint, field=str(field))
        try:
            judged = _judged(upload, FileSender(sender, operation, field)) if number < MOST else upload
        except CannotMake as error:
            judged = replace(upload, problem=str(error))
        if judged.taken or operation in sender.here.requests.operations:  # else it may take something that is no file
            yield judged


def _judged(upload: Upload, sender: FileSender) -> Upload:
    taken, problem = _plain(sender)
    if taken is None:
        return replace(upload, problem=problem)
    well, faults = set[About](), list[UploadFault]()
    for about, look in LOOKS.items():
        seen = look(sender, taken)
        if seen.well:
            well.add(about)
        if seen.fault:
            faults.append(UploadFault(about=about, what=seen.fault, curl=sender.curl))
    return replace(upload, taken=taken.ending, well=frozenset(well), faults=tuple(faults))


def _plain(sender: FileSender) -> tuple[File | None, str]:
    """A small file of the first kind that is taken; else None and the last refusal."""
    problem = ""
    for file in usual_files(sender.operation, sender.field):
        answer = sender.answer(file)
        if answer is not None and is_done(answer):
            return file, ""
        problem = say("no kind of file was taken, a {ending} was {said}", ending=file.ending, said=_said(answer))
    return None, problem


def names(sender: FileSender, taken: File) -> Seen:
    """A name with a way in it, against the folder where a file with a plain name is found."""
    if not sender.stored.can_look:
        return UNSEEN
    mark = sender.mark()
    try:
        return _led_out(sender, taken, mark)
    finally:
        sender.stored.remove(mark)


def _led_out(sender: FileSender, taken: File, mark: str) -> Seen:
    sender.answer(taken.called(f"{mark}_.{taken.ending}"))
    usual = min((len(one.path.parts) for one in sender.stored.find(f"{mark}_")), default=None)
    aside = sender.stored.temporary
    # the last two for who takes `../` out once, and for who looks at the beginning alone
    ways = ("../{}", "../../{}", f"{aside}/{{}}", "..%2f{}", "....//{}", "./../{}")
    files = [
        (way.format("sample"), taken.called(way.format(f"{mark}{n}.{taken.ending}"))) for n, way in enumerate(ways)
    ]
    if taken.ending == "zip":
        member = f"../{mark}{len(ways)}.txt"
        files.append(
            (say("{path} in an archive", path="../sample"), replace(taken, content=zipped({member: b"sample"})))
        )
    for number, (way, file) in enumerate(files):
        answer, said = sender.answer(file), say("a file called {format}", format=way)
        if _failed(answer):
            return Seen(fault=say("{answers} to {said}", answers=_answers(answer), said=said))
        found = sender.stored.find(f"{mark}{number}")
        if out := next((one for one in found if _is_out(one, usual) or one.path.parent == aside), None):
            return Seen(fault=say("writes {said} to {parent}", said=said, parent=out.path.parent))
    return WELL


def _is_out(found: Marked, usual: int | None) -> bool:
    """Is it nearer to the root than a file with a plain name?"""
    return usual is None or len(found.path.parts) < usual


def types(sender: FileSender, taken: File) -> Seen:
    """A page that calls itself a picture, where a page is refused as such and a picture begins as pictures do."""
    if taken.ending not in SIGNED:
        return WELL  # a text is whatever it says
    page = PAGE.format(mark=sender.mark()).encode()
    honest = sender.answer(File(name="sample.html", content=page, media=MEDIA["html"]))
    if honest is None or honest.status_code not in REFUSED:
        return WELL if honest is not None and is_done(honest) else UNSEEN
    answer = sender.answer(replace(taken, content=page))
    if answer is not None and is_done(answer):
        return Seen(fault=say("takes a web page that calls itself {media}, and refuses one as such", media=taken.media))
    return WELL if answer is not None and answer.status_code in REFUSED else UNSEEN


def served(sender: FileSender, taken: File) -> Seen:
    """Pages and drawings that run a script: what is taken of them is looked for, and read as a browser does."""
    kinds = (
        ("html", PAGE, MEDIA["html"]),
        ("svg", DRAWING, MEDIA["svg"]),
        ("html", PAGE, taken.media),
        ("svg", DRAWING, taken.media),
        (taken.ending, PAGE, MEDIA["html"]),
    )
    everything = True
    for ending, text, media in dict.fromkeys(kinds):
        mark = sender.mark()
        content = text.format(mark=mark).encode()
        seen = _served_back(sender, File(name=f"{mark}.{ending}", content=content, media=media), mark)
        sender.stored.remove(mark)
        if seen.fault:
            return seen
        everything = everything and seen.well
    return WELL if everything else UNSEEN


def _served_back(sender: FileSender, file: File, mark: str) -> Seen:
    request, answer = sender.send(file)
    if answer is None or answer.status_code >= FAILED:
        return UNSEEN
    if not is_done(answer):
        return WELL if answer.status_code in REFUSED else UNSEEN
    stored = [one.path for one in sender.stored.find(mark)] if sender.stored.can_look else []
    requests = sender.sender.here.requests
    blind = unasked(answer, request, requests)
    for path in places_of(answer, request, requests, stored):
        shown = sender.read(path)
        blind = blind or shown is None or shown.status_code in SHUT or shown.status_code >= FAILED
        if shown is None or not shown.is_success or mark.encode() not in shown.content or _is_json(shown):
            continue
        if not is_active(shown):
            return WELL
        kind, name = shown.headers.get("content-type", say("no type")), file.name.replace(mark, "sample")
        return Seen(
            fault=say(
                "takes {name} as {media}, and GET {path} shows it as {kind}",
                name=name,
                media=file.media,
                path=path.replace(mark, "sample"),
                kind=kind,
            )
        )
    return UNSEEN if blind else WELL


def unpacked(sender: FileSender, taken: File) -> Seen:
    """A small file that is a large one when it is opened: by the memory that the service has held since."""
    process = sender.sender.here.server.process
    for kind, (content, holds) in bombs().items():
        above, lay = forget_peak(process.pid), _on_disk(sender)
        before = peak_memory(process.pid)
        answer = sender.answer(File(name=f"sample.{kind}", content=content, media=MEDIA[kind]))
        after = peak_memory(process.pid)
        on_disk = _on_disk(sender) - lay
        sender.stored.remove(LARGE_MEMBER)
        said = say("a {kind} of {content} kB that holds {holds}", kind=kind, content=len(content) >> 10, holds=holds)
        if _failed(answer):
            return Seen(fault=say("{answers} to {said}", answers=_answers(answer), said=said))
        if before is None or after is None or above is None:
            return UNSEEN
        if (grown := max(after - before, on_disk)) >= GROWN:
            return Seen(fault=say("takes {grown} MiB for {said}", grown=grown >> 20, said=said))
        if above > GROWN // 4:  # what was held before would hide it
            return UNSEEN
    return WELL if taken.ending in bombs() or taken.ending not in SIGNED else UNSEEN


@cache
def bombs() -> Mapping[str, tuple[bytes, str]]:
    """By kind: a small file, and what it holds. Made once: that takes a second."""
    return {
        "zip": (zipped_zeros(f"{LARGE_MEMBER}.txt", UNPACKED), say("256 MiB of zeros")),
        "png": (png(SIDE, SIDE), f"{SIDE:,} × {SIDE:,} dots"),
    }


def _on_disk(sender: FileSender) -> int:
    return sum(one.size for one in sender.stored.find(LARGE_MEMBER)) if sender.stored.can_look else 0


def size(sender: FileSender, taken: File) -> Seen:
    """The same file, filled up to what hardly anybody needs. One that is refused at 64 kB too says nothing of sizes."""
    said = say("a {ending} of {large} MiB", ending=taken.ending, large=LARGE >> 20)
    try:
        answer = sender.large(taken, LARGE)
    except httpx.TransportError as error:
        shut = isinstance(error, CLOSED) and here_and_well(sender.sender.here)
        return WELL if shut else Seen(fault=say("gives no answer to {said}", said=said))
    if _failed(answer):
        return Seen(fault=say("{answers} to {said}", answers=_answers(answer), said=said))
    if is_done(answer):
        return Seen(fault=say("takes {said}", said=said))
    if answer.status_code == TOO_LARGE:
        return WELL
    if answer.status_code not in REFUSED:
        return UNSEEN
    curl, small = sender.curl, sender.large(taken, SMALL)
    sender.curl = curl
    return WELL if is_done(small) else UNSEEN


Look = Callable[[FileSender, File], Seen]
LOOKS: Mapping[About, Look] = {
    About.NAME: names,
    About.TYPE: types,
    About.SERVED: served,
    About.UNPACKED: unpacked,
    About.SIZE: size,
}


def _failed(answer: httpx.Response | None) -> bool:
    return answer is None or answer.status_code >= FAILED


def _said(answer: httpx.Response | None) -> str:
    return say("answered {status_code}", status_code=answer.status_code) if answer is not None else say("not answered")


def _answers(answer: httpx.Response | None) -> str:
    return (
        say("answers {status_code}", status_code=answer.status_code) if answer is not None else say("gives no answer")
    )


def _is_json(shown: httpx.Response) -> bool:
    return "json" in shown.headers.get("content-type", "")
