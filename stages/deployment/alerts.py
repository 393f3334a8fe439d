"""Which alert watches which quality need, and which alert would? Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from runner.evidence.load.alert_rules import AlertRules, Rule
from runner.reading.metrics_text import STATUS, Metric
from runner.said import say
from runner.specification import Quality
from stages.deployment.promql import Asked, Compared, Expression, parsed

LATENCY = re.compile(r"_bucket|duration|latency|_seconds", re.IGNORECASE)
ERRORS = re.compile(r"5\.\.|5xx|5\d\d|\[45\]|error|fail|exception", re.IGNORECASE)
REQUESTS = re.compile(r"request", re.IGNORECASE)
ROUNDED = 1.001
NUMBERS = frozenset(str(status) for status in range(100, 600))
FAILURES, WELL = ("500", "502", "503", "5xx", "5XX"), ("200", "201", "204", "2xx", "2XX")
CLASSES = frozenset(f"{first}xx" for first in range(1, 6))
# Labels that Prometheus and Kubernetes add, and metrics of what stands around a service.
ADDED = re.compile(
    r"job|instance|namespace|pod|container|service|cluster|env|environment|region|app|node|endpoint|team|tier"
)
AROUND = re.compile(
    r"up$|(nginx|traefik|haproxy|envoy|istio|kube|container|node|probe|blackbox|aws|gcp|azure|pg|postgres|redis|caddy"
    r"|slo|gateway|kong|contour|linkerd|process|python)_"
)
TOLD_NOBODY = frozenset(("none", "null", "ignore", "ignored", "off", "silent", "silenced", "debug", "test", "disabled"))
LONGEST = 6 * 3600  # seconds that an alert may wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What the alerts of a need come to. `silent`: (alert, why it stays silent); `unsure`: what is not known."""

    need: Quality
    firing: tuple[Rule, ...] = ()
    silent: tuple[tuple[Rule, str], ...] = ()
    unsure: str = ""


def watch(need: Quality, rules: AlertRules, metrics: tuple[Metric, ...]) -> Watched:
    """The alerts of a need: those that name it and measure it, or whose expression is about its metric and endpoint."""
    records = dict(rules.records)
    told = [(rule, parsed(rule.expression, records)) for rule in rules.rules]
    own = [(rule, asked) for rule, asked in told if _names(need, rule)]
    others = [(rule, asked) for rule, asked in told if not _names(need, rule) and _is_about(need, asked)]
    path = (need.endpoint or "").partition(" ")[2]
    closer = [(rule, asked) for rule, asked in others if path and path in rule.expression]
    wanted = own or closer or others
    judged = [(rule, _silence(need, rule, asked, metrics)) for rule, asked in wanted]
    silent = tuple((rule, why) for rule, why in judged if why)
    firing = [(rule, asked) for rule, asked in wanted if rule not in {one for one, _ in silent}]
    unsure = [
        say("{name}: {why}", name=rule.name, why=why) for rule, asked in firing if (why := _unseen(asked, metrics))
    ]
    sure = tuple(rule for rule, asked in firing if not _unseen(asked, metrics))
    return Watched(need=need, firing=sure, silent=silent, unsure="" if sure or not unsure else unsure[0])


def _silence(need: Quality, rule: Rule, asked: Expression, metrics: tuple[Metric, ...]) -> str:
    """Why this alert does not fire while the need is missed; empty where nothing says so."""
    if asked.problem:
        return asked.problem
    if not _measures(need, asked):
        return say("it names {id} and does not measure its {metric}", id=need.id, metric=need.metric.replace("_", " "))
    if rule.severity.lower() in TOLD_NOBODY:
        return say("with severity {severity} nobody is told", severity=rule.severity)
    if lasting(rule.waits) > LONGEST:
        return say("it waits {waits}", waits=rule.waits)
    if elsewhere := _elsewhere(need, asked) or _other_method(need, asked):
        return elsewhere
    return _not_exposed(asked, metrics) or _too_late(need, asked, metrics)


