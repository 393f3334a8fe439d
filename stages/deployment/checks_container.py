"""Deployment: is the image that the Dockerfile makes one that starts, answers and stops?"""

from runner.evidence.release.image_build import ImageBuild
from runner.model import Place, Verdict, check, every, failed, in_file, named, passed, unknown
from runner.said import say, together

KILLED = 137  # exit code of what had to be killed
WELL, ERROR = 300, 500
WELL_ENDED = frozenset((0, 130, 143))  # by itself, or as SIGINT and SIGTERM ask


@check("DP038", step="7.1")
def the_image_builds_and_runs(image: ImageBuild) -> Verdict:
    """The image builds, starts with production settings, answers, is not root, and stops.

    A Dockerfile that reads well can still make an image without its server, without a file that it needs, or whose
    port nobody reaches, and that is seen first where it is released.
    Fix: build and run it as shown, and mend the named step or what the container says.
    """
    build = f"{image.engine} build --file {image.path} --tag service ."
    run = f"{image.engine} run --rm --network host --env-file production.env service"
    if image.build_error:
        note = say("{step}: {build_error}", step=image.step or say("the build"), build_error=image.build_error)
        return failed(
            say("it does not build: {note}", note=note), at=[in_file(image.path, image.line, note)], again=[build]
        )
    if wrong := _wrong(image):
        return failed(together((place.note for place in wrong), "; "), at=wrong, again=[build, run])
    if not image.users:
        return unknown(
            say("it builds and answers, but {engine} did not tell as which user it runs", engine=image.engine)
        )
    health = (
        say("{live} {status}", live=image.live, status=image.status)
        if image.live
        else say("/ {status} (no health check, which PF008 judges)", status=image.status)
    )
    users = together(map(str, sorted(image.users)))
    how = say(
        "{size} MB, built by {engine} in {build_seconds} s",
        size=f"{image.size / 1000000.0:.0f}",
        engine=image.engine,
        build_seconds=f"{image.build_seconds:.0f}",
    )
    stopped = say("told to stop it ended with exit code {exit_code}", exit_code=image.exit_code)
    said = say(
        "{how}, up in {start_seconds} s, {health}, as user {users}, {stopped}",
        how=how,
        start_seconds=f"{image.start_seconds:.1f}",
        health=health,
        users=users,
        stopped=stopped,
    )
    return passed(said, every(int(image.size > 0), "image"))


def _wrong(image: ImageBuild) -> list[Place]:
    """What is wrong with the running container."""
    found = []
    words = say("; last words: {last_words}", last_words=image.last_words) if image.last_words else ""
    if image.ended is not None:
        found.append(
            named("container", say("it ends by itself with exit code {ended}{words}", ended=image.ended, words=words))
        )
    elif image.silent:
        found.append(named("container", say("{silent}{words}", silent=image.silent, words=words)))
    elif image.status is None or image.status >= (WELL if image.live else ERROR):
        said = say("answered {status}", status=image.status) if image.status else say("did not answer")
        found.append(named("container", say("{live} {said}{words}", live=image.live or "/", said=said, words=words)))
    if 0 in image.users:
        found.append(named("container", "it serves as root (user 0)"))
    if image.ended is None and not image.silent and image.exit_code in {KILLED, None}:
        found.append(named("container", "told to stop, it still ran after 10 s and had to be killed"))
    elif image.exit_code not in {KILLED, None, *WELL_ENDED}:
        found.append(
            named(
                "container",
                say("told to stop, it ended with exit code {exit_code}{words}", exit_code=image.exit_code, words=words),
            )
        )
    return found
