"""Security: who gets into what stays open, whose is it, and does it end with its session?"""

from collections.abc import Iterable

from runner.evidence.access.streams import SOON, Afterlife, SeenStream, Streams
from runner.model import Place, Share, Verdict, check, failed, not_applicable, passed, share, unknown
from runner.said import say, together
from runner.words import listed, plural


@check("SC120", step="4.1")
def streams_ask_who_is_there(streams: Streams) -> Verdict:
    """An event stream or a websocket opens for those alone whom its service knows.

    No contract names websockets, and neither `EventSource` nor `WebSocket` lets a page send a header: so the guard that
    all other operations have is left out here, or the token in the address is taken and not looked at. Into a chat that
    asks nobody, whoever finds it writes in any name.
    Fix: check the token before `accept()` (a cookie, a short-lived ticket in the address, or the first message), and
    close with 1008 where it is not good. One that is meant for all is said once: a permission for `anonymous` in the
    specification, or in gonogo.toml `[access] open = ["GET /events"]`.
    """
    if not streams.streams:
        return _none(streams)
    careless = [one for one in streams.streams if not one.meant and _takes_any(one)]
    asks = _others_ask(streams)
    open_ones = [one for one in streams.streams if not one.meant and _gets_in(one) and (asks or one.guarded)]
    open_ones += [one for one in streams.streams if _is_a_chat_for_strangers(one, streams) and one not in open_ones]
    if careless or open_ones:
        places = [_place(one, say("a token that nobody gave out opens it")) for one in careless]
        places += [_place(one, _opens(one)) for one in open_ones]
        first = (careless or open_ones)[0]
        how = say("takes any token") if careless else _opens(first)
        rest = len(careless) + len(open_ones) - 1
        asked = (
            say(
                "{guarded} of {reads} want a sign-in",
                guarded=streams.guarded,
                reads=plural(streams.others, "other read"),
            )
            if streams.guarded or not streams.protected
            else say("{operations} of the contract want a sign-in", operations=plural(streams.protected, "operation"))
        )
        return failed(
            say(
                "{endpoint} {how}{rest}; {asked}",
                endpoint=first.endpoint,
                how=how,
                rest=say(" (and {rest} more)", rest=rest) if rest else "",
                asked=asked,
            ),
            at=places,
            again=[_command(one) for one in (*careless, *open_ones)],
        )
    judged = [one for one in streams.streams if one.meant or _is_proved(one) or _gets_in(one)]
    shut = [one for one in judged if _is_proved(one)]
    if not judged:
        return unknown(_why(streams))
    names, opened = _names(shut), _names([one for one in judged if one not in shut])
    said = say("refused to strangers and to made-up tokens: {names}", names=names) if shut else ""
    more = say("open to all, on purpose or as the reads beside it are: {opened}", opened=opened) if opened else ""
    return passed(together(filter(None, (said, more)), "; "), _share(streams, judged))


@check("SC121", step="4.1")
def streams_end_with_their_session(streams: Streams) -> Verdict:
    """A stream ends soon after its token has expired, its caller signed out, or the account was disabled.

    The token is looked at once, when the stream opens. Who was signed out, dismissed or robbed of a token goes on
    reading for as long as the connection lasts, which may be days.
    Fix: keep the token's end and its session beside the connection, look at both before each thing that is sent and at
    least every few seconds, and close with 1008 (an event stream: end the generator).
    """
    closed = [one for one in streams.streams if one.is_closed]
    if not streams.streams:
        return _none(streams)
    if not closed:
        problem = next((one.problem for one in streams.streams if one.problem), "")
        if problem or streams.unseen or not all(_gets_in(one) for one in streams.streams):
            return unknown(_why(streams))
        looked = say("{streams}, opened by strangers", streams=plural(len(streams.streams), "stream"))
        return not_applicable("no stream wants a sign-in, so none belongs to a session", looked=looked)
    lives = [(one, life) for one in closed for life in one.afterlives]
    if bad := [(one, life) for one, life in lives if _lives_on(life)]:
        first, life = bad[0]
        places = [
            _place(one, say("after {way} it still sent {times}", way=life.way, times=plural(life.received, "time")))
            for one, life in bad
        ]
        said = say(
            "{endpoint} lives on: after {way}, other requests are refused, and {soon} s later it sends",
            endpoint=first.endpoint,
            way=life.way,
            soon=f"{SOON:g}",
        )
        return failed(said, at=places, again=[f"{_command(first)}  # then {life.way}: does it end?"])
    ended = [(one, life) for one, life in lives if life.ended and life.refused and not life.by_itself]
    seen = {one.endpoint for one, _ in ended}
    if not seen:
        return unknown(_no_end_seen(lives) if lives or not streams.no_session_end else streams.no_session_end)
    slowest = max(life.seconds for _, life in ended)
    ways = listed(dict.fromkeys(life.way for _, life in ended))
    return passed(
        say("ended within {most} s after {ways}", most=f"{max(slowest, 0.1):g}", ways=ways),
        share(len(ended), len(lives), "ended session"),
        share(len(seen), len(closed) + streams.unseen, "stream of a session"),
    )


