"""What do schemathesis' events say? Lines of its NDJSON report in; answers, and what did not fit the contract, out."""

import base64
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runner.said import say, together
from runner.vocabulary.health import says_unready

Event = Mapping[str, Any]
SUCCESS = range(200, 300)
SERVER_ERROR = "not_a_server_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surprise:
    """One way in which an operation answered otherwise than the contract says."""

    endpoint: str
    judged_by: str  # schemathesis' name of the check
    message: str
    curl: str = ""

    @property
    def crashed(self) -> bool:
        return self.judged_by == SERVER_ERROR


def answers_in(events: Sequence[Event]) -> tuple[int, dict[str, int]]:
    """How many requests were sent, and each operation's answers that were a success."""
    requests, good = 0, dict[str, int]()
    for recorder in _recorders(events):
        for case in recorder.get("interactions", {}):
            requests += 1
            if _status(recorder, case) in SUCCESS:
                endpoint = _endpoint(recorder, case)
                good[endpoint] = good.get(endpoint, 0) + 1
    return requests, good


def surprises_in(events: Sequence[Event]) -> Iterator[Surprise]:
    """One of each operation, check and sentence, whatever the numbers in it."""
    seen: set[tuple[str, str, str]] = set()
    for recorder, case, name, failure in _failures(events):
        message = _sentence(failure)
        endpoint = _endpoint(recorder, case)
        key = (endpoint, name, re.sub(r"\d+", "#", message))
        unready = name == SERVER_ERROR and says_unready(endpoint, _status(recorder, case))
        if key not in seen and not unready:
            seen.add(key)
            yield Surprise(endpoint=endpoint, judged_by=name, message=message, curl=_curl(recorder, case))


def _recorders(events: Sequence[Event]) -> Iterator[Event]:
    return (event["ScenarioFinished"]["recorder"] for event in events if "ScenarioFinished" in event)


def _failures(events: Sequence[Event]) -> Iterator[tuple[Event, str, str, Event]]:
    for recorder in _recorders(events):
        for case, judged in recorder.get("checks", {}).items():
            for one in judged:
                failure = (one.get("failure_info") or {}).get("failure")
                if failure:
                    yield recorder, case, one["name"], failure


def _status(recorder: Event, case: str) -> int:
    """Of the answer; 0 where none came."""
    interaction = recorder.get("interactions", {}).get(case) or {}
    return int((interaction.get("response") or {}).get("status_code", 0))


def _sentence(failure: Event) -> str:
    """What was wrong, and where in the schema, in one line."""
    said = str(failure.get("message") or failure.get("title") or failure.get("type"))
    where = re.search(r"Schema at (/\S+?):?\s", f"{said} ")
    first = together(said.split("\n\n", maxsplit=1)[0].split(), " ")[:200]
    return (
        say("{first} ({where})", first=first, where=where[1].removeprefix("/components/schemas/")) if where else first
    )


def _endpoint(recorder: Event, case: str) -> str:
    value = recorder["cases"][case]["value"]
    return f"{value['method']} {value['path']}"


def text_of(body: bytes) -> str:
    """What a command can hold as it is; empty for bytes that are no text."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return "" if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text) else text


def _curl(recorder: Event, case: str) -> str:
    """The request as a command; the address and the token are the reader's to fill in."""
    request = (recorder.get("interactions", {}).get(case) or {}).get("request")
    if not request:
        return ""
    headers = {name.lower(): values for name, values in request.get("headers", {}).items()}
    words = [f"curl -i -X {request['method']}"]
    if "authorization" in headers:
        word = headers["authorization"][0].rpartition(" ")[0] or "Bearer"
        words.append(f'-H "Authorization: {word} $TOKEN"')
    if "origin" in headers:
        words += ["-H", shlex.quote(f"Origin: {headers['origin'][0]}")]
    if body := (request.get("body") or {}).get("$base64"):
        media = (headers.get("content-type") or ["application/json"])[0]
        words += ["-H", shlex.quote(f"Content-Type: {media}")]
        if text := text_of(base64.b64decode(body)):
            words += ["-d", shlex.quote(text)]
        else:  # no terminal could show it, and no shell hold it
            words = [f"echo {body} | base64 -d |", *words, "--data-binary @-"]
    address = re.sub(r"^https?://[^/]+", "", str(request["uri"]))
    return " ".join([*words, f'"$BASE"{shlex.quote(address)}'])