def _elsewhere(need: Quality, asked: Expression) -> str:
    """It measures other endpoints than the need's own, and none together."""
    path = (need.endpoint or "").partition(" ")[2]
    told = [[(op, value) for label, op, value in one.matchers if label in PATH] for one in asked.asked]
    if not path or not all(told):
        return ""
    values = [(op, value) for one in told for op, value in one]
    if any(path in value or (op == "Re" and _fits(value, path)) for op, value in values):
        return ""
    return say("it measures {values}, not {path}", values=values[0][1], path=path)


def _other_method(need: Quality, asked: Expression) -> str:
    """It measures requests of another method than the need's own: each that it counts is picked by one."""
    method = (need.endpoint or "").partition(" ")[0]
    told = [[(op, value) for label, op, value in one.matchers if label in METHOD] for one in asked.asked]
    if not method or not told or not all(told):
        return ""
    values = [(op, value) for one in told for op, value in one]
    ours = any(op not in {"Equal", "Re"} or _fits(value.upper(), method) for op, value in values)
    return "" if ours else say("it measures {values}, not {method}", values=values[0][1], method=method)


def _fits(pattern: str, path: str) -> bool:
    try:
        return re.fullmatch(pattern, path) is not None
    except re.error:
        return False


def _not_exposed(asked: Expression, metrics: tuple[Metric, ...]) -> str:
    """A metric or label that the service does not expose, where it exposes any."""
    for one in asked.asked if metrics else ():
        if AROUND.match(one.name):
            continue
        metric = _metric(one.name, metrics)
        if metric is None:
            return say("the service exposes no {name}", name=one.name)
        known = {*metric.labels, "le", "quantile"}
        odd = [
            label
            for label, op, value in one.matchers
            if label not in known and not ADDED.fullmatch(label) and _needs(op, value)
        ]
        if odd and metric.labels:
            return say("{name} has no label {odd}", name=one.name, odd=odd[0])
        told = [(label, op, value) for label, op, value in one.matchers if label in STATUS]
        if strange := [f"{label} {value}" for label, op, value in told if _is_never(op, value, metric.statuses)]:
            return say(
                "{name} never has the {strange}: it is told as {statuses}",
                name=one.name,
                strange=strange[0],
                statuses=min(metric.statuses),
            )
    return ""


def _is_never(operator: str, value: str, seen: frozenset[str]) -> bool:
    """Is no status of the kind that was seen, each a number or each a class of them, ever picked?"""
    kinds = [kind for kind in (NUMBERS, CLASSES) if seen and all(one.lower() in kind for one in seen)]
    if not kinds or operator not in {"Equal", "Re"}:
        return False
    return not any(one == value if operator == "Equal" else _fits(value, one) for kind in kinds for one in _cased(kind))


def _cased(kind: frozenset[str]) -> frozenset[str]:
    return kind | {one.upper() for one in kind}


def _needs(operator: str, value: str) -> bool:
    """A matcher that an absent label does not pass."""
    return (operator == "Equal" and value != "") or (operator == "Re" and not _fits(value, ""))


def _metric(name: str, metrics: tuple[Metric, ...]) -> Metric | None:
    names = {name, *(name.removesuffix(end) for end in ("_bucket", "_sum", "_count", "_total"))}
    return next(
        (metric for metric in metrics if metric.name in names or metric.name.removesuffix("_total") in names), None
    )


def _unseen(asked: Expression, metrics: tuple[Metric, ...]) -> str:
    """What of it could not be looked for: the service exposes nothing, or it is of something around the service."""
    if not metrics:
        return say("the service exposes no metrics in which its names could be looked for")
    around = [one.name for one in asked.asked if AROUND.match(one.name)]
    return (
        say("{around} is exposed by something else than the service", around=around[0])
        if len(around) == len(asked.asked)
        else ""
    )