@check("SC122", step="4.1")
def streams_are_their_owners(streams: Streams) -> Verdict:
    """Nobody follows another user's stream.

    `/ws/{user_id}` with a good token and somebody else's number: the guard asks whether the caller is known, and not
    whether the stream is the caller's.
    Fix: take the user from the token and not from the path, or compare the two before `accept()`; where the path names
    an object, ask for it as its read does.
    """
    if not streams.streams:
        return _none(streams)
    theirs = [one for one in streams.streams if one.another is not None]
    if not theirs:
        if streams.unseen or not all(one.is_closed or _gets_in(one) for one in streams.streams):
            return unknown(_why(streams))
        looked = say("the paths of {streams}", streams=plural(len(streams.streams), "stream"))
        return not_applicable("no stream that wants a sign-in names a person, or what is somebody's own", looked=looked)
    if bad := [one for one in theirs if one.another and (one.another.got_in or _as_good(one))]:
        places = [_place(one, say("somebody else who is signed in opens it")) for one in bad]
        rest = say(" (and {bad} more)", bad=len(bad) - 1) if len(bad) > 1 else ""
        said = say("{endpoint} of one user opens for another{rest}", endpoint=bad[0].endpoint, rest=rest)
        return failed(said, at=places, again=[_command(one) for one in bad])
    refused = [one for one in theirs if one.another and one.another.shut_out]
    if not refused:
        return unknown(say("what became of another user's try is not clear: {endpoint}", endpoint=theirs[0].endpoint))
    return passed("refused to another user", share(len(refused), len(theirs) + streams.unseen, "stream of somebody's"))


def _gets_in(one: SeenStream) -> bool:
    """It gives a stranger something, or stays open for one, and no word of its code could ask who that is."""
    stranger = one.stranger
    return stranger is not None and (stranger.got_in or (stranger.open and not stranger.refusal and not one.asks))


def _is_a_chat_for_strangers(one: SeenStream, streams: Streams) -> bool:
    """What anybody writes comes to others or is kept, where a service knows who its callers are.

    That reads beside it are open says nothing of it: they are read, and this one is written.
    """
    knows = streams.guarded > 0 or streams.protected > 0
    return one.takes and knows and not one.meant


def _opens(one: SeenStream) -> str:
    return say("takes what strangers write") if one.takes else say("opens without a token")


def _takes_any(one: SeenStream) -> bool:
    """A stranger is refused, and one who makes a token up is not."""
    forged, stranger = one.forged, one.stranger
    return bool(forged and stranger and stranger.shut_out and forged.got_in)


def _is_proved(one: SeenStream) -> bool:
    return one.is_closed and (one.forged is None or one.forged.shut_out)


def _as_good(one: SeenStream) -> bool:
    """Silent, and open as it is for its owner, whom a stranger's refusal tells apart."""
    good, another = one.good, one.another
    return bool(good and another and good.open and another.open and not another.refusal)


def _others_ask(streams: Streams) -> bool:
    return streams.guarded > 0 and streams.guarded * 2 >= streams.others


def _lives_on(life: Afterlife) -> bool:
    return not life.ended and life.received > 0 and life.refused


def _no_end_seen(lives: Iterable[tuple[SeenStream, Afterlife]]) -> str:
    for one, life in lives:
        if not life.refused:
            return say(
                "after {way} other requests are let in as well, so nothing can be said of {endpoint}",
                way=life.way,
                endpoint=one.endpoint,
            )
        if life.by_itself:
            return say(
                "{endpoint} ends by itself, also for who is still signed in: nothing can be said of its session",
                endpoint=one.endpoint,
            )
        return say(
            "{endpoint} stays open {soon} s after {way}, and silent: whether it would send is not seen",
            endpoint=one.endpoint,
            soon=f"{SOON:g}",
            way=life.way,
        )
    return say("no session that a stream belongs to could be ended")


def _names(streams: Iterable[SeenStream]) -> str:
    return listed((one.endpoint for one in streams), 3)


def _none(streams: Streams) -> Verdict:
    if streams.unseen:
        return unknown(
            say(
                "{routes} may be a stream, and the contract does not say how to ask",
                routes=plural(streams.unseen, "route"),
            )
        )
    return not_applicable("no operation goes on answering, and there is no websocket", looked="every read that may")


def _why(streams: Streams) -> str:
    """Why nothing could be said."""
    for one in streams.streams:
        if one.problem:
            return say("{endpoint} could not be opened: {problem}", endpoint=one.endpoint, problem=one.problem)
        if one.good is not None and not one.good.got_in and not one.good.open:
            return say(
                "{endpoint} does not open for who is signed in ({said})", endpoint=one.endpoint, said=one.good.said
            )
        if one.forged is not None and one.forged.broke:
            return say("a token that nobody gave out made {endpoint} fail: it refused nobody", endpoint=one.endpoint)
    first = next((one.endpoint for one in streams.streams), say("what may be a stream"))
    return say("{first} is open and silent: whether it would give anything is not seen", first=first)


def _share(streams: Streams, judged: list[SeenStream]) -> Share:
    return share(len(judged), len(streams.streams) + streams.unseen, "stream")


def _place(one: SeenStream, note: str) -> Place:
    return Place(path=one.path, line=one.line, endpoint=one.endpoint, note=note)


def _command(one: SeenStream) -> str:
    kind, _, path = one.endpoint.partition(" ")
    if kind == "WS":
        return f'python -m websockets "${{BASE/http/ws}}{path}"'
    return f'curl -N "$BASE{path}"'
