"""Deployment: is what will run exactly what was locked, and does somebody still mend it?"""

import re

from runner.evidence.agreed.today import Today
from runner.evidence.code.lock_file import LockFile, Pin, how_to_lock
from runner.evidence.code.python_versions import PythonVersions
from runner.evidence.release.clean_room import CleanRoom, canonical
from runner.evidence.release.compose_file import Compose
from runner.evidence.release.image_file import ImageFile
from runner.model import Place, Verdict, check, every, failed, in_file, not_applicable, passed, share, shown, unknown
from runner.said import say, together
from runner.vocabulary.support import Supported
from runner.words import listed
from stages.deployment.support import image_support, python_support

CLEAN = "UV_PROJECT_ENVIRONMENT=/tmp/clean VIRTUAL_ENV=/tmp/clean"  # so that uv leaves the service's own alone


@check("DP001", step="7.1")
def every_dependency_is_locked_with_its_hash(lock: LockFile) -> Verdict:
    """Every dependency is locked to one version, with its hash.

    Without a lock each build installs whatever is newest that minute: the image that was tested is not the one that
    is released, and a package that was swapped in the index is installed without a question.
    Fix: write the direct dependencies in requirements.in and run
    `uv pip compile --universal --generate-hashes --no-strip-extras requirements.in -o requirements.lock` (with extras
    spelt out, as `coverage[toml]==…`: the pip of Python 3.11 and 3.12 refuses the lock without them).
    """
    if lock.path is None:
        where = [in_file(lock.declared, note="names dependencies; no lock follows from it")] if lock.declared else []
        return failed("there is no lock", at=where, again=[how_to_lock(lock.declared)])
    if not lock.pins:
        return failed(
            say("{path} locks nothing", path=lock.path), at=[in_file(lock.path)], again=[how_to_lock(lock.declared)]
        )
    if lock.open:
        names = _names(lock.open)
        return failed(
            say(
                "{open} of {pins} have no exact version: {names}", open=len(lock.open), pins=len(lock.pins), names=names
            ),
            at=_at(lock.open, say("no exact version")),
        )
    if lock.unhashed:
        names = _names(lock.unhashed)
        return failed(
            say(
                "{unhashed} of {pins} have no hash: {names}",
                unhashed=len(lock.unhashed),
                pins=len(lock.pins),
                names=names,
            ),
            at=_at(lock.unhashed, say("no hash")),
        )
    locked = {canonical(pin.name) for pin in lock.pins}
    if lost := [name for name in lock.wanted if name not in locked]:
        where = [
            in_file(
                lock.declared or lock.path,
                note=say("{name} is declared, and {path} does not lock it", name=name, path=lock.path),
            )
            for name in lost
        ]
        return failed(
            say(
                "{lost} of {wanted} declared are not locked: {lost2}",
                lost=len(lost),
                wanted=len(lock.wanted),
                lost2=listed(lost, 5),
            ),
            at=where,
        )
    declared = [every(len(lock.wanted), "declared dependency")] if lock.wanted else []
    return passed(
        say("{path} names version and hash of each", path=lock.path), every(len(lock.pins), "package"), *declared
    )


@check("DP002", step="7.1")
def the_lock_installs_in_a_clean_environment(lock: LockFile, room: CleanRoom) -> Verdict:
    """The lock alone makes an environment that the app imports in.

    A package that lies only on the developers' machines is missed for the first time by the release.
    Fix: add the missing package to the declared dependencies and lock again; never `pip install` by hand.
    """
    if lock.path is None:
        return unknown("there is no lock to install, which DP001 judges")
    if room.not_tried:
        return unknown(room.not_tried)
    where = (
        [in_file(lock.path, note=room.problem or say("`{missing}` is missing", missing=room.missing))]
        if lock.path
        else []
    )
    ours = lock.kind == "poetry.lock"  # what is installed there is our own export
    again = [f"uv venv /tmp/clean && {CLEAN} {room.said}"] if room.said and not ours else []
    if room.problem:
        return failed(
            say("it does not make a whole environment: {problem}", problem=room.problem), at=where, again=again
        )
    if room.missing:
        again += [f"/tmp/clean/bin/python -c 'import {room.module}'"] if again else []  # noqa: S108 - for people
        return failed(
            say("the app imports `{missing}`, which the lock does not bring", missing=room.missing),
            at=where,
            again=again,
        )
    if not room.imported:
        return unknown(
            say(
                "{path} installs, but the app's import did not come to its end there: {not_imported}",
                path=lock.path,
                not_imported=room.not_imported,
            )
        )
    pinned = {canonical(pin.name) for pin in lock.pins}
    own = [one for one in room.installed if one.name in pinned]
    return passed(
        say(
            "installed from {path} for Python {python_version}, and the app imports",
            path=lock.path,
            python_version=room.python_version,
        ),
        share(len(own), len(room.installed), "installed package"),
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
            Place(
                path=one.path,
                line=one.line,
                item=None if one.path else "python",
                note=say("{version} has ended", version=one.version),
            )
            for one, _ in ended
        ]
        return failed(_ends([support for _, support in ended]), at=places, again=[*shown(places), "python --version"])
    dark = [one.version for one in python.named if one not in [named for named, _ in known]]
    if dark and not known:
        return unknown(
            say(
                "Python {dark} is not in gonogo's table of end dates: renew gonogo, or look it up yourself",
                dark=dark[0],
            )
        )
    told = together(dict.fromkeys(str(support) for _, support in known), "; ")
    return passed(told, share(len(known), len(python.named), "named version"))