def _too_late(need: Quality, asked: Expression, metrics: tuple[Metric, ...]) -> str:
    """It compares with more than is promised, the wrong way round, or with more than can be measured."""
    own = [one for one in asked.compared if _about_metric(need, one.asked)]
    if not own:
        return ""
    upward = need.metric != "throughput"
    right = [one for one in own if (one.operator[0] == ">") is upward and one.operator[0] in "<>"]
    if not right:
        return say(
            "it fires while {id} is kept: `{operator} {number}`",
            id=need.id,
            operator=own[0].operator,
            number=f"{own[0].number:g}",
        )
    whys = [_why_late(need, one, metrics) for one in right]
    return next((why for why in whys if why), "") if all(whys) else ""


def _why_late(need: Quality, one: Compared, metrics: tuple[Metric, ...]) -> str:
    limit = _in_its_unit(need, one)
    if limit is None:
        return ""
    late = one.number > limit * ROUNDED if need.metric != "throughput" else one.number < limit / ROUNDED
    if late:
        return say("it fires later than {id} promises", id=need.id)
    lower = [100 * one_of for one_of in one.quantiles if need.percentile and 100 * one_of < need.percentile / ROUNDED]
    if need.metric == "latency" and lower and one.number >= limit / ROUNDED:
        return say(
            "it measures percentile {lower}, and {id} promises it for {percentile}",
            lower=f"{max(lower):g}",
            id=need.id,
            percentile=f"{need.percentile:g}",
        )
    if need.metric == "latency":
        bounds = [metric.largest for name in one.asked if (metric := _metric(name.name, metrics)) and metric.largest]
        if bounds and one.number >= max(bounds):
            return say("its histogram measures no more than {bounds}", bounds=f"{max(bounds):g}")
    return ""


def _in_its_unit(need: Quality, one: Compared) -> float | None:
    """What is promised, in the unit of the value that is compared; None where the unit is not plain."""
    assert need.limit is not None
    if need.metric == "latency":
        in_seconds = any(re.search(r"_seconds(_|$)", name.name) for name in one.asked) and "1000" not in one.text
        return need.limit / (1000 if need.unit == "ms" else 1) if in_seconds else None
    if need.metric == "error_rate" and need.unit == "%" and one.ratio:
        return need.limit if one.hundredfold else need.limit / 100
    return need.limit if need.metric == "throughput" and not one.ratio else None


def lasting(text: str) -> float:
    """Prometheus' `1h30m`, `1d`, `1y` in seconds."""
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"(\d+)(ms|[smhdwy])", text))


def _names(need: Quality, rule: Rule) -> bool:
    return bool(re.search(rf"(?<![\w-]){re.escape(need.id)}(?![\w-])", f"{rule.name} {rule.words}"))


def _counts_failures(asked: Asked) -> bool:
    """By a word of its name or of its labels, or as it picks server errors and no success: `50[0-9]`, `!~"[1-4].."`."""
    told = [(op, value) for label, op, value in asked.matchers if label in STATUS]
    named = ERRORS.search(asked.name) or any(ERRORS.search(value) for _, _, value in asked.matchers)
    return bool(named) or (any(_picks(told, one) for one in FAILURES) and not any(_picks(told, one) for one in WELL))


def _picks(told: Iterable[tuple[str, str]], status: str) -> bool:
    return all(
        (_fits(value, status) if op.endswith("Re") else value == status) is not op.startswith("Not")
        for op, value in told
    )


def _about_metric(need: Quality, asked: tuple[Asked, ...]) -> bool:
    """Do these selectors measure what the need is about?"""
    names = [one.name for one in asked]
    failing = [one for one in asked if _counts_failures(one)]
    if need.metric == "latency":
        return any(LATENCY.search(name) and not name.endswith("_count") for name in names)
    if need.metric == "error_rate":
        return bool(failing)
    return bool(names) and any(
        REQUESTS.search(one.name) for one in asked if one not in failing and not one.name.endswith("_bucket")
    )


