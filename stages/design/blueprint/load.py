"""Who calls what under load, and what is alerted on? From the quality needs, and from who may call what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from runner.specification import Quality, Specification
from stages.design.blueprint.fields import Field, camel
from stages.design.blueprint.links import Linked
from stages.design.blueprint.resources import Made, Operation

OFTEN, SELDOM, RARELY = 10, 3, 2  # reads that needs speak of, what is written, other reads
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
SAFE = 10**6  # as many different values as make two alike unlikely


@dataclass(frozen=True)
class Task:
    name: str
    weight: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Caller:
    """A kind of person under load."""

    role: str
    number: int
    tasks: tuple[Task, ...]

    @property
    def name(self) -> str:
        return camel(self.role)

    @property
    def weight(self) -> int:
        return max(1, sum(task.weight for task in self.tasks) // 4)


def callers(content: Specification, made: tuple[Made, ...]) -> dict[str, Caller]:
    """Role → what it does: every list and every read; what is written where a need speaks of it, else the first."""
    needed = {need.endpoint for need in content.quality}
    lists = {r.plural: r for r in made if not r.is_link}
    writes = [(r, op) for r in made for kind, op in r.operations.items() if kind == "add" and _can_add(r, op, lists)]
    chosen = [pair for pair in writes if _is_needed(pair[0], needed)] or writes[:1]
    found: dict[str, list[Task]] = {}
    for resource in made:
        for who, what in _linked(resource, needed) if isinstance(resource, Linked) else ():
            found.setdefault(who, []).append(what)
        for op in (resource.operations.get("list"), resource.operations.get("read")):
            if op and (role := next(iter(op.allowed), "")) and (task := _looks(resource, op, role, needed)):
                found.setdefault(role, []).append(task)
    for resource, op in chosen:
        if op.allowed:
            found.setdefault(op.allowed[0], []).append(_adds(resource, op, needed))
    roles = [role.id for role in content.roles]
    return {
        role: Caller(role=role, number=number, tasks=tuple(found[role]))
        for number, role in enumerate(roles)
        if role in found
    }


def _is_needed(resource: Made, needed: set[str | None]) -> bool:
    return any(op.endpoint in needed for op in resource.ops if op.kind not in {"list", "read"})


def _can_add(resource: Made, op: Operation, made: Mapping[str, Made]) -> bool:
    """Two are hardly alike, and whoever adds one finds what she names. `made`: by plural."""
    if resource.crossed or resource.capacity < SAFE or resource.gates:
        return False
    listings = [made[one.table].operations.get("list") for one in _own(resource, op)]
    return all(listing and op.allowed[0] in listing.allowed for listing in listings)


def _own(resource: Made, op: Operation) -> list[Field]:
    """References in which the first role that may add one names only its own."""
    return [
        one for one in resource.references if op.allowed and op.allowed[0] in resource.bound(op).get(one.column, ())
    ]


def _looks(resource: Made, op: Operation, role: str, needed: set[str | None]) -> Task | None:
    """Often, where a need speaks of it: else what is needed would be called too seldom in a service of many parts."""
    weight = OFTEN if op.endpoint in needed else RARELY
    if op.kind == "list":
        return Task(f"lists_{resource.plural}", weight, (f'self.look("{resource.path}")',))
    listing = resource.operations.get("list")
    if listing is None or role not in listing.allowed:
        return None
    found = f'self.some("{resource.path}")'
    call = f'self.client.get(f"{resource.path}/{{one[\'id\']}}", headers=self.headers, name="{op.endpoint}")'
    return Task(f"reads_{resource.id}", weight + 2, (f"one = {found}", "if one:", f"    {call}"))


def _linked(link: Linked, needed: set[str | None]) -> Iterator[tuple[str, Task]]:
    """Who lists what goes with one, and, where a need speaks of it, who links and takes off. Each role with its"
    f" task."""
    for op in link.ops:
        role = next(iter(op.allowed), "")
        ends = [link.source, *([] if op.kind == "listed" else [link.target])]
        listings = [end.operations.get("list") for end in ends]
        if not all(one and role in one.allowed for one in listings):
            continue
        if op.kind == "listed" or op.endpoint in needed:
            weight = OFTEN if op.endpoint in needed else RARELY
            yield role, Task(f"{op.kind}_{link.plural}", weight, tuple(_calls(link, op)))


def _calls(link: Linked, op: Operation) -> Iterator[str]:
    yield f'one = self.some("{link.source.path}")'
    path = f"{link.source.path}/{{one['id']}}/{link.below}"
    if op.kind == "listed":
        yield from ("if one:", f'    self.client.get(f"{path}", headers=self.headers, name="{op.endpoint}")')
        return
    yield f'other = self.some("{link.target.path}")'
    yield f"if one and other{' and one != other' if link.with_itself else ''}:"
    named = f"{link.prefix}/{{{link.column}}}"
    put = f'    self.client.put(f"{path}/{{other[\'id\']}}", headers=self.headers, name="PUT {named}")'
    yield put
    if op.kind == "unlink":
        yield put.replace("client.put", "client.delete").replace('name="PUT', 'name="DELETE')