@check("DP004", step="7.1")
def base_images_are_still_supported(image: ImageFile, today: Today) -> Verdict:
    """Every base image still gets security fixes.

    An image on an ended distribution or Python collects known holes that no rebuild removes.
    Fix: build from a supported release, for example `python:3.13-slim-trixie` with its full version.
    """
    if image.unreadable:
        return unknown(
            say("{path} is not a valid Dockerfile: {unreadable}", path=image.path, unreadable=image.unreadable)
        )
    known = [(base, one) for base in image.registry for one in image_support(base.image, base.tag)]
    ended = [(base, one) for base, one in known if one.until < today.date]
    if ended:
        places = [
            in_file(
                image.path,
                base.line,
                say(
                    "{product} {version} ended on {until}",
                    product=one.product,
                    version=one.version,
                    until=f"{one.until:%d %b %Y}",
                ),
            )
            for base, one in ended
        ]
        return failed(f"{_ends([one for _, one in ended])}", at=places)
    if not image.registry:
        return (
            not_applicable("built from scratch alone", looked=say("the FROM of {path}", path=image.path))
            if image.bases
            else unknown(say("{path} has no FROM that could be read", path=image.path))
        )
    dark = [base.name[:60] for base in image.registry if base not in [one for one, _ in known]]
    told = together(dict.fromkeys(str(one) for _, one in known), "; ") or say(
        "`{dark}` is not in the table of end dates", dark=dark[0]
    )
    return passed(told, share(len(image.registry) - len(dark), len(image.registry), "base image"))


@check("DP005", step="7.1")
def compose_is_safe_to_start(compose: Compose) -> Verdict:
    """The compose file pins its images, watches their health, has no default secret and nothing for development.

    `latest` is another program each day, a service without a health check is sent requests before it can answer, and
    a password in the file is the one that production ends up with.
    Fix: pin `image:` to a version, add `healthcheck:`, and demand secrets: `${SECRET_KEY:?set it}`; leave `--reload` to
    an override file that mounts the code.
    """
    if compose.unreadable:
        return failed(
            say("{path} can't be read: {unreadable}", path=compose.path, unreadable=compose.unreadable),
            at=[in_file(compose.path, note=compose.unreadable)],
        )
    places = [*_loose(compose), *_unwatched(compose), *_defaults(compose), *_developing(compose)]
    if places:
        again = [f"docker compose -f {compose.path} config"]
        return failed(
            say(
                "{places} in {path}: {places2}",
                places=len(places),
                path=compose.path,
                places2=listed((p.note for p in places), 4, "; "),
            ),
            at=places,
            again=again,
        )
    if compose.elsewhere:
        return unknown(
            say(
                "{path} takes services from elsewhere, which were not read: {elsewhere}",
                path=compose.path,
                elsewhere=compose.elsewhere,
            )
        )
    dark = [part for part in compose.parts if part.unsure or not (part.image or part.builds)]
    told = (
        say("; not known: {name}, {unsure}", name=dark[0].name, unsure=dark[0].unsure or say("which has no image"))
        if dark
        else ""
    )
    judged = share(len(compose.parts) - len(dark), compose.written, "service")
    return passed(
        say("images pinned, health watched, secrets demanded in {path}{told}", path=compose.path, told=told), judged
    )


def _names(pins: tuple[Pin, ...]) -> str:
    names = [pin.name for pin in pins]
    return listed(names, 5)


def _at(pins: tuple[Pin, ...], note: str) -> list[Place]:
    return [in_file(pin.path, pin.line, say("{name}: {note}", name=pin.name, note=note)) for pin in pins]


def _ends(ended: list[Supported]) -> str:
    return together(
        dict.fromkeys(
            say(
                "{product} {version} ended on {until}",
                product=one.product,
                version=one.version,
                until=f"{one.until:%d %b %Y}",
            )
            for one in ended
        ),
        "; ",
    )


def _loose(compose: Compose) -> list[Place]:
    return [
        in_file(
            compose.path,
            part.line,
            say("{name}: image `{image}` is not pinned to a version", name=part.name, image=part.image),
        )
        for part in compose.parts
        if part.image and not part.builds and "$" not in part.image and not _pinned(part.image)
    ]


def _pinned(image: str) -> bool:
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return bool(re.fullmatch(r"sha256:[0-9a-f]{64}", digest)) or (any(c.isdigit() for c in tag) and "latest" not in tag)


def _developing(compose: Compose) -> list[Place]:
    """Reloaders of services whose code lies in their image: nobody develops in these."""
    return [
        in_file(
            compose.path,
            part.line,
            say("{name}: {develops} is for development", name=part.name, develops=part.develops),
        )
        for part in compose.parts
        if part.develops
    ]


def _unwatched(compose: Compose) -> list[Place]:
    """What others wait for. Built services may have theirs in the Dockerfile, which DP011 judges."""
    bare = [
        in_file(compose.path, part.line, say("{name} has no health check", name=part.name))
        for part in compose.parts
        if part.awaited and not part.health and not part.blind and not part.builds and not part.runs_once
    ]
    return bare + [
        in_file(
            compose.path,
            part.line,
            say("{name}: its health check sees nothing: {blind}", name=part.name, blind=part.blind),
        )
        for part in compose.parts
        if part.blind
    ]


def _defaults(compose: Compose) -> list[Place]:
    return [
        in_file(
            s.file or compose.path,
            s.line,
            say("{name}: {name2} has a default that everybody can read", name=part.name, name2=s.name),
        )
        for part in compose.parts
        for s in part.settings
        if (s.is_secret and s.default) or s.password_in_url
    ]
