"""Deployment: is the image that the Dockerfile makes one that starts, answers and stops?"""

from runner.evidence.release.image_build import ImageBuild
from runner.model import Place, Verdict, check, every, failed, in_file, named, passed, unknown

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
        note = f"{image.step or 'the build'}: {image.build_error}"
        return failed(f"it does not build: {note}", at=[in_file(image.path, image.line, note)], again=[build])
    if wrong := _wrong(image):
        return failed("; ".join(place.note for place in wrong), at=wrong, again=[build, run])
    if not image.users:
        return unknown(f"it builds and answers, but {image.engine} did not tell as which user it runs")
    health = f"{image.live} {image.status}" if image.live else f"/ {image.status} (no health check, which PF008 judges)"
    users = ", ".join(map(str, sorted(image.users)))
    how = f"{image.size / 1e6:.0f} MB, built by {image.engine} in {image.build_seconds:.0f} s"
    stopped = f"told to stop it ended with exit code {image.exit_code}"
    said = f"{how}, up in {image.start_seconds:.1f} s, {health}, as user {users}, {stopped}"
    return passed(said, every(int(image.size > 0), "image"))


def _wrong(image: ImageBuild) -> list[Place]:
    """What is wrong with the running container."""
    found = []
    words = f"; last words: {image.last_words}" if image.last_words else ""
    if image.ended is not None:
        found.append(named("container", f"it ends by itself with exit code {image.ended}{words}"))
    elif image.silent:
        found.append(named("container", f"{image.silent}{words}"))
    elif image.status is None or image.status >= (WELL if image.live else ERROR):
        said = f"answered {image.status}" if image.status else "did not answer"
        found.append(named("container", f"{image.live or '/'} {said}{words}"))
    if 0 in image.users:
        found.append(named("container", "it serves as root (user 0)"))
    if image.ended is None and not image.silent and image.exit_code in {KILLED, None}:
        found.append(named("container", "told to stop, it still ran after 10 s and had to be killed"))
    elif image.exit_code not in {KILLED, None, *WELL_ENDED}:
        found.append(named("container", f"told to stop, it ended with exit code {image.exit_code}{words}"))
    return found