def _measures(need: Quality, asked: Expression) -> bool:
    return _about_metric(need, asked.asked)


def _is_about(need: Quality, asked: Expression) -> bool:
    """An alert that does not name the need: it measures it, for its endpoint or for all together."""
    if not _measures(need, asked):
        return False
    if need.metric == "throughput" and not {"rate", "irate", "increase"} & asked.functions:
        return False
    if need.metric == "throughput" and all(ERRORS.search(str(one)) for one in asked.asked):
        return False
    if need.endpoint is None:
        return True
    path = need.endpoint.partition(" ")[2]
    paths = [value for one in asked.asked for label, _, value in one.matchers if label in PATH]
    return not paths or any(path in value for value in paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A rule for a need; without an expression where the service exposes no metric for it."""

    need: Quality
    name: str
    expression: str = ""
    value: str = ""  # the left side of the expression: what is compared with the limit
    severity: str = "page"
    why_not: str = ""


METHOD = ("method", "http_method", "http_request_method")
PATH = ("path", "route", "handler", "endpoint", "path_template", "http_route", "url")


def rules_for(needs: Iterable[Quality], metrics: tuple[Metric, ...]) -> list[Proposal]:
    return [_proposal(need, metrics) for need in needs]


def _proposal(need: Quality, metrics: tuple[Metric, ...]) -> Proposal:
    name = "".join(part.capitalize() for part in re.split(r"\W+", f"{need.metric.replace('_', ' ')} {need.id}"))
    seconds = next((m for m in metrics if m.kind == "histogram" and re.search(r"request|http", m.name)), None)
    total = next((m for m in metrics if m.kind == "counter" and re.search(r"requests?_total$", m.name)), None)
    if total is None and seconds is not None:
        total = replace(seconds, name=f"{seconds.name}_count")
    wanted = seconds if need.metric == "latency" else total
    if wanted is None:
        return Proposal(need=need, name=name, why_not=say("the service exposes no metric that measures it"))
    if need.metric != "latency" and not _label(wanted, STATUS):
        return Proposal(need=need, name=name, why_not=say("{name} does not say the status", name=wanted.name))
    value = _value(need, wanted)
    return Proposal(need=need, name=name, value=value, expression=_expression(need, need.limit, wanted, value))


def _label(metric: Metric, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in metric.labels), None)


def _value(need: Quality, metric: Metric) -> str:
    """In seconds, per cent or answers a second, by the need's metric."""
    where = _where(need, metric)
    if need.metric == "latency":
        quantile = (need.percentile or 95) / 100
        return f"histogram_quantile({quantile:g}, sum by (le) (rate({metric.name}_bucket{_braced(where)}[5m])))"
    every = f"sum(rate({metric.name}{_braced(where)}[5m]))"
    if need.metric == "throughput":
        return every
    failing = _braced([*where, f'{_label(metric, STATUS)}=~"5.."'])
    return f"100 * sum(rate({metric.name}{failing}[5m])) / {every}"


def _expression(need: Quality, limit: float, metric: Metric, value: str) -> str:
    if need.metric == "latency":
        return f"{value} > {limit / 1000:g}"
    if need.metric == "error_rate":
        return f"{value} > {limit:g}"
    # Quiet hours are no outage: too few answers count only while some are refused or fail.
    refused = _braced([f'{_label(metric, STATUS)}=~"5..|429"'])
    return f"{value} < {limit:g} and sum(rate({metric.name}{refused}[5m])) > 0"


def _where(need: Quality, metric: Metric) -> list[str]:
    if need.endpoint is None:
        return []
    method, _, path = need.endpoint.partition(" ")
    pairs = ((_label(metric, METHOD), method), (_label(metric, PATH), path))
    return [f'{label}="{value}"' for label, value in pairs if label]


def _braced(conditions: list[str]) -> str:
    return f"{{{', '.join(conditions)}}}" if conditions else ""
