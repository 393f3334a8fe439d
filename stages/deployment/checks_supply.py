"""Deployment: is what will run exactly what was locked, and does somebody still mend it?"""

from runner.evidence.clean_room import CleanRoom
from runner.evidence.compose_file import Compose
from runner.evidence.image_file import ImageFile
from runner.evidence.lock_file import HOW_TO_LOCK, LockFile, Pin
from runner.evidence.python_versions import PythonVersions
from runner.evidence.today import Today
from runner.model import Place, Verdict, check, failed, in_file, not_applicable, passed, shown, unknown
from runner.words import plural
from stages.deployment.support import Supported, image_support, python_support


@check("DP001", step="7.1")
def every_dependency_is_locked_with_its_hash(lock: LockFile) -> Verdict:
    """Every dependency is locked to one version, with its hash.

    Without a lock each build installs whatever is newest that minute: the image that was tested is not the one that
    is released, and a package that was swapped in the index is installed without a question.
    Fix: write the direct dependencies in requirements.in and run
    `uv pip compile --universal --generate-hashes requirements.in -o requirements.lock`.
    """
    if lock.path is None:
        where = [in_file(lock.declared, note="names dependencies; no lock follows from it")] if lock.declared else []
        return failed("there is no lock", at=where, again=[HOW_TO_LOCK])
    if not lock.pins:
        return failed(f"{lock.path} locks nothing", at=[in_file(lock.path)], again=[HOW_TO_LOCK])
    if lock.open:
        names = _names(lock.open)
        return failed(
            f"{len(lock.open)} of {len(lock.pins)} have no exact version: {names}",
            at=_at(lock.open, "no exact version"),
        )
    if lock.unhashed:
        names = _names(lock.unhashed)
        return failed(
            f"{len(lock.unhashed)} of {len(lock.pins)} have no hash: {names}", at=_at(lock.unhashed, "no hash")
        )
    return passed(f"{plural(len(lock.pins), 'package')} in {lock.path}, each with version and hash")


@check("DP002", step="7.1")
def the_lock_installs_in_a_clean_environment(lock: LockFile, room: CleanRoom) -> Verdict:
    """The lock alone makes an environment that the app imports in.

    A package that lies only on the developers' machines is missed for the first time by the release.
    Fix: add the missing package to the declared dependencies and lock again; never `pip install` by hand.
    """
    if lock.path is None:
        return not_applicable("there is no lock, which DP001 judges")
    if room.not_tried:
        return unknown(room.not_tried)
    where = [in_file(lock.path, note=room.trouble or f"`{room.missing}` is missing")] if lock.path else []
    again = [f"uv venv /tmp/clean && VIRTUAL_ENV=/tmp/clean {room.said}"] if room.said else []
    if room.trouble:
        return failed(f"it does not make a whole environment: {room.trouble}", at=where, again=again)
    if room.missing:
        again += ["/tmp/clean/bin/python -c 'import the app'"]  # noqa: S108 - a command for people
        return failed(f"the app imports `{room.missing}`, which the lock does not bring", at=where, again=again)
    return passed(
        f"{plural(len(room.installed), 'package')} installed from {lock.path} for Python {room.python_version}"
    )


@check("DP003", step="7.1")
def python_is_still_supported(python: PythonVersions, today: Today) -> Verdict:
    """The service's Python still gets security fixes.

    Past its end of life nobody mends the interpreter: the next hole in ssl or http stays open.
    Fix: move the service, its lock and its image to a supported Python, and run the tests on it.
    """
    known = [(one, support) for one in python.named if (support := python_support(one.version))]
    ended = [(one, support) for one, support in known if support.until < today.date]
    if ended:
        places = [
            Place(path=one.path, line=one.line, item=None if one.path else "python", note=f"{one.version} has ended")
            for one, _ in ended
        ]
        return failed(_ends([support for _, support in ended]), at=places, again=[*shown(places), "python --version"])
    if not known:
        return passed(f"Python {python.named[0].version} is newer than the table of end dates")
    return passed("; ".join(dict.fromkeys(str(support) for _, support in known)))


@check("DP004", step="7.1")
def base_images_are_still_supported(image: ImageFile, today: Today) -> Verdict:
    """Every base image still gets security fixes.

    An image on an ended distribution or Python collects known holes that no rebuild removes.
    Fix: build from a supported release, for example `python:3.13-slim-trixie` with its full version.
    """
    known = [(base, one) for base in image.outside for one in image_support(base.image, base.tag)]
    ended = [(base, one) for base, one in known if one.until < today.date]
    if ended:
        places = [
            in_file(image.path, base.line, f"{one.product} {one.version} ended on {one.until:%d %b %Y}")
            for base, one in ended
        ]
        return failed(f"{_ends([one for _, one in ended])}", at=places)
    if not known:
        return passed(f"no base of {image.path} is in the table of end dates")
    return passed("; ".join(dict.fromkeys(str(one) for _, one in known)))


@check("DP005", step="7.1")
def compose_is_safe_to_start(compose: Compose) -> Verdict:
    """The compose file pins its images, watches their health and has no default secret.

    `latest` is another program each day, a service without a health check is sent requests before it can answer, and
    a password in the file is the one that production ends up with.
    Fix: pin `image:` to a version, add `healthcheck:`, and demand secrets: `${SECRET_KEY:?set it}`.
    """
    if compose.unreadable:
        return failed(
            f"{compose.path} can't be read: {compose.unreadable}", at=[in_file(compose.path, note=compose.unreadable)]
        )
    places = [*_loose(compose), *_unwatched(compose), *_defaults(compose)]
    if places:
        again = [f"docker compose -f {compose.path} config"]
        return failed(
            f"{len(places)} in {compose.path}: {'; '.join(p.note for p in places[:4])}", at=places, again=again
        )
    return passed(
        f"{plural(len(compose.parts), 'service')} in {compose.path}: images pinned, health watched, secrets demanded"
    )


def _names(pins: tuple[Pin, ...]) -> str:
    names = [pin.name for pin in pins]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")  # noqa: PLR2004


def _at(pins: tuple[Pin, ...], note: str) -> list[Place]:
    return [in_file(pin.path, pin.line, f"{pin.name}: {note}") for pin in pins]


def _ends(ended: list[Supported]) -> str:
    return "; ".join(dict.fromkeys(f"{one.product} {one.version} ended on {one.until:%d %b %Y}" for one in ended))


def _loose(compose: Compose) -> list[Place]:
    found = []
    for part in compose.parts:
        name = (part.image or "").partition("@")
        tag = name[0].rpartition("/")[2].partition(":")[2]
        if (
            part.image
            and not part.builds
            and not name[2]
            and "$" not in part.image
            and not any(c.isdigit() for c in tag)
        ):
            found.append(
                in_file(compose.path, part.line, f"{part.name}: image `{part.image}` is not pinned to a version")
            )
    return found


def _unwatched(compose: Compose) -> list[Place]:
    """What others wait for. Built services may have theirs in the Dockerfile, which DP011 judges."""
    return [
        in_file(compose.path, part.line, f"{part.name} has no health check")
        for part in compose.parts
        if part.awaited and not part.health and not part.builds and not part.runs_once
    ]


def _defaults(compose: Compose) -> list[Place]:
    return [
        in_file(compose.path, s.line, f"{part.name}: {s.name} has a default that everybody can read")
        for part in compose.parts
        for s in part.settings
        if s.is_secret and s.default
    ]
