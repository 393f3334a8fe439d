"""What was a service generated from? Kept in the service itself, so that a later update knows what people have edited.

The files themselves are kept, not only their hashes: the templates of another day can't be rendered again, and a merge
needs the lines. They lie in one archive, so that nobody searches, checks or reviews each of them twice; what a person
may want to know stands beside it.
"""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

from runner.errors import WorkflowError
from runner.reading.documents import NotReadable, read_document, toml_in
from runner.said import say

FOLDER = ".gonogo"
NOTE, ARCHIVE = f"{FOLDER}/generated.toml", f"{FOLDER}/generated.zip"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the archive of the same files is the same archive
MOST = 64 * 1024 * 1024  # bytes of what an archive may hold
LOST = say(
    "Take {folder} back from git (`git log -- {folder}` names the commit), since without "
    "it nobody can tell what was edited here.",
    folder=FOLDER,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A service as it was generated last: its names, the day that its documents tell, and every file."""

    name: str
    package: str
    made: date
    files: Mapping[str, bytes]


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path there."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def written(record: Record) -> dict[str, bytes]:
    """The record's own two files, by path."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, content in sorted(record.files.items()):
            archive.writestr(zipfile.ZipInfo(path, EPOCH), content, zipfile.ZIP_DEFLATED)
    archived = packed.getvalue()
    note = (
        "# What this service was generated from: `invoke update` merges what is new since with what was edited here.\n"
        f"# Commit both files and leave them as they are; `unzip -l {ARCHIVE}` lists what was made.\n"
        f'name = "{record.name}"\n'
        f'package = "{record.package}"\n'
        f'made = "{record.made.isoformat()}"\n'
        f"files = {len(record.files)}\n"
        f'sha256 = "{hashlib.sha256(archived).hexdigest()}"     # of generated.zip\n'
    )
    return {NOTE: note.encode(), ARCHIVE: archived}


def write_record(root: Path, record: Record) -> None:
    (root / FOLDER).mkdir(exist_ok=True)
    for path, content in written(record).items():
        (root / path).write_bytes(content)


def read_record(root: Path) -> Record:
    """Raises `WorkflowError` where there is none, or where it is not as it was written."""
    if not (root / NOTE).is_file() or not (root / ARCHIVE).is_file():
        raise WorkflowError(
            say(
                "{root} has no {note}: it was not made by `invoke new NAME`, or by one that kept no "
                "record yet, so nobody can tell what was edited here. Make it anew beside it with "
                "`invoke new NAME --spec`, compare, and carry over what you want.",
                root=root,
                note=NOTE,
            )
        )
    try:
        told = toml_in(read_document(root / NOTE))
        archived = (root / ARCHIVE).read_bytes()
        if hashlib.sha256(archived).hexdigest() != told["sha256"]:
            raise WorkflowError(
                say("{archive} is not the one that {note} tells of. {lost}", archive=ARCHIVE, note=NOTE, lost=LOST)
            )
        return Record(
            name=str(told["name"]),
            package=str(told["package"]),
            made=date.fromisoformat(str(told["made"])),
            files=_unpacked(archived),
        )
    except (NotReadable, KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise WorkflowError(say("{note} can't be read: {error}. {lost}", note=NOTE, error=error, lost=LOST)) from error


def _unpacked(archived: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archived)) as archive:
        entries = archive.infolist()
        if sum(one.file_size for one in entries) > MOST:
            raise ValueError("it holds more than a service can")
        for one in entries:
            if PurePosixPath(one.filename).is_absolute() or ".." in PurePosixPath(one.filename).parts:
                raise ValueError(f"{one.filename} leads out of the service's folder")
        return {one.filename: archive.read(one) for one in entries if not one.is_dir()}
