"""Deployment: do open streams hold up a restart, and is their client told that they end?"""

from runner.evidence.release.streams_at_end import AtEnd, StreamsAtEnd
from runner.model import Place, Verdict, check, failed, not_applicable, passed, share, unknown
from runner.said import say
from runner.words import listed, plural


@check("DP060", step="7.2")
def streams_end_with_their_process(end: StreamsAtEnd) -> Verdict:
    """Open streams do not keep a process from ending, and their clients are told.

    A server waits for each answer that goes on: with one page open on an event stream it does not end by itself, is
    killed when its time is over, and all other requests under way are lost with it. A websocket that is cut without a
    close frame looks to its client like a network that went away: it may wait for minutes before it connects again.
    Fix: give the server a shorter time than its container has (`--timeout-graceful-shutdown 20` beside
    `stop_grace_period: 30s`), let the generator end at SIGTERM, behind a whole event (sse-starlette does), and close
    each websocket with 1012 or 1001.
    """
    if not end.streams:
        if end.unseen:
            return unknown(
                say(
                    "{routes} may be a stream, and the contract does not say how to ask",
                    routes=plural(end.unseen, "route"),
                )
            )
        return not_applicable("no operation goes on answering, and there is no websocket", looked="every read that may")
    again = [f"{end.command} &  # open the stream, kill -TERM $!: when does it end, and how?"]
    held = [one for one in end.streams if one.held]
    opened = [one for one in end.streams if one.opened]
    if end.exit_code is None and opened:
        guilty = held or opened
        places = [_place(one, say("was open at SIGTERM, and is when the time is over")) for one in guilty]
        said = say(
            "the process does not end while {endpoint} is open: it is killed after {grace} s",
            endpoint=guilty[0].endpoint,
            grace=f"{end.grace:g}",
        )
        return failed(said, at=places, again=again)
    if cut := [one for one in end.streams if one.cut]:
        places = [_place(one, say("{cut} of {opened} connections", cut=one.cut, opened=one.opened)) for one in cut]
        how = say("without a close frame") if cut[0].endpoint.startswith("WS ") else say("in the midst of an event")
        return failed(
            say("{endpoint} is cut at SIGTERM, {how}", endpoint=cut[0].endpoint, how=how), at=places, again=again
        )
    if not opened:
        first = end.streams[0]
        return unknown(
            say("{endpoint} was not open at SIGTERM: {problem}", endpoint=first.endpoint, problem=first.problem)
        )
    return passed(
        say(
            "ended {seconds} s after SIGTERM with {opened} open",
            seconds=f"{end.seconds:g}",
            opened=listed((one.endpoint for one in opened), 3),
        ),
        share(len(opened), len(end.streams) + end.unseen, "stream"),
    )


def _place(one: AtEnd, note: str) -> Place:
    return Place(path=one.path, line=one.line, endpoint=one.endpoint, note=note)
