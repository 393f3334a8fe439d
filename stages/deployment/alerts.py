"""Which alert watches which quality need, and which alert would? Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from runner.evidence.alert_rules import Rule
from runner.evidence.rehearsal import Metric
from runner.specification import Quality

LATENCY = re.compile(r"histogram_quantile|_bucket|duration|latency|_seconds", re.IGNORECASE)
ERRORS = re.compile(r"5\.\.|5xx|\[45\]|error|fail", re.IGNORECASE)
COMPARED = re.compile(r">=?\s*(\d+(?:\.\d+)?)\s*$")
SECONDS = re.compile(r"_seconds(?:_bucket)?\b")
HUNDRED = re.compile(r"\b100\s*\*|\*\s*100\b")
ROUNDED = 1.001
REQUESTS = re.compile(r"request", re.IGNORECASE)


def watching(need: Quality, rules: Iterable[Rule]) -> list[Rule]:
    """The alerts that name the need, or whose expression is about its metric and its endpoint."""
    return [rule for rule in rules if _names(need, rule) or _is_about(need, rule)]


def late_alerts(need: Quality, rules: Iterable[Rule]) -> list[Rule]:
    """The alerts of a need, when each of them compares with more than the need allows: it is missed, and none fires.

    Those that name the need are its alerts, else those that name its endpoint, else those of all requests together.
    """
    found = watching(need, rules)
    path = (need.endpoint or "").partition(" ")[2]
    closer = ([rule for rule in found if _names(need, rule)], [rule for rule in found if path in rule.expression])
    watched = next(filter(None, closer), found)
    return watched if watched and all(_is_late(need, rule.expression) for rule in watched) else []


def _is_late(need: Quality, expression: str) -> bool:
    """Only where the number and its unit are plain: the whole comparison is `… > number`."""
    found = COMPARED.search(expression)
    if found is None or need.limit is None:
        return False
    number = float(found[1])
    if need.metric == "latency" and need.unit == "ms" and SECONDS.search(expression) and "1000" not in expression:
        return number > need.limit / 1000 * ROUNDED
    if need.metric == "error_rate" and need.unit == "%" and "/" in expression:
        whole = need.limit if HUNDRED.search(expression) else need.limit / 100
        return number > whole * ROUNDED
    return False


def _names(need: Quality, rule: Rule) -> bool:
    return bool(re.search(rf"(?<![\w-]){re.escape(need.id)}(?![\w-])", f"{rule.name} {rule.words}"))


def _is_about(need: Quality, rule: Rule) -> bool:
    expression = rule.expression
    metric = {
        "latency": LATENCY.search(expression),
        "error_rate": ERRORS.search(expression),
        "throughput": REQUESTS.search(expression) and "rate(" in expression and not ERRORS.search(expression),
    }[need.metric]
    if not metric or (need.metric != "latency" and LATENCY.search(expression) and "_count" not in expression):
        return False
    if need.endpoint is None:
        return True
    path = need.endpoint.partition(" ")[2]
    return path in expression or not re.search(r"(path|route|handler|endpoint)\s*=~?\s*\"", expression)


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
STATUS = ("status", "status_code", "code", "http_status", "http_response_status_code")


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
        return Proposal(need=need, name=name, why_not="the service exposes no metric that measures it")
    if need.metric != "latency" and not _label(wanted, STATUS):
        return Proposal(need=need, name=name, why_not=f"{wanted.name} does not say the status")
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
