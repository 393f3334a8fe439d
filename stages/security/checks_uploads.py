"""Security: what becomes of a file that somebody sends? Judges the files that each operation was sent."""

from collections.abc import Iterator, Set

from runner.errors import Thing
from runner.evidence.behaviour.hostile_input import HostileInput
from runner.evidence.behaviour.uploads import About, Upload, UploadFault
from runner.model import Verdict, at_endpoint, check, failed, not_applicable, passed, share, unknown
from runner.said import say
from runner.words import listed, plural


@check("SC080", step="4.2")
def files_are_limited(hostile: HostileInput) -> Verdict:
    """A file that is far too large is refused, and so is a small one that unpacks to a large one.

    A file is kept in memory or on the disk before any code looks at it. An archive of 260 kB holds 256 MiB of zeros, a
    picture of 21 kB takes 170 MB when it is opened: a handful of them at once ends the process.
    Fix: count the bytes as they arrive and answer 413 beyond a limit; look at what a file says of itself
    (`ZipInfo.file_size`, `Image.size`) before it is opened, and count again while it is unpacked.
    """
    said = say("128 MiB are refused, and no small file takes more than 100 MiB when it is opened")
    return _judged(hostile, frozenset({About.SIZE, About.UNPACKED}), said)


@check("SC081", step="4.2")
def names_of_files_lead_nowhere(hostile: HostileInput) -> Verdict:
    """No name of a file decides where it is written.

    `../../app/main.py` is a name that a client may send, in a form or in an archive. Joined to a folder, it writes over
    the service's own code or anybody's file.
    Fix: store a file under a name of your own (`uuid4().hex`) and keep the client's as a text; or take its last part
    (`PurePath(name).name`) and check that the path is still in the folder (`Path.is_relative_to` after `resolve`).
    """
    return _judged(hostile, frozenset({About.NAME}), say("names that lead elsewhere are refused or led nowhere"))


@check("SC082", step="4.2")
def files_are_not_served_as_pages(hostile: HostileInput) -> Verdict:
    """No file that somebody sent is served as a page, whatever type it said to be.

    A page or a drawing (SVG) from your own address runs its script with the rights of whoever opens it. The type that a
    client names is only a word.
    Fix: tell a file by its first bytes and refuse others; serve files with `Content-Disposition: attachment`, with
    `X-Content-Type-Options: nosniff` and a type from a short list, or from another host.
    """
    said = say("pages and drawings are refused, are not served, or are served as what runs nothing")
    return _judged(hostile, frozenset({About.SERVED}), said, also=frozenset({About.TYPE}))


def _judged(hostile: HostileInput, about: Set[About], said: str, also: Set[About] = frozenset()) -> Verdict:
    """All of `about` must have been seen in order; what else was seen must be no fault."""
    faults = list(_faults(hostile, about | also))
    if faults:
        places = [
            at_endpoint(one.endpoint, say("{field}: {what}", field=one.field, what=fault.what)) for one, fault in faults
        ]
        first, fault = faults[0]
        curls = list(dict.fromkeys(one.curl for _, one in faults))
        return failed(say("{endpoint} {what}", endpoint=first.endpoint, what=fault.what), at=places, again=curls[:3])
    if not hostile.uploads:
        return _none(hostile)
    seen = [one for one in hostile.uploads if about <= one.well]
    left = [
        say(
            "{endpoint} ({problem})",
            endpoint=one.endpoint,
            problem=one.problem or say("what became of it was not seen"),
        )
        for one in hostile.uploads
        if one not in seen
    ]
    told = say("; not judged: {left}", left=listed(left)) if left else ""
    strangers = say(". Strangers asked, as {missing}", missing=hostile.missing) if hostile.missing else ""
    return passed(
        say("{said}{told}{strangers}", said=said, told=told, strangers=strangers),
        share(len(seen), len(hostile.uploads), "operation for files"),
    )


def _faults(hostile: HostileInput, about: Set[About]) -> Iterator[tuple[Upload, UploadFault]]:
    yield from ((one, fault) for one in hostile.uploads for fault in one.faults if fault.about in about)


def _none(hostile: HostileInput) -> Verdict:
    if changing := sorted(one for one in hostile.hidden if one.startswith(("POST ", "PUT ", "PATCH "))):
        return unknown(
            say(
                "no operation of the contract takes a file; not asked, as they are not in it: {changing}",
                changing=listed(changing),
            )
        )
    looked = say("the {operations} of the contract", operations=plural(hostile.operations, "operation"))
    absent = Thing.UPLOADS if hostile.operations else Thing.OPERATIONS
    return not_applicable("no operation takes a file", looked=looked, absent=absent)
