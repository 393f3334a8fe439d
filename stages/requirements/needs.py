"""What does a quality need lack before a load test can decide it? Its number, and a text that says the same."""

import re

from runner.said import say, together
from runner.specification import Quality

UNITS = {"latency": "ms", "throughput": "req/s", "error_rate": "%"}
WHOLE = 100  # per cent
HALF = 50  # per cent
TIMES = {"ms": 1, "millisecond": 1, "s": 1000, "sec": 1000, "second": 1000, "min": 60_000, "minute": 60_000}  # in ms
NUMBER = r"(?<![\w.])(\d[\d,]*(?:\.\d+)?)"
PERCENTILE = re.compile(
    rf"{NUMBER}(?:st|nd|rd|th)?[- ]percentile|\bp(\d\d(?:\.\d+)?)\b|第\s*(\d+)\s*百分位", re.IGNORECASE
)
USERS = re.compile(rf"{NUMBER}\s+(?:(?:concurrent|virtual|simultaneous|parallel)\s+)?(?:users|clients|callers)\b")
ENDPOINT = re.compile(r"\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) /[^\s,;]*[^\s,;.]|\b(?:GET|POST) /(?=[\s,;.])")


def gaps(need: Quality) -> str:
    """What is missing, decides nothing, or differs from the text; empty where nothing is."""
    missing = ["load"] if need.load is None else []
    if need.metric == "latency" and need.percentile is None:
        missing.append("percentile")
    if missing:
        return say("no {missing}", missing=", no ".join(missing))
    if need.unit != UNITS[need.metric]:
        return say(
            "{metric} in {unit}; say it in {units}", metric=need.metric, unit=need.unit, units=UNITS[need.metric]
        )
    return _decides_nothing(need) or _differs(need)


def sentence_of(need: Quality) -> str:
    """What a need's numbers say, as a sentence that says the same."""
    users = f"{need.load.users} users" if need.load else "users"
    asked = need.endpoint or "requests"
    match need.metric:
        case "latency":
            at = f" at the {need.percentile:g}th percentile" if need.percentile else ""
            act = f"answer {asked} within {need.limit:g} {need.unit}{at}"
        case "throughput":
            act = f"answer {asked} at {need.limit:g} {need.unit} or more"
        case _:
            act = f"let {need.limit:g} {need.unit} of {asked} fail at most"
    return f"While {users} send requests, the service shall {act}."


def _decides_nothing(need: Quality) -> str:
    """A number that every service keeps, or none."""
    if need.metric == "error_rate" and need.limit >= WHOLE:
        return say("a limit of {limit} % lets every request fail", limit=f"{need.limit:g}")
    if need.metric != "error_rate" and need.limit == 0:
        kept = say("no answer can keep") if need.metric == "latency" else say("holds also when nothing is answered")
        return say("a limit of 0 {unit} {kept}", unit=need.unit, kept=kept)
    if need.metric == "latency" and need.percentile is not None and need.percentile < HALF:
        return say("the {percentile}th percentile leaves most of the requests out", percentile=f"{need.percentile:g}")
    return ""


def _differs(need: Quality) -> str:
    """What people agreed to, and what is measured, are one."""
    told: list[tuple[str, set[float], float | None]] = [
        ("limit", _limits(need), need.limit),
        ("percentile", {float(a or b or c) for a, b, c in PERCENTILE.findall(need.text)}, need.percentile),
        ("load.users", set(map(_number, USERS.findall(need.text))), need.load.users if need.load else None),
    ]
    for key, stated, given in told:
        if stated and given is not None and given not in stated:
            unit = say(" {unit}", unit=need.unit) if key == "limit" else ""
            return say(
                "the text says {least}{unit}, `{key}` says {given}",
                least=f"{min(stated):g}",
                unit=unit,
                key=key,
                given=f"{given:g}",
            )
    named = set(ENDPOINT.findall(need.text))
    if named and need.endpoint not in named:
        return say(
            "the text is about {named}, `endpoint` says {endpoint}",
            named=together(sorted(named)),
            endpoint=need.endpoint or "nothing",
        )
    return ""


def _limits(need: Quality) -> set[float]:
    """The numbers of the text that stand with the unit, or with one of time, in the unit of the limit."""
    if need.unit != "ms":
        return {_number(n) for n in re.findall(rf"{NUMBER}\s*{re.escape(need.unit)}(?!\w)", need.text)}
    units = "|".join(sorted(TIMES, key=len, reverse=True))
    found = re.findall(rf"{NUMBER}\s*({units})s?(?!\w)", need.text)
    return {_number(number) * TIMES[unit] for number, unit in found}


def _number(text: str) -> float:
    return float(text.replace(",", ""))