def _adds(resource: Made, op: Operation, needed: set[str | None]) -> Task:
    own = _own(resource, op)
    sent = {one.column: f"{one.name}_of_hers['id']" if one in own else _sent(resource, one) for one in resource.fields}
    body = ", ".join(f'"{column}": {value}' for column, value in sent.items())
    call = f'self.client.post("{resource.path}", json=sent, headers=self.headers, name="{op.endpoint}")'
    lines = [line for one in own for line in _finds(one)]
    lines += ["number = random.randrange(10**6, 10**8)", f"sent = {{{body}}}", f"answer = {call}"]
    role = op.allowed[0]
    after = [one for kind in ("change", "move", "delete") if (one := resource.operations.get(kind))]
    follow = [one for one in after if one.endpoint in needed and role in one.allowed]
    if follow:
        lines += ["if answer.status_code != 201:", "    return", "made = answer.json()"]
    else:
        lines[-1] = call
    version = 1
    for one in follow:
        lines.append(_follows(resource, one, version))
        version += 1
    return Task(f"adds_{resource.id}", SELDOM, tuple(lines))


def _finds(one: Field) -> list[str]:
    mine = f"{one.name}_of_hers"
    return [f'{mine} = self.some("/{one.table.replace("_", "-")}")', f"if not {mine}:", "    return"]


def _follows(resource: Made, op: Operation, version: int) -> str:
    path = op.path.replace(f"{{{resource.id}_id}}", "{made['id']}")
    body = {
        "change": f'json={{"version": {version}}}, ',
        "move": f'json={{"version": {version}, "state": "{resource.some_state}"}}, ',
        "delete": "",
    }[op.kind]
    return f'self.client.{op.method.lower()}(f"{path}", {body}headers=self.headers, name="{op.endpoint}")'


def _sent(resource: Made, one: Field) -> str:
    match one.type:
        case "reference":
            return f"random.randint(1, {one.table.upper()})"
        case "choice":
            return f'"{one.values[0]}"'
        case "date" | "datetime":
            return f"({resource.counted(one)}).isoformat()"
    return one.example


@dataclass(frozen=True)
class Alert:
    name: str
    need: str
    expr: str
    summary: str
    action: str


def alerts(content: Specification) -> Iterator[Alert]:
    """One for each need."""
    seen: set[str] = set()
    for need in content.quality:
        alert = _alert(need)
        unlike = alert.name if alert.name not in seen else f"{alert.name}{need.id.replace('-', '')}"
        seen.add(alert.name)
        yield replace(alert, name=unlike)


def _alert(need: Quality) -> Alert:
    method, _, path = (need.endpoint or "").partition(" ")
    labels = f'method="{method}", route="{path}"' if path else ""
    what = need.endpoint or "A request"
    words = camel(
        "_".join(part for part in f"{method.lower()}/{path}".replace("-", "_").split("/") if part.isidentifier())
    )
    if need.metric == "latency":
        share = (need.percentile or 95) / 100
        bucket = (
            f"http_request_duration_seconds_bucket{{{labels}}}" if labels else "http_request_duration_seconds_bucket"
        )
        return Alert(
            name=f"{words or 'Everything'}Slow",
            need=need.id,
            expr=f"histogram_quantile({share:g}, sum by (le) (rate({bucket}[5m]))) > {need.limit / 1000:g}",
            summary=f"{what} takes longer than {need.limit:g} ms at percentile {need.percentile or 95:g}.",
            action="Look at the slowest statements, then for locks and slow commits in PostgreSQL.",
        )
    total = f"http_requests_total{{{labels}}}" if labels else "http_requests_total"
    if need.metric == "throughput":
        bucket = (
            f"http_request_duration_seconds_bucket{{{labels}}}" if labels else "http_request_duration_seconds_bucket"
        )
        return Alert(
            name=f"{words}CannotKeepUp",
            need=need.id,
            expr=(
                f"sum(rate({total}[5m])) < {need.limit:g} and "
                f"histogram_quantile(0.5, sum by (le) (rate({bucket}[5m]))) > 0.5"
            ),
            summary=f"Fewer than {need.limit:g} requests per second are answered although requests are waiting.",
            action="Add an instance; then look at the processor and at the pool of connections.",
        )
    failed = f'http_requests_total{{{labels + ", " if labels else ""}status="5xx"}}'
    return Alert(
        name=f"{words}TooManyFailures",
        need=need.id,
        expr=f"sum(rate({failed}[5m])) / sum(rate({total}[5m])) > {need.limit / 100:g}",
        summary=f"More than {need.limit:g} % of the requests fail.",
        action="Look for level ERROR in the logs; each line names its request.",
    )


def buckets(content: Specification) -> str:
    """Edges of the histogram: the usual ones, and one at each limit."""
    limits = {need.limit / 1000 for need in content.quality if need.metric == "latency" and need.limit > 0}
    return ", ".join(f"{edge:g}" for edge in sorted({*SECONDS, *limits}))
