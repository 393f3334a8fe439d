"""Which code does a resource become: its names, operations, indexes, and who may do what?"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

from runner.specification import Resource, Retention
from stages.design.blueprint.fields import Field, camel, in_list

STATUSES = {
    "list": (422, 503),
    "add": (413, 422, 503),
    "read": (404, 422, 503),
    "change": (404, 409, 413, 422, 503),
    "delete": (404, 422, 503),
    "move": (404, 409, 413, 422, 503),
}
CHANGES = ("change", "delete", "move")
BODIES = ("add", "change", "move")


@dataclass(frozen=True)
class Operation:
    """One operation of a resource, and which roles may call it for any object or for their own."""

    kind: str
    endpoint: str
    any_roles: tuple[str, ...]
    own_roles: tuple[str, ...]
    everyone: tuple[str, ...]  # all roles that there are
    is_open: bool
    limits: tuple[str, ...] = ()  # ids of the limits that hold for it
    paces: tuple[tuple[int, int], ...] = ()  # of each limit: calls, and within how many seconds
    cache: int | None = None  # seconds that an answer may be kept

    @property
    def allowed(self) -> tuple[str, ...]:
        return (
            self.everyone if self.is_open else tuple(r for r in self.everyone if r in self.any_roles + self.own_roles)
        )

    @property
    def refused(self) -> tuple[str, ...]:
        return tuple(role for role in self.everyone if role not in self.allowed)

    @property
    def whole(self) -> bool:
        """Every role may call it."""
        return not self.refused

    @property
    def method(self) -> str:
        return self.endpoint.split()[0]

    @property
    def path(self) -> str:
        return self.endpoint.split()[1]

    @property
    def below(self) -> str:
        """What stands behind the path of the resource, with ID for the id."""
        return {"list": "", "add": "", "move": "/ID/state"}.get(self.kind, "/ID")

    @property
    def first(self) -> str:
        """Who calls it in a test: one who may call it for any object, where somebody may."""
        return next(iter([*(r for r in self.allowed if r not in self.own_roles), *self.allowed]), "")


@dataclass(frozen=True)
class Made:
    """A resource that is made into code."""

    said: Resource
    fields: tuple[Field, ...]
    operations: dict[str, Operation]
    users: tuple["Use", ...]  # references of others to it
    chains: tuple[tuple["Use", ...], ...]  # that end at one that refuses its deletion; what lies between goes with it
    kept: dict[str, tuple[str, ...]]  # column of a reference → roles that see only their own of what it names
    link_ops: tuple[Operation, ...]  # of its links

    @property
    def id(self) -> str:
        return self.said.id

    @property
    def plural(self) -> str:
        return plural_of(self.said)

    @property
    def path(self) -> str:
        return f"/{self.plural.replace('_', '-')}"

    @property
    def model(self) -> str:
        return camel(self.id)

    @property
    def constant(self) -> str:
        return self.id.upper()

    @property
    def words(self) -> str:
        return self.id.replace("_", " ")

    @property
    def many(self) -> str:
        return self.plural.replace("_", " ")

    @property
    def a(self) -> str:
        return f"{'an' if self.id[0] in 'aeiou' else 'a'} {self.words}"

    @property
    def row(self) -> str:
        """The function of the tests that makes one."""
        return f"{'an' if self.id[0] in 'aeiou' else 'a'}_{self.id}"

    @property
    def ops(self) -> tuple[Operation, ...]:
        return tuple(self.operations.values())

    @property
    def owned(self) -> bool:
        return any(op.own_roles for op in (*self.ops, *self.link_ops))

    @property
    def is_link(self) -> bool:
        """It is no resource but the pairs of two."""
        return False

    @property
    def selfs(self) -> tuple[Field, ...]:
        """References to another one of the same resource."""
        return tuple(one for one in self.references if one.kind.to == self.id)

    @property
    def gates(self) -> tuple[Field, ...]:
        """References to what must be in certain states while this is written."""
        return tuple(one for one in self.references if one.kind.when)

    @property
    def keep(self) -> Retention | None:
        return self.said.keep

    @property
    def caches(self) -> bool:
        """Some answer about it is kept for a while."""
        return any(op.cache for op in self.ops)

    @property
    def paces(self) -> tuple[tuple[int, int], ...]:
        """Calls and seconds of each limit that holds for some of it."""
        return tuple(dict.fromkeys(pace for op in self.ops for pace in op.paces))

    @property
    def limited(self) -> bool:
        return any(op.limits for op in self.ops)

    @property
    def states(self) -> dict[str, tuple[str, ...]]:
        return self.said.states

    @property
    def first_state(self) -> str:
        return next(iter(self.states), "")

    @property
    def move(self) -> tuple[str, str] | None:
        """A step that is allowed: from the first state to the next."""
        after = self.states.get(self.first_state, ())
        return (self.first_state, after[0]) if after else None

    @property
    def wrong_move(self) -> tuple[str, str] | None:
        """A step that is not."""
        pairs = ((a, b) for a in self.states for b in self.states if a != b and b not in self.states[a])
        return next(pairs, None)

    @property
    def references(self) -> tuple[Field, ...]:
        return tuple(one for one in self.fields if one.type == "reference")

    @property
    def choices(self) -> tuple[Field, ...]:
        return tuple(one for one in self.fields if one.type == "choice")

    @property
    def open_fields(self) -> tuple[Field, ...]:
        """Those that stand in lists too."""
        return tuple(one for one in self.fields if not one.kind.sensitive)

    @property
    def has_secrets(self) -> bool:
        return len(self.open_fields) < len(self.fields)

    @property
    def listed(self) -> str:
        """The class of what a list holds."""
        return f"{self.model}Summary" if self.has_secrets else f"{self.model}Read"

    @property
    def together(self) -> tuple[tuple[str, ...], ...]:
        """Columns that are unique together."""
        return tuple(tuple(self.field(name).column for name in group) for group in self.said.unique)

    @property
    def single(self) -> tuple[Field, ...]:
        return tuple(one for one in self.fields if one.kind.unique)

    @property
    def has_twins(self) -> bool:
        """Two of it can be in each other's way."""
        return bool(self.single or self.together)

    @property
    def conflicts(self) -> bool:
        """Something can stand in the way of a write."""
        writes = {"add", "change"} & set(self.operations)
        kept = "delete" in self.operations and (self.refusing or self.gates)
        return bool(writes and (self.has_twins or self.references)) or bool(kept)

    @property
    def filters(self) -> tuple[Field, ...]:
        return tuple(self.field(name) for name in self.said.filter if name != "state")

    @property
    def by_state(self) -> bool:
        return "state" in self.said.filter

    @property
    def sorts(self) -> tuple[Field, ...]:
        return tuple(self.field(name) for name in self.said.sort)

    @property
    def searched(self) -> tuple[Field, ...]:
        return tuple(self.field(name) for name in self.said.search)

    @property
    def asks(self) -> bool:
        """A list can be narrowed or ordered."""
        return bool(self.said.filter or self.said.sort or self.said.search)

    @property
    def begins(self) -> str:
        return self.said.apart.begins if self.said.apart else ""

    @property
    def ends(self) -> str:
        return self.said.apart.ends if self.said.apart else ""

    @property
    def per(self) -> Field | None:
        return self.field(self.said.apart.per) if self.said.apart else None

    @property
    def idle(self) -> tuple[str, ...]:
        """States in which it takes no time."""
        return self.said.apart.unless if self.said.apart else ()

    @property
    def refusing(self) -> tuple["Use", ...]:
        """What keeps it from being deleted, itself or by what would be deleted with it."""
        return tuple(chain[-1] for chain in self.chains)

    @property
    def item_ops(self) -> tuple[Operation, ...]:
        return tuple(op for op in self.ops if op.kind not in {"list", "add"})

    @property
    def own_ops(self) -> tuple[Operation, ...]:
        return tuple(op for op in self.ops if op.own_roles and op.kind != "add")

    @property
    def own_roles(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(role for op in self.own_ops for role in op.own_roles))

    def others_get(self, op: Operation) -> str:
        """What somebody with a right to her own is answered about that of another: Python for the comparison."""
        hidden = {role in self.hidden for role in op.own_roles}
        if op.own_roles != self.own_roles or len(hidden) > 1:
            return "in {403, 404}"
        return "== 404" if hidden == {True} else "== 403"

    def bound(self, op: Operation) -> dict[str, tuple[str, ...]]:
        """Columns in which an operation may name only what is the caller's own → for which roles."""
        if op.kind not in {"add", "change"} or op.is_open:
            return {}
        found = {column: tuple(role for role in roles if role in op.allowed) for column, roles in self.kept.items()}
        return {column: roles for column, roles in found.items() if roles}

    @property
    def own_named(self) -> dict[str, tuple[str, ...]]:
        """Role → the columns in which it may name only what is its own."""
        pairs = {(role, column) for op in self.ops for column, roles in self.bound(op).items() for role in roles}
        return {role: tuple(column for one, column in sorted(pairs) if one == role) for role, _ in sorted(pairs)}

    @property
    def closed(self) -> tuple[Operation, ...]:
        return tuple(op for op in self.ops if op.refused and not op.is_open)

    @property
    def written(self) -> bool:
        return any(op.kind in BODIES for op in self.ops)

    @property
    def reads(self) -> bool:
        """One is shown whole."""
        kinds = {"add", "read", "change", "move"}
        return bool(kinds & set(self.operations)) or ("list" in self.operations and not self.has_secrets)

    @property
    def twin_groups(self) -> tuple[tuple[str, ...], ...]:
        return (*((one.column,) for one in self.single), *self.together)

    @property
    def key(self) -> str:
        """Of the ids of what follows from it."""
        return self.id.upper().replace("_", "-")

    @property
    def doc(self) -> str:
        return " ".join(self.said.description.replace("\\", "/").replace('"', "'").split())

    @property
    def some_state(self) -> str:
        return self.move[1] if self.move else self.first_state

    def tried(self, op: Operation) -> str:
        """A call of a test, for the path of one."""
        calls = {
            "read": "get(path)",
            "change": "patch(path, version=1)",
            "delete": "delete(path)",
            "move": f'put(f"{{path}}/state", version=1, state="{self.some_state}")',
        }
        return calls[op.kind]

    @property
    def tries(self) -> dict[str, str]:
        """The bodies with which a refused role tries: method and place → Python."""
        bodies = {"add": "good(database)", "change": '{"version": 1}'}
        bodies["move"] = f'{{"version": 1, "state": "{self.some_state}"}}'
        return {f"{op.method} {op.below}": bodies[op.kind] for op in self.closed if op.kind in bodies}

    @property
    def bodies(self) -> dict[str, str]:
        """One good body for each operation that takes one, as Python."""
        whole = {one.column: one.json_example for one in self.fields}
        if self.said.apart:
            whole[self.ends] = "2031-02-03T05:05:06Z"
        found = {"add": whole, "change": {"version": 1} | whole, "move": {"version": 1, "state": self.some_state}}
        return {op.endpoint: repr(found[op.kind]) for op in self.ops if op.kind in found}

    @property
    def breaking(self) -> tuple[str, ...]:
        """SQL that the database refuses."""
        wrong = ["version = 0"]
        for one in self.fields:
            low = one.bounds[0]
            wrong += [f"{one.column} = ''"] if one.type == "text" and low else []
            wrong += [f"{one.column} = {low - 1}"] if one.type in {"integer", "money"} and low > -(2**31) else []
            wrong += [] if one.optional else [f"{one.column} = NULL"]
            wrong += [f"{one.column} = 999999"] if one.type == "reference" else []
            wrong += [f"{one.column} = id"] if one in self.selfs else []
        found = [" ".join(("UPDATE", self.plural, "SET", one)) for one in wrong]
        return (*found, "DELETE FROM users") if self.owned else tuple(found)

    def counted(self, one: Field) -> str:
        """Python for an example of a field, by `number`."""
        if self.said.apart and one.name == self.ends:
            return f"{one.example} + timedelta(hours=1)"
        return one.example

    def seeded(self, one: Field) -> str:
        """The same for one of many rows, which name rows that are there."""
        if one.type != "reference":
            return self.counted(one)
        if one in self.selfs:
            return "None"  # until all are there
        ids = f'ids["{one.table}"]'
        group = next((g for g in self.together if one.column in g), ())
        before = [c for c in group[: group.index(one.column)] if c != one.column] if group else []
        named = [self.by_column(column) for column in before if self.by_column(column).type == "reference"]
        if named:
            return f'{ids}[number // len(ids["{named[0].table}"]) % len({ids})]'
        return f"{ids}[number % len({ids})]"

    @property
    def seeded_owner(self) -> str:
        """Who owns one of many rows: who owns what it names, where people name only their own."""
        for one in self.references:
            if one.column in self.kept and one not in self.selfs:
                return self.seeded(one).replace(f'ids["{one.table}"]', f'ids["{one.table} owners"]')
        return 'ids["users"][number * 7 % len(ids["users"])]'

    @property
    def few(self) -> int:
        """Rows of a small seed."""
        return min(12, self.capacity)

    def field(self, name: str) -> Field:
        return next(one for one in self.fields if one.name == name)

    @property
    def checks(self) -> tuple[tuple[str, str], ...]:
        found = [one.check for one in self.fields if one.check]
        if self.states:
            found.append(("state", f"state IN {in_list(self.states)}"))
        if self.said.apart:
            found.append(("order", f"{self.ends} > {self.begins}"))
        found += [(f"{one.column}_other", f"{one.column} <> id") for one in self.selfs]
        return (*found, ("version_positive", "version > 0"))

    @cached_property
    def indexes(self) -> tuple[tuple[str, ...], ...]:
        """Columns of each: none that starts another one, or a constraint that is an index already."""
        wanted: list[tuple[str, ...]] = [("created_at", "id")]
        wanted += [(one.column, "created_at", "id") for one in self.filters]
        wanted += [("state", "created_at", "id")] if self.by_state else []
        wanted += [(one.column, "id") for one in self.sorts if not one.kind.unique]
        wanted += [("owner_id", "created_at", "id")] if self.owned else []
        wanted += [(self.per.column, self.begins)] if self.per else []
        wanted += [(one.column,) for one in self.references]
        wanted += [(self.keep.since,)] if self.keep and self.keep.since != "created_at" else []
        there = [*self.together, *((one.column,) for one in self.single)]
        wanted = list(dict.fromkeys(wanted))
        return tuple(one for one in wanted if not any(_starts(one, other) for other in (*wanted, *there)))

    def statuses(self, op: Operation) -> tuple[int, ...]:
        """What it answers beside success."""
        found = {*STATUSES[op.kind], *self.refusing_statuses(op)}
        if op.kind == "add" and (self.has_twins or self.said.apart or self.gates):
            found.add(409)
        if op.kind == "delete" and (self.refusing or self.gates):
            found.add(409)
        return tuple(sorted(found))

    def refusing_statuses(self, op: Operation) -> set[int]:
        """What follows from who may call it, and how often."""
        found = set() if op.is_open else {401}
        found |= {403} if (op.refused and not op.is_open) or self.keeps_others_out(op) else set()
        return found | ({429} if op.limits else set())

    def keeps_others_out(self, op: Operation) -> bool:
        """Somebody sees one of another person and may not change it."""
        return op.kind in CHANGES and any(role not in self.hidden for role in op.own_roles)

    def uses(self, op: Operation) -> bool:
        """The code of an operation needs to know who calls."""
        if op.is_open:
            return False
        if op.kind in {"list", "add"}:
            return bool(op.own_roles) if op.kind == "list" else self.owned or bool(self.bound(op))
        return bool(self.hidden or self.bound(op)) or self.keeps_others_out(op)

    def looked(self, op: Operation) -> str:
        """The call that gives the one that is to be changed, or refuses."""
        key = f"{self.id}_id"
        plain = op.is_open or not self.hidden
        found = f"existing(database, {key})" if plain else f"visible(database, {key}, user)"
        return f"own({found}, user, OWN_{op.kind.upper()})" if self.keeps_others_out(op) else found

    @property
    def looks(self) -> bool:
        return any(op.kind not in {"list", "add"} for op in self.ops)

    @property
    def guards(self) -> bool:
        return any(self.keeps_others_out(op) for op in self.ops)

    @property
    def hidden(self) -> tuple[str, ...]:
        """Roles to which one of another person is as if it were not there."""
        read = self.operations.get("read")
        return read.own_roles if read else ()

    @property
    def capacity(self) -> int:
        """How many can be made by counting, before two are alike, of as many rows to name as one likes."""
        counted = [group for group in self.twin_groups if group not in self.crossed]
        return min((max(self.by_column(c).capacity for c in group) for group in counted), default=10**9)

    @property
    def crossed(self) -> tuple[tuple[str, ...], ...]:
        """What is unique by nothing but what it names: a line of an order by order and product."""
        return tuple(group for group in self.twin_groups if all(self.by_column(c).type == "reference" for c in group))

    def room(self, rows: Mapping[str, int]) -> int:
        """The same, of those rows: table → how many there are."""
        pairs = [[rows[self.by_column(column).table] for column in group[:2]] for group in self.crossed]
        return min([self.capacity, *map(prod, pairs)])

    def by_column(self, column: str) -> Field:
        return next(one for one in self.fields if one.column == column)


@dataclass(frozen=True)
class Use:
    """A field of another resource that names this one."""

    by: str  # the id of that resource
    model: str
    column: str
    rule: str
    key: tuple[str, ...] = ("id",)  # columns that tell one from all others


def _starts(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return one != other and other[: len(one)] == one


def plural_of(resource: Resource) -> str:
    if resource.plural:
        return resource.plural
    id = resource.id
    if id.endswith("y") and id[-2:-1] not in set("aeiou"):
        return f"{id[:-1]}ies"
    return f"{id}es" if id.endswith(("s", "x", "z", "ch", "sh")) else f"{id}s"


def endpoints_of(resource: Resource) -> dict[str, str]:
    """What can be made of it: the kind of an operation → its endpoint."""
    path = f"/{plural_of(resource).replace('_', '-')}"
    one = f"{path}/{{{resource.id}_id}}"
    found = {
        "list": f"GET {path}",
        "add": f"POST {path}",
        "read": f"GET {one}",
        "change": f"PATCH {one}",
        "move": f"PUT {one}/state",
        "delete": f"DELETE {one}",
    }
    return found if resource.states else {kind: endpoint for kind, endpoint in found.items() if kind != "move"}
